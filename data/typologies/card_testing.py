"""Card testing: stolen card numbers are tried with small payments, dozens within minutes."""

from __future__ import annotations

from dataclasses import replace

from data.billing import attempt
from data.cards import card
from data.clock import DAY, HOUR, MINUTE, SECOND
from data.habits import CRUDE, ORDINARY, between
from data.labels import CARD_SCHEME, find_out
from data.places import elsewhere, home
from data.scene import Account, Scene, Ties
from data.signups import new_device, sign_up

_TESTER = replace(CRUDE, form_seconds=15.0, autofill=0.5, seats=1.0, trial=0.1, metered=0.1)
_REFUSED = {"do_not_honor": 5.0, "stolen_card": 2.0, "expired_card": 2.0, "incorrect_cvc": 4.0}


def test_cards(scene: Scene, size: int) -> None:
    """A few accounts from one device and network, then a burst of tests from each."""
    dice = scene.dice
    habits = between(ORDINARY, _TESTER, dice.betavariate(1.7, 1.3))
    place = home(dice, habits.risk_pull)
    device = new_device(dice)
    seen_in = elsewhere(dice, place) if dice.chance(habits.abroad) else place
    ip = scene.networks.connection(dice, seen_in, dice.pick(habits.networks))
    at = scene.opening(place, night=0.7)
    for _ in range(size):
        ties = Ties(
            place=place,
            device=device if dice.chance(0.7) else None,
            ip=ip if dice.chance(0.7) else None,
        )
        account = sign_up(scene, at, habits, ties)
        happened_at = _burst(scene, account, at + dice.randrange(MINUTE, 3 * HOUR))
        find_out(scene, account, CARD_SCHEME, happened_at)
        at += dice.randrange(2 * MINUTE, 40 * MINUTE)


def _burst(scene: Scene, account: Account, at: int) -> int:
    dice = scene.dice
    if dice.chance(0.4):  # waits until the account is a little older
        at += dice.randrange(HOUR, 6 * DAY)
    account.checks_fail = 0.35
    began_at = at
    habits = replace(CRUDE, prepaid=0.05, foreign_card=0.6)
    for _ in range(int(dice.between(8, 55))):
        refused = dice.pick(_REFUSED) if dice.chance(0.82) else None
        tried = card(dice, account.place, habits)
        attempt(scene, account, at, dice.uniform(0.5, 4), refused=refused, card=tried)
        at += dice.randrange(3 * SECOND, 50 * SECOND)
    return began_at
