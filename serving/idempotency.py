"""Idempotency: under which id something is sent, by its body or the ``Idempotency-Key`` header."""

from __future__ import annotations

import re

from features.card_numbers import holds_card_number
from serving.errors import Refused
from serving.exchange import Exchange
from serving.received import MAIN

_HEADER = b"idempotency-key"
_FORM = re.compile(r"[!-?A-~]{1,128}")  # what can be printed, without spaces and @


def sent_id(exchange: Exchange, in_body: str | None, account: str) -> str | None:
    """The id of what is sent, an account's own; None where nothing names one.

    Raises `Refused` for a header that is no id, or that is another one than the body's.
    """
    in_header = exchange.header(_HEADER) or None
    if in_header is not None:
        if not _FORM.fullmatch(in_header) or holds_card_number(in_header.encode()):
            raise Refused(
                "invalid_idempotency_key",
                "an idempotency key is 1 to 128 printable characters, no space and no @ among "
                "them, and no card number",
            )
        if in_body not in (None, in_header):
            raise Refused(
                "idempotency_mismatch",
                "the body has an id of its own: send the same as `Idempotency-Key`, or none",
            )
    id = in_body or in_header
    return id if id is None or account == MAIN else f"{id}@{account}"
