"""Labels: what turns out to be true, late, sometimes never, sometimes wrongly.

what happened ──► somebody finds out (or never) ──► label ──► perhaps taken back
                  after days, weeks or months         on review
"""

from __future__ import annotations

from dataclasses import dataclass

from data.clock import DAY, as_datetime
from data.scene import Account, Scene
from features.events import Label


@dataclass(frozen=True)
class Discovery:
    """How one kind of harm is found out: by whom, after how many days, how often never."""

    kind: str
    source: str
    days: tuple[float, float]
    missed: float


CHARGEBACK = Discovery("stolen_instrument", "chargeback", (14, 70), 0.12)
CARD_SCHEME = Discovery("stolen_instrument", "card_scheme", (2, 40), 0.25)
INVESTIGATION = Discovery("false_identity", "investigation", (5, 45), 0.22)
IDENTITY_CHECK = Discovery("false_identity", "collections", (60, 100), 0.20)
PROVIDER_ALERT = Discovery("service_abuse", "provider_alert", (1, 7), 0.10)
COLLECTIONS = Discovery("credit_default", "collections", (60, 100), 0.05)
REVIEW = Discovery("legitimate", "review", (2, 40), 0.0)
_MISTAKES = {CHARGEBACK: 5.0, INVESTIGATION: 4.0, PROVIDER_ALERT: 2.0}
_MISTAKEN = 0.006
_TAKEN_BACK = 0.75
_REVIEWED = 0.04


def find_out(
    scene: Scene, account: Account, discovery: Discovery, happened_at: int, event: str | None = None
) -> int | None:
    """Labels a customer unless nobody ever finds out; when it became known."""
    dice = scene.dice
    if dice.chance(discovery.missed):
        return None
    known_at = happened_at + int(dice.uniform(*discovery.days) * DAY)
    _label(scene, account, discovery, happened_at, known_at, "confirmed", event)
    return known_at


def judge_honest(scene: Scene, account: Account) -> None:
    """Some honest customers are reviewed and cleared; a few are labelled wrongly for a time."""
    dice, happened_at = scene.dice, account.signed_up_at
    if dice.chance(_REVIEWED):
        find_out(scene, account, REVIEW, happened_at)
    if not dice.chance(_MISTAKEN):
        return
    mistake = dice.pick(_MISTAKES)
    known_at = happened_at + int(dice.uniform(*mistake.days) * DAY)
    _label(scene, account, mistake, happened_at, known_at, "confirmed", None)
    if dice.chance(_TAKEN_BACK):
        back_at = known_at + int(dice.uniform(4, 50) * DAY)
        _label(scene, account, mistake, happened_at, back_at, "reversed", None)


def _label(
    scene: Scene,
    account: Account,
    discovery: Discovery,
    happened_at: int,
    known_at: int,
    status: str,
    event: str | None,
) -> None:
    scene.diary.write(
        Label(
            id=account.next_id("lab"),
            customer=account.customer,
            label=discovery.kind,
            source=discovery.source,
            status="reversed" if status == "reversed" else "confirmed",
            event=event,
            occurred_at=as_datetime(happened_at),
        ),
        known_at,
    )
