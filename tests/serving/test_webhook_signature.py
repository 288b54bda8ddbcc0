"""Signatures of webhooks: as the Standard Webhooks specification has them."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from features.errors import SetupError
from serving.webhooks.delivery import signed
from serving.webhooks.secret import Secrets
from serving.webhooks.signature import InvalidSignature, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
HEADERS = {
    "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "Webhook-Timestamp": "1614265330",
    "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
THEN = 1614265330.0


def test_the_example_of_the_specification_verifies() -> None:
    assert verify(SECRET, HEADERS, BODY, THEN) == {"test": 2432232314}


def test_one_of_several_signatures_is_enough() -> None:
    more = {**HEADERS, "Webhook-Signature": f"v1,AAAA v2,é {HEADERS['Webhook-Signature']}"}
    assert verify(SECRET, more, BODY, THEN)


@pytest.mark.parametrize(
    ("headers", "body", "sentence"),
    [
        ({"Webhook-Id": "msg_other"}, BODY, "no signature fits"),
        ({"Webhook-Timestamp": "1614265331"}, BODY, "no signature fits"),
        ({}, BODY + b" ", "no signature fits"),
        ({"Webhook-Signature": ""}, BODY, "no signature fits"),
        ({"Webhook-Timestamp": "now"}, BODY, "webhook-timestamp is no number"),
        ({"Webhook-Timestamp": "1" * 400}, BODY, "webhook-timestamp is no number"),
    ],
)
def test_what_was_changed_is_refused(headers: dict[str, str], body: bytes, sentence: str) -> None:
    with pytest.raises(InvalidSignature, match=sentence):
        verify(SECRET, {**HEADERS, **headers}, body, THEN)


@pytest.mark.parametrize("now", [THEN - 301, THEN + 301])
def test_what_is_old_or_from_the_future_is_refused(now: float) -> None:
    assert verify(SECRET, HEADERS, BODY, THEN + 299)
    with pytest.raises(InvalidSignature, match="within five minutes"):
        verify(SECRET, HEADERS, BODY, now)


def test_a_missing_header_is_named() -> None:
    with pytest.raises(InvalidSignature, match="the header webhook-id is missing"):
        verify(SECRET, {}, BODY, THEN)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "not base64 at all"])
def test_a_secret_that_anybody_could_guess_verifies_nothing(secret: str) -> None:
    with pytest.raises(InvalidSignature, match="the secret is not whsec_ and 24 bytes"):
        verify(secret, HEADERS, BODY, THEN)


def test_the_secret_of_a_home_is_made_once(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    (made,) = secrets.read(create=True)
    assert len(base64.b64decode(made.removeprefix("whsec_"))) == 32
    assert secrets.read() == secrets.read(create=True) == (made,)
    assert stat.S_IMODE(secrets.path.stat().st_mode) == 0o600


def test_a_receiver_may_change_over_at_any_time_after_a_rotation(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    (first,) = secrets.read(create=True)
    second = secrets.rotate()
    headers = signed(secrets.read(), "evt_d1", int(THEN), BODY)
    assert verify(first, headers, BODY, THEN) == verify(second, headers, BODY, THEN)
    third = secrets.rotate()
    assert secrets.read() == (third, second)


@pytest.mark.parametrize("content", [b"", b"\xff", b"whsec_short\n", b"something else\n"])
def test_a_damaged_secret_is_named_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    secrets = Secrets(tmp_path)
    secrets.path.parent.mkdir()
    secrets.path.write_bytes(content)
    with pytest.raises(SetupError, match="webhook-secret cannot be read or is damaged"):
        secrets.read(create=True)
    assert secrets.path.read_bytes() == content
