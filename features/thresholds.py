"""Thresholds: from which probability, or expected loss, a score alone asks for more."""

from __future__ import annotations

import msgspec


class Losses(msgspec.Struct, frozen=True):
    """Least expected loss at which a score alone asks for an outcome; None never does.

    Expected loss is probability times exposure, in minor units of the reference currency.
    """

    challenge: int | None = None
    review: int | None = None
    decline: int | None = None


class Thresholds(msgspec.Struct, frozen=True):
    """Least probability at which a score alone asks for an outcome; None never does.

    ``losses`` ask, too, where the exposure is known: the strictest that either asks for counts.
    Unset where thresholds are not in money, and then not written: old bundles keep their digests.
    """

    challenge: float | None = None
    review: float | None = None
    decline: float | None = None
    losses: Losses | msgspec.UnsetType = msgspec.UNSET
