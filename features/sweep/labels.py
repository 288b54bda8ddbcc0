"""Labels: customers that have matured and how many of them were bad, and whom a token links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from features.durations import DAY
from features.series import MATURED, Series
from features.sweep.line import END, START, Line, Mark, belongs, contributions, has_token, literal
from features.sweep.line import token as token_of
from features.sweep.members import union


def matured(line: Line, blocks: Sequence[tuple[Series, Sequence[Any]]]) -> None:
    """Customers enter and leave at midnights; labels move them from the midnight after."""
    for series, arguments in blocks:
        customers = _customers(series)
        moved = (
            "SELECT c.token AS token, c.cohort AS cohort, GREATEST(c.cohort, "
            f"{_midnight('l.known_at')}) AS effective, l.delta AS delta FROM ({customers}) AS c "
            f"JOIN ({_transitions(series)}) AS l ON c.customer = l.customer WHERE l.delta <> 0"
        )
        places = {days: (line.sum(), line.sum()) for days in {days for days, _ in arguments}}
        entered, bad = [], []
        for days, (all_of_them, bad_ones) in places.items():
            leaves = f"cohort + {days * DAY - 1}"
            entered.append(Mark("cohort - 1", START, "1 = 1", {all_of_them: "1"}, {}))
            entered.append(Mark(leaves, END, "1 = 1", {all_of_them: "-1"}, {}))
            stays = f"effective - 1 < {leaves}"
            bad.append(Mark("effective - 1", START, stays, {bad_ones: "delta"}, {}))
            bad.append(Mark(leaves, END, stays, {bad_ones: "-delta"}, {}))
        line.add(customers, entered)
        line.add(moved, bad)
        for days, part in arguments:
            place = places[days][0 if part == MATURED else 1]
            line.answer(series, (days, part), f"r{place}")


def _midnight(instant: str) -> str:
    """The midnight after an instant."""
    return f"({instant} - {instant} % {DAY} + {DAY})"


def _customers(series: Series) -> str:
    """Each customer once, by its first event, with the midnight from which it counts."""
    entered = f"(known_at + {series.delay})"
    return (
        f"SELECT customer, token, {_midnight(entered)} AS cohort FROM ("
        f"SELECT customer, known_at, CASE WHEN {has_token(series.by)} THEN {token_of(series.by)} "
        "END AS token, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY known_at) AS n "
        f"FROM entries WHERE {belongs(series)} AND {has_token(('customer',))}) AS every "
        "WHERE n = 1 AND token IS NOT NULL"
    )


def _standing(series: Series) -> str:
    """Every label with whether its customer counts as bad from then on, and had before."""
    window = (
        "OVER (PARTITION BY customer ORDER BY known_at "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    )
    undone = "COALESCE(status, '') = 'reversed'"
    held = [
        f"COALESCE(MAX(CASE WHEN label = {literal(kind)} AND NOT {undone} "
        f"THEN known_at END) {window}, 0) > "
        f"COALESCE(MAX(CASE WHEN (label = {literal(kind)} AND {undone}) "
        f"OR (label = 'legitimate' AND NOT {undone}) THEN known_at END) {window}, 0)"
        for kind in series.bad
    ]
    state = f"CASE WHEN {' OR '.join(f'({one})' for one in held)} THEN 1 ELSE 0 END"
    told = f"CASE WHEN label IN ({', '.join(map(literal, series.bad))}) AND NOT {undone}"
    return (
        f"SELECT customer, known_at, {state} AS bad, {told} THEN 1 ELSE 0 END AS told "
        f"FROM entries WHERE kind = 'label' AND {has_token(('customer',))}"
    )


def _transitions(series: Series) -> str:
    """By how much each label changes whether its customer counts as bad: -1, 0 or 1."""
    return (
        "SELECT customer, known_at, bad - COALESCE(LAG(bad) OVER "
        f"(PARTITION BY customer ORDER BY known_at), 0) AS delta FROM ({_standing(series)}) "
        "AS states"
    )


def linked(line: Line, blocks: Sequence[tuple[Series, Sequence[Any]]]) -> None:
    """Links of customers to tokens, from the label or the use, until the label is taken back."""
    for series, widths in blocks:
        links = _links(series)
        for width in widths:
            rows = (
                "SELECT token, member, place AS begins, "
                f"LEAST(place + {width}, until) AS ends FROM ({links}) AS links"
            )
            line.answer(series, width, f"LEAST(r{union(line, rows)}, {series.cap})")


def _links(series: Series) -> str:
    """(token, member, place, until): a label links what was used before it, a use what it uses.

    ``until`` is when the customer's bad labels are all taken back.
    """
    ended = (
        "SELECT customer, known_at, bad, told, COALESCE(MIN(CASE WHEN bad = 0 THEN known_at END) "
        "OVER (PARTITION BY customer ORDER BY known_at "
        "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 9000000000000000) AS until, "
        "COALESCE(LEAD(known_at) OVER (PARTITION BY customer ORDER BY known_at), "
        f"9000000000000000) AS following FROM ({_standing(series)}) AS states"
    )
    uses = contributions(series, ", customer")
    uses = f"SELECT * FROM ({uses}) AS used WHERE customer IS NOT NULL AND customer <> ''"
    both = f"FROM ({uses}) AS u JOIN ({ended}) AS l ON u.customer = l.customer WHERE l.bad = 1"
    return (
        "SELECT u.token AS token, u.customer AS member, l.known_at AS place, l.until AS until "
        f"{both} AND l.told = 1 AND u.known_at < l.known_at "
        f"AND u.occurred_at >= l.known_at - {series.delay} UNION ALL "
        "SELECT u.token AS token, u.customer AS member, u.known_at AS place, l.until AS until "
        f"{both} AND u.known_at > l.known_at AND u.known_at < l.following"
    )
