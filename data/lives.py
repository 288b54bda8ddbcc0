"""Lives: what follows a sign-up, usage, bills, administrators at work, the odd alarm."""

from __future__ import annotations

from data.billing import FOREVER, bill, dispute
from data.clock import DAY, HOUR
from data.incidents import false_alarm, operate
from data.labels import judge_honest
from data.scene import Account, Scene
from data.usage import Level, Line, consume, ordinary_lines, steady

_STAYS_DAYS = 420.0


def live(
    scene: Scene,
    account: Account,
    *,
    pays_until: int = FOREVER,
    until: int | None = None,
    level: Level | None = None,
    lines: list[Line] | None = None,
) -> int | None:
    """Consumes and is billed until the end; when the first bill that stays unpaid fell due."""
    dice = scene.dice
    if until is None:
        until = account.signed_up_at + int(dice.expovariate(1 / _STAYS_DAYS) * DAY)
    usage = []
    if account.is_metered or level is not None:
        begin = account.signed_up_at + dice.randrange(HOUR, 4 * DAY)
        lines = lines or ordinary_lines(scene, account)
        usage = consume(scene, account, begin, until, level or steady(scene), lines)
        if dice.chance(0.25):
            operate(scene, account, begin, begin + 60 * DAY, times=dice.randrange(1, 5))
    return bill(scene, account, until, usage, pays_until)


def live_honestly(scene: Scene, account: Account) -> None:
    """The life of an honest customer, with what honest customers are wrongly taken for."""
    live(scene, account)
    false_alarm(scene, account, scene.end)
    judge_honest(scene, account)
    if account.card is not None and scene.dice.chance(0.008):
        refunded = account.signed_up_at + scene.dice.randrange(2 * DAY, 40 * DAY)
        dispute(scene, account, refunded, "refund", "requested_by_customer")
