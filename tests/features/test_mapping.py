"""Foreign records become events; what cannot be read is set aside with its reason."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.domain import Domain, Moment, Risk
from features.errors import CardNumberRefused, InvalidDeclaration, InvalidInput, SetupError
from features.events import Label, Payment, Signup
from features.fact_types import FactType
from features.facts import microseconds
from features.sources.mapping import Mapping
from features.sources.tables import read

BASE = """
[[event]]
kind = "signup"
id = "{id}-1"
customer = "c{id}"
occurred_at = { column = "when", time = "%d/%m/%Y %H:%M", zone = "Europe/Brussels" }
"""
ROW = {"id": "7", "when": "29/03/2026 03:30", "x": "", "n": "732758368.8", "class": "1"}


def mapping(text: str, *folders: Path) -> Mapping:
    return Mapping(tomllib.loads(BASE + text), folders)


def first(text: str, *folders: Path, **row: object) -> Any:
    return mapping(text, *folders).tell({**ROW, **row})[0].what


def test_times_have_a_format_and_a_zone() -> None:
    told = mapping("").tell(ROW)[0]
    assert isinstance(told.what, Signup)
    summer = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # the hour after the clocks went forward
    assert told.what.occurred_at == summer
    assert told.known_at == microseconds(summer)


def test_numbers_are_addresses() -> None:
    text = "ip.address = { column = 'n', number_to_ipv4 = true }"
    assert first(text).ip.address == "43.173.1.96"
    with pytest.raises(InvalidInput, match="not an IPv4 address"):
        first(text, n="99999999999")
    with pytest.raises(InvalidInput, match="not a number"):
        first(text, n="abc")


def test_an_empty_value_leaves_its_field_out() -> None:
    event = first("device.id = '{x}'\nreseller = { column = 'x' }\nattributes.a = '{x}'")
    assert (event.device, event.reseller, event.attributes) == (None, None, None)


def test_values_come_from_a_table() -> None:
    text = "card.funding = { column = 'class', values = { '1' = 'prepaid', '0' = 'credit' } }"
    assert first(text).card.funding == "prepaid"
    with pytest.raises(InvalidInput, match="'1', '0'") as caught:
        first(text, **{"class": "2"})
    assert caught.value.pointer == "/card/funding"


def test_ranges_are_looked_up_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "ranges.csv").write_text("from,to,land\n100,199,BE\n300,399,FR\n")
    text = (
        "address.country = { column = 'n', "
        "range = { file = 'ranges.csv', low = 'from', high = 'to', value = 'land' } }"
    )
    assert first(text, tmp_path, n="100").address.country == "BE"
    assert first(text, tmp_path, n="399").address.country == "FR"
    for nowhere in ("99", "250", "400"):
        assert first(text, tmp_path, n=nowhere).address is None
    with pytest.raises(InvalidDeclaration, match=r"no file ranges\.csv"):
        first(text, n="1")


def test_delays_come_after_another_time() -> None:
    text = """
[event.known_at]
after = { column = "when", time = "%d/%m/%Y %H:%M", zone = "UTC" }
delay = { column = "n" }
unit = "hours"
"""
    told = mapping(text).tell({**ROW, "n": "36"})[0]
    assert told.known_at == microseconds(datetime(2026, 3, 30, 15, 30, tzinfo=UTC))


def test_a_label_without_a_time_is_known_when_its_kind_has_matured() -> None:
    text = """
[[label]]
id = "{id}-2"
customer = "c{id}"
label = { column = "class", values = { "1" = "stolen_instrument", "0" = "legitimate" } }
occurred_at = { column = "when", time = "%d/%m/%Y %H:%M", zone = "UTC" }
"""
    _, told = mapping(text).tell(ROW)
    assert isinstance(told.what, Label)
    assert told.what.occurred_at is not None
    assert told.known_at - microseconds(told.what.occurred_at) == 60 * 86_400_000_000


def test_money_and_attributes_are_typed() -> None:
    text = """
[[event]]
kind = "payment"
id = "{id}-2"
occurred_at = { column = "when", time = "%d/%m/%Y %H:%M", zone = "UTC" }
total = { amount = "{n}", currency = "EUR" }
attributes.n = "{n}"
attributes.when = "{when}"
"""
    payment = mapping(text).tell(ROW)[1].what
    assert isinstance(payment, Payment)
    assert str(payment.total.amount) == "732758368.8"
    assert payment.attributes == {"n": 732758368.8, "when": "29/03/2026 03:30"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("shoe_size = '{x}'", "shoe_size"),
        ("reseller = { colum = 'x' }", "neither column"),
        ("reseller = { column = 'x', colour = 1 }", "colour"),
        ("email = { column = 'x', time = 'iso', zone = 'Mars/Olympus' }", "Mars/Olympus"),
        ("known_at = { after = { column = 'when', time = 'iso' }, unit = 'years' }", "delay"),
        ("[[event]]\nkind = 'birthday'\n", "kind must be one of"),
        ("device.shoe = '{x}'", "device.shoe"),
        ("attributes = '{x}'", "fills attributes"),
        ("device = '{x}'\ndevice_id = '{x}'", "device_id"),
        ("order.total = { amount = '{n}', coin = 'EUR' }", "order.total.coin"),
        ("reseller = '{x'", "cannot be read"),
        ("reseller = '{x!r}'", "nothing else"),
        ("reseller = '{x:>9}'", "nothing else"),
        ("reseller = { column = 'x', values = 5 }", "values is a table"),
        ("reseller = { column = 'x', range = 5 }", "a range needs"),
        ("phone = { column = 'x', time = 'iso', zone = 7 }", "unknown time zone"),
        ("[[label]]\nid = '{id}'\n", "needs customer, label, occurred_at"),
        ("[[person]]\nid = '{id}'\n", "person"),
    ],
)
def test_mappings_that_cannot_work_are_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidDeclaration, match=says):
        mapping(text)


@pytest.mark.parametrize("written", [{"event": 5}, {"event": ["a"]}, {"label": {"id": "x"}}])
def test_tables_are_written_as_tables(written: dict[str, Any]) -> None:
    with pytest.raises(InvalidDeclaration, match=r"written as a table: \[\["):
        Mapping(written, ())


@pytest.mark.parametrize(
    ("text", "row", "pointer"),
    [
        ("", {"when": "yesterday"}, "/occurred_at"),
        ("", {"when": ""}, "/occurred_at"),
        ("phone = { column = 'telephone' }", {}, "/phone"),
        ("known_at = '{x}'", {"x": "today"}, "/known_at"),
        ("reseller = '{x}'", {"x": "a@example.com"}, "/reseller"),
        ("session.form_seconds = '{x}'", {"x": "fast"}, "/session/form_seconds"),
        ("email = '{x}'", {"x": "e" * 300}, "/email"),
    ],
)
def test_rows_that_cannot_be_read_say_where(text: str, row: dict[str, str], pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        first(text, **row)
    assert caught.value.pointer == pointer


def test_rows_with_card_numbers_are_refused() -> None:
    with pytest.raises(CardNumberRefused):
        first("", x="4111111111111111")


def test_lines_are_numbered_as_an_editor_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b'\xef\xbb\xbfa,b\r\n1,"two\r\nlines"\r\n\r\n3\r\n4,\xff\r\n5,6\r\n')
    lines = list(read(path))
    assert [line.number for line in lines] == [2, 5, 6, 7]
    assert lines[0].row == {"a": "1", "b": "two\r\nlines"}
    assert "1 fields where the first line names 2" in lines[1].fault
    assert "UTF-8" in lines[2].fault
    assert lines[3].row == {"a": "5", "b": "6"}


def test_parquet_is_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": [1, None]}), path)
    assert [line.row for line in read(path)] == [{"a": 1}, {"a": None}]


def test_files_that_are_no_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no file"):
        read(tmp_path / "missing.csv")
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(SetupError, match="empty"):
        list(read(empty))
    twice = tmp_path / "twice.csv"
    twice.write_text("a,a\n1,2\n")
    with pytest.raises(SetupError, match="twice"):
        list(read(twice))


def test_own_identifiers_and_facts_are_read_as_what_they_are(tmp_path: Path) -> None:
    shop = Domain(
        moments={
            "order": Moment(
                event="payment",
                risks={"theft": Risk(labels=("stolen",), horizon=1, maturity=7)},
            )
        },
        labels={"stolen": 7},
        identifiers=("till",),
        facts={
            "channel": FactType(str, ("payment",)),
            "is_gift": FactType(int, ("payment",), is_truth=True),
        },
    )
    written: dict[str, Any] = {
        "event": [
            {
                "kind": "payment",
                "id": "{id}",
                "occurred_at": {"column": "at", "time": "%Y-%m-%d", "zone": "UTC"},
                "identifiers": {"till": "{till}"},
                "attributes": {"channel": "{channel}", "is_gift": "{gift}", "size": "{size}"},
                "total": {"amount": "{amount}", "currency": {"constant": "USD"}},
            }
        ]
    }
    row = {"id": "1", "at": "2026-01-01", "till": "7", "channel": "3", "gift": "True", "size": "4",
           "amount": "5"}  # fmt: skip
    (told,) = Mapping(written, (tmp_path,), shop).tell(row)
    assert isinstance(told.what, Payment)
    assert told.what.identifiers == {"till": "7"}
    assert told.what.attributes == {"channel": "3", "is_gift": True, "size": 4.0}
    written["event"][0]["identifiers"] = {"tlil": "{till}"}
    with pytest.raises(InvalidDeclaration, match=r"fills identifiers\.tlil, which it has not"):
        Mapping(written, (tmp_path,), shop)
