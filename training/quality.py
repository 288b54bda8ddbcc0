"""The gate before training: Great Expectations suites over history and matrix.

Nothing identifying leaves it: history is validated as one row of counts of
offending entries, the matrix holds numbers only, and results are kept as yes or
no. Great Expectations' own data docs load a dozen files from other people's
servers and cannot show yes-or-no results, so the page is our own.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.derived import Derived
from features.domain import CLOUD, Domain
from features.errors import VouchError
from features.offline import History, Matrix
from training.expectations import Check, of_history, of_matrix

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 100_000


class SuiteFailed(VouchError):
    """The data is not fit to be trained on. ``results`` are those of all suites that ran."""

    code = "suite_failed"

    def __init__(self, message: str, results: tuple[SuiteResult, ...]) -> None:
        super().__init__(message)
        self.results = results


@dataclass(frozen=True)
class Finding:
    """What became of one check of a column. ``offending`` counts entries where that is known."""

    column: str
    says: str
    holds: bool
    stops: bool
    offending: int | None = None

    @property
    def sentence(self) -> str:
        """The failed expectation in words."""
        count = "" if self.offending is None else f" ({self.offending:,} entries do not)"
        return f"expected that {self.says}{count}"


@dataclass(frozen=True)
class SuiteResult:
    """All findings of one suite over so many rows."""

    name: str
    rows: int
    findings: tuple[Finding, ...]

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Findings that stop training."""
        return tuple(finding for finding in self.findings if finding.stops and not finding.holds)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings worth a look."""
        return tuple(
            finding for finding in self.findings if not finding.stops and not finding.holds
        )


def demand(*results: SuiteResult) -> None:
    """Raises `SuiteFailed` with every failed expectation in words."""
    failed = [
        f"  {result.name}: {finding.sentence}" for result in results for finding in result.failures
    ]
    if failed:
        listed = "\n".join(failed)
        raise SuiteFailed(
            f"the data is not fit to be trained on, nothing was trained:\n{listed}\n"
            "correct the source or its mapping, and import it again",
            results,
        )


def check_history(history: History, domain: Domain = CLOUD) -> SuiteResult:
    """The suite over every entry of the history."""
    import pandas as pd

    checks = tuple(of_history(domain))
    counts = ", ".join(
        f"count(*) FILTER ({check.offending}) AS offending_{index}"
        for index, check in enumerate(checks)
    )
    ties = "count(known_at) - count(DISTINCT known_at)"
    query = f"SELECT count(*) AS entries, {ties} AS ties, {counts} FROM entries"
    found = [int(value) for value in history.connection.execute(query).fetchall()[0]]
    names = ["entries", "ties", *(f"offending_{index}" for index in range(len(checks)))]
    frame = pd.DataFrame([found], columns=names)
    every = (
        Check("entries", "there is at least one entry", least=1),
        Check("ties", "no two entries have the same place in the order (known_at)", most=0),
        *(Check(name, check.says, most=0) for name, check in zip(names[2:], checks, strict=True)),
    )
    held = _validate("history", frame, every)
    findings = (
        Finding(check.column, check.says, holds, True, None if name == "entries" else count)
        for check, holds, name, count in zip(every, held, names, found, strict=True)
    )
    return SuiteResult("history", found[0], tuple(findings))


def check_matrix(
    matrix: Matrix, columns: tuple[Derived, ...], domain: Domain = CLOUD
) -> SuiteResult:
    """The suite over the matrix of ``columns``; above 100,000 rows over every n-th."""
    import pandas as pd

    step = -(-len(matrix.values) // MOST_ROWS) or 1
    frame = pd.DataFrame(matrix.values[::step], columns=list(matrix.columns))
    names = tuple(column.name for column in columns)
    checks = (
        Check("", "the columns are those of the catalogue, in its order", ordered=names),
        *of_matrix(columns, domain),
    )
    held = _validate("matrix", frame, checks)
    findings = (
        Finding(check.column, check.says, holds, check.stops)
        for check, holds in zip(checks, held, strict=True)
    )
    return SuiteResult("matrix", len(frame), tuple(findings))


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _validate(name: str, frame: pd.DataFrame, checks: tuple[Check, ...]) -> list[bool]:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with _quiet():
        import great_expectations as gx
        from great_expectations import expectations as gxe
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        suite = gx.ExpectationSuite(name=name)
        for index, check in enumerate(checks):
            suite.add_expectation(_expectation(gxe, check, index))
        context.suites.add(suite)
        asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe(name).get_batch({"dataframe": frame})
        result = batch.validate(suite, result_format="BOOLEAN_ONLY")
    held: dict[int, bool] = {}
    for item in result.results:
        told = item.expectation_config.meta if item.expectation_config else None
        if told:
            held[told["check"]] = bool(item.success)
    return [held[index] for index in range(len(checks))]


def _expectation(gxe: Any, check: Check, index: int) -> Any:
    told: dict[str, Any] = {
        "meta": {"check": index, "says": check.says},
        "severity": "critical" if check.stops else "warning",
    }
    if check.ordered:
        return gxe.ExpectTableColumnsToMatchOrderedList(column_list=list(check.ordered), **told)
    told["column"] = check.column
    if check.known:
        return gxe.ExpectColumnValuesToNotBeNull(mostly=np.finfo(float).tiny, **told)
    if check.whole and check.most is not None:
        return gxe.ExpectColumnValuesToBeInSet(value_set=list(range(int(check.most) + 1)), **told)
    return gxe.ExpectColumnValuesToBeBetween(min_value=check.least, max_value=check.most, **told)
