"""The ledger is read on a thread, one look at a time, until the service stops."""

from __future__ import annotations

import asyncio
import threading

import pytest

from features.errors import Unavailable
from serving.ledger.tables import LedgerReader
from serving.opening import OpenScorer
from serving.reading import Reading
from serving.settings import Settings
from tests.serving.scoring import on_disk, score, signup


def test_a_look_is_taken_elsewhere(scorer: OpenScorer, afternoon: Settings) -> None:
    decision = score(scorer, signup(1))["decision_id"]
    on_disk(scorer)

    def look(reader: LedgerReader) -> tuple[bool, bool]:
        here = threading.current_thread() is threading.main_thread()
        return here, reader.decision(decision) is not None

    reading = Reading(afternoon.home)
    assert asyncio.run(reading.of(look)) == (False, True)
    reading.close()
    with pytest.raises(Unavailable, match="the service is stopping"):
        asyncio.run(reading.of(look))
