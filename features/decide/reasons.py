"""Reasons: what a decision rests on, in stable codes, numbers and words.

    booster's contributions, a number a column ──► summed by code ──► factors ──┐
    policies that take part, scorecard's weights ──────────────────────────────┴──► reasons

Contributions are LightGBM's own (Lundberg et al. 2020, "From local explanations to global
understanding with explainable AI for trees"): they and a base add up to the raw margin, and so
do the factors, for each column belongs to one code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import numpy as np
from msgspec import Struct

from features.contract import Column, Spread
from features.decide.policies import Hit
from features.decide.scorecard import Fired
from features.decide.texts import Language, Shown, analyst, customer, not_told
from features.decide.texts.codes import code_of
from features.derived import Derived
from features.formulas import Floats

#: So many factors are reasons, if each adds so much to the log-odds: a tenth more in the odds.
MOST_FACTORS = 5
LEAST_CONTRIBUTION = 0.1


class Factor(Struct, frozen=True):
    """What all signals of one code add to the margin, and the column that adds most of it.

    ``contribution`` is in log-odds; ``usual`` what the column mostly was in training. Texts
    stand as texts, and None where nothing is known.
    """

    code: str
    contribution: float
    signal: str
    value: Shown
    usual: Shown
    why: str = ""


class Reason(Struct, frozen=True, omit_defaults=True):
    """Why, in words: a stable code, what it was, how much, and which limit it met.

    ``text`` is for analysts; a customer may see ``customer_text`` and nothing else.
    """

    code: str
    text: str
    signal: str | None = None
    value: float | str | None = None
    usual: float | str | None = None
    contribution: float | None = None
    limit: str | None = None
    customer_text: str | None = None


class Explainer:
    """Explains rows of one model, in the order of its ``columns``; prepared once.

    ``derived`` are the catalogue's columns, under whose signals the model's are grouped; what
    is not among them, such as a free attribute, stands for itself. ``contributions`` is the
    booster's: a number for each column, and last the base.

    ``code`` is the code of each column, ``usual`` its usual value, NaN if unknown.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        derived: Iterable[Derived],
        contributions: Callable[[Floats], Floats],
        spread: Iterable[Spread] = (),
    ) -> None:
        declared = {one.name.partition("@")[0]: one for one in derived}
        known = [declared.get(column.name) for column in columns]
        self.columns = tuple(columns)
        self.code = tuple(
            code_of(column.name if one is None else one.signal)
            for column, one in zip(columns, known, strict=True)
        )
        mostly = {one.name: one.usual for one in spread if one.usual is not None}
        self.usual = np.array([mostly.get(column.name, np.nan) for column in columns])
        self._shown = [shown(*one) for one in zip(columns, self.usual.tolist(), strict=True)]
        self._why = ["" if one is None else one.why for one in known]
        self._codes = sorted(set(self.code))
        self._group = np.searchsorted(self._codes, self.code)
        self._order = np.argsort(self._group, kind="stable")
        self._starts = np.searchsorted(self._group[self._order], np.arange(len(self._codes)))
        self._last = np.append(self._starts[1:], len(columns)) - 1
        self._contributions = contributions
        self.base = float(contributions(np.full(len(columns), np.nan))[-1])

    def __call__(self, row: Floats) -> tuple[Factor, ...]:
        """The factors of one row, the heaviest first, whichever way they pull."""
        return self.factors(self._contributions(row)[:-1], row)

    def factors(self, contributions: Floats, row: Floats) -> tuple[Factor, ...]:
        """The factors of one row whose columns contribute this, shape (columns,)."""
        sums = np.add.reduceat(contributions[self._order], self._starts)
        pulling = contributions * np.sign(sums)[self._group]
        leaders = np.lexsort((pulling, self._group))[self._last].tolist()
        values = row.tolist()
        totals = sums.tolist()
        return tuple(
            Factor(
                code=self._codes[code],
                contribution=totals[code],
                signal=self.columns[leaders[code]].name,
                value=shown(self.columns[leaders[code]], values[leaders[code]]),
                usual=self._shown[leaders[code]],
                why=self._why[leaders[code]],
            )
            for code in np.argsort(-np.abs(sums), kind="stable").tolist()
        )


def shown(column: Column, value: float) -> Shown:
    """A value of a column as a person knows it: a text of one that has them; None if unknown."""
    if math.isnan(value):
        return None
    return value if column.categories is None else column.categories[int(value)]


def reasons(
    hits: Iterable[Hit],
    fired: Iterable[Fired],
    factors: Iterable[Factor] = (),
    language: Language = "en",
) -> tuple[Reason, ...]:
    """Policies first, then what in the model or the scorecard raised the risk most.

    Of ``factors``, the heaviest first, at most `MOST_FACTORS` that matter. Of ``fired``
    weights the heaviest of each code; an answer gives none where a model has decided.
    """
    given = [_of_policy(hit, language) for hit in hits if not hit.policy.shadow]
    given += [_of_factor(factor, language) for factor in raising(factors)]
    heaviest: dict[str, Reason] = {}
    for one in fired:
        heaviest.setdefault(code_of(one.weight.signal), _of_weight(one, language))
    return (*given, *heaviest.values())


def raising(factors: Iterable[Factor]) -> tuple[Factor, ...]:
    """Of factors, the heaviest first, those that raise the risk most and enough to matter."""
    matter = (one for one in factors if one.contribution >= LEAST_CONTRIBUTION)
    return tuple(islice(matter, MOST_FACTORS))


def customer_reasons(given: Iterable[Reason]) -> tuple[str, ...]:
    """What a customer may be told of reasons: their customer texts, each once."""
    return tuple(dict.fromkeys(one.customer_text for one in given if one.customer_text))


def _of_policy(hit: Hit, language: Language) -> Reason:
    policy = hit.policy
    return Reason(
        code=policy.id,
        text=not_told(policy.when, language) if hit.unknown else policy.said("analyst", language),
        limit=policy.when,
        customer_text=policy.said("customer", language),
    )


def _of_factor(factor: Factor, language: Language) -> Reason:
    code, signal, value, usual = factor.code, factor.signal, factor.value, factor.usual
    return Reason(
        code=code,
        text=analyst(code, language, signal, value, usual, factor.why),
        signal=signal,
        value=value,
        usual=usual,
        contribution=round(factor.contribution, 4),
        customer_text=customer(code, language),
    )


def _of_weight(fired: Fired, language: Language) -> Reason:
    weight, value = fired
    code = code_of(weight.signal)
    return Reason(
        code=code,
        text=analyst(code, language, weight.signal, value, why=weight.why),
        signal=weight.signal,
        value=value,
        limit=fired.limit,
        customer_text=customer(code, language),
    )
