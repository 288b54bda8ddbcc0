"""The command line `vouch`, which every package brings its commands to, and what callers import."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import typer

from features.errors import VouchError

#: Where commands come from. A serving image has no `training` and no `data`.
PACKAGES = ("serving", "training", "data", "features")

#: What callers import from here. It is loaded when they do: the command line needs none of it.
_EXPORTS = {
    "Client": ("serving.client", "Client"),
    "VouchProblem": ("serving.client", "VouchProblem"),
    "InvalidSignature": ("serving.webhooks.signature", "InvalidSignature"),
    "verify_webhook": ("serving.webhooks.signature", "verify"),
}
__all__ = ["Client", "InvalidSignature", "VouchProblem", "verify_webhook"]

if TYPE_CHECKING:
    from serving.client import Client, VouchProblem
    from serving.webhooks.signature import InvalidSignature
    from serving.webhooks.signature import verify as verify_webhook
else:

    def __getattr__(name: str) -> object:
        if name not in _EXPORTS:
            raise AttributeError(f"module {__name__} has no attribute {name}")
        module, there = _EXPORTS[name]
        return getattr(import_module(module), there)


def build() -> typer.Typer:
    """The command line, with the commands of every package that is installed."""
    app = typer.Typer(
        name="vouch",
        help="Fraud scoring for cloud resellers and subscription businesses.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for package in PACKAGES:
        if find_spec(package) is not None and find_spec(f"{package}.commands") is not None:
            import_module(f"{package}.commands").register(app)
    return app


def main() -> None:
    """Runs a command; what went wrong is one sentence, not a traceback."""
    try:
        build()(prog_name="vouch")
    except VouchError as error:
        sys.stderr.write(f"{error.message}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
