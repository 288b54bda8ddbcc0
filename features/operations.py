"""Operations: what an operation in a tenant does, told from its name.

Names are compared without case. Resource providers write a path that ends in a
verb (``Microsoft.Compute/virtualMachines/write``), directories a sentence that
begins with one (``Add member to role``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_MACHINES = r"microsoft\.(?:classic)?compute/virtualmachine(?:scaleset)?s"
_WORKLOADS = r"microsoft\.(?:batch|machinelearning(?:services)?|containerinstance)/.*"
_WATCHERS = (
    r"microsoft\.authorization/(?:policy[a-z]+|locks)"
    r"|microsoft\.insights/(?:diagnosticsettings|logprofiles|activitylogalerts|alertrules)"
    r"|microsoft\.operationalinsights/workspaces|microsoft\.security/.*"
)

#: Class of an operation by its whole name; the first that fits, else ``other``.
OPERATION_CLASSES: tuple[tuple[str, str], ...] = (
    ("vm_create", rf"{_MACHINES}/write"),
    ("vm_start", rf"{_MACHINES}(?:/virtualmachines)?/start/action"),
    ("vm_delete", rf"{_MACHINES}(?:/virtualmachines)?/delete(?:/action)?"),
    (
        "role_grant",
        r"microsoft\.authorization/(?:roleassignments/write|roleassignmentschedulerequests/write"
        r"|elevateaccess/action)|add (?:eligible )?member to role.*",
    ),
    (
        "credential_add",
        r"add (?:service principal|application) credentials?.*"
        r"|update application . certificates and secrets management.*"
        r"|.*/federatedidentitycredentials/write",
    ),
    (
        "quota",
        r"microsoft\.support/(?:supporttickets|quotarequests)/write"
        r"|microsoft\.quota/.*write|microsoft\.capacity/.*servicelimits/write"
        r"|.*/updatequotas/action",
    ),
    ("batch_ml_container", rf"{_WORKLOADS}/(?:write|start/action)"),
    (
        "subscription_create",
        r"microsoft\.subscription/(?:aliases|subscriptions)/write|.*/createsubscription/action",
    ),
    ("public_ip", r"microsoft\.network/publicip(?:addresses|prefixes)/write"),
    ("policy_or_log_delete", rf"(?:{_WATCHERS})/delete"),
)

_CLASSES = tuple((name, re.compile(pattern)) for name, pattern in OPERATION_CLASSES)
_READS = re.compile(
    r".*/read|.*/(?:list|get|check|validate)\w*/action|(?:read|get|list|view|describe|validate)\b.*"
)
_WRITES = re.compile(
    r".*/(?:write|delete|action)"
    r"|(?:add|assign|consent|create|delete|disable|enable|grant|invite|register|remove|reset"
    r"|restore|set|start|stop|update)\b.*"
)


class Operation(NamedTuple):
    """What an operation does; ``is_write`` is None where its name does not say."""

    operation_class: str
    is_write: bool | None


@lru_cache(maxsize=4096)
def read_operation(name: str) -> Operation:
    """What the operation of a name does.

    >>> read_operation("MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE")
    Operation(operation_class='vm_create', is_write=True)
    >>> read_operation("Nightly job")
    Operation(operation_class='other', is_write=None)
    """
    folded = " ".join(name.lower().split())
    named = next((one for one, pattern in _CLASSES if pattern.fullmatch(folded)), "other")
    if named != "other" or (_WRITES.fullmatch(folded) and not _READS.fullmatch(folded)):
        return Operation(named, True)
    return Operation(named, False if _READS.fullmatch(folded) else None)
