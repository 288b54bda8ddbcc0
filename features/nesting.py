"""Nesting: how deep a JSON text goes, seen before it is parsed."""

from __future__ import annotations

import numpy as np

#: More levels of objects and lists than any body of ours needs.
MOST_LEVELS = 32

_STEPS = np.zeros(256, np.int8)
_STEPS[list(b"[{")] = 1
_STEPS[list(b"]}")] = -1


def is_too_deep(body: bytes) -> bool:
    r"""Whether objects and lists lie within each other more than `MOST_LEVELS` deep.

    >>> is_too_deep(b"[" * 32 + b"]" * 32), is_too_deep(b"[" * 33 + b"]" * 33)
    (False, True)
    >>> is_too_deep(b'["' + b"[" * 99 + b'\\""]')
    False
    """
    if body.count(b"[") + body.count(b"{") <= MOST_LEVELS:
        return False
    plain = body.replace(rb"\\", b"").replace(rb"\"", b"")
    outside = b"".join(plain.split(b'"')[::2])
    return int(_STEPS[np.frombuffer(outside, np.uint8)].cumsum().max(initial=0)) > MOST_LEVELS
