"""Which catalogue is used: Vouch's own, or one from a file of one's own."""

from __future__ import annotations

import sys
import traceback
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import InvalidDeclaration, VouchError

if TYPE_CHECKING:
    from features.declared import Catalogue

CatalogueOption = Annotated[
    Path | None,
    typer.Option(
        "--catalogue",
        envvar="VOUCH_CATALOGUE",
        help="Python file with declarations of one's own; Vouch's catalogue if none.",
    ),
]

_MODULE = "vouch_catalogue"


def chosen(path: Path | None) -> Catalogue:
    """The catalogue of a file, or the one that Vouch ships.

    Raises `InvalidDeclaration` with the file, the line where there is one, and what is wrong.
    """
    if path is None:
        from features.catalogue import CATALOGUE

        return CATALOGUE
    from features.declared import Catalogue

    catalogue = Catalogue.collect(vars(_run(path)))
    if not catalogue.declarations:
        raise InvalidDeclaration(
            f"{path} declares no signal: assign some, as docs/own-domain.md does"
        )
    return catalogue


def _run(path: Path) -> ModuleType:
    if not path.is_file():
        raise InvalidDeclaration(f"there is no catalogue at {path}: name a Python file")
    spec = spec_from_file_location(_MODULE, path)
    if spec is None or spec.loader is None:
        raise InvalidDeclaration(f"the catalogue {path} is no Python file: call it .py")
    module = module_from_spec(spec)
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # nothing is written beside somebody's file
    try:
        spec.loader.exec_module(module)
    except VouchError as error:
        place = _place(error, path)
        raise InvalidDeclaration(f"the catalogue {path}{place}: {error.message}") from None
    except Exception as error:  # the edge to somebody's code
        place = _place(error, path)
        said = f"{type(error).__name__}: {error}"
        raise InvalidDeclaration(f"the catalogue {path}{place} cannot be read: {said}") from None
    finally:
        sys.dont_write_bytecode = before
    return module


def _place(error: Exception, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f", line {error.lineno}"
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(path)
    ]
    return f", line {lines[-1]}" if lines else ""
