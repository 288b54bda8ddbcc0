"""``vouch policies`` as it is typed, and the guide that is written from the same declarations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from features.catalogue import CATALOGUE
from features.commands import register
from features.decide import guide
from features.decide.evidence import EVIDENCE
from features.decide.fields import MEANING
from features.decide.names import names
from features.decide.policies import SHIPPED, Policies
from features.errors import InvalidDeclaration

NAMES = names(CATALOGUE)
TWO = """
- id: MANY_SEATS
  moments: [signup, payment]
  when: >
    seats >= 50 && country in ["BE", "NL", "LU"] && email_is_free == 1 &&
    accounts_on_device_30d >= 3
  outcome: challenge
  challenges: [call, prepay]
  unknown: review
  override: red
  shadow: true
  owner: risk
  analyst: a
  customer: c
- id: OLD
  moments: [signup]
  when: seats >= 3
  outcome: review
  valid_until: 2020-02-29
  owner: risk
  analyst: a
  customer: c
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path))
    monkeypatch.delenv("VOUCH_POLICIES", raising=False)
    return tmp_path


def vouch(*arguments: str) -> Any:
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_file_is_told_in_80_columns(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TWO)
    told = vouch("policies", str(path)).stdout
    assert (
        told
        == """\
MANY_SEATS: challenge call, prepay, review if unknown at signup, payment (red,
    shadow)
    seats >= 50 && country in ["BE", "NL", "LU"] && email_is_free == 1 &&
        accounts_on_device_30d >= 3
OLD: review at signup (amber, until 2020-02-29)
    seats >= 3
OLD ended on 2020-02-29: take it out.
2 policies, 1 of them in the shadow, and all of them can work.
Overruled by: nobody if red, a reviewer if amber, whoever may score if green.
"""
    )


def test_the_shipped_ones_are_told_unless_the_home_has_its_own(home: Path) -> None:
    told = vouch("policies").stdout
    assert "PREPAID_CARD: decline at signup, payment (red)" in told
    assert "30 policies, 4 of them in the shadow, and all of them can work." in told
    assert [line for line in told.splitlines() if len(line) > 80] == []
    (home / "policies.yaml").write_text(TWO.split("- id: OLD")[0])
    assert "1 policy, and it can work." in vouch("policies").stdout
    (home / "policies.yaml").write_text("[]")
    assert vouch("policies").stdout == "There is no policy.\n"


def test_a_bad_file_is_told_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TWO.replace("seats", "seat").replace("call", "cal"))
    with pytest.raises(InvalidDeclaration) as refused:
        vouch("policies", str(path))
    lines = refused.value.message.splitlines()
    assert [line.split(":")[0] for line in lines[1:]] == ["line 4", "line 4", "line 8", "line 17"]


def test_the_guide_explains_every_field_name_and_policy() -> None:
    text = guide.document()
    for name in (*MEANING, *EVIDENCE):
        assert f"| `{name}` |" in text
    for policy in Policies.load(SHIPPED, NAMES).policies:
        assert f"| {policy.id} |" in text


def test_the_example_of_the_guide_does_what_its_table_says() -> None:
    (written,) = re.findall(r"```yaml\n(.*?)```", guide.document(), re.DOTALL)
    rules = Policies.read(written.encode(), NAMES, "the guide")
    last_day, next_day = 1_798_761_599_999_999, 1_798_761_600_000_000  # around 2027-01-01, UTC

    def hit(at: int = last_day, **values: float | str) -> tuple[str, bool] | None:
        hits = rules.evaluate("payment", {"on_allow_list": 0.0, **values}, at)
        return (hits[0].outcome, hits[0].unknown) if hits else None

    assert hit(country="BE", seats=60.0) == ("challenge", False)
    assert hit(country="BE", seats=10.0) is None
    assert hit(country="NL") is None
    assert hit(country="BE") == ("review", True)
    assert hit(country="BE", seats=60.0, on_allow_list=1.0) is None
    assert hit(next_day, country="BE", seats=60.0) is None
    assert all(policy.shadow for policy in rules.policies)
