"""What databases of IP addresses know, in MaxMind's file format (MMDB).

The files are the user's: whatever lies in the reference folder under a name that ends in
``.mmdb``. What the caller says of an address itself wins over them.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import maxminddb
import msgspec

from features.blocks import Ip
from features.errors import InvalidReference

_PLACE = ("latitude", "longitude", "accuracy_km")
#: Marks of an address, the most telling one first, and the type of network they mean.
_MARKS = (
    ("is_tor_exit_node", "tor"),
    ("is_residential_proxy", "residential_proxy"),
    ("is_anonymous_vpn", "vpn"),
    ("is_public_proxy", "public_proxy"),
    ("is_hosting_provider", "hosting"),
)


class AddressBook:
    """Databases of addresses, asked one after the other.

    Works on copies of the files, so that one that is replaced or written over changes nothing
    before it is opened anew. Raises `InvalidReference` with the path of one that cannot be read.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        opened = [_open(path) for path in paths]
        self._databases = [database for database, _ in opened]
        self.digests = tuple(digest for _, digest in opened)

    def completed(self, ip: Ip) -> Ip:
        """An address with all that is known about it; what the caller said stays."""
        found: dict[str, Any] = {}
        for database in self._databases:
            record = database.get(ip_address(ip.address))
            if isinstance(record, dict):
                found.update(_said(record))
        if ip.latitude is not None or ip.longitude is not None:
            found = {name: value for name, value in found.items() if name not in _PLACE}
        unsaid = {
            name: value for name, value in found.items() if getattr(ip, name) in (None, "unknown")
        }
        return msgspec.structs.replace(ip, **unsaid) if unsaid else ip


def _open(path: Path) -> tuple[maxminddb.Reader, str]:
    try:
        with path.open("rb") as file, NamedTemporaryFile(suffix=".mmdb") as copy:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            shutil.copyfileobj(file, copy)
            copy.flush()
            return maxminddb.open_database(copy.name), digest
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise InvalidReference(
            f"cannot read the address database {path} ({error}): restore it or take it away"
        ) from None


def _said(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a record that we know, where they are of the right kind."""
    country = _inner(record, "country").get("iso_code")
    if isinstance(country, str) and len(country) == 2 and country.isascii() and country.isupper():
        yield "country", country
    system = record.get("autonomous_system_number")
    if isinstance(system, int) and system >= 0:
        yield "asn", system
    location = _inner(record, "location")
    if isinstance(location.get("time_zone"), str):
        yield "time_zone", location["time_zone"]
    latitude, longitude = location.get("latitude"), location.get("longitude")
    if isinstance(latitude, float) and isinstance(longitude, float):
        yield "latitude", latitude
        yield "longitude", longitude
        if isinstance(location.get("accuracy_radius"), int):
            yield "accuracy_km", float(location["accuracy_radius"])
    marks = {**record, **_inner(record, "traits")}
    for mark, kind in _MARKS:
        if marks.get(mark) is True:
            yield "network_type", kind
            return


def _inner(record: dict[str, Any], name: str) -> dict[str, Any]:
    inner = record.get(name)
    return inner if isinstance(inner, dict) else {}
