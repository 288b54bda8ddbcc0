"""Cannot pay: an honest customer whose business fails, and who stops paying one day."""

from __future__ import annotations

from data.clock import DAY
from data.habits import ORDINARY
from data.labels import COLLECTIONS, find_out
from data.lives import live
from data.places import home
from data.scene import Scene, Ties
from data.signups import sign_up


def cannot_pay(scene: Scene, size: int) -> None:
    """Pays late, then not at all; labelled a credit default months after the first unpaid bill."""
    dice, place = scene.dice, home(scene.dice, pull=0.5)
    account = sign_up(scene, scene.opening(place, latest=0.8), ORDINARY, Ties(place=place))
    account.bank_refuses = 0.15
    fails_at = account.signed_up_at + int(dice.uniform(10, 90) * DAY)
    gone_at = fails_at + dice.randrange(40 * DAY, 120 * DAY)
    unpaid_since = live(scene, account, pays_until=fails_at, until=gone_at)
    if unpaid_since is not None:
        find_out(scene, account, COLLECTIONS, unpaid_since)
