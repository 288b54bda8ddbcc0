"""Sign-ups: a person with habits fills in the form, is perhaps asked for a code, and pays."""

from __future__ import annotations

from data.billing import pay
from data.cards import card
from data.clock import MINUTE, SECOND
from data.dice import Dice
from data.habits import Habits
from data.people import person
from data.places import Place, elsewhere, home
from data.scene import Account, Scene, Ties
from features.blocks import Card, Device, Ip, Order, Session
from features.events import Profile, Signup, Verification

_NOBODY = Ties()
_SKUS = {"suite-basic": 5.0, "suite-business": 3.0, "cloud-plan": 3.0, "security-addon": 1.0}
_PRICES = {"suite-basic": 6.0, "suite-business": 14.0, "cloud-plan": 9.0, "security-addon": 4.0}


def sign_up(scene: Scene, at: int, habits: Habits, ties: Ties = _NOBODY) -> Account:
    """A new customer at a time: sign-up, verification, profile and the first payment."""
    dice = scene.dice
    at = min(at, scene.end - MINUTE)
    place = ties.place or home(dice, habits.risk_pull)
    who = person(dice, place, habits, domain=ties.domain, address=ties.address, phone=ties.phone)
    holder = f"{who.contact.first_name} {who.contact.last_name}"
    sku = dice.pick(_SKUS)
    seats = 1 + int(dice.around(habits.seats, 0.9))
    account = Account(
        customer=scene.new_customer(),
        place=place,
        person=who,
        ip=ties.ip or _connection(scene, place, habits),
        device=ties.device or _device(dice, habits),
        card=ties.card or _card(dice, place, habits, holder),
        reseller=ties.reseller,
        signed_up_at=at,
        seat_dollars=seats * _PRICES[sku],
        is_metered=dice.chance(habits.metered),
        bank_refuses=habits.bank_refuses,
        checks_fail=habits.checks_fail,
    )
    trial = dice.chance(habits.trial)
    order = Order(total=place.money(account.seat_dollars), sku=sku, seats=seats, trial=trial)
    session = _session(dice, place, habits)
    scene.diary.write(
        Signup(
            id=account.next_id("sig"),
            customer=account.customer,
            reseller=account.reseller,
            email=who.email,
            phone=who.phone if ties.phone or dice.chance(0.8) else None,
            ip=account.ip,
            device=account.device,
            contact=who.contact,
            company=who.company,
            address=who.address,
            card=account.card,
            session=session,
            order=order,
        ),
        at,
    )
    _verify(scene, account, session, habits)
    if account.card is not None and not trial:
        pay(scene, account, at + dice.randrange(MINUTE, 12 * MINUTE), account.seat_dollars)
    return account


def _connection(scene: Scene, place: Place, habits: Habits) -> Ip:
    dice = scene.dice
    seen_in = elsewhere(dice, place, habits.risk_pull) if dice.chance(habits.abroad) else place
    return scene.networks.connection(dice, seen_in, dice.pick(habits.networks))


def _device(dice: Dice, habits: Habits) -> Device | None:
    return None if dice.chance(habits.device_hidden) else new_device(dice)


def new_device(dice: Dice) -> Device:
    """A device that nobody has used before."""
    return Device(id=f"dev_{dice.code(20)}", confidence=round(0.8 + 0.2 * dice.random(), 2))


def _card(dice: Dice, place: Place, habits: Habits, holder: str) -> Card | None:
    return None if dice.chance(habits.no_card) else card(dice, place, habits, holder)


def _session(dice: Dice, place: Place, habits: Habits) -> Session:
    median = 14.0 if dice.chance(habits.autofill) else habits.form_seconds
    return Session(
        form_seconds=round(dice.around(median, 0.6), 1),
        mfa_done=None if dice.chance(0.06) else dice.chance(habits.mfa),
        accept_language=place.language if dice.chance(0.85) else "en-US",
    )


def _verify(scene: Scene, account: Account, session: Session, habits: Habits) -> None:
    dice, at = scene.dice, account.signed_up_at
    if dice.chance(habits.verified):
        passed = dice.chance(1 - habits.checks_fail)
        waited = dice.around(25, 0.7)
        scene.diary.write(
            Verification(
                id=account.next_id("ver"),
                customer=account.customer,
                type="sms",
                result="passed" if passed else dice.choice(("failed", "abandoned")),
                context="signup",
                attempts=1 + (not passed) + dice.chance(0.1),
                seconds=round(waited, 1),
            ),
            at + int(waited * SECOND),
        )
    if session.mfa_done and dice.chance(0.4):
        scene.diary.write(
            Verification(
                id=account.next_id("ver"),
                customer=account.customer,
                type="mfa",
                result="passed",
                context="signup",
                attempts=1,
            ),
            at + dice.randrange(MINUTE, 5 * MINUTE),
        )
    if dice.chance(0.5):
        scene.diary.write(
            Profile(
                id=account.next_id("pro"),
                customer=account.customer,
                card_on_file=account.card is not None,
                budget=account.place.money(account.seat_dollars * 4) if dice.chance(0.5) else None,
                admin_mfa_share=1.0 if session.mfa_done else 0.0,
            ),
            at + dice.randrange(5 * MINUTE, 30 * MINUTE),
        )
