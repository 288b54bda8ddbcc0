"""How much is consumed, of what and where, and whether that is new."""

from __future__ import annotations

from features.declaration import Daily, Latest, Ratio, Window
from features.durations import days, hours
from features.formulas.counts import is_unknown
from features.formulas.daily import (
    DAYS_NEEDED,
    projected_month,
    recent_over_before,
    spike,
    while_young,
    woken_up,
)

_CHECKUP = ("checkup",)

usage_cost = Window(
    sum="amount",
    by="customer",
    events="usage",
    over=(hours(24), days(7)),
    step=hours(1),
    at=_CHECKUP,
    why="What the customer is costing right now.",
)
usage_cost_days = Daily(
    sum="amount",
    by="customer",
    events="usage",
    spans=((0, 30), (0, 90)),
    at=_CHECKUP,
    why="What the customer has cost.",
)
spend_spike = Daily(
    sum="amount",
    by="customer",
    events="usage",
    days=DAYS_NEEDED,
    from_first_day=True,
    formula=spike,
    parameters={"floor": 500.0},
    at=_CHECKUP,
    why="Stolen or abused accounts consume like never before, from one day to the next.",
)
spend_spike_of_subscription = Daily(
    sum="amount",
    by="subscription",
    events="usage",
    days=DAYS_NEEDED,
    from_first_day=True,
    formula=spike,
    parameters={"floor": 500.0},
    at=_CHECKUP,
    why="One subscription out of many can hide behind the others.",
)
spend_week_over_month = Daily(
    sum="amount",
    by="customer",
    events="usage",
    spans=((0, 7), (7, 35)),
    formula=recent_over_before,
    parameters={"recent": 7, "before": 28},
    at=_CHECKUP,
    why="Abuse that ramps up slowly shows over weeks.",
)
spend_first_72h = Daily(
    sum="amount",
    by="customer",
    events="usage",
    spans=((0, 4),),
    from_first_day=True,
    formula=while_young,
    parameters={"days": 3},
    at=_CHECKUP,
    why="Fraud consumes as much as it can in its first three days.",
)
projected_month_cost = Daily(
    sum="amount",
    by="customer",
    events="usage",
    spans=((1, 8),),
    from_first_day=True,
    formula=projected_month,
    at=_CHECKUP,
    why="Where the month ends if nothing changes.",
)
woke_up = Daily(
    sum="amount",
    by="customer",
    events="usage",
    spans=((0, 1), (1, 15)),
    from_first_day=True,
    formula=woken_up,
    parameters={"floor": 1_000.0},
    at=_CHECKUP,
    why="An account that slept and now consumes has been found by somebody.",
)
usage_lines = Window(
    count="events",
    by="customer",
    events="usage",
    over=(hours(24),),
    at=_CHECKUP,
    why="How many different things are used.",
)
budget = Latest(
    of="budget",
    by="customer",
    events="profile",
    over=days(3650),
    at=_CHECKUP,
    why="What the customer means to spend.",
)
budget_missing = Ratio(
    of=("budget",),
    formula=is_unknown,
    at=_CHECKUP,
    why="Without a budget nobody is told when it is overrun.",
)
budget_projected_share = Ratio(
    of=("projected_month_cost", "budget"),
    at=_CHECKUP,
    why="The month will end above what was meant to be spent.",
)
budget_days_left = Ratio(
    of=("budget", "usage_cost_24h"),
    at=_CHECKUP,
    why="How many days the whole budget lasts at today's pace.",
)
regions_of_customer = Window(
    count="region",
    distinct=True,
    by="customer",
    events="usage",
    over=(hours(24), days(30)),
    at=_CHECKUP,
    why="Miners start wherever there is capacity.",
)
new_regions = Daily(
    new="region",
    spans=((0, 7), (7, 37)),
    by="customer",
    events="usage",
    at=_CHECKUP,
    why="Abuse starts in regions that the customer never used.",
)
new_services = Daily(
    new="service",
    spans=((0, 1), (1, 31)),
    by="customer",
    events="usage",
    at=_CHECKUP,
    why="A service used for the first time is a change of purpose.",
)
new_meter_categories = Daily(
    new="meter_category",
    spans=((0, 7), (7, 37)),
    by="customer",
    events="usage",
    at=_CHECKUP,
    why="A kind of machine used for the first time is a change of purpose.",
)
gpu_cost = Window(
    sum="amount_gpu",
    by="customer",
    events="usage",
    over=(hours(24), days(7)),
    step=hours(1),
    at=_CHECKUP,
    why="Coins are mined on graphics cards.",
)
gpu_share = Ratio(
    of=("gpu_cost_24h", "usage_cost_24h"),
    at=_CHECKUP,
    why="An account that only runs graphics cards mines, or trains.",
)
gpu_used_for_days = Window(
    first=True,
    by="customer",
    events="usage",
    where={"is_gpu": 1},
    over=(days(3650),),
    unit=days(1),
    at=_CHECKUP,
    why="Graphics cards used for the first time change what is at stake.",
)
batch_or_ml_lines = Window(
    count="events",
    by="customer",
    events="usage",
    where={"is_batch_or_ml": 1},
    over=(hours(24), days(30)),
    at=_CHECKUP,
    why="Batch and machine-learning services are mined on, too.",
)
subscriptions_of_customer = Window(
    count="subscription",
    distinct=True,
    by="customer",
    events="usage",
    over=(days(7),),
    at=_CHECKUP,
    why="Each new subscription comes with a new quota.",
)
