"""Synthetic identity: an invented person behaves for weeks, runs up a bill and is gone."""

from __future__ import annotations

from dataclasses import replace

from data.clock import DAY
from data.habits import CRUDE, ORDINARY, between
from data.incidents import alert
from data.labels import COLLECTIONS, IDENTITY_CHECK, find_out
from data.lives import live
from data.places import home
from data.scene import Scene, Ties
from data.signups import sign_up
from data.usage import ordinary_lines

_INVENTOR = replace(
    CRUDE, disposable_mail=0.03, form_seconds=55.0, autofill=0.1, mfa=0.5, trial=0.3
)


def invent_identity(scene: Scene, size: int) -> None:
    """Looks clean alone; after a month or two consumption explodes and nothing is paid."""
    dice = scene.dice
    habits = between(ORDINARY, _INVENTOR, dice.betavariate(1.4, 1.5))
    place = home(dice, habits.risk_pull)
    account = sign_up(scene, scene.opening(place), habits, Ties(place=place))
    account.bank_refuses = 0.05
    patience = dice.uniform(20, 65)
    daily, factor = dice.around(6, 0.8), dice.between(8, 60)
    busts_at = account.signed_up_at + int(patience * DAY)
    gone_at = busts_at + dice.randrange(5 * DAY, 35 * DAY)
    unpaid_since = live(
        scene,
        account,
        until=gone_at,
        pays_until=busts_at,
        level=lambda day: daily * (factor if day > patience else 1.0),
        lines=ordinary_lines(scene, account),
    )
    if dice.chance(0.15) and busts_at < scene.end:
        alert(scene, account, busts_at + dice.randrange(DAY, 5 * DAY), grave=True)
    # Collectors often cannot tell somebody who never existed from somebody who cannot pay.
    kind = IDENTITY_CHECK if dice.chance(0.7) else COLLECTIONS
    find_out(scene, account, kind, unpaid_since or busts_at, account.signup)
