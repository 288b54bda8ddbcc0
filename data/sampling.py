"""Sampling: ``python -m data.sampling`` writes the sign-ups of data/samples anew.

They are bodies that the scoring endpoint accepts, one on a line: some of
ordinary customers, some of each kind of fraud, in the order they came.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from data import chunks
from data.diary import EventDiary
from data.world import World
from features.events import Event, Signup

SIGNUPS = Path(__file__).parent / "samples" / "signups.ndjson"
_WORLD = World(customers=1_000, seed=2026)
_WANTED = {
    "ordinary": 6,
    "traveller": 1,
    "office": 1,
    "reseller": 2,
    "vpn_user": 1,
    "privacy_minded": 1,
    "prepaid_user": 1,
    "card_testing": 1,
    "ring": 4,
    "synthetic_identity": 1,
    "stolen_instrument": 2,
}


def signups() -> list[bytes]:
    """The sample: JSON objects without their empty fields."""
    diary = EventDiary()
    kinds = {truth.customer: truth.typology for truth in chunks.tell(_WORLD, 0, diary)}
    wanted = dict(_WANTED)
    chosen = []
    for known_at, event in diary.events:
        if isinstance(event, Signup) and wanted.get(kind := kinds[event.customer or ""], 0):
            wanted[kind] -= 1
            chosen.append((known_at, event))
    chosen.sort(key=lambda pair: pair[0])
    return [msgspec.json.encode(_body(event)) for _, event in chosen]


def _body(event: Signup) -> object:
    """Who first, then the form; without what is not known."""
    body = msgspec.to_builtins(event)
    first = ("kind", *(name for name in Event.__struct_fields__ if name in body))
    return _known({**{name: body[name] for name in first}, **body})


def _known(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: _known(inner) for name, inner in value.items() if inner is not None}


if __name__ == "__main__":
    SIGNUPS.parent.mkdir(exist_ok=True)
    SIGNUPS.write_bytes(b"\n".join([*signups(), b""]))
