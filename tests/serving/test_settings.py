"""Settings: declared once, wrong ones refused in a sentence, documented by themselves."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from features.errors import SetupError
from serving import documents
from serving.settings import Settings, document, read


def test_defaults_hold_where_nothing_is_set() -> None:
    assert read({"PATH": "/bin", "VOUCH_PORT": ""}) == Settings()


def test_every_kind_of_value_is_read() -> None:
    chosen = read(
        {"VOUCH_HOME": "/srv/vouch", "VOUCH_PORT": "8080", "VOUCH_CLOCK": "events"}
        | {"VOUCH_HOST": "::1", "VOUCH_EXPLORATION": "0.02"}
    )
    assert chosen.exploration == 0.02
    assert (chosen.home, chosen.port, chosen.clock) == (Path("/srv/vouch"), 8080, "events")
    assert chosen.address == "[::1]:8080"
    assert Settings().address == "127.0.0.1:3000"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("VOUCH_PORT", "eighty", "VOUCH_PORT must be a whole number from 1 to 65535"),
        ("VOUCH_PORT", "70000", "VOUCH_PORT must be a whole number from 1 to 65535"),
        ("VOUCH_EXPLORATION", "0.5", "VOUCH_EXPLORATION must be a number from 0 to 0.2"),
        ("VOUCH_EXPLORATION", "nan", "VOUCH_EXPLORATION must be a number from 0 to 0.2"),
        ("VOUCH_EXPLORATION", "few", "VOUCH_EXPLORATION must be a number from 0 to 0.2"),
        ("VOUCH_CLOCK", "sundial", "VOUCH_CLOCK must be `system` or `events`"),
        ("VOUCH_PROT", "3000", "VOUCH_PROT is no setting of Vouch: docs/settings.md lists them"),
    ],
)
def test_a_wrong_value_is_one_sentence(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SetupError) as refused:
        read({name: value})
    assert refused.value.message == sentence


def test_the_documentation_names_every_setting() -> None:
    text = document()
    assert all(f"`VOUCH_{one.name.upper()}`" in text for one in fields(Settings))


def test_documents_out_of_step_are_named_and_written(tmp_path: Path) -> None:
    names = [document.path for document in documents.DOCUMENTS]
    assert documents.out_of_step(tmp_path) == names
    assert documents.write(tmp_path) == names
    assert documents.out_of_step(tmp_path) == []
    (tmp_path / "docs/settings.md").write_text("old")
    assert documents.write(tmp_path) == ["docs/settings.md"]
