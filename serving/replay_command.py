"""The command that replays a decision, offline or beside a running server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.catalogues import CatalogueOption

if TYPE_CHECKING:
    from serving.replay import Replayed

_DIFFERS = 4


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command("replay")(_replay)


def _replay(
    decision: Annotated[str, typer.Argument(help="The decision's id.")],
    policies: Annotated[
        Path | None, typer.Option(help="YAML file: what would it be under these policies?")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Digest of a bundle: what would it be with this model?")
    ] = None,
    catalogue: CatalogueOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """Make a decision once more from what was kept of it.

    Exit code 0: the same to the byte (or, under other policies or with another model, the same
    decision), 4: it differs, 3: what it needs is gone.
    """
    from serving.replay_screen import lines

    done = _replayed(decision, policies, model, catalogue)
    if as_json:
        typer.echo(_as_json(done))
    else:
        for line in lines(done, what_if=policies is not None or model is not None):
            typer.echo(line)
    if done.differences or (policies is None and model is None and not done.is_equal):
        raise typer.Exit(_DIFFERS)


def _replayed(
    decision: str, policies: Path | None, model: str | None, catalogue: Path | None
) -> Replayed:
    from contextlib import closing

    from features.catalogues import chosen
    from features.contract import BundleStore
    from features.decide.names import names
    from features.decide.policies import Policies
    from features.errors import NotFound
    from serving.ledger.sqlite import FILE
    from serving.ledger.tables import LedgerReader
    from serving.policy_versions import PolicyVersions
    from serving.remaking import Remaking
    from serving.replay import Replayer
    from serving.settings import read

    home = read().home
    known = chosen(catalogue)
    others = None if policies is None else Policies.load(policies, names(known))
    with closing(LedgerReader(home / FILE)) as ledger:
        stored = ledger.decision(decision)
    if stored is None:
        raise NotFound("there is no decision with this id, or its retention has ended")
    remaking = Remaking(known, BundleStore(home))
    return Replayer(remaking, PolicyVersions(home, names(known))).replay(stored, others, model)


def _as_json(done: Replayed) -> str:
    import msgspec

    told = {
        "equal": done.is_equal,
        "given": msgspec.Raw(done.given),
        "replayed": msgspec.Raw(done.replayed),
        "differences": done.differences,
        "notes": done.notes,
    }
    return msgspec.json.encode(told).decode()
