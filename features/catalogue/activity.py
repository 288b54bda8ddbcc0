"""What is done in a customer's tenant, by whom, and what others have noticed."""

from __future__ import annotations

from features.declaration import Daily, Ratio, Recent, Window
from features.durations import days, hours
from features.formulas.recent import followed_by, largest_recent

_CHECKUP = ("checkup",)


def _operations(name: str, over: tuple[int, ...], why: str) -> Window:
    """Operations of one class in a customer's tenant."""
    return Window(
        count="events",
        by="customer",
        events="activity",
        where={"operation_class": name},
        over=over,
        at=_CHECKUP,
        why=why,
    )


machines_started = _operations(
    "vm_start", (hours(1), hours(24)), "Mining starts every machine there is."
)
quota_requests = _operations(
    "quota", (days(7),), "Abuse needs more than what new customers are given."
)
roles_granted = _operations("role_grant", (hours(24),), "An intruder first makes himself at home.")
credentials_added = _operations(
    "credential_add", (hours(24),), "A new credential outlives the stolen password."
)
batch_or_ml_created = _operations(
    "batch_ml_container", (hours(24),), "Batch and container services are mined on, too."
)
public_ips_created = _operations(
    "public_ip", (hours(24),), "Spam and attacks need addresses of their own."
)
subscriptions_created = _operations(
    "subscription_create", (hours(24),), "Each new subscription comes with a new quota."
)
traces_deleted = _operations(
    "policy_or_log_delete", (hours(24),), "Who deletes the log has something to hide."
)
machines_created = Window(
    count="correlation",
    distinct=True,
    by="customer",
    events="activity",
    where={"operation_class": "vm_create"},
    over=(hours(1), hours(24)),
    at=_CHECKUP,
    why="Mining creates machine after machine.",
)
vcpus_created = Window(
    sum="vcpus",
    by="customer",
    events="activity",
    where={"operation_class": "vm_create"},
    over=(hours(1), hours(24)),
    at=_CHECKUP,
    why="How much computing was started.",
)
vcpus_created_before = Daily(
    sum="vcpus",
    by="customer",
    events="activity",
    where={"operation_class": "vm_create"},
    spans=((1, 29),),
    at=_CHECKUP,
    why="How much computing is usually started.",
)
vcpu_jump = Ratio(
    of=("vcpus_created_24h", "vcpus_created_before_1d_29d"),
    at=_CHECKUP,
    why="More computing in a day than in the month before.",
)
big_machines_created = Window(
    count="events",
    by="customer",
    events="activity",
    where={"is_big_size": 1, "operation_class": "vm_create"},
    over=(hours(1), hours(24)),
    at=_CHECKUP,
    why="The largest machines are what is worth stealing.",
)
privileged_without_mfa = Window(
    count="events",
    by="customer",
    events="activity",
    where={"is_privileged_without_mfa": 1},
    over=(hours(24),),
    at=_CHECKUP,
    only_raises=True,
    why="An administrator without a second factor may be anybody.",
)
failed_operations = Window(
    count="events",
    by="customer",
    events="activity",
    where={"result": "failed"},
    over=(hours(24),),
    at=_CHECKUP,
    why="An intruder tries what he may not do.",
)
new_caller_networks = Daily(
    new="network",
    spans=((0, 1), (1, 31)),
    by="customer",
    events="activity",
    at=_CHECKUP,
    why="The tenant is operated from where it never was.",
)
new_caller_devices = Daily(
    new="device",
    spans=((0, 7), (7, 37)),
    by="customer",
    events="activity",
    at=_CHECKUP,
    why="The tenant is operated from a device it never was.",
)
customers_operated_from_ip = Window(
    count="customer",
    distinct=True,
    by="ip",
    events="activity",
    over=(hours(24),),
    at=_CHECKUP,
    why="One address that operates many customers' tenants runs a cluster of them.",
)
signin_then_machine = Recent(
    rows=32,
    by="customer",
    events=("alert", "activity"),
    over=days(1),
    values=("occurred_at", "alert_is_risky_signin", "is_big_size"),
    formula=followed_by,
    parameters={"within_minutes": 120},
    at=_CHECKUP,
    why="A strange sign-in followed by a big machine is a theft in progress.",
)
alerts_of_customer = Window(
    count="events",
    by="customer",
    events="alert",
    over=(hours(24), days(30)),
    at=_CHECKUP,
    why="Somebody else has noticed something.",
)
mining_alerts = Window(
    count="events",
    by="customer",
    events="alert",
    where={"alert_is_mining": 1},
    over=(days(7), days(30)),
    at=_CHECKUP,
    only_raises=True,
    why="Somebody saw connections to a mining pool.",
)
open_alert_severity = Recent(
    rows=32,
    by="customer",
    events="alert",
    over=days(30),
    values=("severity_level", "alert_is_open"),
    formula=largest_recent,
    at=("payment", "checkup"),
    why="A grave alert that nobody has closed.",
)
hours_since_alert = Window(
    last=True,
    by="customer",
    events="alert",
    over=(days(90),),
    unit=hours(1),
    at=_CHECKUP,
    why="How fresh the last alert is.",
)
mining_approvals = Window(
    count="events",
    by="customer",
    events="profile",
    where={"approval": "mining"},
    over=(days(365),),
    at=_CHECKUP,
    why="Mining was allowed in writing; such a permission is good for a year.",
)
harmless_alerts = Window(
    count="events",
    by="customer",
    events="alert",
    where={"alert_is_legitimate": 1},
    over=(days(90),),
    at=_CHECKUP,
    why="Alerts about this customer turned out harmless.",
)
harmless_mining_alerts = Window(
    count="events",
    by="customer",
    events="alert",
    where={"alert_is_mining": 1, "alert_is_legitimate": 1},
    over=(days(7),),
    at=_CHECKUP,
    why="Somebody looked into the alert about mining, and it was harmless.",
)
judged_alerts = Window(
    count="events",
    by="customer",
    events="alert",
    where={"alert_is_legitimate": (0, 1)},
    over=(days(90),),
    at=_CHECKUP,
    why="How many alerts about this customer were looked into.",
)
harmless_alert_share = Ratio(
    of=("harmless_alerts_90d", "judged_alerts_90d"),
    at=_CHECKUP,
    why="A customer who alarms somebody and does no harm is who he is.",
)
