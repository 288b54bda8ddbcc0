"""The line of one ``by``: marks at instants, running totals over them, answers at questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from features.series import Argument, Series

QUESTION, START, END = 0, 1, 2
_APART = "chr(31)"


class Mark(NamedTuple):
    """One mark that a row of a source may make.

    ``adds`` are the amounts it adds to running sums, ``tops`` values for running maxima.
    """

    instant: str
    step: int
    when: str
    adds: Mapping[int, str]
    tops: Mapping[int, str]


class Join(NamedTuple):
    """Rows whose place a running maximum gives: ``rows`` has the column ``known_at``."""

    rows: str
    top: int


@dataclass
class Line:
    """Collects marks and answers of all series with one ``by``."""

    by: tuple[str, ...]
    reads: list[tuple[str, Argument]] = field(default_factory=list)
    _answers: list[str] = field(default_factory=list)
    _sources: list[tuple[str, Sequence[Mark]]] = field(default_factory=list)
    _joins: list[Join] = field(default_factory=list)
    _sums: list[str] = field(default_factory=list)
    _tops: int = 0

    def sum(self, type: str = "TINYINT") -> int:
        """A new running sum of amounts of a type."""
        self._sums.append(type)
        return len(self._sums) - 1

    def top(self) -> int:
        """A new running maximum."""
        self._tops += 1
        return self._tops - 1

    def add(self, source: str, marks: Sequence[Mark]) -> None:
        """Rows with the column ``token`` that make marks."""
        self._sources.append((source, marks))

    def join(self, rows: str, top: int) -> str:
        """Rows to find by place; returns their name in answers."""
        self._joins.append(Join(rows, top))
        return f"j{len(self._joins) - 1}"

    def answer(self, series: Series, argument: Argument, value: str) -> None:
        """The answer to a read: over ``r0``... (sums), ``x0``... (maxima), ``instant``."""
        self.reads.append((series.digest, argument))
        self._answers.append(value)

    def sql(self) -> str:
        """The whole statement.

        The marks of every token add up to nothing, so the sums may run on from one token
        to the next: one long frame is many times faster than one for each. ``shard`` is
        the engine's: how many lines it wants to work on at once.
        """
        frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
        sums = f"(PARTITION BY shard(token) ORDER BY token, instant, step {frame})"
        tops = f"(PARTITION BY token ORDER BY instant, step {frame})"
        running = [f"SUM(d{n}) OVER sums AS r{n}" for n in range(len(self._sums))]
        running += [f"MAX(m{n}) OVER tops AS x{n}" for n in range(self._tops)]
        named = [f"sums AS {sums}"] * bool(self._sums) + [f"tops AS {tops}"] * bool(self._tops)
        marks = " UNION ALL ".join([self._questions(), *map(self._marks, self._sources)])
        values = ", ".join(f"CAST({one} AS BIGINT) AS v{n}" for n, one in enumerate(self._answers))
        joins = "".join(
            f" LEFT JOIN ({join.rows}) AS j{n} ON swept.x{join.top} = j{n}.known_at"
            for n, join in enumerate(self._joins)
        )
        return (
            f"SELECT q, {values} FROM (SELECT * FROM (SELECT q, instant, {', '.join(running)} "
            f"FROM ({marks}) AS marks WINDOW {', '.join(named)}) AS every "
            f"WHERE q IS NOT NULL) AS swept{joins}"
        )

    def _questions(self) -> str:
        adds, tops = self._columns({}, {})
        return (
            f"SELECT {token(self.by)} AS token, t AS instant, {QUESTION} AS step, q, "
            f"{', '.join(adds + tops)} FROM questions WHERE {has_token(self.by)}"
        )

    def _columns(
        self, adds: Mapping[int, str], tops: Mapping[int, str]
    ) -> tuple[list[str], list[str]]:
        return (
            [f"CAST({adds.get(n, 0)} AS {type}) AS d{n}" for n, type in enumerate(self._sums)],
            [f"CAST({tops.get(n, 'NULL')} AS BIGINT) AS m{n}" for n in range(self._tops)],
        )

    def _marks(self, source: tuple[str, Sequence[Mark]]) -> str:
        """Each row of a source beside the numbers of its marks, so that it is read once."""
        rows, marks = source
        adds, tops = self._columns(
            _by_number([mark.adds for mark in marks], "0"),
            _by_number([mark.tops for mark in marks], "NULL"),
        )
        numbers = " UNION ALL ".join(f"SELECT {n} AS i" for n in range(len(marks)))
        return (
            f"SELECT token, {_case([mark.instant for mark in marks])} AS instant, "
            f"{_case([str(mark.step) for mark in marks])} AS step, CAST(NULL AS BIGINT) AS q, "
            f"{', '.join(adds + tops)} FROM ({rows}) AS given CROSS JOIN ({numbers}) AS numbers "
            f"WHERE {_case([f'({mark.when})' for mark in marks])}"
        )


def _case(values: Sequence[str]) -> str:
    if len(set(values)) == 1:
        return values[0]
    branches = " ".join(f"WHEN {n} THEN {value}" for n, value in enumerate(values))
    return f"CASE i {branches} END"


def _by_number(maps: Sequence[Mapping[int, str]], otherwise: str) -> dict[int, str]:
    """Per column, which mark gives it what."""
    result = {}
    for column in {column for one in maps for column in one}:
        branches = " ".join(
            f"WHEN {n} THEN {one[column]}" for n, one in enumerate(maps) if column in one
        )
        result[column] = f"CASE i {branches} ELSE {otherwise} END"
    return result


def literal(value: str | int) -> str:
    """A constant in SQL."""
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def text(column: str) -> str:
    """A column as text."""
    return f"CAST({column} AS STRING)"


def token(by: tuple[str, ...]) -> str:
    """The value of ``by`` of a row."""
    return f" || {_APART} || ".join(map(text, by)) or "''"


def has_token(by: tuple[str, ...]) -> str:
    """Whether a row has a value of ``by``."""
    return " AND ".join(f"{one} IS NOT NULL AND {text(one)} <> ''" for one in by) or "1 = 1"


def belongs(series: Series) -> str:
    """Whether a row counts in a series; its token apart."""
    conditions = [f"kind IN ({', '.join(map(literal, series.events))})"]
    conditions += [
        f"{name} IN ({', '.join(map(literal, values))})" for name, values in series.where
    ]
    if series.value:
        conditions.append(f"{series.value} IS NOT NULL AND {text(series.value)} <> ''")
    return " AND ".join(conditions)


def happened(of_labels: bool) -> str:
    """When a row happened; of a label when it became known."""
    return "known_at" if of_labels else "occurred_at"


def contributions(series: Series, columns: str = "") -> str:
    """The rows of one series with token and times."""
    return (
        f"SELECT {token(series.by)} AS token, known_at, {happened(series.of_labels)} AS occurred_at"
        f"{columns} FROM entries WHERE {has_token(series.by)} AND {belongs(series)}"
    )
