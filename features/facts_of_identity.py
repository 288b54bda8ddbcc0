"""What a sign-up or payment says of who is behind it: each fact by the field's own libraries."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime
from typing import Any

from features import events
from features.blocks import Card
from features.identity.emails import (
    email_facts,
    matches_company,
    matches_website,
    name_similarity,
)
from features.identity.names import (
    is_generic,
    is_po_box,
    name_facts,
    similarity,
    tax_facts,
)
from features.identity.phones import phone_facts
from features.identity.places import clock_facts, distance_km, speaks
from features.reference import Reference
from features.tokens import folded


def identity_facts(
    event: events.Scorable,
    email: tuple[str, str] | None,
    phone: str | None,
    occurred_at: int,
    reference: Reference,
) -> dict[str, Any]:
    """The facts; None where something is not said. ``email`` and ``phone`` are normal forms."""
    country = None if event.address is None else event.address.country
    facts: dict[str, Any] = {}
    person, company = _names(event, facts)
    if email is not None:
        _email(event, email, person, company, facts)
    if phone is not None:
        facts.update(phone_facts(phone))
        _differ(facts, "phone_country_ne_billing", facts.get("phone_country"), country)
        ip_country = None if event.ip is None else event.ip.country
        _differ(facts, "phone_country_ne_ip", facts.get("phone_country"), ip_country)
    if event.company is not None and event.company.tax_id:
        facts.update(tax_facts(folded(event.company.tax_id).replace(" ", ""), country))
    if event.card is not None:
        _card(event.card, " ".join(filter(None, person)), company, occurred_at, facts)
    _place(event, country, occurred_at, reference, facts)
    _order(event, country, facts)
    billed = country or (None if event.ip is None else event.ip.country)
    facts["subregion"] = None if billed is None else reference.subregions.get(billed)
    facts["country_is_sanctioned"] = _sanctioned(event, facts.get("phone_country"), reference)
    if event.email_domain_registered_on is not None:
        facts["email_domain_age_days"] = (_day(occurred_at) - event.email_domain_registered_on).days
    return facts


def _names(
    event: events.Scorable, facts: dict[str, Any]
) -> tuple[tuple[str | None, str | None], str | None]:
    """First and last name and company, folded."""
    company = None if event.company is None or not event.company.name else event.company.name
    if company is not None:
        company = folded(company)
        facts["company_name_is_generic"] = is_generic(company)
    if event.contact is None:
        return (None, None), company
    first, last = event.contact.first_name, event.contact.last_name
    facts.update(name_facts(first, last))
    return (first and folded(first), last and folded(last)), company


def _email(
    event: events.Scorable,
    email: tuple[str, str],
    person: tuple[str | None, str | None],
    company: str | None,
    facts: dict[str, Any],
) -> None:
    local, domain = email
    facts.update(email_facts(local, domain))
    facts["email_name_similarity"] = name_similarity(local, *person, company)
    if company is not None:
        facts["email_domain_matches_company"] = matches_company(domain, company)
    if event.company is not None and event.company.website:
        facts["email_domain_matches_website"] = matches_website(
            domain, folded(event.company.website)
        )


def _card(
    card: Card, person: str, company: str | None, occurred_at: int, facts: dict[str, Any]
) -> None:
    holder = folded(card.holder) if card.holder else None
    facts["card_holder_name_similarity"] = similarity(holder, person)
    facts["card_holder_company_similarity"] = similarity(holder, company)
    facts["card_is_virtual"] = truth(card.virtual)
    facts["card_is_business"] = truth(card.business)
    if card.expires is not None:
        year, month = map(int, card.expires.split("-"))
        last = date(year, month, monthrange(year, month)[1])
        facts["card_expires_in_days"] = (last - _day(occurred_at)).days


def _place(
    event: events.Scorable,
    country: str | None,
    occurred_at: int,
    reference: Reference,
    facts: dict[str, Any],
) -> None:
    session, ip, address = event.session, event.ip, event.address
    if session is not None and session.accept_language and country is not None:
        facts["language_country_match"] = speaks(session.accept_language, country)
    if ip is None:
        return
    if ip.asn is not None:
        facts["asn"] = ip.asn
        facts["asn_is_hosting"] = int(ip.asn in reference.hosting)
    offset = None if session is None else session.utc_offset_minutes
    facts.update(clock_facts(ip.time_zone, occurred_at, offset, country or ip.country))
    if address is not None:
        facts["geo_distance_km"] = distance_km(
            (ip.latitude, ip.longitude), (address.latitude, address.longitude), ip.accuracy_km
        )


def _order(event: events.Scorable, country: str | None, facts: dict[str, Any]) -> None:
    order, session, address = event.order, event.session, event.address
    if address is not None and address.line1:
        facts["address_is_po_box"] = is_po_box(folded(address.line1))
    if session is not None:
        facts["page_seconds"] = session.page_seconds
        facts["session_seconds"] = session.session_seconds
    if order is not None:
        facts["sku"] = order.sku
        facts["annual_commit"] = truth(order.annual_commit)
        employees = None if event.company is None else event.company.employees
        if order.seats is not None and employees:
            facts["seats_per_employee"] = order.seats / employees


def _sanctioned(event: events.Scorable, phone: str | None, reference: Reference) -> int | None:
    """Whether any country that is named is on the list; unknown where none is."""
    said = (event.address, event.ip, event.card)
    named = {phone, *(one.country for one in said if one is not None)} - {None}
    return int(not named.isdisjoint(reference.sanctioned)) if named else None


def _differ(facts: dict[str, Any], name: str, one: str | None, other: str | None) -> None:
    facts[name] = None if one is None or other is None else int(one != other)


def truth(value: bool | None) -> int | None:
    """A fact of yes or no; unknown where nothing is said."""
    return None if value is None else int(value)


def _day(instant: int) -> date:
    return datetime.fromtimestamp(instant // 1_000_000, UTC).date()
