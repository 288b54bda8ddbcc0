"""The world: its parameters, and its simulation into a folder.

World ──► chunks (in processes) ──► parts ──► events.parquet
                                         └──► truth.parquet
                                              world.json
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from shutil import disk_usage, rmtree
from time import perf_counter

from data import chunks, writing
from data.typologies import BY_NAME, DEFAULT_MIX
from data.worldfile import Summary, fingerprint, held, write_summary
from features.errors import InvalidInput, SetupError

#: Told what is being done, how many steps of it are done, and how many there are.
Progress = Callable[[str, int, int], None]

_BYTES_PER_CUSTOMER_DAY = 90  # parts, sorting and the final file together
_UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class World:
    """A reseller's customers over some months.

    ``mix`` maps typologies to weights; one that is left out does not occur.

    >>> World(customers=10, mix={"ordinary": 9, "ring": 1}).days
    180
    """

    customers: int = 20_000
    days: int = 180
    seed: int = 7
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    mix: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_MIX))

    def __post_init__(self) -> None:
        if self.customers < 1 or self.days < 1:
            raise InvalidInput("a world needs at least one customer and one day")
        if self.start.tzinfo is None:
            raise InvalidInput("the start of a world needs a time zone, such as UTC")
        unknown = sorted(set(self.mix) - set(BY_NAME))
        if unknown:
            known = ", ".join(BY_NAME)
            raise InvalidInput(f"no such typology: {', '.join(unknown)}; there are {known}")
        if min(self.mix.values(), default=0) < 0 or sum(self.mix.values()) <= 0:
            raise InvalidInput("the mix of typologies needs weights of zero or more, not all zero")


def simulate(
    world: World,
    folder: Path,
    progress: Progress | None = None,
    workers: int | None = None,
    replace: bool = False,
) -> Summary:
    """Writes ``events.parquet``, ``truth.parquet`` and ``world.json`` of a world.

    The same world gives the same bytes whatever the number of ``workers``
    (default: one for each core). A folder that holds this world already is left
    as it is; one that holds something else raises `SetupError` unless ``replace``.
    """
    began = perf_counter()
    if not replace and (summary := held(world, folder)) is not None:
        return summary
    if not replace and (folder / "events.parquet").exists():
        raise SetupError(
            f"{folder} holds another history: name another folder with --out, "
            "or replace what is there with --force"
        )
    say = progress or (lambda words, done, total: None)
    with _workshop(world, folder) as parts:
        rows = 0
        for done, more in enumerate(_write_chunks(world, parts, workers or os.cpu_count() or 1), 1):
            rows += more
            say("living", done, chunks.count(world))
        # The description goes first and comes back last: what it describes is then complete.
        (folder / "world.json").unlink(missing_ok=True)
        kinds = writing.join(parts, folder, lambda written: say("ordering", written, rows))
        customers = writing.join_truth(parts, folder)
    summary = Summary(
        world=fingerprint(world),
        rows=dict(sorted(kinds.items())),
        customers={name: customers[name] for name in BY_NAME if customers[name]},
        seconds=round(perf_counter() - began, 1),
    )
    write_summary(folder, summary)
    return summary


@contextmanager
def _workshop(world: World, folder: Path) -> Iterator[Path]:
    """A folder for what is unfinished, inside the target, gone afterwards whatever happens."""
    parts = folder / _UNFINISHED
    try:
        rmtree(parts, ignore_errors=True)
        parts.mkdir(parents=True)
    except OSError as error:
        raise SetupError(f"cannot write to {folder} ({error}): name another folder") from None
    try:
        needed = world.customers * world.days * _BYTES_PER_CUSTOMER_DAY
        free = disk_usage(parts).free
        if free < needed:
            raise SetupError(
                f"not enough disk for {world.customers:,} customers over {world.days} days: "
                f"about {needed / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free at "
                f"{folder}; make room, name another folder or ask for fewer customers"
            )
        yield parts
    finally:
        rmtree(parts, ignore_errors=True)


def _write_chunks(world: World, parts: Path, workers: int) -> Iterator[int]:
    """Writes all chunks; the rows of each as it is done."""
    total = chunks.count(world)
    if min(workers, total) == 1:
        yield from (chunks.write(world, index, parts) for index in range(total))
        return
    pool = ProcessPoolExecutor(min(workers, total), mp_context=get_context("spawn"))
    try:
        jobs = [pool.submit(chunks.write, world, index, parts) for index in range(total)]
        yield from (job.result() for job in as_completed(jobs))
    finally:
        pool.shutdown(cancel_futures=True)
