"""Reference data: versioned look-ups that facts are computed with.

Look-ups are files; their digest travels with every entry, so that it is known
for ever with which lists a fact was made.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from disposable_email_domains import blocklist

from features.errors import InvalidReference
from features.reference.addresses import AddressBook

SHIPPED = Path(__file__).parent
_COUNTRY = re.compile(r"[A-Z]{2}")
#: Libraries that carry look-ups of their own.
_LIBRARIES = ("disposable-email-domains", "holidays", "phonenumbers", "python-stdnum", "tldextract")


@dataclass(frozen=True)
class Reference:
    """One version of the look-ups.

    ``rates`` gives the worth of one unit of a currency in ``currency``;
    ``minor_units`` the decimals of ``currency`` (ISO 4217). ``hosting`` are autonomous systems
    of providers, ``subregions`` those of the United Nations by country, ``sanctioned`` countries
    that may not be served; ``addresses`` are the databases of IP addresses.
    """

    free_mail: frozenset[str]
    disposable: frozenset[str]
    currency: str
    minor_units: int
    rates: dict[str, Decimal]
    hosting: frozenset[int]
    subregions: dict[str, str]
    sanctioned: frozenset[str]
    addresses: AddressBook

    def is_disposable(self, domain: str) -> bool:
        """Whether a domain or one it lies under hands out throw-away addresses."""
        while "." in domain:
            if domain in self.disposable:
                return True
            domain = domain.partition(".")[2]
        return False

    def convert(self, amount: Decimal, currency: str) -> int | None:
        """Integer minor units of the reference currency; None if the rate is unknown."""
        rate = self.rates.get(currency)
        if rate is None:
            return None
        return int((amount * rate).scaleb(self.minor_units).to_integral_value(ROUND_HALF_EVEN))

    @cached_property
    def digest(self) -> str:
        """Short SHA-256 over all look-ups."""
        content = (
            sorted(self.free_mail),
            sorted(self.disposable),
            self.currency,
            sorted((name, str(rate)) for name, rate in self.rates.items()),
            sorted(self.hosting),
            sorted(self.subregions.items()),
            sorted(self.sanctioned),
            self.addresses.digests,
            [version(library) for library in _LIBRARIES],
        )
        return hashlib.sha256(repr(content).encode()).hexdigest()[:12]


def load(folder: Path = SHIPPED) -> Reference:
    """Reads ``free_mail.txt`` and ``currencies.toml`` of a folder.

    ``hosting_asns.txt``, ``subregions.txt`` and ``sanctioned_countries.txt`` (empty) are those of
    Vouch where the folder has none;
    ``disposable.txt`` adds to the library's domains, and every ``*.mmdb`` is asked about
    addresses. Raises `InvalidReference` with the file's path and what to do.
    """
    free_mail = _lines(folder / "free_mail.txt")
    path = folder / "currencies.toml"
    try:
        table = tomllib.loads(_read(path), parse_float=Decimal)
        base = table["currency"]
        rates = {name: Decimal(rate) for name, rate in table["rates"].items()}
        minor_units = int(table["minor_units"])
    except (tomllib.TOMLDecodeError, KeyError, ArithmeticError, ValueError, TypeError) as error:
        raise InvalidReference(
            f"{path} is not a table of currencies ({error}): "
            "it needs `currency`, `minor_units` and a table [rates]"
        ) from None
    disposable = folder / "disposable.txt"
    hosting, subregions = _own_or_shipped(folder, "hosting_asns.txt"), {}
    regions = _own_or_shipped(folder, "subregions.txt")
    try:
        systems = frozenset(map(int, _lines(hosting)))
        for line in _lines(regions):
            name, countries = line.split(":")
            subregions.update(dict.fromkeys(countries.split(), name))
    except ValueError as error:
        raise InvalidReference(
            f"{hosting} needs a number on each line, and {regions} `name: AA BB` ({error})"
        ) from None
    path = _own_or_shipped(folder, "sanctioned_countries.txt")
    sanctioned = _lines(path)
    if not all(_COUNTRY.fullmatch(country) for country in sanctioned):
        raise InvalidReference(f"{path} needs a country of two capital letters on each line")
    return Reference(
        sanctioned=frozenset(sanctioned),
        hosting=systems,
        subregions=subregions,
        free_mail=frozenset(free_mail),
        disposable=frozenset(blocklist) | {one.lower() for one in _lines_if_there(disposable)},
        currency=base,
        minor_units=minor_units,
        rates={**rates, base: Decimal(1)},
        addresses=AddressBook(sorted(folder.glob("*.mmdb"))),
    )


def _own_or_shipped(folder: Path, name: str) -> Path:
    return folder / name if (folder / name).exists() else SHIPPED / name


def _lines_if_there(path: Path) -> list[str]:
    return _lines(path) if path.exists() else []


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidReference(
            f"cannot read the reference file {path} ({error}): restore it or name another folder"
        ) from None


def _lines(path: Path) -> list[str]:
    lines = (line.split("#")[0].strip() for line in _read(path).splitlines())
    return [line for line in lines if line]
