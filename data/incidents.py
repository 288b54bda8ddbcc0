"""Incidents: alerts of the cloud provider, true and false, and privileged operations in tenants."""

from __future__ import annotations

from data.clock import DAY, HOUR, MINUTE, as_datetime
from data.scene import Account, Scene
from features.events import Activity, Alert

_TYPES = {
    "CryptoMining": 4.0,
    "ARM_AnomalousResourceConsumption": 3.0,
    "VM_AnomalousDeployment": 2.0,
    "AzureBatch_AnomalousDeployment": 1.0,
}
_OPERATIONS = (
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Network/publicIPAddresses/write",
    "Microsoft.Support/quotaRequests/write",
)


def alert(scene: Scene, account: Account, at: int, *, grave: bool) -> None:
    """The provider notices something some hours after it began."""
    dice = scene.dice
    scene.diary.write(
        Alert(
            id=account.next_id("alt"),
            customer=account.customer,
            reseller=account.reseller,
            occurred_at=as_datetime(at),
            source="microsoft",
            type=dice.pick(_TYPES),
            severity=dice.choice(("medium", "high") if grave else ("low", "medium")),
            confidence=dice.choice(("medium", "high") if grave else ("low", "medium", "high")),
            subscription=account.subscription(),
        ),
        at + dice.randrange(HOUR, 30 * HOUR),
    )


def false_alarm(scene: Scene, account: Account, until: int) -> None:
    """A few honest customers get an alert; most are then cleared by a person."""
    dice = scene.dice
    if not dice.chance(0.012):
        return
    at = dice.randrange(account.signed_up_at, until)
    alert(scene, account, at, grave=False)
    if dice.chance(0.7):
        scene.diary.write(
            Alert(
                id=account.next_id("alt"),
                customer=account.customer,
                source="microsoft",
                type="ARM_AnomalousResourceConsumption",
                severity="low",
                status="resolved",
                verdict="legitimate",
                subscription=account.subscription(),
            ),
            at + dice.randrange(31 * HOUR, 6 * DAY),
        )


def operate(scene: Scene, account: Account, begin: int, until: int, *, times: int) -> None:
    """Administrators at work between two times, most of them with a second factor."""
    for _ in range(times):
        _operation(scene, account, scene.dice.randrange(begin, until), mfa_share=0.85)


def break_in(scene: Scene, account: Account, at: int) -> None:
    """An intruder grants himself rights and builds machines within an hour."""
    for _ in range(scene.dice.randrange(3, 9)):
        _operation(scene, account, at + scene.dice.randrange(60 * MINUTE), mfa_share=0.15)


def _operation(scene: Scene, account: Account, at: int, mfa_share: float) -> None:
    dice = scene.dice
    scene.diary.write(
        Activity(
            id=account.next_id("act"),
            customer=account.customer,
            ip=account.ip,
            occurred_at=as_datetime(at),
            operation=dice.choice(_OPERATIONS),
            result="failed" if dice.chance(0.06) else "succeeded",
            subscription=account.subscription(),
            mfa=dice.chance(mfa_share),
        ),
        at + dice.randrange(MINUTE, 20 * MINUTE),
    )
