"""Commands of this package, as they are typed."""

from __future__ import annotations

from typing import Any

import typer
from typer.testing import CliRunner

from training.commands import register


def vouch(*arguments: str) -> Any:
    """The result of a command; an error is raised as itself."""
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
