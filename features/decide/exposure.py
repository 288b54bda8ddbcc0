"""Exposure: the money that goes out to one customer until somebody finds out, in minor units.

    exposure = what goes out in a day x days to detect + what is committed to for longer

Resellers owe their supplier all that their customers consume, whether or not those pay
(Microsoft's guidance for Cloud Solution Provider partners on fraud and misuse), so that is what
is at stake. What was really lost, training reads from history (`training.stakes`); when one has
to decide nobody knows it, and this is said of the facts and signals of the moment instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import TYPE_CHECKING

from features.errors import InvalidDeclaration

if TYPE_CHECKING:
    from features.domain import Moment
    from features.fact_types import Value
    from features.formulas import Floats

Number = float | None
Formula = Callable[..., Number]
_MONTH = 30
_YEAR = 12.0  # months


def known(*amounts: Number, days: float) -> Number:
    """The sum of what is known, so at least that much; unknown where nothing is.

    >>> known(1200, None, days=60), known(None, days=60)
    (1200, None)
    """
    there = [amount for amount in amounts if amount is not None]
    return sum(there) if there else None


def ordered(amount: Number, annual_commit: Number, *, days: float) -> Number:
    """What an order of subscriptions costs its seller until it is found out.

    ``amount`` is what one month of the order costs. It is served until somebody finds out, a
    month at least; who commits for a year owes twelve, however soon that is.

    >>> ordered(1000, None, days=60), ordered(1000, 1, days=60)
    (2000.0, 12000.0)
    """
    if amount is None:
        return None
    months = max(days / _MONTH, 1.0)
    return amount * (max(months, _YEAR) if annual_commit else months)


def consumed(day: Number, week: Number, month: Number, budget: Number, *, days: float) -> Number:
    """What an abused account consumes until it is found out.

    ``day``, ``week`` and ``month`` are what was consumed lately; it goes on at the faster pace of
    the last day and the last week. A monthly ``budget`` is noticed when it is spent, so no more
    goes out than that; one that was passed already stopped nobody, and is none.

    >>> consumed(5000, 14000, 20000, None, days=30), consumed(5000, 14000, 20000, 90000, days=30)
    (150000.0, 90000.0)
    """
    paces = [pace for pace in (day, None if week is None else week / 7) if pace is not None]
    if not paces:
        return None
    until_found = float(max(paces) * days)
    if budget is None or (month or 0) > budget:
        return until_found
    return min(until_found, float(budget))


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """How a risk's exposure follows from facts and signals of its moment.

    ``formula`` gets the values of the names in ``of`` in their order, None where unknown, money
    in minor units of the reference currency, and ``days``: how long it takes to find out, by
    default the risk's maturity. It returns minor units, or None where that cannot be told.
    Raises `InvalidDeclaration` where it does not take these values, or takes none for unknown.

    >>> Exposure(of=("amount", "deposit"), days=7).formula(5000, -2000, days=7)
    3000
    """

    of: tuple[str, ...] = ("amount",)
    formula: Formula = known
    days: int | None = None

    def __post_init__(self) -> None:
        if self.days is not None and self.days < 1:
            raise InvalidDeclaration("days to find out are one or more: an exposure has days=...")
        nothing, everything = set[str](), set(self.of)
        try:
            for unknown in (nothing, everything, *({name} for name in self.of)):
                self.formula(*(None if name in unknown else 1.0 for name in self.of), days=1)
        except TypeError as error:
            raise InvalidDeclaration(
                f"the formula of the exposure of {', '.join(self.of)} cannot be asked ({error}): "
                "it gets a number or None for each of these names, and days="
            ) from None


#: What the event itself is about: the total of a payment or an order. The default.
AMOUNT = Exposure()

#: At sign-up: what was ordered, until it is found out or for the year committed to.
ORDERED = Exposure(of=("amount", "annual_commit"), formula=ordered)

#: At a checkup: consumption that goes on as it does now, up to the budget.
CONSUMED = Exposure(
    of=("usage_cost_24h", "usage_cost_7d", "usage_cost_days_30d", "budget"), formula=consumed
)

#: Of a debtor: what is billed and not paid, and what a monthly bill has not billed yet.
UNPAID = Exposure(of=("open_amount", "usage_cost_days_30d"), formula=known)


class Exposures:
    """The exposures of one moment's risks, prepared for many questions.

    ``position`` is where each signal stands in the vectors; facts are looked up where there is
    no signal of the name. It reads vectors as they are kept, too, with None for unknown.

    >>> from features.domain import CLOUD
    >>> exposures = Exposures(CLOUD.moments["signup"], {})
    >>> exposures("theft_of_service", {"amount": 1000}, ())
    2000
    >>> exposures("theft_of_service", {}, ()) is None
    True
    """

    def __init__(self, moment: Moment, position: Mapping[str, int]) -> None:
        self._prepared = {
            name: (
                risk.exposure.formula,
                tuple((one, position.get(one)) for one in risk.exposure.of),
                risk.maturity if risk.exposure.days is None else risk.exposure.days,
            )
            for name, risk in moment.risks.items()
        }

    def __call__(
        self, risk: str, facts: Mapping[str, Value], vector: Sequence[Number] | Floats
    ) -> int | None:
        """Minor units of the reference currency; None where unknown, or no such risk is."""
        prepared = self._prepared.get(risk)
        if prepared is None:
            return None
        formula, places, days = prepared
        values = [
            _said(facts.get(name)) if place is None else _read(vector[place])
            for name, place in places
        ]
        found = formula(*values, days=days)
        return None if found is None or not isfinite(found) else max(round(found), 0)


def _said(value: Value | None) -> Number:
    """A text is no amount."""
    return None if isinstance(value, str) else value


def _read(value: Number) -> Number:
    return None if value is None or isnan(value) else float(value)
