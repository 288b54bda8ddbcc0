"""Stolen instrument: one account with a clean past and somebody else's card."""

from __future__ import annotations

from dataclasses import replace

from data.billing import dispute
from data.clock import DAY
from data.habits import CRUDE, ORDINARY, between
from data.labels import CHARGEBACK, find_out
from data.lives import live
from data.places import home
from data.scene import Scene, Ties
from data.signups import sign_up
from data.usage import growing

_THIEF = replace(CRUDE, prepaid=0.06, no_card=0.0, foreign_card=0.45, seats=22.0, trial=0.15)
_WARNED = 0.35


def use_stolen_card(scene: Scene, size: int) -> None:
    """Buys at once; the owner of the card complains weeks later."""
    dice = scene.dice
    habits = replace(between(ORDINARY, _THIEF, dice.betavariate(1.6, 1.3)), no_card=0.0)
    place = home(dice, habits.risk_pull)
    account = sign_up(scene, scene.opening(place, night=0.5), habits, Ties(place=place))
    until = account.signed_up_at + dice.randrange(10 * DAY, 70 * DAY)
    level = growing(dice.between(3, 30), dice.uniform(4, 20), dice.between(20, 300))
    live(
        scene,
        account,
        until=until,
        pays_until=account.signed_up_at + dice.randrange(5 * DAY, 45 * DAY),
        level=level if account.is_metered else None,
    )
    known_at = find_out(scene, account, CHARGEBACK, account.signed_up_at, account.signup)
    if known_at is None:
        return
    charged_back_at = known_at - dice.randrange(DAY // 24, 4 * DAY)
    if dice.chance(_WARNED):
        warned_at = charged_back_at - dice.randrange(DAY, 8 * DAY)
        dispute(scene, account, warned_at, "early_warning", "fraudulent")
    dispute(scene, account, charged_back_at, "chargeback", "fraudulent")
