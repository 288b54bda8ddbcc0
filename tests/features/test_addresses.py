"""Databases of addresses fill in what the caller does not say, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from features.blocks import Ip
from features.errors import InvalidReference
from features.reference.addresses import AddressBook

CITY: dict[str, Any] = {
    "country": {"iso_code": "BE"},
    "location": {
        "latitude": 50.85,
        "longitude": 4.35,
        "accuracy_radius": 20,
        "time_zone": "Europe/Brussels",
    },
}


def database(path: Path, networks: dict[str, dict[str, Any]]) -> Path:
    writer = MMDBWriter(6, "Test", languages=["en"], ipv4_compatible=True)
    for network, record in networks.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return path


def test_several_databases_are_put_together(tmp_path: Path) -> None:
    city = database(tmp_path / "city.mmdb", {"203.0.113.0/24": CITY, "2001:db8::/32": CITY})
    system = database(
        tmp_path / "asn.mmdb", {"203.0.113.0/24": {"autonomous_system_number": 64500}}
    )
    marks = database(
        tmp_path / "anonymous.mmdb",
        {"203.0.113.7/32": {"is_anonymous_vpn": True, "is_hosting_provider": True}},
    )
    book = AddressBook([city, system, marks])
    assert book.completed(Ip(address="203.0.113.7")) == Ip(
        address="203.0.113.7",
        country="BE",
        asn=64500,
        network_type="vpn",
        time_zone="Europe/Brussels",
        latitude=50.85,
        longitude=4.35,
        accuracy_km=20.0,
    )
    assert book.completed(Ip(address="2001:db8::9")).country == "BE"
    unknown = Ip(address="198.51.100.1")
    assert book.completed(unknown) is unknown


def test_what_the_caller_says_stays(tmp_path: Path) -> None:
    book = AddressBook([database(tmp_path / "city.mmdb", {"203.0.113.0/24": CITY})])
    said = book.completed(Ip(address="203.0.113.7", country="NL", latitude=52.4, longitude=4.9))
    assert (said.country, said.latitude, said.accuracy_km) == ("NL", 52.4, None)
    assert said.time_zone == "Europe/Brussels"


def test_records_of_another_shape_say_nothing(tmp_path: Path) -> None:
    odd: dict[str, Any] = {"country": "BE", "location": {"latitude": "50"}, "traits": {}}
    book = AddressBook([database(tmp_path / "odd.mmdb", {"203.0.113.0/24": odd})])
    asked = Ip(address="203.0.113.7")
    assert book.completed(asked) is asked


def test_a_file_that_is_written_over_changes_nothing_that_is_open(tmp_path: Path) -> None:
    path = database(tmp_path / "city.mmdb", {"203.0.113.0/24": CITY})
    book = AddressBook([path])
    path.write_bytes(b"")
    assert book.completed(Ip(address="203.0.113.7")).country == "BE"
    with pytest.raises(InvalidReference, match=r"address database .*city\.mmdb"):
        AddressBook([path])
