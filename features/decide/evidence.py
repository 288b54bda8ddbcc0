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

_LISTED = (0.0, 1.0)
_CHECKED = ("pass", "fail", "unavailable", "unchecked", "not_provided")
_ANSWERED = ("passed", "failed", "abandoned")

#: All that evidence can be, where that is known.
EVIDENCE_VALUES: dict[str, tuple[float | str, ...]] = {
    "on_allow_list": _LISTED,
    "on_block_list": _LISTED,
    "on_watch_list": _LISTED,
    "authorisation_result": ("approved", "declined", "error"),
    "cvc": _CHECKED,
    "avs_line1": _CHECKED,
    "avs_postal": _CHECKED,
    "three_d_secure": ("authenticated", "attempted", "failed", "not_requested", "unavailable"),
    "liability_shift": _LISTED,
    "challenge_sms": _ANSWERED,
    "challenge_mfa": _ANSWERED,
    "challenge_call": _ANSWERED,
    "challenge_prepay": _ANSWERED,
    "challenge_three_d_secure": _ANSWERED,
    "challenge_business_check": _ANSWERED,
    "registry_name_match": _LISTED,
}
