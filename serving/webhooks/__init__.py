"""Webhooks: whoever asked for a decision learns that it has changed, signed, at least once.

ledger ──► outbox ──► receiver ──► 2xx: done
(truth)    (what was    │
           not taken    └─ else: again after 5 s ... 1 h, for 3 days; then given up
           yet)
"""
