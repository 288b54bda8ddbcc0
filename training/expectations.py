"""What must hold of history and matrix, generated from the schema, the facts and the catalogue.

A `Check` is a value: a column, what may be in it, and the sentence that says so.
`training.quality` turns checks into Great Expectations suites.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from features.derived import Derived
from features.domain import CLOUD, Domain
from features.events import EVENT_KINDS, UNCOUNTED_KINDS
from features.export import SCHEMA
from features.series import Read

_LARGEST_MINOR = 10**13  # the largest amount accepted, in minor units, through any exchange rate
_FINITE = 1e18
_STATUSES = ("suspected", "confirmed", "reversed")


@dataclass(frozen=True)
class Check:
    """One expectation: the values of a column lie between ``least`` and ``most`` or are unknown.

    ``offending`` is SQL that is true for an entry that breaks it (history only).
    ``whole`` asks for whole numbers, ``known`` for at least one known value, ``ordered``
    for these columns and no others; a check that does not ``stop`` only warns.
    """

    column: str
    says: str
    least: float | None = None
    most: float | None = None
    whole: bool = False
    known: bool = False
    stops: bool = True
    offending: str = ""
    ordered: tuple[str, ...] = ()


def of_history(domain: Domain = CLOUD) -> Iterator[Check]:
    """Checks of the view `entries`; each says which entries offend."""
    for field in SCHEMA:
        if not field.nullable:
            yield Check(
                field.name, f"every entry has {field.name}", offending=f"{field.name} IS NULL"
            )
    kinds = (*EVENT_KINDS, *UNCOUNTED_KINDS, "label")
    yield Check("kind", "every kind of entry is known", offending=f"kind NOT IN {kinds}")
    yield Check("order", "nothing is known before it happened", offending="occurred_at > known_at")
    yield Check("clock", "times lie after 1970", offending="known_at <= 0 OR occurred_at < 0")
    label = "kind = 'label' AND "
    yield Check(
        "label_customer", "every label names a customer", offending=f"{label}customer IS NULL"
    )
    yield Check(
        "label_kind",
        "every kind of label is known",
        offending=f"{label}(label IS NULL OR label NOT IN {domain.kinds_of_label})",
    )
    yield Check(
        "label_status",
        "every label is suspected, confirmed or reversed",
        offending=f"{label}status NOT IN {_STATUSES}",
    )
    for name, fact in domain.all_facts.items():
        if fact.type is str:
            continue
        if fact.is_truth:
            yield Check(name, f"{name} is 0 or 1", offending=f"{name} NOT IN (0, 1)")
        elif name.endswith("_share"):
            yield Check(name, f"{name} is a share", offending=f"{name} NOT BETWEEN 0 AND 1")
        elif fact.is_signed:
            yield Check(
                name, f"{name} is of a possible size", offending=f"abs({name}) > {_LARGEST_MINOR}"
            )
        else:
            yield Check(name, f"{name} is not negative", offending=f"{name} < 0")


def of_matrix(columns: tuple[Derived, ...], domain: Domain = CLOUD) -> Iterator[Check]:
    """Checks of the matrix, from what each column is."""
    for column in columns:
        yield _range(column, domain)
        yield Check(
            column.name,
            f"{column.name} is known for some rows",
            known=True,
            stops=False,
        )


def _range(column: Derived, domain: Domain) -> Check:
    name = column.name
    fact = domain.all_facts.get(column.fact)
    if column.categories is not None:
        most = len(column.categories) - 1
        says = f"{name} is the position of one of {most + 1} texts"
        return Check(name, says, least=0, most=most, whole=True)
    if column.fact:
        if fact is not None and fact.is_truth:
            return Check(name, f"{name} is 0, 1 or unknown", least=0, most=1, whole=True)
        if column.fact.endswith("_share"):
            return Check(name, f"{name} is a share", least=0, most=1)
        if fact is not None and not fact.is_signed:
            return Check(name, f"{name} is not negative", least=0, most=_FINITE)
        return Check(name, f"{name} is a finite number", least=-_FINITE, most=_FINITE)
    shapes = {one.series.shape for one in column.inputs if isinstance(one, Read)}
    if column.formula is None and shapes <= {"times", "members", "linked", "matured"}:
        return Check(name, f"{name} is a count", least=0, most=_FINITE)
    if column.family == "rate":
        return Check(name, f"{name} is a share", least=0, most=1)
    if column.family == "window" and shapes <= {"times", "members", "last", "first"}:
        return Check(name, f"{name} is not negative", least=0, most=_FINITE)
    return Check(name, f"{name} is a finite number", least=-_FINITE, most=_FINITE)
