"""Descriptions: the documentation of a catalogue, written from its declarations."""

from __future__ import annotations

from features.catalogue import CATALOGUE
from features.declaration import MOMENTS, Declaration, Fact, OnSeries, Ratio, Window
from features.declared import Catalogue
from features.durations import short


def document(catalogue: Catalogue = CATALOGUE) -> str:
    """The text of ``docs/signals.md``."""
    counts = ", ".join(f"{len(catalogue.columns(moment))} at {moment}" for moment in MOMENTS)
    lines = [
        "# Signals",
        "",
        f"Columns of the vectors: {counts}. Written by `vouch docs` from `features/catalogue.py`.",
        "A missing value is unknown, never zero. An event never counts itself.",
        "",
        "| signal | columns | at | what it is | why |",
        "|---|---|---|---|---|",
    ]
    for name, declaration in catalogue.declarations.items():
        columns = [column.name for column in declaration.derive(name, catalogue.declarations)]
        shown = ", ".join(f"`{column}`" for column in columns)
        lines.append(
            f"| {name} | {shown} | {', '.join(declaration.at)} | {_what(declaration)} "
            f"| {declaration.why} |"
        )
    return "\n".join([*lines, ""])


def _what(declaration: Declaration) -> str:
    if isinstance(declaration, Fact):
        return f"the fact `{declaration.of}` of the event"
    if isinstance(declaration, Window):
        kind = "sum of" if declaration.sum else "distinct" if declaration.distinct else "number of"
        what = declaration.sum or declaration.count
        widths = ", ".join(short(width) for width in declaration.over)
        return f"{kind} {what}: {declaration.described()} in {widths}"
    if isinstance(declaration, Ratio):
        return f"`{declaration.of}` over `{declaration.to}`"
    if isinstance(declaration, OnSeries):
        return f"{type(declaration).__name__.lower()} of {declaration.described()}"
    return ""
