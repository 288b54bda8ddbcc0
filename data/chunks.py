"""Chunks: a thousand customers at a time, each chunk a function of the seed and its number.

So the history does not depend on how many processes tell it, and a million
customers need no more memory than a thousand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from data.clock import DAY
from data.diary import Diary, HistoryDiary
from data.dice import Dice
from data.networks import Networks
from data.scene import Scene, Truth
from data.typologies import BY_NAME, Typology
from features.export import ExportWriter
from features.facts import microseconds

if TYPE_CHECKING:
    from data.world import World

CUSTOMERS_PER_CHUNK = 1_000
TRUTH_SCHEMA = pa.schema(
    [
        pa.field("customer", pa.string(), nullable=False),
        pa.field("typology", pa.string(), nullable=False),
        pa.field("is_fraud_at_signup", pa.bool_(), nullable=False),
    ]
)
_ROWS_AT_ONCE = 20_000
_CUSTOMERS_PER_RESELLER = 120


def count(world: World) -> int:
    """How many chunks a world has."""
    return -(-world.customers // CUSTOMERS_PER_CHUNK)


def write(world: World, index: int, folder: Path) -> int:
    """Tells one chunk into two Parquet files of a folder, unordered; the number of its rows."""
    start = microseconds(world.start)
    with ExportWriter(folder / f"events-{index:06d}.parquet", _ROWS_AT_ONCE) as writer:
        truths = tell(world, index, HistoryDiary(writer, end=start + world.days * DAY))
    columns = list(zip(*truths, strict=True))
    truth = pa.table(dict(zip(TRUTH_SCHEMA.names, columns, strict=True)), schema=TRUTH_SCHEMA)
    pq.write_table(truth, folder / f"truth-{index:06d}.parquet")
    return writer.rows


def tell(world: World, index: int, diary: Diary) -> list[Truth]:
    """Tells the stories of one chunk to a diary; who took part."""
    start = microseconds(world.start)
    networks = Networks(world.seed, world.customers)
    truths: list[Truth] = []
    customers = min(CUSTOMERS_PER_CHUNK, world.customers - index * CUSTOMERS_PER_CHUNK)
    plan = _plan(world.mix, Dice(world.seed, "plan", index), customers)
    for number, (typology, size) in enumerate(plan):
        scene = Scene(
            seed=world.seed,
            start=start,
            end=start + world.days * DAY,
            resellers=max(3, world.customers // _CUSTOMERS_PER_RESELLER),
            dice=Dice(world.seed, "case", index, number),
            networks=networks,
            diary=diary,
            typology=typology.name,
            is_fraud_at_signup=typology.is_fraud_at_signup,
            truths=truths,
        )
        typology.tell(scene, size)
    return truths


def _plan(mix: Mapping[str, float], dice: Dice, customers: int) -> Iterator[tuple[Typology, int]]:
    """Cases until all customers have one; a kind's share is of customers, not of cases.

    Each kind gets the cases it should have, rounded by chance: rare kinds would
    otherwise come and go with the seed.
    """
    total = sum(mix.values())
    cases = {BY_NAME[name]: share / BY_NAME[name].mean_size for name, share in mix.items()}
    due = [
        typology
        for typology, weight in cases.items()
        for _ in range(int(weight / total * customers + dice.random()))
    ]
    dice.shuffle(due)
    while customers > 0:
        typology = due.pop() if due else dice.pick(cases)
        size = min(dice.randint(*typology.sizes), customers)
        customers -= size
        yield typology, size
