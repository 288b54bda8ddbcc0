"""What is billed, paid, late and promised: whether the customer can and will pay."""

from __future__ import annotations

from collections.abc import Callable

from features.declaration import Latest, Ratio, Recent, Window
from features.durations import DAY, days
from features.formulas import Floats, bills
from features.formulas.recent import streak

_CHECKUP = ("checkup",)


def _of_bills(formula: Callable[..., Floats], why: str, **parameters: float) -> Recent:
    """Something about the last invoices and settlements of a customer."""
    return Recent(
        rows=32,
        by="customer",
        events=("invoice", "settlement"),
        over=days(730),
        values=bills.VALUES,
        formula=formula,
        parameters=parameters,
        at=_CHECKUP,
        why=why,
    )


open_amount = _of_bills(bills.open_amount, "What would be lost today.")
overdue_0_30 = _of_bills(bills.overdue_amount, "Late, but not for long.", least=0, most=31)
overdue_31_60 = _of_bills(bills.overdue_amount, "Late for more than a month.", least=31, most=61)
overdue_61_90 = _of_bills(bills.overdue_amount, "Late for two months.", least=61, most=91)
overdue_90_up = _of_bills(
    bills.overdue_amount, "Late for so long that it is lost.", least=91, most=100_000
)
oldest_overdue_days = _of_bills(
    bills.oldest_overdue_days, "The longer a bill stays open, the less is ever paid of it."
)
days_sales_outstanding = _of_bills(
    bills.days_sales_outstanding, "How long the customer takes to pay, in bills.", days=90
)
late_share = _of_bills(bills.late_share, "Who paid late before will again.", last=6, grace=7)
mean_days_late = _of_bills(bills.mean_days_late, "How late the customer usually pays.", last=6)
trend_of_days_late = _of_bills(
    bills.trend_of_days_late, "Customers in trouble pay later from bill to bill.", last=6
)
open_over_largest_paid = _of_bills(
    bills.open_over_largest_paid, "More is open than the customer ever paid at once."
)
failed_settlements = Window(
    count="events",
    by="customer",
    events="settlement",
    where={"is_failed": 1},
    over=(days(30), days(90)),
    at=_CHECKUP,
    only_raises=True,
    why="Customers who stop paying fail to pay first.",
)
failed_settlement_streak = Recent(
    rows=12,
    by="customer",
    events="settlement",
    over=days(365),
    values=("is_failed",),
    formula=streak,
    parameters={"value": 1},
    at=_CHECKUP,
    why="Collection fails again and again without a success between.",
)
days_since_paid = Window(
    last=True,
    by="customer",
    events="settlement",
    where={"is_received": 1},
    over=(days(730),),
    unit=DAY,
    at=_CHECKUP,
    why="How long no money has come.",
)
received = Window(
    sum="amount",
    by="customer",
    events="settlement",
    where={"is_received": 1},
    over=(days(90),),
    step=DAY,
    at=_CHECKUP,
    why="What the customer has paid lately.",
)
billed = Window(
    sum="amount",
    by="customer",
    events="invoice",
    over=(days(90),),
    step=DAY,
    at=_CHECKUP,
    why="What the customer was billed lately.",
)
paid_share = Ratio(
    of=("received_90d", "billed_90d"),
    at=_CHECKUP,
    why="How much of what is billed is paid.",
)
used_over_paid = Ratio(
    of=("usage_cost_days_90d", "received_90d"),
    at=_CHECKUP,
    why="More is consumed than was ever paid for.",
)
credit_limit = Latest(
    of="credit_limit",
    by="customer",
    events="profile",
    over=days(3650),
    at=_CHECKUP,
    why="What the customer was trusted with.",
)
credit_limit_used = Ratio(
    of=("open_amount", "credit_limit"),
    at=_CHECKUP,
    why="Credit that is used up cannot cover what comes next.",
)
card_on_file = Latest(
    of="card_on_file",
    by="customer",
    events="profile",
    over=days(3650),
    at=_CHECKUP,
    why="Without a card on file collecting takes the customer's will.",
)
promise_passed_days = Latest(
    of="promise_to_pay_at",
    unit=DAY,
    by="customer",
    events="profile",
    over=days(365),
    at=_CHECKUP,
    why="A promise to pay that has passed was broken; one that is ahead is hope.",
)
