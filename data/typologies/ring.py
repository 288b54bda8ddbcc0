"""Ring: one crew opens many accounts over hours or days and shares what it has, mostly."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, TypeVar

from data.billing import dispute
from data.cards import card
from data.clock import DAY, HOUR
from data.dice import Dice
from data.habits import CRUDE, ORDINARY, Habits, between
from data.incidents import alert, break_in
from data.labels import INVESTIGATION, find_out
from data.lives import live
from data.people import billing_address, company_domain, phone_number
from data.places import Place, elsewhere, home
from data.scene import Account, Scene, Ties
from data.signups import new_device, sign_up
from data.usage import GPU, SERVERS, Line, growing
from features.blocks import Address, Card, Device, Ip

T = TypeVar("T")
_CREW = replace(CRUDE, disposable_mail=0.10, prepaid=0.25)


class _Stock(NamedTuple):
    """What a crew owns and uses again."""

    devices: list[Device]
    ips: list[Ip]
    cards: list[Card]
    phones: list[str]
    addresses: list[Address]
    domain: str | None


def run_ring(scene: Scene, size: int) -> None:
    """Accounts that share devices, networks, cards or addresses; each is used up in weeks."""
    dice = scene.dice
    habits = between(ORDINARY, _CREW, dice.betavariate(1.4, 1.7))
    place = home(dice, habits.risk_pull)
    stock = _stock(scene, place, habits, size)
    overlap = dice.betavariate(3.0, 1.1)  # how often the crew is lazy
    reseller = scene.reseller(most_careless=0.12) if dice.chance(0.2) else None
    pause = dice.between(1.0, 150) * HOUR / size
    at = scene.opening(place, night=0.6)
    for _ in range(size):
        ties = Ties(
            place=place,
            device=_shared(dice, stock.devices, overlap),
            ip=_shared(dice, stock.ips, overlap),
            card=_shared(dice, stock.cards, overlap * 0.5),
            phone=_shared(dice, stock.phones, overlap * 0.5),
            address=_shared(dice, stock.addresses, overlap * 0.5),
            domain=stock.domain if dice.chance(overlap) else None,
            reseller=reseller,
        )
        _use_up(scene, sign_up(scene, at, habits, ties))
        at += int(dice.expovariate(1.0) * pause)


def _stock(scene: Scene, place: Place, habits: Habits, size: int) -> _Stock:
    dice = scene.dice
    some = range(1 + size // 4)
    ips = []
    for _ in some:
        seen_in = elsewhere(dice, place) if dice.chance(habits.abroad) else place
        ips.append(scene.networks.connection(dice, seen_in, dice.pick(habits.networks)))
    return _Stock(
        devices=[new_device(dice) for _ in some],
        ips=ips,
        cards=[card(dice, place, habits) for _ in some],
        phones=[phone_number(dice, place) for _ in some],
        addresses=[billing_address(dice, place) for _ in some],
        domain=company_domain(dice) if dice.chance(0.3) else None,
    )


def _shared(dice: Dice, stock: list[T], probability: float) -> T | None:
    return dice.choice(stock) if dice.chance(probability) else None


def _use_up(scene: Scene, account: Account) -> None:
    dice = scene.dice
    until = account.signed_up_at + dice.randrange(8 * DAY, 50 * DAY)
    level = growing(dice.between(4, 40), dice.uniform(2, 12), dice.between(40, 600))
    lines = [Line(dice.choice((GPU, SERVERS)), account.place.region, 1.0)]
    begin = account.signed_up_at + dice.randrange(HOUR, 5 * DAY)
    live(scene, account, until=until, pays_until=begin, level=level, lines=lines)
    if dice.chance(0.25):
        break_in(scene, account, begin)
    if dice.chance(0.15):
        alert(scene, account, begin + dice.randrange(DAY, 10 * DAY), grave=True)
    known_at = find_out(scene, account, INVESTIGATION, account.signed_up_at, account.signup)
    if known_at is not None and account.card is not None and dice.chance(0.3):
        dispute(scene, account, known_at + DAY, "chargeback", "fraudulent")
