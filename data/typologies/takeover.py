"""Takeover: an old honest customer is broken into, and somebody else mines on his bill."""

from __future__ import annotations

from data.billing import FOREVER, dispute
from data.clock import DAY, HOUR
from data.habits import CRUDE, ORDINARY
from data.incidents import alert, break_in
from data.labels import PROVIDER_ALERT, find_out
from data.lives import live
from data.places import REGIONS, home
from data.scene import Account, Scene, Ties
from data.signups import new_device, sign_up
from data.usage import BATCH, GPU, Line, consume, growing


def be_taken_over(scene: Scene, size: int) -> None:
    """Months after an honest sign-up: rights granted, new regions, GPU meters, a spike."""
    dice, place = scene.dice, home(scene.dice)
    account = sign_up(scene, scene.opening(place, latest=0.5), ORDINARY, Ties(place=place))
    live(scene, account, until=FOREVER)
    taken_at = account.signed_up_at + scene.days(dice.uniform(0.33, 0.47))
    _mine(scene, account, taken_at)


def _mine(scene: Scene, account: Account, at: int) -> None:
    dice = scene.dice
    there = home(dice, pull=1.0)
    account.ip = scene.networks.connection(dice, there, dice.pick(CRUDE.networks))
    account.device = new_device(dice)
    break_in(scene, account, at)
    stopped_at = at + dice.randrange(30 * HOUR, 12 * DAY)
    regions = dice.sample(REGIONS, dice.randrange(1, 5))
    meter = GPU if dice.chance(0.75) else BATCH
    lines = [Line(meter, region, 1 / len(regions), subscription=2) for region in regions]
    level = growing(dice.between(60, 400), dice.uniform(0.7, 3), dice.between(300, 5000))
    consume(scene, account, at - 16 * HOUR, stopped_at, level, lines)
    if dice.chance(0.45):
        alert(scene, account, at + dice.randrange(3 * HOUR, 3 * DAY), grave=True)
    if find_out(scene, account, PROVIDER_ALERT, at) is not None and dice.chance(0.3):
        dispute(scene, account, stopped_at + 10 * DAY, "inquiry", "unrecognised_usage")
