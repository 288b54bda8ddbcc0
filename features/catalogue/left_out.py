"""Definitions of the field that no declaration here carries, each with the reason."""

from __future__ import annotations

LEFT_OUT: dict[str, str] = {
    "linked_bad_min_days": "when a label is taken back, the second newest link would have to "
    "come back: counts over 30 and 365 days say nearly the same",
    "region_entropy_24h": "entropy over cost needs a sum per region: no kind keeps sums per "
    "member; the number of regions and new regions say most of it",
    "random_resource_names_ratio": "events carry no resource names: they would name people",
    "egress_gb_z, smtp_meter_first_use": "a usage line's quantity is a float in the meter's own "
    "unit: engines add integers only; the cost of the meter is counted",
    "mining_pool_hits": "alerts carry no number of hits; `mining_alerts` counts the alerts",
    "registry_status, registry_age_days, registry_name_match": "evidence of a business check "
    "comes after the sign-up it was asked for; policies read it when the check is in",
    "unpaid_exposure_usd": "the remaining committed term is no event; `open_amount` and "
    "`used_over_paid` say what is billed and consumed",
    "used_before_first_payment_usd": "needs usage up to the moment of another event; "
    "`spend_first_72h` and `used_over_paid` stand for it",
    "promise_broken_count": "needs promises matched with payments; `promise_passed_days` says "
    "that the last one has passed",
    "dunning_stage": "a policy, not a signal",
    "budget at 0": "`budget_missing` keeps a missing budget apart from one of zero",
    "sms_seconds": "seconds are a float, and only integers are kept between events; "
    "`sms_attempts` and `failed_verifications` stand for it",
    "admin_mfa_share": "a float that is kept between events; `privileged_without_mfa` counts "
    "what comes of it",
    "postal_in_city": "needs a table of postal codes for every country, which nobody gives away",
    "cvc, avs and 3-D Secure of the payment asked about": "the bank answers after the question; "
    "`last_cvc` and its like read the answers before it",
}
