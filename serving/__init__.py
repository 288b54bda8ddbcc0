"""Serving: the running service, its ledger and its command line."""
