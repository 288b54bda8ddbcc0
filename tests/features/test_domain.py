"""A domain: what it refuses to be, and what it lets in at the door."""

from __future__ import annotations

import json
import re
from typing import Any

import duckdb
import pytest

from features import reference
from features.catalogue import CATALOGUE
from features.domain import CLOUD, Domain, Moment, Risk
from features.errors import InvalidDeclaration, InvalidInput, NotEnoughData
from features.events import Ingestible, Label
from features.fact_types import FactType
from features.facts import Door
from features.parsing import Parser
from features.sql_names import is_taken
from features.sweep import statements
from features.tokens import Tokenizer

THEFT = Risk(labels=("stolen",), horizon=1, maturity=7)
ORDER = Moment(event="payment", risks={"theft": THEFT})
SHOP = Domain(
    moments={"order": ORDER},
    labels={"stolen": 7},
    identifiers=("till",),
    facts={
        "channel": FactType(str, ("payment",)),
        "items": FactType(int, ("payment",)),
        "is_gift": FactType(int, ("payment",), is_truth=True),
    },
)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"moments": {}}, "needs a moment"),
        ({"moments": {"Order": ORDER}}, "'Order' is no name"),
        ({"moments": {"order": Moment(event="usage", risks={})}}, "cannot be asked by a usage"),
        ({"moments": {"a": ORDER, "b": ORDER}}, "two moments are asked by a payment"),
        (
            {"moments": {"order": Moment(event="payment", risks={"My risk": THEFT})}},
            "'My risk' is no name",
        ),
        (
            {
                "moments": {
                    "order": Moment(
                        event="payment",
                        risks={"theft": Risk(labels=("lost",), horizon=1, maturity=7)},
                    )
                }
            },
            "theft at order has labels lost: write some of stolen",
        ),
        (
            {
                "moments": {
                    "order": Moment(
                        event="payment",
                        risks={"theft": Risk(labels=("stolen",), horizon=0, maturity=7)},
                    )
                }
            },
            "horizon and lead are 1 or more",
        ),
        ({"moments": {"order": Moment(event="payment", risks={})}, "labels": {}}, "a bad kind"),
        ({"identifiers": ("device",)}, "Vouch has a device already"),
        ({"identifiers": ("till", "till")}, "Vouch has a till already"),
        ({"identifiers": ("order",)}, "order is a word that SQL keeps for itself"),
        ({"facts": {"day": FactType(int, ("payment",))}}, "day is a word that SQL keeps"),
        ({"facts": {"mood": FactType(int, ("sale",))}}, "mood is said by sale: write some of"),
    ],
)
def test_a_domain_that_cannot_work_says_what_to_write(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidDeclaration, match=says):
        Domain(**{"moments": {"order": ORDER}, "labels": {"stolen": 7}, **change})


def test_a_moment_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(NotEnoughData, match="there is no moment nap: choose one of signup"):
        CLOUD.named("nap")


def read(domain: Domain, **said: Any) -> Ingestible:
    body = {"kind": "payment", "id": "p", "total": {"amount": "1.00", "currency": "USD"}, **said}
    parser: Parser[Ingestible] = Parser(Ingestible, domain)
    return parser.read(json.dumps(body).encode())[0]


@pytest.mark.parametrize(
    ("said", "pointer", "says"),
    [
        ({"identifiers": {"tlil": "7"}}, "/identifiers/tlil", "no identifier of this domain: till"),
        ({"attributes": {"channel": 3}}, "/attributes/channel", "must be a text"),
        ({"attributes": {"items": "many"}}, "/attributes/items", "must be a number"),
        ({"attributes": {"items": 1.5}}, "/attributes/items", "must be a whole number"),
        ({"attributes": {"items": -1}}, "/attributes/items", "must not be negative"),
        ({"attributes": {"is_gift": 2}}, "/attributes/is_gift", "must be true or false"),
        ({"attributes": {"is_gift": "yes"}}, "/attributes/is_gift", "must be true or false"),
    ],
)
def test_what_is_not_the_domains_is_refused_with_its_place(
    said: dict[str, Any], pointer: str, says: str
) -> None:
    with pytest.raises(InvalidInput, match=says) as refused:
        read(SHOP, **said)
    assert refused.value.pointer == pointer


def test_labels_are_the_domains() -> None:
    body = b'{"id": "l", "customer": "c", "label": "service_abuse"}'
    assert Parser[Label](Label).read(body)[0].label == "service_abuse"
    with pytest.raises(InvalidInput, match="must be one of legitimate, stolen"):
        Parser[Label](Label, SHOP).read(body)


def test_own_identifiers_become_tokens_and_own_facts_leave_the_attributes() -> None:
    event = read(
        SHOP,
        identifiers={"till": "7"},
        attributes={"channel": "web", "items": 3, "is_gift": True, "colour": "red"},
    )
    entry = Door(Tokenizer(b"s" * 32), reference.load(), SHOP).learn(event, 1)
    assert entry.tokens["till"].startswith("k1.")
    assert "7" not in entry.tokens["till"].split(".")
    facts = {name: entry.facts[name] for name in SHOP.facts}
    assert facts == {"channel": "web", "items": 3, "is_gift": 1}
    assert [type(value) for value in facts.values()] == [str, int, int]
    assert entry.attributes == {"colour": "red"}


def test_a_label_of_a_foreign_file_is_known_when_its_kind_has_matured() -> None:
    assert SHOP.matures_after("stolen") == 7
    assert SHOP.matures_after("legitimate") == 7
    assert CLOUD.matures_after("legitimate") == 60


def test_no_field_has_a_name_that_statements_use() -> None:
    """Names in the SQL of the whole shipped catalogue are the fields' own, or refused."""
    plans = [CATALOGUE.plan(moment) for moment in CATALOGUE.moments]
    blocks = {series.digest: (series, found) for plan in plans for series, found in plan.blocks}
    sql = " ".join(statement.sql for statement in statements(blocks.values()))
    aliases = {name for name in re.findall(r"\bAS ([a-z]\w*)", sql) if name not in CLOUD.fields}
    ours = {name for name in aliases if re.sub(r"_\d+$", "", name) not in _KNOWN}
    assert {name for name in ours if not is_taken(name)} == set()


_KNOWN = {*CLOUD.fields, "occurred_at", "known_at"}


def test_every_word_that_duckdb_keeps_is_refused() -> None:
    connection = duckdb.connect()
    words = connection.execute("SELECT keyword_name FROM duckdb_keywords()").fetchall()
    kept = []
    for (word,) in words:
        try:
            connection.execute(f"SELECT a.{word} AS {word} FROM (SELECT 1 AS {word}) AS a")
        except duckdb.Error:
            kept.append(word)
    assert [word for word in kept if not is_taken(word)] == []
