"""Reference data is followed while the service runs; what is good stays in use."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from features.blocks import Ip
from features.errors import InvalidReference
from features.reference import SHIPPED
from serving.opening import OpenScorer
from serving.references import References
from serving.settings import Settings
from tests.serving.scoring import score, signup


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A reference folder of one's own."""
    own = tmp_path / "reference"
    own.mkdir()
    for path in (*SHIPPED.glob("*.txt"), *SHIPPED.glob("*.toml")):
        shutil.copy(path, own)
    return own


def database(path: Path, country: str) -> None:
    writer = MMDBWriter(4, "Test", languages=["en"])
    writer.insert_network(
        IPSet(["203.0.113.0/24"]),
        {"country": {"iso_code": country}, "autonomous_system_number": 64500},
    )
    writer.to_db_file(str(path))


def test_a_change_is_in_use_from_the_next_event_on(folder: Path, tmp_path: Path) -> None:
    scorer = OpenScorer(Settings(home=tmp_path / "home", clock="events", reference=folder))
    before = score(scorer, signup(1, email="ana@throwaway.example", ip=Ip(address="203.0.113.9")))
    (folder / "disposable.txt").write_text("throwaway.example\n")
    database(folder / "country.mmdb", "BR")
    scorer._references.refresh()
    after = score(scorer, signup(2, email="ana@throwaway.example", ip=Ip(address="203.0.113.9")))
    assert before["versions"]["reference"] != after["versions"]["reference"]
    asyncio.run(scorer.ledger.durable())
    old, _, new, _ = scorer.ledger.entries()
    assert old.facts["email_is_disposable"] == 0
    assert "ip_country" not in old.facts
    assert new.facts["email_is_disposable"] == 1
    assert (new.facts["ip_country"], new.facts["asn"]) == ("BR", 64500)
    assert old.reference == before["versions"]["reference"]
    assert new.reference == after["versions"]["reference"]
    scorer.close()


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("currencies.toml", "currency = ", "currencies.toml is not a table of currencies"),
        ("country.mmdb", "not a database", "cannot read the address database"),
        ("sanctioned_countries.txt", "Be\n", "needs a country of two capital letters"),
        ("hosting_asns.txt", "many", "hosting_asns.txt needs a number on each line"),
    ],
)
def test_what_cannot_be_read_leaves_the_last_good_version_in_use(
    folder: Path, tmp_path: Path, file: str, content: str, says: str
) -> None:
    scorer = OpenScorer(Settings(home=tmp_path / "home", clock="events", reference=folder))
    good = scorer._references.current.digest
    before = (folder / file).read_text() if (folder / file).exists() else None
    (folder / file).write_text(content)
    scorer._references.refresh()
    assert score(scorer, signup(1))["versions"]["reference"] == good
    (problem,) = scorer.ready()
    assert says in problem
    assert f"{good} stays in use" in problem
    if before is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(before)
    scorer._references.refresh()
    assert scorer.ready() == []
    scorer.close()


def test_another_currency_is_refused_while_sums_are_in_the_first(folder: Path) -> None:
    references = References(folder, poll_seconds=None)
    path = folder / "currencies.toml"
    path.write_text(path.read_text().replace('currency = "USD"', 'currency = "EUR"'))
    references.refresh()
    assert references.current.currency == "USD"
    assert "sums cannot change theirs" in references.problem


def test_a_folder_that_cannot_be_read_stops_the_start(folder: Path, tmp_path: Path) -> None:
    (folder / "country.mmdb").write_bytes(b"\0" * 100)
    with pytest.raises(InvalidReference, match=r"country\.mmdb .*restore it or take it away"):
        OpenScorer(Settings(home=tmp_path / "home", reference=folder))
    shutil.rmtree(folder)
    with pytest.raises(InvalidReference, match=r"free_mail\.txt .*name another folder"):
        References(folder)


def test_the_folder_is_followed_without_being_asked(folder: Path) -> None:
    import time

    references = References(folder, poll_seconds=0.05)
    before = references.current
    (folder / "disposable.txt").write_text("throwaway.example\n")
    until = time.monotonic() + 10
    while references.current is before and time.monotonic() < until:
        time.sleep(0.02)
    references.close()
    assert references.current.is_disposable("mx.throwaway.example")
