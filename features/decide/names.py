"""The names a policy's condition may use, with their types: signals and facts of a moment."""

from __future__ import annotations

from features.declared import ATTRIBUTE, Catalogue


def names(catalogue: Catalogue) -> dict[str, dict[str, type]]:
    """Per moment, name to `float` or `str`."""
    return {
        moment: {
            **{
                name: str if fact.type is str else float
                for name, fact in catalogue.domain.all_facts.items()
                if asked.event in fact.kinds
            },
            **{
                column.name: str if column.categories else float
                for column in catalogue.derived(moment)
                if not column.name.startswith(ATTRIBUTE)
            },
        }
        for moment, asked in catalogue.domain.moments.items()
    }
