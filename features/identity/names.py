"""What names and numbers of a person or company say: how they are written, whether they hold."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberType
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
_PHONE_TYPES = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "mobile",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.TOLL_FREE: "toll_free",
}
_PO_BOXES = ("po box", "p.o. box", "p o box", "postbus", "postfach", "boite postale", "apartado")


def name_facts(first: str | None, last: str | None) -> dict[str, int]:
    """How a person's name is written."""
    names = [one for one in (first, last) if one]
    if not names:
        return {}
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
    return int(any(line.startswith(one) or f" {one}" in line for one in _PO_BOXES))


class _Plan:
    """The numbering plan of the country that is the first of its calling code.

    The library reads a number letter by letter; its own patterns say the same in a tenth
    of the time where no prefix has to be guessed.
    """

    def __init__(self, code: str, region: str, metadata: Any) -> None:
        self.region, self._from = region, len(code) + 1
        self._any = _pattern(metadata.general_desc)
        prefix = metadata.national_prefix_for_parsing
        self._prefix = re.compile(prefix) if prefix else None
        self._kinds = [
            (named, pattern)
            for named, one in (
                ("other", metadata.premium_rate),
                ("toll_free", metadata.toll_free),
                ("other", metadata.shared_cost),
                ("voip", metadata.voip),
                ("other", metadata.personal_number),
                ("other", metadata.pager),
                ("other", metadata.uan),
                ("other", metadata.voicemail),
                ("mobile", metadata.mobile),
                ("fixed", metadata.fixed_line),
            )
            if (pattern := _pattern(one)) is not None
        ]

    def kind(self, number: str) -> str | None:
        """The kind of a number; None where the library has to say."""
        national = number[self._from :]
        if self._any is None or not self._any.fullmatch(national):
            return None
        if self._prefix is not None and self._prefix.match(national):
            return None
        for named, pattern in self._kinds:
            if pattern.fullmatch(national):
                return named
        return None


def _pattern(desc: Any) -> re.Pattern[str] | None:
    pattern = None if desc is None else desc.national_number_pattern
    return re.compile(pattern) if pattern else None


def _plan(number: str) -> _Plan | None:
    """The plan of a number, unless the library has to find out."""
    for length in (2, 3, 4):
        code = number[1:length]
        if code in _codes():
            national = number[length : length + 1]
            return None if national == "0" else _plan_of(code)
    return None


@cache
def _codes() -> frozenset[str]:
    return frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))


@cache
def _plan_of(code: str) -> _Plan | None:
    """The plan of a code's first region, which the library asks first, too."""
    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)][0]
    metadata: Any = PhoneMetadata.metadata_for_region(region)
    if len(region) != 2 or metadata is None or metadata.leading_digits is not None:
        return None
    return _Plan(code, region, metadata)


def phone_facts(number: str) -> dict[str, Any]:
    """What a number in E.164 says: whether it can be, of which kind and country."""
    plan = _plan(number)
    if plan is not None and (named := plan.kind(number)) is not None:
        return _valid(named, plan.region)
    parsed = phonenumbers.parse(number, None)
    region = phonenumbers.region_code_for_number(parsed)
    kind = PhoneNumberType.UNKNOWN if region is None else phonenumbers.number_type(parsed)
    named = _PHONE_TYPES.get(kind, "other")
    if kind == PhoneNumberType.UNKNOWN:
        return {"phone_is_valid": 0}
    return _valid(named, region)


def _valid(named: str | None, region: str | None) -> dict[str, Any]:
    return {
        "phone_is_valid": 1,
        "phone_type": named,
        "phone_is_voip": int(named == "voip"),
        "phone_country": region,
    }


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
