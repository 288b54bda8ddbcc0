"""The law in another domain: own identifiers and facts, of every type, in every kind of signal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from features import reference
from features.blocks import Money
from features.declaration import Daily, Fact, Latest, Rate, Ratio, Recent, Window
from features.declared import Catalogue
from features.domain import Domain, Moment, Risk
from features.durations import DAY, HOUR, days, hours
from features.events import Ingestible, Label, Payment, Profile, Usage
from features.export import schema, table
from features.fact_types import FactType
from features.facts import Door, Entry
from features.formulas import Floats
from features.formulas.recent import robust_z, streak
from features.offline import History, checkups, matrix
from features.online import vector
from features.state.embedded import EmbeddedState
from features.tokens import Tokenizer

START = 1_767_225_600_000_000
_CHANNELS = ("web", "shop", "phone")
SHOP = Domain(
    moments={
        "order": Moment(
            event="payment",
            risks={"theft": Risk(labels=("stolen",), horizon=3, maturity=7)},
        ),
        "visit": Moment(event="", risks={"abuse": Risk(labels=("abuse",), horizon=3, maturity=7)}),
    },
    labels={"stolen": 7, "abuse": 3},
    identifiers=("till", "voucher_code"),
    facts={
        "channel": FactType(str, ("payment", "profile")),
        "items": FactType(int, ("payment", "usage")),
        "weight": FactType(float, ("payment",)),
        "is_gift": FactType(int, ("payment",), is_truth=True),
        "balance": FactType(int, ("payment", "profile"), is_signed=True),
    },
)


def _declared() -> Catalogue:
    why = "A law needs one of each."
    asked: dict[str, Any] = {"at": ("order",), "why": why}
    paid: dict[str, Any] = {"events": "payment", "why": why}
    said: dict[str, Any] = {"events": ("payment", "profile"), "why": why}
    return Catalogue(
        {
            "channel": Fact(of="channel", categories=_CHANNELS, **asked),
            "weight": Fact(of="weight", **asked),
            "is_gift": Fact(of="is_gift", **asked),
            "orders": Window(count="events", by="till", over=(hours(1), days(2)), **paid),
            "gifts": Window(
                count="customer", distinct=True, by="till", where={"is_gift": 1}, over=(days(2),),
                **paid,
            ),
            "vouchers": Window(
                count="voucher_code", distinct=True, by="customer", over=(days(9),), **paid
            ),
            "balances": Window(sum="balance", by="channel", over=(days(2),), at=("order",), **said),
            "last_channel": Latest(
                of="channel", categories=_CHANNELS, by="customer", over=days(9), **said
            ),
            "last_balance": Latest(of="balance", by="customer", over=days(9), **said),
            "web_streak": Recent(
                rows=4, by="till", over=days(30), values=(("channel", _CHANNELS),),
                formula=streak, parameters={"value": 0}, **paid,
            ),
            "items_z": Recent(
                rows=9, by="channel", over=days(30), values=("items",), formula=robust_z,
                parameters={"fewest": 3, "floor": 1.0}, asked=("items",), at=("order",), **paid,
            ),
            "by_channel": Daily(by="channel", spans=((0, 2), (2, 9)), at=("order",), **paid),
            "new_tills": Daily(new="till", by="customer", spans=((0, 2), (2, 9)), **paid),
            "till_risk": Rate(
                by="till", bad=("stolen", "abuse"), matures_after=days(1), over=days(30), **paid
            ),
            "stolen_here": Window(
                count="customer", distinct=True, by="till", events="label",
                where={"label": ("stolen",)}, through=("payment",), within=days(3),
                over=(days(9),), why=why,
            ),
            "hurry": Ratio(of=("orders_1h", "orders_2d"), why=why),
        },
        SHOP,
    )  # fmt: skip


CATALOGUE = _declared()


def _story(seed: int) -> Iterator[Entry]:
    chance, at = Random(seed), START  # noqa: S311 - a story, no secret
    door = Door(Tokenizer(b"s" * 32), reference.load(), SHOP)
    for number in range(300):
        at += chance.choice((1, 1000, HOUR // 60, HOUR, 2 * HOUR))
        what = _event(chance, number, at)
        SHOP.check(what)
        yield door.learn(what, at)


def _event(chance: Random, number: int, at: int) -> Ingestible | Label:
    late = chance.choice((0, 0, 0, 10, HOUR, 2 * DAY, 10 * DAY))
    sent: dict[str, Any] = {
        "channel": chance.choice((*_CHANNELS, "fax")),
        "items": float(chance.randrange(9)),
        "weight": chance.random(),
        "is_gift": chance.random() < 0.5,
        "balance": float(chance.randrange(-50, 50)),
    }
    told: dict[str, Any] = {
        "id": f"e{number}",
        "customer": f"c{chance.randrange(9)}",
        "occurred_at": datetime.fromtimestamp((at - late) / 1e6, UTC),
    }
    more: dict[str, Any] = {
        "attributes": {name: value for name, value in sent.items() if chance.random() < 0.7},
        "identifiers": {
            name: f"x{chance.randrange(5)}" for name in SHOP.identifiers if chance.random() < 0.7
        },
    }
    money = Money(amount=Decimal(5), currency="USD")
    kind = chance.choice(("order", "order", "order", "usage", "profile", "label"))
    if kind == "order":
        return Payment(total=money, **told, **more)
    if kind == "usage":
        return Usage(cost=money, **told, **more)
    if kind == "profile":
        return Profile(**told, **more)
    label = chance.choice(("stolen", "abuse", "legitimate"))
    return Label(label=label, status=chance.choice(("confirmed", "reversed")), **told)


@pytest.mark.parametrize("seed", range(3))
def test_online_and_offline_agree(tmp_path: Path, seed: int) -> None:
    story = list(_story(seed))
    state = EmbeddedState(tmp_path / "state.db", CATALOGUE.series, flush_seconds=60)
    online: dict[tuple[str, str, int], Floats] = {}
    visits: list[tuple[str, int]] = []
    for entry in story:
        t = entry.known_at
        if entry.kind == "payment":
            online["order", entry.id, t] = vector(CATALOGUE.plan("order"), state, entry, t)
        if entry.kind == "usage":
            who = str(entry.customer)
            visit = Entry(id=who, kind="", known_at=t, occurred_at=t, customer=who)
            online["visit", who, t] = vector(CATALOGUE.plan("visit"), state, visit, t)
            visits.append((who, t))
        state.fold(entry)
    state.close()
    compared = 0
    with History.of(table(story, schema(SHOP))) as history:
        for moment in ("order", "visit"):
            asked = checkups([who for who, _ in visits], [t for _, t in visits])
            found = matrix(history, CATALOGUE, moment, asked if moment == "visit" else None)
            assert (~np.isnan(found.values)).any(axis=0).all()
            for id, t, row in zip(found.ids, found.at, found.values, strict=True):
                np.testing.assert_array_equal(online[moment, id, int(t)], row, f"{moment} {id}")
                compared += 1
    assert compared == len(online)
