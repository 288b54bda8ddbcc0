"""The documentation of reasons, written from their codes and texts."""

from __future__ import annotations

from collections.abc import Iterator

from features.decide.texts import LANGUAGES, analyst
from features.decide.texts.codes import CODES


def document() -> str:
    """The text of ``docs/reasons.md``."""
    example = analyst("BEHAVIOUR", "en", "form_seconds", 2.1, 41.0)
    lines = [
        "# Reasons",
        "",
        "Written by `vouch docs` from `features/decide/texts/`. A decision's reasons are first "
        "the policies that take part, under their ids and in their own words, then what raised "
        "the risk, under the codes below: what moved the model, or the scorecard without one.",
        "",
        "LightGBM's contributions are exact: with a base they add up to the raw margin "
        "(log-odds). Every column belongs to one code, so the codes add up to it too. A reason "
        "shows the column that pulls most, its value and what it usually was in training: "
        f"*{example}* Customers get a text of their own, which tells neither values nor limits.",
        "",
        "A code never changes its meaning. A signal of your own catalogue is its own code "
        "(`purchases` is `PURCHASES`), and what it was declared for is its text.",
        "",
        "| code | signals |",
        "|---|---|",
    ]
    lines += [f"| `{code}` | {', '.join(signals)} |" for code, signals in CODES.items()]
    return "\n".join([*lines, *_texts(), ""])


def _texts() -> Iterator[str]:
    for language, words in LANGUAGES.items():
        yield from ("", f"## In `{language}`", "", "| code | analyst | customer |", "|---|---|---|")
        for code, text in words.texts.items():
            yield f"| `{code}` | {text.analyst} | {text.customer} |"
        yield f"| any other | {words.other.analyst} | {words.other.customer} |"
