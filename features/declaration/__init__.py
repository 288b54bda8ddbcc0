"""Declarations: a signal is a frozen value that says what it is and why it exists.

Seven kinds, a closed list. Everything else follows from a declaration: column names,
online reads, SQL, retention, documentation, reasons, the contract of every model that uses it.
"""

from features.declaration.base import Declaration, OnSeries, Scope
from features.declaration.daily import Daily
from features.declaration.fact import Fact
from features.declaration.latest import Latest
from features.declaration.rate import Rate
from features.declaration.ratio import Ratio
from features.declaration.recent import Recent
from features.declaration.window import Window

__all__ = [
    "Daily",
    "Declaration",
    "Fact",
    "Latest",
    "OnSeries",
    "Rate",
    "Ratio",
    "Recent",
    "Scope",
    "Window",
]
