"""Slow ramp: an abuser whose usage grows slowly, then explodes, and is never paid."""

from __future__ import annotations

from dataclasses import replace

from data.clock import DAY
from data.habits import CRUDE, ORDINARY, between
from data.incidents import alert, break_in
from data.labels import PROVIDER_ALERT, find_out
from data.lives import live
from data.places import REGIONS, home
from data.scene import Scene, Ties
from data.signups import sign_up
from data.usage import GPU, SERVERS, STORAGE, Line, growing


def ramp_slowly(scene: Scene, size: int) -> None:
    """A customer like others at sign-up, with a bill that doubles until somebody notices."""
    dice = scene.dice
    habits = replace(between(ORDINARY, CRUDE, dice.betavariate(1.2, 4)), metered=1.0)
    place = home(dice, habits.risk_pull)
    account = sign_up(scene, scene.opening(place, latest=0.75), habits, Ties(place=place))
    slow, patience = dice.around(4, 0.5), dice.uniform(25, 70)
    creeping = growing(slow, dice.uniform(14, 30), 400)
    bursting = growing(slow * 4, dice.uniform(1.0, 2.5), dice.between(400, 4000))
    explodes_at = account.signed_up_at + int(patience * DAY)
    region = account.place.region
    live(
        scene,
        account,
        until=explodes_at + dice.randrange(5 * DAY, 20 * DAY),
        pays_until=explodes_at - dice.randrange(10 * DAY),
        level=lambda day: creeping(day) if day < patience else bursting(day - patience),
        lines=[
            Line(SERVERS, region, 0.6),
            Line(STORAGE, region, 0.1),
            Line(GPU, dice.choice(REGIONS), 0.3, subscription=2),
        ],
    )
    if explodes_at >= scene.end:
        return
    if dice.chance(0.5):
        break_in(scene, account, explodes_at)
    if dice.chance(0.35):
        alert(scene, account, explodes_at + dice.randrange(DAY, 4 * DAY), grave=True)
    find_out(scene, account, PROVIDER_ALERT, explodes_at)
