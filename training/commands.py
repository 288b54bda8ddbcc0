"""The commands ``vouch train``, ``vouch mlflow`` and, in their own files, all others."""

from __future__ import annotations

from typing import Annotated

import typer

from training import drift_commands, promote_commands, train_command
from training.backtest import commands as backtest


def register(app: typer.Typer) -> None:
    """Adds the commands of this package."""
    train_command.register(app)
    app.command("mlflow")(_mlflow)
    backtest.register(app)
    drift_commands.register(app)
    promote_commands.register(app)


def _mlflow(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 5000,
) -> None:
    """Open MLflow's pages on this machine: runs, curves, models."""
    from features.home import home_folder
    from training.libraries import demand_libraries
    from training.mlflow_ui import serve

    demand_libraries()
    serve(home_folder(), port, lambda address: typer.echo(f"MLflow: {address} (Ctrl-C stops it)"))
