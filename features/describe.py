"""Descriptions: the documentation of a catalogue, written from its declarations."""

from __future__ import annotations

from features.catalogue import CATALOGUE
from features.catalogue.left_out import LEFT_OUT
from features.declared import Catalogue


def document(catalogue: Catalogue = CATALOGUE) -> str:
    """The text of ``docs/signals.md``."""
    moments = catalogue.moments
    counts = ", ".join(f"{len(catalogue.columns(moment))} at {moment}" for moment in moments)
    lines = [
        "# Signals",
        "",
        f"Columns of the vectors: {counts}. Written by `vouch docs` from `features/catalogue/`.",
        "A missing value is unknown, never zero. An event never counts itself.",
        "",
        "What saturates says so: a count stops at its cap, and what is made of one that has is "
        "unknown.",
        "",
        "What is marked ↑ may only raise the risk: models are held to that.",
        "",
        "| signal | columns | at | what it is | why |",
        "|---|---|---|---|---|",
    ]
    for name, declaration in catalogue.declarations.items():
        shown = ", ".join(f"`{column.name}`" for column in catalogue.derived_from(name))
        at = ", ".join(declaration.moments(catalogue.domain))
        mark = " ↑" if declaration.only_raises else ""
        what = declaration.described()
        lines.append(f"| {name}{mark} | {shown} | {at} | {what} | {declaration.why} |")
    lines += ["", "## Left out", "", "| definition | why no signal here carries it |", "|---|---|"]
    lines += [f"| {name} | {why} |" for name, why in LEFT_OUT.items()]
    return "\n".join([*lines, ""])
