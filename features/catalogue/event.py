"""What the event asked about says by itself."""

from __future__ import annotations

from features.declaration import Fact

DOOR = ("signup", "payment")

_NUMBERS = {
    "card_not_present": "Nobody saw the card: stolen numbers are used like this.",
    "card_is_prepaid": "Nothing can be collected from a prepaid card later.",
    "card_is_virtual": "A virtual card is made for one purchase and gone the next day.",
    "card_is_business": "A company's card says that there is a company.",
    "card_expires_in_days": "A card that ends soon cannot pay what is used until then.",
    "card_country_ne_billing": "The card was issued elsewhere than it is billed.",
    "card_country_ne_ip": "The card was issued elsewhere than the request comes from.",
    "card_holder_name_similarity": "The card is in another name than the one given.",
    "card_holder_company_similarity": "The card is in the company's name.",
    "ip_country_ne_billing": "The request comes from elsewhere than it is billed.",
    "ip_is_anonymous": "The network hides who is asking.",
    "ip_is_tor": "The request came through Tor.",
    "asn_is_hosting": "People sit in offices and at home, not in data centres.",
    "geo_distance_km": "The request comes from far away from where it is billed.",
    "time_zone_mismatch": "The browser's clock runs by another zone than the network's.",
    "language_country_match": "The browser speaks a language of the billing country.",
    "hour_local": "Attacks keep other hours than customers.",
    "is_night_local": "Few people order at night.",
    "is_weekend_local": "Companies order on working days.",
    "is_holiday_local": "Nobody orders for a company on a holiday.",
    "email_is_disposable": "An address made to be thrown away cannot be dunned.",
    "email_is_free": "A free address says nothing of the company behind it.",
    "email_is_role": "An address of an office, not of a person.",
    "email_local_digit_share": "Generated addresses are full of digits.",
    "email_local_length": "Generated addresses are long.",
    "email_local_entropy": "Generated addresses are made of random letters.",
    "email_consonant_run": "Random letters cannot be pronounced.",
    "email_gibberish": "Random letters follow each other as in no language.",
    "email_name_similarity": "People put their names into their addresses.",
    "email_domain_matches_company": "The address is at the company it claims to be of.",
    "email_domain_matches_website": "The address is at the website it claims to be of.",
    "email_domain_age_days": "A domain registered last week was bought for something.",
    "name_case_anomaly": "Forms filled in by scripts write names as no person does.",
    "name_has_digit": "Nobody's name has a digit.",
    "company_name_is_generic": "A name that could be anybody's is nobody's.",
    "phone_is_valid": "A number that cannot exist cannot be called.",
    "phone_is_voip": "A number over the internet costs nothing and belongs to nobody.",
    "phone_country_ne_billing": "The telephone is of another country than the bill.",
    "phone_country_ne_ip": "The telephone is of another country than the request.",
    "tax_id_is_valid": "A made-up tax number fails its check digits.",
    "tax_id_country_ne_billing": "The tax number is of another country than the bill.",
    "address_is_po_box": "Nobody works in a post-office box.",
    "form_seconds": "Scripts fill in forms faster than people.",
    "page_seconds": "Who reads nothing knew where he was going.",
    "session_seconds": "A session as old as its first click is a script's.",
    "mfa_done": "A second factor keeps robots out.",
    "seats": "Large first orders are resold, or never paid.",
    "seats_per_employee": "Nobody buys more seats than there are people to sit on them.",
    "is_trial": "A trial is the cheapest way to consume on somebody else's bill.",
    "annual_commit": "Who commits for a year means to stay, or not to pay.",
}
_TEXTS = {
    "network_type": (
        (
            "residential", "mobile", "business", "residential_proxy", "vpn", "hosting",
            "public_proxy", "tor",
        ),
        "Fraud comes from networks that anyone can rent.",
    ),
    "card_funding": (
        ("credit", "debit", "prepaid", "stored_value"),
        "Credit is lent to people with a history.",
    ),
    "phone_type": (
        ("mobile", "fixed", "voip", "toll_free", "other"),
        "A rented number answers like any other.",
    ),
}  # fmt: skip

DECLARED = {
    **{name: Fact(of=name, at=DOOR, why=why) for name, why in _NUMBERS.items()},
    **{
        name: Fact(of=name, categories=categories, at=DOOR, why=why)
        for name, (categories, why) in _TEXTS.items()
    },
    "order_amount": Fact(of="amount", at=DOOR, why="What is at stake."),
    "payment_method": Fact(
        of="method",
        categories=("card", "bank_transfer", "direct_debit", "wallet", "invoice"),
        at=("payment",),
        why="What was bought on an invoice may never be paid.",
    ),
}
