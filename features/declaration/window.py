"""`Window`: counts, distinct counts, sums, first and last over the last so-and-so long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from features.declaration.base import OnSeries, Scope, check_field, check_widths, formula_of
from features.derived import Derived
from features.durations import days, hours, short
from features.errors import InvalidDeclaration
from features.formulas.counts import in_units, others
from features.series import DEFAULT_CAP, Read, Series, Shape


@dataclass(frozen=True, kw_only=True)
class Window(OnSeries):
    """Count, distinct count or sum over the last so-and-so long, one column per width.

    ``count="events"`` counts occurrences; ``count="customer", distinct=True`` counts
    different customers, without the one who asks if ``except_self``; ``sum="amount"`` adds
    in buckets of ``step``. A count stops at ``cap``. ``first`` and ``last`` say how long ago,
    in ``unit``, it was seen first and last; what was not seen for longer than the width is
    forgotten, and then unknown.

    Of labels, distinct customers by a token they do not carry themselves are those with a
    standing label who used the token up to ``within`` before the label, or since
    (``through`` are the kinds of event that use it).

    >>> from features.declared import Catalogue
    >>> catalogue = Catalogue({"accounts_on_device": Window(
    ...     count="customer", distinct=True, by="device", events="signup",
    ...     over=(days(1), days(30)), why="A farm, not a customer.")})
    >>> [column.name for column in catalogue.columns("signup")]
    ['accounts_on_device_24h', 'accounts_on_device_30d']
    """

    over: tuple[int, ...]
    count: str = ""
    distinct: bool = False
    except_self: bool = False
    sum: str = ""
    first: bool = False
    last: bool = False
    step: int = 60_000_000
    cap: int = DEFAULT_CAP
    unit: int = hours(1)
    within: int = days(30)
    through: tuple[str, ...] = ("signup", "payment")

    @property
    def is_linked(self) -> bool:
        """Whether labels are followed to what their customers used."""
        return self.kinds == ("label",) and self.fields != ("customer",)

    @property
    def sayers(self) -> tuple[str, ...]:
        """Of labels, who uses the token."""
        return self.through if self.is_linked else self.kinds

    def series(self) -> Series:
        """Where the window is read."""
        if self.is_linked:
            return Series(
                shape="linked",
                by=self.fields,
                events=self.through,
                span=max(self.over),
                cap=self.cap,
                delay=self.within,
                bad=tuple(str(kind) for kind in dict(self.condition)["label"]),
            )
        return Series(
            shape=self._shape,
            by=self.fields,
            events=self.kinds,
            span=max(self.over),
            where=self.condition,
            value=self.sum or (self.count if self.distinct else ""),
            step=self.step if self.sum else 1,
            cap=self.cap if self.count else 0,
        )

    @property
    def _shape(self) -> Shape:
        if self.first or self.last:
            return "first" if self.first else "last"
        return "sums" if self.sum else "members" if self.distinct else "times"

    def derive(self, name: str, scope: Scope) -> Iterator[Derived]:
        """One column per width; of first and last one."""
        series = self.series()
        if self.first or self.last:
            formula = formula_of(in_units, {"unit": self.unit})
            yield self.column(name, name, scope, (Read(series, self.over[0]),), formula)
            return
        for width in self.over:
            column = f"{name}_{short(width)}"
            if self.except_self:
                inputs = (Read(series, width), Read(self._own(), width))
                formula = formula_of(others, {"width": width, "cap": series.cap})
                yield self.column(column, name, scope, inputs, formula)
            else:
                yield self.column(column, name, scope, (Read(series, width),), cap=series.cap)

    def _own(self) -> Series:
        """When the value of the one who asks was seen last."""
        return Series(
            shape="last",
            by=(*self.fields, self.count),
            events=self.kinds,
            span=max(self.over),
            where=self.condition,
            cap=0,
        )

    def described(self) -> str:
        """What is counted over which widths."""
        widths = ", ".join(short(width) for width in self.over)
        if self.first or self.last:
            order = "first" if self.first else "last"
            return f"time since the {order} {self.counted()}, in {short(self.unit)}, up to {widths}"
        if self.is_linked:
            bad = " or ".join(map(str, dict(self.condition)["label"]))
            used = " and ".join(self.fields)
            return f"customers labelled {bad} who used the {used}, in {widths}"
        kind = "sum of" if self.sum else "distinct" if self.distinct else "number of"
        rest = ", without the one who asks" if self.except_self else ""
        return f"{kind} {self.sum or self.count}: {self.counted()} in {widths}{rest}"

    def check(self, name: str, scope: Scope) -> None:
        """One thing is asked for, of fields that can be counted or added."""
        super().check(name, scope)
        check_widths(name, self.over)
        if self.is_linked:
            self._check_linked(name, scope)
            return
        asked = [bool(self.count), bool(self.sum), self.first, self.last]
        if sum(asked) != 1:
            raise InvalidDeclaration(
                f'{name} needs either count="events" or a field, or sum="...", or first=True '
                "or last=True"
            )
        if (self.first or self.last) and len(self.over) != 1:
            raise InvalidDeclaration(f"{name} takes one width: write over=(days(365),)")
        if self.distinct:
            check_field(name, self.count, self.kinds, scope)
        elif self.count and self.count != "events":
            raise InvalidDeclaration(
                f'{name} counts {self.count!r} without distinct=True: write count="events"'
            )
        if self.except_self and not self.distinct:
            raise InvalidDeclaration(f"{name} leaves the asker out: that needs distinct=True")
        if self.sum:
            check_field(name, self.sum, self.kinds, scope, integer=True)
        if self.count and self.cap < 1:
            raise InvalidDeclaration(f"{name} needs a cap above zero: write cap=1024")

    def _check_linked(self, name: str, scope: Scope) -> None:
        """Labels are followed to tokens only as a distinct count of customers."""
        known = scope.domain.bad
        kinds = dict(self.condition).get("label", ())
        if not kinds or set(kinds) - set(known) or len(self.condition) != 1:
            raise InvalidDeclaration(
                f"{name} does not say which labels are bad: "
                f'write where={{"label": {known[:1]}}} with some of {", ".join(known)}'
            )
        if self.count != "customer" or not self.distinct or self.except_self:
            raise InvalidDeclaration(
                f"{name} follows labels to what their customers used: "
                'write count="customer", distinct=True'
            )
