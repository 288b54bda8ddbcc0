"""Facts of one event: what a sign-up that says all it can costs at the door, and a usual one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

from features import reference
from features.blocks import (
    Address,
    Card,
    Company,
    Contact,
    Device,
    Ip,
    Money,
    Order,
    Session,
)
from features.events import Signup
from features.facts import Door
from features.tokens import Tokenizer

_EVENTS = 5_000
_BUDGET = 60
_START = 1_772_323_200_000_000
_PLACES = (
    ("BE", "+3247012", "Rue Haute"),
    ("US", "+1415555", "Main Street"),
    ("DE", "+49170123", "Weg"),
)


def main() -> None:
    door = Door(Tokenizer(b"s" * 32), reference.load())
    for name, events in (("all it can", _full()), ("the usual", _usual())):
        taken = []
        for number, event in enumerate(events):
            started = time.perf_counter_ns()
            entry = door.learn(event, _START + number)
            taken.append(time.perf_counter_ns() - started)
        said = f"{len(entry.facts)} facts and {len(entry.tokens)} tokens"
        median = statistics.median(taken) / 1000
        print(f"a sign-up that says {name}: {said} in {median:.0f} us (budget: {_BUDGET} us)")


def _usual() -> Iterator[Signup]:
    """Everybody new: nobody's name, number or address comes twice."""
    for number in range(_EVENTS):
        country, phone, _ = _PLACES[number % 3]
        yield Signup(
            id=f"s{number}",
            customer=f"c{number}",
            email=f"ana.lima{number}@mail{number}.example",
            phone=f"{phone}{number:04d}",
            ip=Ip(address=f"198.51.{number % 256}.{number // 256}", country=country),
            device=Device(id=f"d{number}"),
            address=Address(country=country),
            card=Card(fingerprint=f"f{number}", funding="debit", country=country, present=False),
            session=Session(form_seconds=30.0, mfa_done=True),
        )


def _full() -> Iterator[Signup]:
    """The same with every field that a fact is made of."""
    for number, event in enumerate(_usual()):
        country, _, street = _PLACES[number % 3]
        yield Signup(
            id=event.id,
            customer=event.customer,
            reseller=f"r{number % 20}",
            occurred_at=datetime(2026, 2, 28, number % 24, tzinfo=UTC),
            email=event.email,
            phone=event.phone,
            email_domain_registered_on=date(2020, 1, 1),
            ip=Ip(
                address=f"198.51.{number % 256}.{number // 256}",
                country=country,
                network_type="residential",
                asn=64500 + number % 100,
                time_zone="Europe/Brussels",
                latitude=50.8,
                longitude=4.3,
                accuracy_km=20.0,
            ),
            device=event.device,
            contact=Contact(first_name="Ana", last_name=f"Lima{number}"),
            company=Company(
                name=f"Lima Trading {number}",
                website=f"https://lima{number}.example",
                employees=9,
                tax_id=f"BE{number:010d}",
            ),
            address=Address(
                line1=f"{street} {number}",
                postal_code="1000",
                city="Brussels",
                country=country,
                latitude=50.9,
                longitude=4.4,
            ),
            card=Card(
                fingerprint=f"f{number}",
                bin="411111",
                funding="debit",
                country=country,
                present=False,
                holder=f"Ana Lima{number}",
                expires="2028-01",
            ),
            session=Session(
                form_seconds=30.0,
                mfa_done=True,
                page_seconds=60.0,
                session_seconds=90.0,
                utc_offset_minutes=60,
                accept_language="nl-BE,nl;q=0.9",
            ),
            order=Order(
                seats=5,
                trial=False,
                sku="basic",
                annual_commit=True,
                promo_code="WELCOME",
                total=Money(amount=Decimal("49.00"), currency="EUR"),
            ),
        )


if __name__ == "__main__":
    main()
