"""What happens after the door says its facts: banks, bills, meters, alerts, operations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from features import reference
from features.blocks import Card, Ip, Money
from features.events import (
    Activity,
    Alert,
    Authorisation,
    Dispute,
    Ingestible,
    Settlement,
    Usage,
    Verification,
)
from features.fact_types import Value
from features.facts import Door
from features.operations import OPERATION_CLASSES, read_operation
from features.sizes import read_size
from features.tokens import Tokenizer

DOOR = Door(Tokenizer(b"s" * 32), reference.load())
NOON = 1_767_268_800_000_000  # 2026-01-01T12:00:00Z


def dollars(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def said(event: Ingestible, *names: str) -> tuple[Value | None, ...]:
    facts = DOOR.learn(event, NOON).facts
    return tuple(facts.get(name) for name in names)


@pytest.mark.parametrize(
    ("total", "small"),
    [
        (dollars("4.99"), 1),
        (dollars("5.00"), 0),
        (dollars("0"), 1),
        (Money(amount=Decimal("4.70"), currency="EUR"), 0),
        (Money(amount=Decimal(1), currency="XXX"), None),
        (None, None),
    ],
)
def test_a_card_that_is_tried_is_asked_for_little(total: Money | None, small: int | None) -> None:
    asked = Authorisation(id="a", result="approved", total=total)
    assert said(asked, "amount_is_small", "is_declined") == (small, 0)


def test_a_bank_that_did_not_answer_has_not_declined() -> None:
    assert said(Authorisation(id="a", result="declined"), "is_declined") == (1,)
    assert said(Authorisation(id="a", result="error"), "is_declined") == (0,)


def test_a_dispute_knows_its_card_and_its_address() -> None:
    paid = Authorisation(id="a", result="approved", card=Card(fingerprint="fp", funding="prepaid"))
    back = Dispute(
        id="d",
        type="chargeback",
        card=Card(fingerprint="fp", funding="prepaid"),
        ip=Ip(address="203.0.113.9", country="BE"),
    )
    learned = DOOR.learn(back, NOON)
    assert learned.tokens["card"] == DOOR.learn(paid, NOON).tokens["card"]
    assert {"ip", "network"} <= set(learned.tokens)
    assert learned.facts["card_is_prepaid"] == 1
    assert said(back, "is_chargeback", "is_early_warning") == (1, 0)
    warned = Dispute(id="d", type="early_warning")
    assert said(warned, "is_chargeback", "is_early_warning") == (0, 1)


@pytest.mark.parametrize(
    ("size", "vcpus", "is_big"),
    [
        ("Standard_NC24ads_A100_v4", 24, True),
        ("NC24ads A100 v4", 24, True),
        ("Standard_ND96isr_MI300X_v5", 96, True),
        ("NV36ads A10 v5", 36, True),
        ("D4s v3", 4, False),
        ("D2 v3/D2s v3", 2, False),
        ("standard_b1s", 1, False),
        ("Standard_D3_v2", 4, False),  # the old series count machines, not processors
        ("Standard_DS14_v2", 16, False),
        ("Basic_A4", 8, False),
        ("Standard_G5", 32, False),
        ("Standard_M416ms_v2", 416, True),
        ("Standard_E64-16s_v3", 16, True),
        ("F72s v2 Spot", 72, True),
        ("Standard_HB120rs_v3", 120, True),
        ("Standard_D99_v2", None, False),
        ("GPU large", None, True),
        ("E10 LRS Disk", None, None),
        ("Hot LRS Data Stored", None, None),
        ("", None, None),
    ],
)
def test_a_size_says_how_much_computing_it_is(
    size: str, vcpus: int | None, is_big: bool | None
) -> None:
    assert read_size(size) == (vcpus, is_big)
    built = Activity(id="a", operation="Microsoft.Compute/virtualMachines/write", size=size)
    expected = (vcpus, None if is_big is None else int(is_big))
    assert said(built, "vcpus", "is_big_size") == expected


@pytest.mark.parametrize(
    ("service", "category", "meter", "gpu", "vcpus", "batch_or_ml"),
    [
        ("Microsoft.Compute", "Virtual Machines", "D4s v3", 0, 4, 0),
        ("Microsoft.Compute", "Virtual Machines", "Standard_NC24ads_A100_v4", 1, 24, 0),
        (None, "Virtual Machines NCasT4 v3 Series", None, 1, None, 0),
        (None, "Virtual Machines NDasrA100 v4-series", None, 1, None, 0),
        ("Microsoft.Batch", None, "NC6s v3", 1, 6, 1),
        ("Microsoft.MachineLearningServices", None, None, 0, None, 1),
        (None, "Azure Machine Learning", "D16s v3", 0, 16, 1),
        (None, "Container Instances", "Standard vCPU Duration", 0, None, 1),
        (None, "Container Instances", "K80 vGPU Duration", 1, None, 1),
        ("Compute Engine", None, "Nvidia Tesla T4 running in Belgium", 1, None, 0),
        (None, "Azure App Service", "B1", 0, None, 0),
        ("Storage", "Storage", "Hot LRS Data Stored", 0, None, 0),
        (None, None, "F8s v2", 0, 8, None),
        (None, None, None, None, None, None),
    ],
)
def test_a_meter_says_what_it_measures(
    service: str | None,
    category: str | None,
    meter: str | None,
    gpu: int | None,
    vcpus: int | None,
    batch_or_ml: int | None,
) -> None:
    line = Usage(id="u", cost=dollars("3"), service=service, meter_category=category, meter=meter)
    names = ("is_gpu", "vcpus", "is_batch_or_ml", "amount_gpu")
    amount = None if gpu is None else 300 * gpu
    assert said(line, *names) == (gpu, vcpus, batch_or_ml, amount)


def test_money_of_an_unknown_currency_is_none_only_where_it_counts() -> None:
    strange = Money(amount=Decimal(1), currency="XXX")
    assert said(Usage(id="u", cost=strange, meter="NC6"), "amount_gpu") == (None,)
    assert said(Usage(id="u", cost=strange, meter="D4s v3"), "amount_gpu") == (0,)


@pytest.mark.parametrize(("result", "received"), [("received", 1), ("failed", 0), ("returned", 0)])
def test_money_arrives_or_does_not(result: Any, received: int) -> None:
    attempt = Settlement(id="s", total=dollars("1"), result=result)
    assert said(attempt, "is_received", "is_failed") == (received, 1 - received)


@pytest.mark.parametrize(("result", "passed"), [("passed", 1), ("failed", 0), ("abandoned", 0)])
def test_a_check_is_passed_or_not(result: Any, passed: int) -> None:
    check = Verification(id="v", type="sms", result=result)
    assert said(check, "is_passed", "is_failed") == (passed, 1 - passed)


def test_a_registry_says_what_it_knows_of_a_company() -> None:
    names = ("registry_status", "registry_age_days", "registry_name_match")
    check = Verification(
        id="v",
        type="business_check",
        result="passed",
        registry_status="active",
        registry_age_days=0,
        registry_name_match=False,
    )
    assert said(check, *names) == ("active", 0, 0)
    assert said(Verification(id="v", type="sms", result="passed"), *names) == (None,) * 3


@pytest.mark.parametrize(
    ("type", "mining", "risky"),
    [
        ("CryptoMining", 1, 0),
        ("NetworkConnectionsToCryptoMiningPools", 1, 0),
        ("Digital currency mining related behavior detected", 1, 0),
        ("ARM_AnomalousResourceConsumption", 0, 0),
        ("Data mining determined", 0, 0),
        ("riskySignIn", 0, 1),
        ("Unfamiliar sign-in properties", 0, 1),
        ("unlikelyTravel", 0, 1),
        ("anonymizedIPAddress", 0, 1),
        ("leakedCredentials", 0, 1),
    ],
)
def test_an_alert_is_told_by_its_type(type: str, mining: int, risky: int) -> None:
    notified = Alert(id="a", source="microsoft", type=type)
    assert said(notified, "alert_is_mining", "alert_is_risky_signin") == (mining, risky)


def test_an_alert_has_a_level_a_state_and_perhaps_a_verdict() -> None:
    def told(**fields: Any) -> tuple[Value | None, ...]:
        notified = Alert(id="a", source="s", type="t", **fields)
        return said(notified, "severity_level", "alert_is_open", "alert_is_legitimate")

    assert told() == (None, 1, None)
    assert told(severity="informational", status="investigating") == (0, 1, None)
    assert told(severity="high", status="resolved", verdict="fraud") == (3, 0, 0)
    assert told(severity="low", status="resolved", verdict="legitimate") == (1, 0, 1)
    assert told(severity="medium", status="unknown", verdict="unknown") == (2, None, None)
    assert told(verdict="ignore") == (None, 1, None)  # set aside is not judged


@pytest.mark.parametrize(
    ("operation", "named", "is_write"),
    [
        ("Microsoft.Compute/virtualMachines/write", "vm_create", True),
        ("MICROSOFT.COMPUTE/VIRTUALMACHINESCALESETS/WRITE", "vm_create", True),
        ("Microsoft.Compute/virtualMachines/start/action", "vm_start", True),
        ("Microsoft.Compute/virtualMachines/delete", "vm_delete", True),
        ("Microsoft.Authorization/roleAssignments/write", "role_grant", True),
        ("Microsoft.Authorization/elevateAccess/action", "role_grant", True),
        ("Add member to role", "role_grant", True),
        ("Add service principal credentials", "credential_add", True),
        (
            "Update application \u2013 Certificates and secrets management",
            "credential_add",
            True,
        ),
        ("Microsoft.Support/supportTickets/write", "quota", True),
        ("Microsoft.Quota/quotas/write", "quota", True),
        ("Microsoft.Batch/batchAccounts/write", "batch_ml_container", True),
        ("Microsoft.MachineLearningServices/workspaces/computes/write", "batch_ml_container", True),
        ("Microsoft.MachineLearningServices/locations/updateQuotas/action", "quota", True),
        ("Microsoft.ContainerInstance/containerGroups/write", "batch_ml_container", True),
        ("Microsoft.Subscription/aliases/write", "subscription_create", True),
        ("Microsoft.Network/publicIPAddresses/write", "public_ip", True),
        ("Microsoft.Insights/diagnosticSettings/delete", "policy_or_log_delete", True),
        ("Microsoft.Authorization/policyAssignments/delete", "policy_or_log_delete", True),
        ("Microsoft.Compute/virtualMachines/read", "other", False),
        ("Microsoft.Storage/storageAccounts/listKeys/action", "other", False),
        ("Microsoft.Storage/storageAccounts/write", "other", True),
        ("Delete user", "other", True),
        ("List users", "other", False),
        ("Nightly job", "other", None),
        ("", "other", None),
    ],
)
def test_an_operation_is_told_by_its_name(
    operation: str, named: str, is_write: bool | None
) -> None:
    assert read_operation(operation) == (named, is_write)
    written = None if is_write is None else int(is_write)
    done = Activity(id="a", operation=operation)
    assert said(done, "operation_class", "is_write") == (named, written)


def test_the_classes_of_operations_are_those_declared() -> None:
    assert [name for name, _ in OPERATION_CLASSES] == [
        "vm_create",
        "vm_start",
        "vm_delete",
        "role_grant",
        "credential_add",
        "quota",
        "batch_ml_container",
        "subscription_create",
        "public_ip",
        "policy_or_log_delete",
    ]


@pytest.mark.parametrize(
    ("operation", "mfa", "without"),
    [
        ("Add member to role", False, 1),
        ("Add member to role", True, 0),
        ("Add member to role", None, None),
        ("List users", False, 0),
        ("List users", None, None),
        ("Nightly job", False, None),
        ("Nightly job", True, 0),
    ],
)
def test_who_changes_things_needs_a_second_factor(
    operation: str, mfa: bool | None, without: int | None
) -> None:
    done = Activity(id="a", operation=operation, mfa=mfa)
    assert said(done, "is_privileged_without_mfa") == (without,)


def test_names_of_resources_are_compared_without_case() -> None:
    one = Activity(id="a", operation="x", resource_group="TESTRG", resource_type="A.B/vms")
    assert said(one, "resource_group", "resource_type") == ("testrg", "a.b/vms")
