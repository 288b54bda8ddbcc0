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
_BUILD = "Microsoft.Compute/virtualMachines/write"
_START = "Microsoft.Compute/virtualMachines/start/action"
_GRANT = "Microsoft.Authorization/roleAssignments/write"
_OPERATIONS = {
    _GRANT: 2.0,
    _BUILD: 2.0,
    _START: 4.0,
    "Microsoft.Network/publicIPAddresses/write": 2.0,
    "Microsoft.Support/quotaRequests/write": 1.0,
    "Microsoft.Insights/diagnosticSettings/delete": 0.1,
}
_ORDINARY_SIZES = {"Standard_B2s": 3.0, "Standard_D4s_v5": 4.0, "Standard_E64s_v5": 0.2}
_STOLEN_SIZES = {"Standard_NC24ads_A100_v4": 3.0, "Standard_F72s_v2": 2.0, "Standard_D4s_v5": 1.0}


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
    dice = scene.dice
    for _ in range(times):
        at = dice.randrange(begin, until)
        _operation(scene, account, at, dice.pick(_OPERATIONS), _ORDINARY_SIZES, mfa_share=0.85)


def break_in(scene: Scene, account: Account, at: int) -> None:
    """An intruder signs in, grants himself rights and builds machines within an hour."""
    dice = scene.dice
    if dice.chance(0.3):
        _risky_signin(scene, account, at)
    _operation(scene, account, at, _GRANT, _STOLEN_SIZES, mfa_share=0.15)
    for _ in range(int(dice.between(2, 20))):
        moment, what = at + dice.randrange(MINUTE, 60 * MINUTE), dice.choice((_BUILD, _START))
        _operation(scene, account, moment, what, _STOLEN_SIZES, mfa_share=0.15)


def _risky_signin(scene: Scene, account: Account, at: int) -> None:
    scene.diary.write(
        Alert(
            id=account.next_id("alt"),
            customer=account.customer,
            ip=account.ip,
            source="directory",
            type=scene.dice.choice(("unfamiliarFeatures", "impossibleTravel")),
            severity="medium",
        ),
        at - scene.dice.randrange(MINUTE, 30 * MINUTE),
    )


def _operation(
    scene: Scene,
    account: Account,
    at: int,
    operation: str,
    sizes: dict[str, float],
    mfa_share: float,
) -> None:
    dice = scene.dice
    activity = account.next_id("act")
    scene.diary.write(
        Activity(
            id=activity,
            customer=account.customer,
            ip=account.ip,
            occurred_at=as_datetime(at),
            operation=operation,
            result="failed" if dice.chance(0.06) else "succeeded",
            correlation=activity,
            subscription=account.subscription(),
            mfa=dice.chance(mfa_share),
            size=dice.pick(sizes) if operation in (_BUILD, _START) else None,
        ),
        at + dice.randrange(MINUTE, 20 * MINUTE),
    )
