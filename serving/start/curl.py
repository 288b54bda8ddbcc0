"""Command lines that anyone can paste to see a decision."""

from __future__ import annotations

import json
from typing import Any

_NEW = "@NEW@"


def signup_line(address: str, key: str, example: dict[str, Any]) -> str:
    """One line that scores a sign-up; every paste is a new customer on a new device."""
    event = {
        **example,
        "id": f"try-{_NEW}",
        "customer": f"customer-{_NEW}",
        "device": {"id": f"device-{_NEW}"},
        "card": {**example["card"], "fingerprint": f"card-{_NEW}"},
    }
    body = json.dumps(event, separators=(",", ":"), ensure_ascii=True).replace("'", "\\u0027")
    body = body.replace(_NEW, "'$n'")
    return (
        f"n=$(date +%s%N); curl -sS {address}/v1/score -H 'Authorization: Bearer {key}' "
        f"-H 'Content-Type: application/json' -d '{body}'"
    )
