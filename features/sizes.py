"""Sizes: how many virtual CPUs a machine's size names, and whether it holds graphics processors.

Standard_ NC 24 ads _A100 _v4        D 4 s v3
          │  │                       │ │
          │  └ virtual CPUs          │ └ virtual CPUs
          └ series with a GPU        └ series
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

#: Numbers of virtual CPUs that ordinary work seldom asks for (a public Sentinel rule's tokens).
BIG = frozenset({416, 208, 128, 120, 96, 80, 72, 64, 48, 44, 40})

_GPU = re.compile(
    r"gpu|nvidia|(?<![a-z0-9])(?:a100|h100|h200|v100|gb200|mi300)(?![0-9])"
    r"|(?<![a-z0-9])(?:standard_?)?n[cdgv](?:s?\d|(?:[a-z]\w*)?[ _-]?(?:v\d+[ _-])?series)"
)
_SIZE = re.compile(
    r"(?:(?:standard|basic)[_ ])?"
    r"(?P<series>[abdefghlm]s?|dc|ec|fx|hb|hc|hx|n[cdgpv]s?)"
    r"(?P<number>\d{1,3})(?:-(?P<active>\d{1,3}))?[a-z]*"
    r"(?:[_ ](?:ndr[_ ])?(?:a10|a100|h100|h200|t4|v520|v620|v710|mi300x|gb200))?"
    r"(?:[_ ](?P<version>v\d+))?"
    r"(?:[_ ](?:promo|spot|low priority))?"
)
_OLD_A = {0: 1, 1: 1, 2: 2, 3: 4, 4: 8, 5: 2, 6: 4, 7: 8, 8: 8, 9: 16, 10: 8, 11: 16}
_OLD_D = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 11: 2, 12: 4, 13: 8, 14: 16, 15: 20}
_OLD_G = {1: 2, 2: 4, 3: 8, 4: 16, 5: 32}
#: Series whose number is no count but an index: (series, version) -> virtual CPUs by index.
_INDEXED = {
    ("a", ""): _OLD_A,
    **{(series, version): _OLD_D for series in ("d", "ds") for version in ("", "v2")},
    **{(series, ""): _OLD_G for series in ("g", "gs")},
}


class Size(NamedTuple):
    """What a size says; None is unknown."""

    vcpus: int | None
    is_big: bool | None


def names_gpu(text: str) -> bool:
    """Whether a text names a series or a model of graphics processors.

    >>> names_gpu("NCasT4 v3 Series"), names_gpu("D4s v3")
    (True, False)
    """
    return _GPU.search(text.lower()) is not None


@lru_cache(maxsize=4096)
def read_size(text: str) -> Size:
    """The size a text is; of several (``D2 v3/D2s v3``) the first. Other text is unknown.

    >>> read_size("Standard_NC24ads_A100_v4")
    Size(vcpus=24, is_big=True)
    >>> read_size("Hot LRS Data Stored")
    Size(vcpus=None, is_big=None)
    """
    written = " ".join(text.lower().split("/")[0].split())
    has_gpu = names_gpu(written)
    found = _SIZE.fullmatch(written)
    if found is None:
        return Size(None, True if has_gpu else None)
    number, active = int(found["number"]), found["active"]
    counts = _INDEXED.get((found["series"], found["version"] or ""))
    vcpus = number if counts is None else counts.get(number)
    return Size(vcpus if active is None else int(active), has_gpu or number in BIG)
