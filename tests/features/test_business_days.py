"""A bill is late when the money could have come: business days after it fell due."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from features import reference
from features.blocks import Money
from features.business_days import late_after
from features.events import Invoice
from features.facts import Door, microseconds
from features.tokens import Tokenizer


@pytest.mark.parametrize(
    ("due", "country", "late"),
    [
        ("2026-03-02", None, "2026-03-09"),  # a Monday
        ("2026-03-06", None, "2026-03-13"),
        ("2026-03-07", None, "2026-03-13"),  # a Saturday is like the Friday before
        ("2026-03-08", None, "2026-03-13"),
        ("2028-02-25", None, "2028-03-03"),  # over a leap day
        ("2028-02-29", None, "2028-03-07"),
        ("2026-12-23", None, "2026-12-30"),
        ("2026-12-23", "BE", "2026-12-31"),  # Christmas
        ("2026-12-23", "GB", "2027-01-04"),  # and Boxing Day, put off to Monday; then New Year
        ("2026-12-31", "DE", "2027-01-08"),  # New Year
        ("2026-06-18", "IL", "2026-06-25"),  # Fridays are closed there, Sundays are not
        ("2026-12-23", "ZZ", "2026-12-30"),  # no such calendar: week-ends only
        ("1969-12-26", None, "1970-01-02"),
    ],
)
def test_a_bill_is_late_five_business_days_after_it_fell_due(
    due: str, country: str | None, late: str
) -> None:
    def at(day: str) -> datetime:
        return datetime.fromisoformat(f"{day}T15:30:00+00:00")

    assert late_after(microseconds(at(due)), country) == microseconds(at(late))


def test_a_bill_that_never_falls_due_is_never_late() -> None:
    assert late_after(microseconds(datetime(9999, 12, 31, tzinfo=UTC)), "BE") is None
    assert late_after(microseconds(datetime(1, 1, 1, tzinfo=UTC)), "BE") is not None


def test_an_invoice_says_when_it_is_late_if_it_says_when_it_is_due() -> None:
    door = Door(Tokenizer(b"s" * 32), reference.load())
    bill = Invoice(id="i", invoice="i", total=Money(amount=Decimal(1), currency="USD"))
    assert "late_after" not in door.learn(bill, 0).facts
    due_at = datetime(2026, 12, 23, tzinfo=UTC)
    due = msgspec.structs.replace(bill, due_at=due_at, country="BE")
    facts = door.learn(due, 0).facts
    assert facts["late_after"] == microseconds(datetime(2026, 12, 31, tzinfo=UTC))
    assert facts["country"] == "BE"
