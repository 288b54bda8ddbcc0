"""Evidence: what became known about a decision beyond its event, under the names policies use.

on_block_list ...            what people wrote down before, known from the first decision on
cvc, challenge_sms ...       what was answered afterwards; unknown until a decision is made again
"""

from __future__ import annotations

#: Name to type, at every moment. What nobody has said is unknown.
EVIDENCE: dict[str, type] = {
    # of lists: 1 or 0, never unknown
    "on_allow_list": float,
    "on_block_list": float,
    "on_watch_list": float,
    # of the bank's answer to a payment
    "authorisation_result": str,
    "decline_code": str,
    "cvc": str,
    "avs_line1": str,
    "avs_postal": str,
    "three_d_secure": str,
    "liability_shift": float,
    # of a check that was answered: passed, failed or abandoned
    "challenge_sms": str,
    "challenge_mfa": str,
    "challenge_call": str,
    "challenge_prepay": str,
    "challenge_three_d_secure": str,
    "challenge_business_check": str,
    # of a business check
    "registry_status": str,
    "registry_age_days": float,
    "registry_name_match": float,
}
