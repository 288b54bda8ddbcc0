"""Facts of what happens after the door: what one bank answer, bill, usage line or alert says.

    event ──► by its kind ──► facts, unknown (None) where the event does not say

Pure functions of the event and its amount in minor units of the reference currency.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from features import events
from features.business_days import late_after
from features.fact_types import Value
from features.operations import read_operation
from features.sizes import names_gpu, read_size

Facts = dict[str, Value | None]

#: Below this many minor units a card is tried rather than used (5.00 of the currency).
SMALL_AMOUNT = 500

_SEVERITIES: dict[str, int] = {"informational": 0, "low": 1, "medium": 2, "high": 3}
_OPEN = {"active": 1, "investigating": 1, "resolved": 0}
_LEGITIMATE = {"legitimate": 1, "fraud": 0}  # an ignored alert was not judged
_COMPUTE = re.compile(r"virtual ?machine|compute|kubernetes|databricks")
_BATCH_OR_ML = re.compile(r"(?<![a-z])batch(?![a-z])|machine ?learning|container ?instance")
_NO_LETTER = re.compile(r"[^a-z0-9]+")
_MINING = re.compile(r"crypto(?:mining|currenc|jack)|coinmin|miningpool|currencymining")
_RISKY_SIGNIN = re.compile(
    r"risky(?:signin|user)|suspicioussignin|(?:impossible|unlikely|atypical)travel"
    r"|unfamiliar(?:signin|features)|anonym(?:ous|ized)ip|(?:malicious|risky|infected)ip"
    r"|leakedcredential|passwordspray|anomaloustoken|tokenissuer"
)


def facts_of_use(event: events.Ingestible, amount: int | None, due_at: int | None) -> Facts:
    """The facts that an event's kind adds; ``due_at`` in microseconds."""
    teller = _TELLERS.get(type(event))
    return {} if teller is None else teller(event, amount, due_at)


def _authorisation(event: events.Authorisation, amount: int | None, _: int | None) -> Facts:
    return {
        "amount_is_small": None if amount is None else int(amount < SMALL_AMOUNT),
        "is_declined": int(event.result == "declined"),
    }


def _dispute(event: events.Dispute, _: int | None, __: int | None) -> Facts:
    return {
        "is_chargeback": int(event.type == "chargeback"),
        "is_early_warning": int(event.type == "early_warning"),
    }


def _usage(event: events.Usage, amount: int | None, _: int | None) -> Facts:
    meter = _read_meter(event.service, event.meter_category, event.meter)
    amount_gpu = {None: None, 0: 0, 1: amount}[meter.is_gpu]
    return {**meter._asdict(), "amount_gpu": amount_gpu}


class _Meter(NamedTuple):
    is_gpu: int | None
    vcpus: int | None
    is_batch_or_ml: int | None


@lru_cache(maxsize=4096)
def _read_meter(service: str | None, category: str | None, meter: str | None) -> _Meter:
    """What a meter measures. ``B1`` is a size of a machine and a plan of a web service:
    only where the service is not known to be another, a meter is read as a size.
    """
    kind = " | ".join(text.lower() for text in (service, category) if text is not None)
    is_batch_or_ml = _BATCH_OR_ML.search(kind) is not None
    may_be_machine = not kind or is_batch_or_ml or _COMPUTE.search(kind) is not None
    everything = f"{kind} | {meter or ''}"
    return _Meter(
        is_gpu=int(names_gpu(everything)) if kind or meter is not None else None,
        vcpus=read_size(meter).vcpus if meter is not None and may_be_machine else None,
        is_batch_or_ml=int(is_batch_or_ml) if kind else None,
    )


def _invoice(event: events.Invoice, _: int | None, due_at: int | None) -> Facts:
    return {"late_after": None if due_at is None else late_after(due_at, event.country)}


def _settlement(event: events.Settlement, _: int | None, __: int | None) -> Facts:
    is_received = int(event.result == "received")
    return {"is_received": is_received, "is_failed": 1 - is_received}


def _verification(event: events.Verification, _: int | None, __: int | None) -> Facts:
    is_passed = int(event.result == "passed")
    return {"is_passed": is_passed, "is_failed": 1 - is_passed}


def _alert(event: events.Alert, _: int | None, __: int | None) -> Facts:
    about = _NO_LETTER.sub("", event.type.lower())
    return {
        "severity_level": _SEVERITIES.get(event.severity),
        "alert_is_mining": int(_MINING.search(about) is not None),
        "alert_is_open": _OPEN.get(event.status),
        "alert_is_legitimate": _LEGITIMATE.get(event.verdict or ""),
        "alert_is_risky_signin": int(_RISKY_SIGNIN.search(about) is not None),
    }


def _activity(event: events.Activity, _: int | None, __: int | None) -> Facts:
    operation_class, is_write = read_operation(event.operation)
    vcpus, is_big = (None, None) if event.size is None else read_size(event.size)
    return {
        "operation_class": operation_class,
        "is_write": None if is_write is None else int(is_write),
        "is_privileged_without_mfa": _without_mfa(is_write, event.mfa),
        "vcpus": vcpus,
        "is_big_size": None if is_big is None else int(is_big),
        "resource_type": _lower(event.resource_type),
        "resource_group": _lower(event.resource_group),
    }


def _lower(name: str | None) -> str | None:
    """Names of resources as they are compared: their case differs from record to record."""
    return None if name is None else name.lower()


def _without_mfa(is_write: bool | None, mfa: bool | None) -> int | None:
    """Whether something was changed without a second factor; unknown if either is not said."""
    if mfa is None:
        return None
    return 0 if mfa or is_write is False else (None if is_write is None else 1)


_TELLERS: dict[type, Callable[[Any, int | None, int | None], Facts]] = {
    events.Authorisation: _authorisation,
    events.Dispute: _dispute,
    events.Usage: _usage,
    events.Invoice: _invoice,
    events.Settlement: _settlement,
    events.Verification: _verification,
    events.Alert: _alert,
    events.Activity: _activity,
}
