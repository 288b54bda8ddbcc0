"""The names a policy's condition may use: signals and facts of a moment, and evidence."""

from __future__ import annotations

from typing import NamedTuple

from features.decide.evidence import EVIDENCE, EVIDENCE_VALUES
from features.declared import ATTRIBUTE, Catalogue
from features.derived import Derived
from features.domain import Domain
from features.fact_types import FactType

_TRUTH = (0.0, 1.0)


class Name(NamedTuple):
    """`float` or `str`, and all the ``values`` there are, where that is known.

    Evidence is what is known beyond the event (`features.decide.evidence`).
    """

    type: type
    values: tuple[float | str, ...] | None = None
    is_evidence: bool = False


def names(catalogue: Catalogue) -> dict[str, dict[str, Name]]:
    """Per moment the names. A fact of the event asked about goes before evidence of its name."""
    evidence = {
        name: Name(of_type, EVIDENCE_VALUES.get(name), is_evidence=True)
        for name, of_type in EVIDENCE.items()
    }
    return {
        moment: {
            **evidence,
            **{
                name: _of_fact(fact)
                for name, fact in catalogue.domain.all_facts.items()
                if asked.event in fact.kinds
            },
            **{
                column.name: _of_column(column, catalogue.domain)
                for column in catalogue.derived(moment)
                if not column.name.startswith(ATTRIBUTE)
            },
        }
        for moment, asked in catalogue.domain.moments.items()
    }


def _of_fact(fact: FactType) -> Name:
    if fact.type is str:
        return Name(str)
    return Name(float, _TRUTH if fact.is_truth else None)


def _of_column(column: Derived, domain: Domain) -> Name:
    if column.categories:
        return Name(str, column.categories)
    fact = domain.all_facts.get(column.fact)
    return Name(float) if fact is None else _of_fact(fact)
