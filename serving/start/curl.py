"""Command lines that anyone can paste to see a decision."""

from __future__ import annotations

import json
from typing import Any

_NEW = "@NEW@"
_SOMEWHERE = "@SOMEWHERE@"
_NUMBER = "$(date +%s%N|tr -d N)"  # nanoseconds; whole seconds where date knows no better
_OCTETS = "$((n%200+20)).$((n/1000%256)).$((n/300000%256)).24"


def signup_line(address: str, key: str, example: dict[str, Any]) -> str:
    """One line that scores a sign-up; every paste is a new customer somewhere else."""
    event = {
        **example,
        "id": f"try-{_NEW}",
        "customer": f"customer-{_NEW}",
        "email": example["email"].replace(".example", f"{_NEW}.example"),
        "ip": {**example["ip"], "address": _SOMEWHERE},
        "address": {**example["address"], "line1": f"{example['address']['line1']}-{_NEW}"},
        "device": {"id": f"device-{_NEW}"},
        "card": {**example["card"], "fingerprint": f"card-{_NEW}"},
    }
    event.pop("phone", None)
    body = json.dumps(event, separators=(",", ":"), ensure_ascii=True).replace("'", "\\u0027")
    body = body.replace(_NEW, "'$n'").replace(_SOMEWHERE, f"'{_OCTETS}'")
    return (
        f"n={_NUMBER}; curl -sS '{address}/v1/score' -H 'Authorization: Bearer {key}' "
        f"-H 'Content-Type: application/json' -d '{body}'"
    )
