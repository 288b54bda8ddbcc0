"""Codes: which signals speak of the same thing, under one stable name that analysts know."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: What each code is about. A code never changes its meaning: callers branch on it.
CODES: Mapping[str, tuple[str, ...]] = {
    "CARD_TYPE": (
        "card_is_prepaid", "card_is_virtual", "card_is_business", "card_funding",
        "card_expires_in_days",
    ),
    "CARD_COUNTRY": ("card_country_ne_billing", "card_country_ne_ip"),
    "CARD_HOLDER": (
        "card_holder_name_similarity", "card_holder_company_similarity", "names_on_card",
    ),
    "CARD_CHECKS": (
        "last_cvc", "last_avs_postal", "last_three_d_secure", "failed_code_checks_on_card",
    ),
    "CARD_DECLINES": (
        "declines_on_card", "declined_share_on_card", "decline_streak_on_card",
        "declines_of_customer", "declines_on_network",
    ),
    "CARD_TESTING": (
        "cards_on_device", "cards_on_network", "cards_of_customer", "authorisations_on_card",
        "small_authorisations_on_card", "small_authorisations_on_network",
    ),
    "CARD_HISTORY": (
        "card_seen_for_days", "card_bin_seen_for_days", "payments_with_card",
        "minutes_since_card_used_first", "bin_risk",
    ),
    "CARD_SHARED": ("accounts_on_card", "devices_on_card", "other_customers_on_card"),
    "DEVICE_VELOCITY": (
        "accounts_on_device", "emails_on_device", "phones_on_device",
        "other_customers_on_device", "payers_on_device",
    ),
    "DEVICE_HISTORY": ("device_seen_for_days", "payments_from_device"),
    "NETWORK": ("ip_is_anonymous", "ip_is_tor", "asn_is_hosting", "network_type", "asn_risk"),
    "NETWORK_VELOCITY": (
        "accounts_on_ip", "accounts_on_network", "network_share_of_ip",
        "signup_rhythm_on_network", "signup_burst_on_network", "signups_on_asn",
    ),
    "LOCATION": (
        "ip_country_ne_billing", "geo_distance_km", "time_zone_mismatch",
        "language_country_match", "payments_from_network",
    ),
    "TIME_OF_DAY": ("hour_local", "is_night_local", "is_weekend_local", "is_holiday_local"),
    "EMAIL_ADDRESS": (
        "email_is_disposable", "email_is_free", "email_is_role", "email_local_digit_share",
        "email_local_length", "email_local_entropy", "email_consonant_run", "email_gibberish",
        "email_name_similarity", "email_seen_for_days", "signups_with_email",
    ),
    "EMAIL_DOMAIN": (
        "email_domain_matches_company", "email_domain_matches_website", "email_domain_age_days",
        "email_domain_seen_for_days", "email_domain_risk", "signups_from_email_domain",
    ),
    "PERSON": ("name_case_anomaly", "name_has_digit", "accounts_in_name"),
    "COMPANY": (
        "company_name_is_generic", "tax_id_is_valid", "tax_id_country_ne_billing",
        "accounts_on_tax_id",
    ),
    "PHONE": (
        "phone_is_valid", "phone_is_voip", "phone_country_ne_billing", "phone_country_ne_ip",
        "phone_type", "accounts_on_phone",
    ),
    "ADDRESS": ("address_is_po_box", "accounts_at_address"),
    "SHARED_DETAILS": ("most_accounts_sharing",),
    "BEHAVIOUR": ("form_seconds", "page_seconds", "session_seconds"),
    "VERIFICATION": ("mfa_done", "sms_attempts", "failed_verifications"),
    "ORDER": (
        "order_amount", "order_amount_z", "seats", "seats_per_employee", "is_trial",
        "annual_commit", "payment_method", "card_not_present",
    ),
    "PAYMENT_PACE": ("payments_of_customer", "paid_by_customer", "hours_since_signup"),
    "CHANNEL": (
        "signups_by_reseller", "reseller_signups_grew", "reseller_known_for_days",
        "reseller_risk", "signups_with_promo",
    ),
    "REGION_HISTORY": ("region_risk", "signups_from_country", "signups_from_country_grew"),
    "LINKED_TO_BAD": (
        "bad_customers_on_device", "bad_customers_on_card", "bad_customers_on_phone",
        "bad_customers_on_ip", "bad_customers_at_address", "most_bad_customers_linked",
        "disputes_on_card", "disputes_on_ip",
    ),
    "CUSTOMER_HISTORY": (
        "labels_of_customer", "disputes_of_customer", "doubts_about_customer", "contacts_made",
    ),
    "SPENDING": (
        "usage_cost", "usage_cost_days", "spend_spike", "spend_spike_of_subscription",
        "spend_week_over_month", "spend_first_72h", "projected_month_cost", "woke_up",
        "usage_lines",
    ),
    "BUDGET": ("budget", "budget_missing", "budget_projected_share", "budget_days_left"),
    "NEW_USE": (
        "regions_of_customer", "new_regions", "new_services", "new_meter_categories",
        "subscriptions_of_customer", "subscriptions_created",
    ),
    "COMPUTE": (
        "gpu_cost", "gpu_share", "gpu_used_for_days", "batch_or_ml_lines", "batch_or_ml_created",
        "machines_started", "machines_created", "big_machines_created", "vcpus_created",
        "vcpus_created_before", "vcpu_jump", "quota_requests", "public_ips_created",
    ),
    "ADMIN_ACTIVITY": (
        "roles_granted", "credentials_added", "traces_deleted", "privileged_without_mfa",
        "failed_operations", "new_caller_networks", "new_caller_devices",
        "customers_operated_from_ip", "signin_then_machine",
    ),
    "ALERTS": (
        "alerts_of_customer", "mining_alerts", "open_alert_severity", "hours_since_alert",
        "harmless_alerts", "harmless_mining_alerts", "judged_alerts", "harmless_alert_share",
        "mining_approvals",
    ),
    "OVERDUE": (
        "open_amount", "overdue_0_30", "overdue_31_60", "overdue_61_90", "overdue_90_up",
        "oldest_overdue_days", "promise_passed_days",
    ),
    "PAYING_HABITS": (
        "days_sales_outstanding", "late_share", "mean_days_late", "trend_of_days_late",
        "days_since_paid", "received", "billed", "paid_share",
    ),
    "COLLECTION": ("failed_settlements", "failed_settlement_streak", "card_on_file"),
    "CREDIT": ("credit_limit", "credit_limit_used", "used_over_paid", "open_over_largest_paid"),
}  # fmt: skip

_CODE_OF = {signal: code for code, signals in CODES.items() for signal in signals}
_WIDTHS = re.compile(r"(_\d+[a-z]+)+$")


def code_of(name: str) -> str:
    """The code of a signal, or of one of its columns: ``accounts_on_device_24h``.

    A signal that Vouch does not ship is its own code.
    """
    signal = name if name in _CODE_OF else _WIDTHS.sub("", name)
    return _CODE_OF.get(signal, signal.upper())
