"""Times, sums, days and last: every row adds on its own, so one look at the rows serves all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from features.series import Argument, Series
from features.sweep.line import END, START, Line, Mark, belongs, happened, has_token, token
from features.windows import (
    instant_before_days_sql,
    last_instant_of_bucket_sql,
    last_instant_of_days_sql,
    last_instant_sql,
)

_KNOWN = "known_at"


class _Marks:
    """Marks of many series at shared instants."""

    def __init__(self) -> None:
        self._adds: dict[tuple[str, int], dict[int, str]] = {}
        self._tops: dict[tuple[str, int], dict[int, str]] = {}
        self._when: dict[tuple[str, int], dict[str, None]] = {}

    def add(self, instant: str, step: int, when: str, column: int, amount: str) -> None:
        """Adds an amount at an instant, where a condition holds."""
        place = (instant, step)
        self._adds.setdefault(place, {})[column] = f"CASE WHEN {when} THEN {amount} ELSE 0 END"
        self._when.setdefault(place, {})[when] = None

    def top(self, when: str, column: int, value: str) -> None:
        """Offers a value to a running maximum from when a row is known."""
        place = (_KNOWN, START)
        self._tops.setdefault(place, {})[column] = f"CASE WHEN {when} THEN {value} END"
        self._when.setdefault(place, {})[when] = None

    def all(self) -> list[Mark]:
        """The marks."""
        return [
            Mark(
                instant,
                step,
                " OR ".join(f"({when})" for when in self._when[instant, step]),
                self._adds.get((instant, step), {}),
                self._tops.get((instant, step), {}),
            )
            for instant, step in self._when
        ]


def plain(line: Line, blocks: Sequence[tuple[Series, Sequence[Argument]]]) -> None:
    """Adds the marks and answers of all plain series of a line."""
    if not blocks:
        return
    marks = _Marks()
    flags, amounts = [], {}
    for number, (series, arguments) in enumerate(blocks):
        flag = f"c{number}"
        flags.append(f"CASE WHEN {belongs(series)} THEN 1 ELSE 0 END AS {flag}")
        if series.value:
            amounts[series.value] = f"{series.value} AS value_{series.value}"
        for argument in arguments:
            _one(line, marks, series, argument, f"{flag} = 1")
    wanted = " OR ".join(f"({belongs(series)})" for series, _ in blocks)
    of_labels = any(series.of_labels for series, _ in blocks)
    when = f"CASE WHEN kind = 'label' THEN {happened(True)} ELSE {happened(False)} END"
    line.add(
        f"SELECT {token(line.by)} AS token, known_at, "
        f"{when if of_labels else happened(False)} AS occurred_at, "
        f"{', '.join([*flags, *amounts.values()])} FROM entries "
        f"WHERE {has_token(line.by)} AND ({wanted})",
        marks.all(),
    )


def _one(line: Line, marks: _Marks, series: Series, argument: Any, flag: str) -> None:
    if series.shape == "last":
        column = line.top()
        marks.top(flag, column, "occurred_at")
        inside = f"x{column} >= instant - {argument}"
        line.answer(series, argument, f"CASE WHEN {inside} THEN instant - x{column} END")
        return
    begin, end = _KNOWN, last_instant_sql(argument) if series.shape == "times" else ""
    if series.shape == "sums":
        end = last_instant_of_bucket_sql(series.step, argument)
    elif series.shape == "days":
        end = last_instant_of_days_sql(argument[1])
        if argument[0]:
            begin = f"GREATEST(known_at, {instant_before_days_sql(argument[0])})"
    column = line.sum("BIGINT" if series.value else "TINYINT")
    amount = f"value_{series.value}" if series.value else "1"
    held = f"{flag} AND known_at < {end}"
    marks.add(begin, START, held, column, amount)
    marks.add(end, END, held, column, f"-{amount}")
    value = f"LEAST(r{column}, {series.cap})" if series.shape == "times" else f"r{column}"
    line.answer(series, argument, value)
