"""Billing: payments asked of the bank, monthly invoices, and money that arrives or does not."""

from __future__ import annotations

from typing import Literal

from data.clock import DAY, HOUR, MINUTE, SECOND, as_datetime
from data.scene import Account, Scene
from features.blocks import Card, Check, Device, Ip
from features.events import Authorisation, Dispute, Invoice, Payment, Settlement

Dollars = float
#: Usage as it was consumed: when (microseconds) and how much (US dollars).
Consumption = list[tuple[int, Dollars]]
FOREVER = 1 << 62
_MONTH = 30 * DAY
_TERM = 14 * DAY
_CODES = {"do_not_honor": 5.0, "insufficient_funds": 4.0, "expired_card": 1.0}


def pay(scene: Scene, account: Account, at: int, dollars: Dollars) -> str | None:
    """Asks for a payment and, refused, perhaps again; the id of the one that was approved."""
    dice = scene.dice
    for _ in range(3):
        refused = dice.pick(_CODES) if dice.chance(account.bank_refuses) else None
        payment = attempt(scene, account, at, dollars, refused=refused)
        if refused is None:
            account.paid = payment
            return payment
        if dice.chance(0.3):
            return None
        at += dice.randrange(MINUTE, 20 * MINUTE)
    return None


def attempt(
    scene: Scene,
    account: Account,
    at: int,
    dollars: Dollars,
    *,
    refused: str | None = None,
    card: Card | None = None,
    ip: Ip | None = None,
    device: Device | None = None,
) -> str:
    """One payment and the bank's answer seconds later; the payment's id."""
    dice = scene.dice
    payment = account.next_id("pay")
    card = card or account.card
    total = account.place.money(max(dollars, 0.5))
    scene.diary.write(
        Payment(
            id=payment,
            customer=account.customer,
            reseller=account.reseller,
            email=account.person.email,
            ip=ip or account.ip,
            device=device or account.device,
            total=total,
            method="card",
            address=account.person.address,
            card=card,
        ),
        at,
    )
    secure = dice.chance(0.35)
    scene.diary.write(
        Authorisation(
            id=account.next_id("aut"),
            customer=account.customer,
            reseller=account.reseller,
            ip=ip or account.ip,
            result="approved" if refused is None else "declined",
            payment=payment,
            total=total,
            card=card,
            decline_code=refused,
            cvc=_check(scene, account.checks_fail * (1.0 if refused is None else 1.5)),
            avs_line1=_check(scene, account.checks_fail * 1.5),
            avs_postal=_check(scene, account.checks_fail),
            three_d_secure="authenticated" if secure else "not_requested",
            liability_shift=secure,
        ),
        at + dice.randrange(SECOND, 4 * SECOND),
    )
    return payment


def _check(scene: Scene, failing: float) -> Check:
    point = scene.dice.random()
    if point < failing:
        return "fail"
    return "unavailable" if point > 0.93 else "pass"


def bill(
    scene: Scene, account: Account, until: int, usage: Consumption, pays_until: int = FOREVER
) -> int | None:
    """Invoices every 30 days until a time; when the first one that stays unpaid fell due."""
    dice = scene.dice
    by_card = account.card is not None and dice.chance(0.75)
    habit = dice.gauss(1.0, 4.0) * DAY  # how late this customer pays
    unpaid: int | None = None
    since = account.signed_up_at
    while since + _MONTH < min(until, scene.end):
        at = since + _MONTH + dice.randrange(2 * HOUR)
        consumed = sum(dollars for moment, dollars in usage if since <= moment < since + _MONTH)
        since += _MONTH
        dollars = account.seat_dollars + consumed
        invoice = account.next_id("inv")
        scene.diary.write(
            Invoice(
                id=invoice,
                customer=account.customer,
                reseller=account.reseller,
                invoice=invoice,
                total=account.place.money(dollars),
                due_at=as_datetime(at + _TERM),
                country=account.place.country,
            ),
            at,
        )
        arrives = at + 2 * HOUR if by_card else at + _TERM + int(habit + dice.gauss(0, 2) * DAY)
        arrives = max(arrives, at + HOUR)
        if arrives < pays_until:
            if not by_card or pay(scene, account, arrives, dollars) is not None:
                settle(scene, account, arrives + dice.randrange(6 * HOUR, DAY), dollars, invoice)
            elif dice.chance(0.9):  # a failed card is replaced within days
                settle(scene, account, arrives + dice.randrange(DAY, 6 * DAY), dollars, invoice)
            continue
        unpaid = unpaid or at + _TERM
        if by_card:
            for day in (0, 3, 7):
                when = at + 2 * HOUR + day * DAY
                attempt(scene, account, when, dollars, refused="insufficient_funds")
                settle(scene, account, when + HOUR, dollars, invoice, "failed")
    return unpaid


def settle(
    scene: Scene,
    account: Account,
    at: int,
    dollars: Dollars,
    invoice: str | None,
    result: Literal["received", "failed", "returned"] = "received",
) -> None:
    """Money arrives or an attempt to collect it fails; banks tell some hours later."""
    scene.diary.write(
        Settlement(
            id=account.next_id("set"),
            customer=account.customer,
            occurred_at=as_datetime(at),
            total=account.place.money(dollars),
            invoice=invoice,
            result=result,
        ),
        at + scene.dice.randrange(HOUR, 5 * HOUR),
    )


def dispute(
    scene: Scene,
    account: Account,
    at: int,
    type: Literal["refund", "early_warning", "inquiry", "chargeback"],
    reason: str,
) -> None:
    """Money of the last payment is asked back."""
    scene.diary.write(
        Dispute(
            id=account.next_id("dis"),
            customer=account.customer,
            type=type,
            payment=account.paid,
            total=account.place.money(account.seat_dollars),
            card=account.card,
            reason=reason,
        ),
        at,
    )
