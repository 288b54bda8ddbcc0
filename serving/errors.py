"""Errors as callers see them: problem documents (RFC 9457), one code each, never a sent value."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from features.decide.written import InvalidPolicies
from features.errors import InvalidInput, Unavailable, VouchError


class Kind(NamedTuple):
    """HTTP status and title of a code, and the headers that go with it."""

    status: int
    title: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


_LATER = ((b"retry-after", b"1"),)
_NO_MORE = ((b"connection", b"close"),)


#: Every code that a response can carry.
KINDS: dict[str, Kind] = {
    "invalid_query": Kind(400, "The address has a parameter that cannot be used"),
    "unauthorised": Kind(401, "There is no valid API key", ((b"www-authenticate", b"Bearer"),)),
    "forbidden": Kind(403, "The API key does not allow this"),
    "not_found": Kind(404, "It does not exist"),
    "unknown_route": Kind(404, "There is no such address"),
    "wrong_method": Kind(405, "The address does not take this method"),
    "too_slow": Kind(408, "The body did not arrive in time", _NO_MORE),
    "in_flight": Kind(409, "The same is being answered at this moment", _LATER),
    "never_decided": Kind(409, "The event was taken in before, without a decision"),
    "superseded": Kind(409, "Another decision has taken its place"),
    "not_overridable": Kind(409, "No person may let this pass"),
    "already_appealed": Kind(409, "The decision was appealed before"),
    "cannot_replay": Kind(409, "What a replay needs is not there any more"),
    "conflict": Kind(409, "It cannot be changed here"),
    "precondition_failed": Kind(412, "Something else is in force by now"),
    "too_large": Kind(413, "The body is too large"),
    "wrong_content_type": Kind(415, "The body is of another type"),
    "invalid_input": Kind(422, "The body cannot be read"),
    "invalid_declaration": Kind(422, "The policies cannot work"),
    "card_number_refused": Kind(422, "The body holds a card number"),
    "id_reused": Kind(422, "The id was used before with another content"),
    "invalid_idempotency_key": Kind(422, "The idempotency key cannot be used"),
    "idempotency_mismatch": Kind(422, "The idempotency key is not the id of the body"),
    "too_many_requests": Kind(429, "The API key sent too many requests"),
    "internal": Kind(500, "Vouch failed"),
    "unavailable": Kind(503, "Nothing was recorded; send it again with the same id", _LATER),
    "unconfirmed": Kind(
        503, "It is not known yet whether it was recorded; send it again with the same id", _LATER
    ),
}


class Fault(msgspec.Struct, frozen=True):
    """What is wrong in a line of a text."""

    line: int
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong. ``pointer`` (RFC 6901) names the field of the body.

    ``faults`` are all that is wrong with a text of policies.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    pointer: str | None = None
    faults: tuple[Fault, ...] = ()
    request_id: str


class Refused(VouchError):
    """A request was refused before anything was made of it; ``headers`` go with the answer."""

    def __init__(
        self, code: str, message: str, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        super().__init__(message)
        self.code, self.headers = code, headers


class Unconfirmed(Unavailable):
    """It may still reach the disk, or not."""

    code = "unconfirmed"


def code_of(error: VouchError) -> str:
    """The code that callers see."""
    return error.code if error.code in KINDS else "internal"


def problem(error: VouchError, request_id: str) -> Problem:
    """The document of an error."""
    code = code_of(error)
    kind = KINDS[code]
    return Problem(
        type=f"/docs#{code}",
        title=kind.title,
        status=kind.status,
        code=code,
        detail=error.message,
        pointer=(error.pointer or None) if isinstance(error, InvalidInput) else None,
        faults=_faults(error),
        request_id=request_id,
    )


def _faults(error: VouchError) -> tuple[Fault, ...]:
    if not isinstance(error, InvalidPolicies):
        return ()
    return tuple(Fault(one.line, one.message) for one in error.problems)
