"""Usage: daily rated lines of metered services, which arrive in batches hours or days late."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from data.billing import Consumption, Dollars
from data.clock import DAY, HOUR, as_datetime, midnight, next_hour
from data.scene import Account, Scene
from features.events import Usage

#: Dollars a day as a function of the days since the account began to consume.
Level = Callable[[float], Dollars]


class Meter(NamedTuple):
    """What is measured: ``price`` in US dollars for one unit."""

    service: str
    category: str
    name: str
    price: Dollars


SERVERS = Meter("Compute", "Virtual Machines", "D4s v5", 0.19)
STORAGE = Meter("Storage", "Storage", "Hot LRS Data Stored", 0.02)
DATABASE = Meter("Sql", "SQL Database", "vCore", 0.15)
WEB = Meter("Web", "App Service", "P1 v3", 0.17)
TRAFFIC = Meter("Network", "Bandwidth", "Data Transfer Out", 0.08)
GPU = Meter("Compute", "Virtual Machines GPU", "NC24ads A100 v4", 3.67)
BATCH = Meter("Batch", "Virtual Machines GPU", "NC6s v3", 3.06)

_ORDINARY = {SERVERS: 5.0, STORAGE: 3.0, DATABASE: 2.0, WEB: 3.0, TRAFFIC: 1.0, GPU: 0.25}
_LEAST: Dollars = 0.005


class Line(NamedTuple):
    """One stream of usage: a meter in a region, its share of the cost, its subscription."""

    meter: Meter
    region: str
    share: float
    subscription: int = 1


def ordinary_lines(scene: Scene, account: Account) -> list[Line]:
    """What an ordinary customer runs: one or two meters where he lives."""
    first = scene.dice.pick(_ORDINARY)
    if scene.dice.chance(0.65):
        return [Line(first, account.place.region, 1.0)]
    second = scene.dice.pick({meter: w for meter, w in _ORDINARY.items() if meter is not first})
    return [
        Line(first, account.place.region, 0.7),
        Line(second, account.place.region, 0.3),
    ]


def steady(scene: Scene) -> Level:
    """Ordinary consumption: a level of its own, a slow trend, now and then a busy week."""
    dice = scene.dice
    daily = dice.around(7, 1.1)
    trend = dice.gauss(0.002, 0.004)
    busy = dice.random() * 200 if dice.chance(0.25) else math.inf
    factor = dice.between(2, 9)

    def level(day: float) -> Dollars:
        return daily * math.exp(trend * day) * (factor if busy <= day < busy + 7 else 1.0)

    return level


def growing(start: Dollars, doubling_days: float, most: Dollars) -> Level:
    """Consumption that doubles every so many days up to a most."""
    return lambda day: min(most, start * math.exp(math.log(2) * day / doubling_days))


def consume(
    scene: Scene, account: Account, begin: int, until: int, level: Level, lines: list[Line]
) -> Consumption:
    """One line a day for each stream from a time until another; what was consumed when."""
    dice = scene.dice
    consumed: Consumption = []
    quiet_weekends = dice.chance(0.4)
    first = midnight(begin) + DAY
    at_hour = dice.randrange(16, 24) * HOUR
    for day in range(first, min(until, scene.end), DAY):
        dollars = level((day - begin) / DAY) * dice.around(1, 0.18)
        if quiet_weekends and (day // DAY + 3) % 7 >= 5:
            dollars *= 0.35
        known_at = next_hour(day + at_hour + dice.randrange(6 * HOUR, 47 * HOUR))
        for line in lines:
            cost = dollars * line.share
            if cost < _LEAST:
                continue
            occurred_at = day + at_hour
            scene.diary.write(
                Usage(
                    id=account.next_id("use"),
                    occurred_at=as_datetime(occurred_at),
                    customer=account.customer,
                    reseller=account.reseller,
                    subscription=account.subscription(line.subscription),
                    cost=account.place.money(cost),
                    quantity=round(cost / line.meter.price, 3),
                    service=line.meter.service,
                    meter_category=line.meter.category,
                    meter=line.meter.name,
                    region=line.region,
                ),
                known_at,
            )
            consumed.append((occurred_at, cost))
    return consumed
