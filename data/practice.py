"""Practice: a history to try things on where there is none of one's own yet."""

from __future__ import annotations

import atexit
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from data.world import World, simulate

#: More fraud, and more kinds of it, than one would wish to have.
MIX = {
    "ordinary": 0.615,
    "office": 0.05,
    "vpn_user": 0.04,
    "reseller": 0.05,
    "cannot_pay": 0.025,
    "takeover": 0.02,
    "slow_ramp": 0.02,
    "ring": 0.08,
    "card_testing": 0.03,
    "stolen_instrument": 0.05,
    "synthetic_identity": 0.02,
}


def history_of(home: Path, customers: int = 4_000, days: int = 240) -> Path:
    """The export of a home, or a simulated one that lasts as long as the program.

    Half a minute, once, for the default. The same numbers give the same history.
    """
    own = home / "history" / "events.parquet"
    if own.exists():
        return own
    folder = Path(mkdtemp(prefix="vouch-practice-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    world = World(customers=customers, days=days, seed=11, mix=MIX)
    simulate(world, folder, workers=1)
    return folder / own.name
