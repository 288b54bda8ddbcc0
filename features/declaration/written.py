"""Declarations as text: bundles carry them, so that older models can be served beside new ones.

A formula is written by its name. It is found again among those of Vouch and of the
running catalogue only; nothing in a bundle is ever run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from inspect import isfunction
from typing import Any

import msgspec

from features.declaration import (
    Daily,
    Declaration,
    Fact,
    Latest,
    Rate,
    Ratio,
    Recent,
    Window,
)
from features.errors import InvalidDeclaration
from features.formulas import bills, counts, daily, recent

_KINDS: dict[str, type[Declaration]] = {
    kind.__name__: kind for kind in (Daily, Fact, Latest, Rate, Ratio, Recent, Window)
}
_FORMULA = "formula"


def write(declarations: Mapping[str, Declaration]) -> str:
    """Declarations as JSON."""
    return msgspec.json.encode(
        {name: _written(declaration) for name, declaration in declarations.items()}
    ).decode()


def read(text: str, beside: Iterable[Declaration] = ()) -> dict[str, Declaration]:
    """Declarations from JSON; formulas are Vouch's or those of declarations ``beside``.

    Raises `InvalidDeclaration` where the text is of another version.
    """
    formulas = _formulas(beside)
    try:
        written = msgspec.json.decode(text, type=dict[str, dict[str, Any]])
        return {name: _declared(one, formulas) for name, one in written.items()}
    except (msgspec.MsgspecError, KeyError, TypeError) as error:
        raise InvalidDeclaration(f"its signals are written in another way ({error})") from None


def _written(declaration: Declaration) -> dict[str, Any]:
    values = {one.name: getattr(declaration, one.name) for one in fields(declaration)}
    formula = values.get(_FORMULA)
    if formula is not None:
        values[_FORMULA] = formula.__name__
    return {"kind": type(declaration).__name__, **values}


def _declared(written: dict[str, Any], formulas: Mapping[str, Any]) -> Declaration:
    values = {name: _frozen(value) for name, value in written.items() if name != "kind"}
    if values.get(_FORMULA) is not None:
        values[_FORMULA] = formulas[values[_FORMULA]]
    return _KINDS[written["kind"]](**values)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return {name: _frozen(one) for name, one in value.items()}
    return value


def _formulas(beside: Iterable[Declaration]) -> dict[str, Any]:
    shipped = {
        name: function
        for module in (bills, counts, daily, recent)
        for name, function in vars(module).items()
        if isfunction(function)
    }
    own = [getattr(one, _FORMULA, None) for one in beside]
    return {**shipped, **{one.__name__: one for one in own if one is not None}}
