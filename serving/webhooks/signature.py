"""Signatures as the Standard Webhooks specification has them, for the sender and for receivers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from features.errors import VouchError

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
_LEAST_BYTES = 24
TOLERANCE = 300  # seconds that a message may be old, or from the future


class InvalidSignature(VouchError):
    """A webhook does not come from whom it should, or is too old to be believed."""

    code = "invalid_signature"


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """One signature: ``v1,`` and the HMAC-SHA256 of id, time and body in base64.

    >>> sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
    ...      1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = b".".join((id.encode(), b"%d" % timestamp, body))
    digest = hmac.new(_decoded(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def verify(
    secret: str, headers: Mapping[str, str], body: bytes, now: float | None = None
) -> dict[str, Any]:
    """The event of a webhook, if it is signed with ``secret`` and at most five minutes old.

    ``body`` are the bytes as they came. Raises `InvalidSignature`.
    """
    sent = {name.lower(): value for name, value in headers.items()}
    try:
        id, timestamp, signatures = sent[ID], sent[TIMESTAMP], sent[SIGNATURE].split()
    except KeyError as missing:
        raise InvalidSignature(f"the header {missing.args[0]} is missing") from None
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 16):
        raise InvalidSignature(f"the header {TIMESTAMP} is no number of seconds")
    expected = sign(secret, id, int(timestamp), body).encode()
    # Every one is compared, so that time tells nothing.
    if not sum(hmac.compare_digest(one.encode(), expected) for one in signatures):
        raise InvalidSignature("no signature fits: is this the secret of `vouch webhooks secret`?")
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE:
        raise InvalidSignature("the webhook was not sent within five minutes of now")
    event: dict[str, Any] = json.loads(body)
    return event


def _decoded(secret: str) -> bytes:
    try:
        decoded = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) < _LEAST_BYTES:  # an empty one would let everybody sign
        raise InvalidSignature(f"the secret is not {PREFIX} and {_LEAST_BYTES} bytes in base64")
    return decoded
