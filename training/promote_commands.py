"""The commands ``vouch promote`` and ``vouch rollback``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.catalogues import CatalogueOption
from training.gate import Gate

if TYPE_CHECKING:
    from training.labels import Target
    from training.records import Record

_GATE = Gate()

MomentOption = Annotated[
    str | None, typer.Option(help="What is scored; by default the catalogue's first.")
]
RiskOption = Annotated[
    str | None, typer.Option(help="What is feared; by default the moment's first.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print for a program.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("promote")(_promote)
    app.command("rollback")(_rollback)


def _promote(
    moment: MomentOption = None,
    risk: RiskOption = None,
    catalogue: CatalogueOption = None,
    history: Annotated[
        Path | None,
        typer.Option(help="Export to compare on; $VOUCH_HOME/history/events.parquet by default."),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(help="A version of MLflow, or the begin of a digest; else the challenger."),
    ] = None,
    least_gain: Annotated[
        float, typer.Option(help="Average precision that must surely be gained.")
    ] = _GATE.least_gain,
    calibration_margin: Annotated[
        float, typer.Option(help="How much larger the calibration error may be.")
    ] = _GATE.calibration_margin,
    disparity_margin: Annotated[
        float,
        typer.Option(help="How much further one country's false-positive rate may stand out."),
    ] = _GATE.disparity_margin,
    latency_margin: Annotated[
        float, typer.Option(help="How much slower a row may be, as a share.")
    ] = _GATE.latency_margin,
    latency_free: Annotated[
        float, typer.Option(help="What a row may cost in any case, in microseconds.")
    ] = _GATE.latency_free,
    level: Annotated[float, typer.Option(help="Level of the intervals.")] = _GATE.level,
    force: Annotated[bool, typer.Option(help="Overrule the comparison; give --reason.")] = False,
    reason: Annotated[str, typer.Option(help="Why it is overruled; kept in the records.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Put the challenger into use, if it is better than what is in use."""
    from features.catalogues import chosen
    from features.errors import InvalidInput
    from features.home import home_folder
    from training import promote, screen
    from training.history import default_history
    from training.labels import target_of

    if force and not reason.strip():
        raise InvalidInput("--force needs --reason: it stays in the records")
    if reason and not force:
        raise InvalidInput("--reason is for --force: without it the gate decides")
    gate = Gate(
        level=level,
        least_gain=least_gain,
        calibration_margin=calibration_margin,
        disparity_margin=disparity_margin,
        latency_margin=latency_margin,
        latency_free=latency_free,
    )
    home, used = home_folder(), chosen(catalogue)
    target = target_of(used.domain, used.moments[0] if moment is None else moment, risk)
    with screen.watched(quiet=as_json) as steps:
        record = promote.promote(
            home,
            target,
            used,
            history or default_history(home),
            gate=gate,
            version=version,
            overruled=reason.strip(),
            steps=steps,
        )
    _show(record, target, as_json)
    if record.what == "refusal":
        raise typer.Exit(3)


def _rollback(
    moment: MomentOption = None,
    risk: RiskOption = None,
    catalogue: CatalogueOption = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the records.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Go back to the champion before the present one; once more undoes that."""
    from features.catalogues import chosen
    from features.home import home_folder
    from training.labels import target_of
    from training.promote import roll_back

    used = chosen(catalogue)
    target = target_of(used.domain, used.moments[0] if moment is None else moment, risk)
    record = roll_back(home_folder(), target.moment, target.risk, reason.strip())
    _show(record, target, as_json)


def _show(record: Record, target: Target, as_json: bool) -> None:
    import msgspec

    from training import promote_screen

    if as_json:
        told = {"moment": target.moment, "risk": target.risk, **msgspec.to_builtins(record)}
        typer.echo(msgspec.json.encode(told).decode())
    else:
        promote_screen.show(record, target.moment, target.risk)
