"""Facts: what one event says by itself, worked out once, at the door.

    event ──► facts + tokens ──► entry ──► ledger
              (reference data,            (identifiers are gone)
               its digest kept)

`learn` turns an event into an `Entry`. Everything later reads entries; nobody
computes a fact a second time. What the event does not say is absent (unknown).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from features import events
from features.blocks import Card, Money
from features.domain import CLOUD, Domain
from features.errors import InvalidInput
from features.fact_types import FACTS, Value
from features.facts_of_identity import identity_facts
from features.facts_of_use import facts_of_use
from features.reference import Reference
from features.tokens import (
    FORMS,
    Tokenizer,
    address_and_network,
    folded,
    normal,
    normal_phone,
    split_email,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WithCard = events.Scorable | events.Authorisation | events.Dispute
_ANONYMOUS_NETWORKS = frozenset({"hosting", "vpn", "tor", "public_proxy", "residential_proxy"})


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the ledger: an event, decision or label without its identifiers.

    ``known_at`` is its place in the one order, ``occurred_at`` when it happened;
    both are integer microseconds, UTC.
    """

    id: str
    kind: str
    known_at: int
    occurred_at: int
    customer: str | None = None
    reseller: str | None = None
    tokens: dict[str, str] = {}
    facts: dict[str, Value] = {}
    attributes: dict[str, float | str] = {}
    reference: str = ""

    def fields(self) -> dict[str, Value | None]:
        """All that `field` finds but attributes, in one place for many looks."""
        return {
            **self.tokens,
            "customer": self.customer,
            "reseller": self.reseller,
            **self.facts,
        }

    def field(self, name: str) -> Value | None:
        """Customer, reseller, a token, a fact or ``attributes.x``, by name; None if unknown."""
        if name in ("id", "customer", "reseller"):
            return getattr(self, name)  # type: ignore[no-any-return]
        if name.startswith("attributes."):
            return self.attributes.get(name[11:])
        value = self.facts.get(name)
        return self.tokens.get(name) if value is None else value


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z, exact."""
    return (moment - _EPOCH) // _MICROSECOND


class Door:
    """Learns a domain's events: computes facts and tokens with reference data and a secret.

    ``reference`` may be exchanged while it works: an event is learned with one version.
    """

    def __init__(self, tokenizer: Tokenizer, reference: Reference, domain: Domain = CLOUD) -> None:
        self._token = tokenizer
        self.reference = reference
        self._own = domain.facts

    def learn(self, event: events.Ingestible | events.Label, known_at: int) -> Entry:
        """The entry of an event at its place in the order.

        An event that claims to have happened later than it became known is
        taken to have happened when it became known. A sign-up that names no
        customer stands for itself: its id is the customer's.
        """
        occurred_at = known_at if event.occurred_at is None else microseconds(event.occurred_at)
        if isinstance(event, events.Label):
            return self._learn_label(event, known_at, min(occurred_at, known_at))
        if event.ip is not None:
            ip = self.reference.addresses.completed(event.ip)
            event = event if ip is event.ip else structs.replace(event, ip=ip)
        facts: dict[str, Any] = {}
        tokens: dict[str, str] = {}
        self._who(event, tokens, facts)
        self._what(event, tokens, facts)
        attributes = _attributes(event.attributes)
        if self._own:
            self._say(event, attributes, facts)
        if isinstance(event, events.Scorable):
            self._identity(event, min(occurred_at, known_at), facts)
        return Entry(
            id=event.id,
            kind=event.__struct_config__.tag,  # type: ignore[arg-type]
            known_at=known_at,
            occurred_at=min(occurred_at, known_at),
            customer=event.customer or (event.id if isinstance(event, events.Signup) else None),
            reseller=event.reseller,
            tokens=tokens,
            facts={name: value for name, value in facts.items() if value is not None},
            attributes=attributes,
            reference=self.reference.digest,
        )

    def token(self, kind: str, identifier: str) -> str:
        """The token that an event with this identifier would carry.

        Raises `InvalidInput` where it is no identifier of that kind.
        """
        normalised = normal(kind, identifier)
        if normalised is None:
            raise InvalidInput(f"this is no {kind.replace('_', ' ')}: {FORMS[kind]}", "/value")
        return self._token(kind, normalised)

    def _learn_label(self, label: events.Label, known_at: int, occurred_at: int) -> Entry:
        facts: dict[str, Value | None] = {
            "label": label.label,
            "status": label.status,
            "source": label.source,
            "event": label.event,
        }
        return Entry(
            id=label.id,
            kind="label",
            known_at=known_at,
            occurred_at=occurred_at,
            customer=label.customer,
            facts={name: value for name, value in facts.items() if value is not None},
        )

    def _who(self, event: events.Ingestible, tokens: dict[str, str], facts: dict[str, Any]) -> None:
        token = self._token
        country = None
        if isinstance(event, events.Scorable):
            address = event.address
            if address is not None:
                country = address.country
                if address.line1 and address.postal_code:
                    parts = (address.line1, address.line2 or "", address.postal_code, country or "")
                    tokens["address"] = token("address", "|".join(folded(part) for part in parts))
            if event.contact is not None and event.contact.first_name and event.contact.last_name:
                name = folded(f"{event.contact.first_name} {event.contact.last_name}")
                tokens["name"] = token("name", name)
            if event.company is not None:
                facts["employees"] = event.company.employees
                if event.company.tax_id:
                    tokens["tax_id"] = token(
                        "tax_id", folded(event.company.tax_id).replace(" ", "")
                    )
        if event.email is not None:
            self._email(event.email, tokens, facts)
        if event.phone is not None:
            number = normal_phone(event.phone, country)
            if number is not None:
                tokens["phone"] = token("phone", number)
        if event.device is not None:
            tokens["device"] = token("device", event.device.id)
        for kind, identifier in (event.identifiers or {}).items():
            tokens[kind] = token(kind, identifier)
        if event.ip is not None:
            ip, network = address_and_network(event.ip.address)
            tokens["ip"] = token("ip", ip)
            tokens["network"] = token("network", network)
            facts["ip_country"] = event.ip.country
            facts["ip_country_ne_billing"] = _differ(event.ip.country, country)
            if event.ip.network_type not in (None, "unknown"):
                facts["network_type"] = event.ip.network_type
                facts["ip_is_anonymous"] = int(event.ip.network_type in _ANONYMOUS_NETWORKS)
                facts["ip_is_tor"] = int(event.ip.network_type == "tor")
            country = country or event.ip.country
        if isinstance(event, events.Scorable):
            facts["country"] = country

    def _say(
        self, event: events.Ingestible, attributes: dict[str, float | str], facts: dict[str, Any]
    ) -> None:
        """The domain's own facts leave the attributes."""
        kind = event.__struct_config__.tag
        for name, fact in self._own.items():
            if name in attributes and kind in fact.kinds:
                facts[name] = fact.type(attributes.pop(name))

    def _identity(self, event: events.Scorable, occurred_at: int, facts: dict[str, Any]) -> None:
        country = None if event.address is None else event.address.country
        email = None if event.email is None else split_email(event.email)
        phone = None if event.phone is None else normal_phone(event.phone, country)
        facts.update(identity_facts(event, email, phone, occurred_at, self.reference))

    def _email(self, email: str, tokens: dict[str, str], facts: dict[str, Any]) -> None:
        parts = split_email(email)
        if parts is None:
            return
        local, domain = parts
        is_free = domain in self.reference.free_mail
        facts["email_is_disposable"] = int(self.reference.is_disposable(domain))
        facts["email_is_free"] = int(is_free)
        facts["email_local_digit_share"] = sum(map(str.isdigit, local)) / len(local)
        tokens["email"] = self._token("email", f"{local}@{domain}")
        if not is_free:
            tokens["email_domain"] = self._token("email_domain", domain)

    def _what(
        self, event: events.Ingestible, tokens: dict[str, str], facts: dict[str, Any]
    ) -> None:
        if isinstance(event, events.Scorable):
            if event.session is not None:
                facts["form_seconds"] = event.session.form_seconds
                facts["mfa_done"] = _truth(event.session.mfa_done)
            if event.order is not None:
                facts["seats"] = event.order.seats
                facts["is_trial"] = _truth(event.order.trial)
                if event.order.promo_code is not None:
                    tokens["promo"] = self._token("promo", folded(event.order.promo_code))
                facts["amount"] = self._money(event.order.total)
            facts["card_is_sent"] = int(event.card is not None)
        if isinstance(event, _WithCard):
            self._card(event.card, tokens, facts)
        for name, value in _own_fields(event):
            if isinstance(value, Money):
                facts["amount" if name in ("total", "cost") else name] = self._money(value)
            elif isinstance(value, datetime):
                facts[name] = microseconds(value)
            elif name == "subscription":
                tokens[name] = self._token(name, value)
            elif name in FACTS:
                facts[name] = int(value) if isinstance(value, bool) else value
        facts.update(facts_of_use(event, facts.get("amount"), facts.get("due_at")))

    def _card(self, card: Card | None, tokens: dict[str, str], facts: dict[str, Any]) -> None:
        if card is None:
            return
        if card.fingerprint is not None:
            tokens["card"] = self._token("card", card.fingerprint)
        facts["card_bin"] = card.bin
        if card.funding not in (None, "unknown"):
            facts["card_funding"] = card.funding
            facts["card_is_prepaid"] = int(card.funding in ("prepaid", "stored_value"))
        if card.present is not None:
            facts["card_not_present"] = int(not card.present)
        facts["card_country_ne_billing"] = _differ(card.country, facts.get("country"))
        facts["card_country_ne_ip"] = _differ(card.country, facts.get("ip_country"))

    def _money(self, money: Money | None) -> int | None:
        """Integer minor units of the reference currency; None where no rate is known."""
        return None if money is None else self.reference.convert(money.amount, money.currency)


def _own_fields(event: events.Ingestible) -> list[tuple[str, Any]]:
    names = _OWN_FIELDS[type(event)]
    return [(name, value) for name in names if (value := getattr(event, name)) is not None]


_SHARED = frozenset(events.Signup.__struct_fields__)
_OWN_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(name for name in kind.__struct_fields__ if name not in _SHARED)
    for kind in events.Ingestible.__args__
}


def _differ(one: str | None, other: str | None) -> int | None:
    return None if one is None or other is None else int(one != other)


def _truth(value: bool | None) -> int | None:
    return None if value is None else int(value)


def _attributes(sent: dict[str, float | bool | str | None] | None) -> dict[str, float | str]:
    if not sent:
        return {}
    return {
        name: value if isinstance(value, str) else float(value)
        for name, value in sent.items()
        if value is not None
    }
