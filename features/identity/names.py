"""What names and numbers of a person or company say: how they are written, whether they hold."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import JaroWinkler
from stdnum import get_cc_module

_GENERIC = frozenset((
    "abc", "acme", "business", "company", "consulting", "corp", "customer", "demo",
    "enterprise", "example", "firm", "group", "home", "inc", "individual", "llc", "ltd", "me",
    "myself", "n/a", "na", "none", "online", "personal", "private", "self", "service",
    "services", "shop", "solutions", "store", "tech", "test", "trading",
))  # fmt: skip
_FORMS = frozenset((
    "ag", "bv", "bvba", "co", "corp", "gmbh", "inc", "kg", "limited", "llc", "ltd", "nv", "sa",
    "sarl", "srl",
))  # fmt: skip
_PO_BOX = re.compile(
    r"(?:^| )(?:po box|p\.o\. box|p o box|postbus|postfach|boite postale|apartado)"
)


def name_facts(first: str | None, last: str | None) -> dict[str, int]:
    """How a person's name is written."""
    names = [one for one in (first, last) if one]
    if not names:
        return {}
    if all(name.isalpha() and name.istitle() and name.isascii() for name in names):
        return {"name_case_anomaly": 0, "name_has_digit": 0}  # as most are written
    return {
        "name_case_anomaly": int(any(map(_is_odd, names))),
        "name_has_digit": int(any(map(str.isdigit, "".join(names)))),
    }


def _is_odd(name: str) -> bool:
    """All capitals, none, or capitals inside that no prefix explains."""
    letters = sum(map(str.isalpha, name))
    if letters < 3:
        return False
    return name.isupper() or name.islower() or sum(map(str.isupper, name)) > letters / 2


def similarity(one: str | None, other: str | None) -> float | None:
    """Jaro-Winkler similarity of two folded names, 0 to 1."""
    return JaroWinkler.similarity(one, other) if one and other else None


def is_generic(company: str) -> int:
    """Whether a folded company's name is only words that any has."""
    words = [word.strip(".,") for word in company.split()]
    return int(all(word in _GENERIC or word in _FORMS for word in words))


def is_po_box(line: str) -> int:
    """Whether a folded line of an address is a post-office box."""
    return int(_PO_BOX.search(line) is not None)


def tax_facts(number: str, country: str | None) -> dict[str, int | None]:
    """Whether a tax number's check digits hold, where the country's rule is public."""
    own = number[:2].upper() if number[:2].isalpha() else None
    if own == "EL":
        own = "GR"
    rules = _rules(own or country or "")
    return {
        "tax_id_is_valid": None if rules is None else int(rules.is_valid(number)),
        "tax_id_country_ne_billing": None
        if own is None or country is None
        else int(own != country),
    }


@lru_cache(maxsize=512)
def _rules(country: str) -> Any:
    try:
        return get_cc_module(country.lower(), "vat") if country else None
    except (AttributeError, ImportError, ValueError):
        return None
