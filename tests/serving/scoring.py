"""Events of one afternoon, and scoring them without a network."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from features.blocks import Money
from features.events import Payment, Signup
from serving.opening import OpenScorer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def signup(number: int, **fields: Any) -> Signup:
    return Signup(
        id=f"s{number}",
        customer=f"c{number}",
        occurred_at=fields.pop("occurred_at", NOON + timedelta(seconds=number)),
        **fields,
    )


def score(
    scorer: OpenScorer, event: Signup | Payment, *, body: bytes = b"", dry_run: bool = False
) -> dict[str, Any]:
    scored = scorer.score(
        event, fingerprint=body or event.id.encode(), warnings=[], dry_run=dry_run
    )
    answer: dict[str, Any] = json.loads(scored.body)
    return answer


def on_disk(scorer: OpenScorer) -> None:
    """Waits until all is on disk that was scored."""
    asyncio.run(scorer.ledger.durable())


def dollars(amount: int) -> Money:
    return Money(amount=Decimal(amount), currency="USD")
