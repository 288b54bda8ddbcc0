"""``vouch backtest`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from features.decide.policies import SHIPPED
from features.errors import InvalidDeclaration, NotEnoughData, SetupError
from tests.training.typed import vouch

RULE = """
- id: {id}
  moments: [{moment}]
  when: {when}
  outcome: {outcome}
  owner: risk
  analyst: a
  customer: c
"""


@pytest.fixture
def home(hand_made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = hand_made.parent.parent
    monkeypatch.setenv("VOUCH_HOME", str(folder))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("VOUCH_POLICIES", raising=False)
    return folder


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The shipped policies, one sharper and one that declines the unknown, and two more."""
    shipped = SHIPPED.read_text().replace("ip_is_tor == 1", "ip_is_anonymous == 1")
    shipped = shipped.replace("unknown: review", "unknown: decline")
    asks = "challenge\n  challenges: [call]"
    more = RULE.format(id="SLOW", moment="signup", when="form_seconds >= 90", outcome=asks)
    longest = "A_VERY_LONG_NAME_FOR_A_POLICY_THAT_HITS_NOBODY"
    never = RULE.format(id=longest, moment="signup", when="seats > 3", outcome="decline")
    path = tmp_path / "mine.yaml"
    path.write_text(shipped + more + never)
    return path


def everything_in(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


def test_it_is_told_in_80_columns_and_leaves_nothing_behind(home: Path, mine: Path) -> None:
    before = everything_in(home)
    result = vouch("backtest", str(mine), "--moment", "signup")
    assert result.exit_code == 0
    assert everything_in(home) == before
    for words in (
        "now    those that Vouch ships",
        "Sign-ups from 2026-01-01 to 2026-04-30: 1,440, of 1,440 customers",
        "of them bad (theft_of_service; 0 USD at stake)",
        "younger than 60 days",
        "ANON_NETWORK_TOR",
        "What would change",
        "New: SLOW, A_VERY_LONG_NAME_FOR_A_POLICY_THAT_HITS_NOBODY. "
        "Changed: CARD_FUNDING_UNKNOWN, ANON_NETWORK_TOR.",
        "Policies alone",
    ):
        assert words in " ".join(result.stdout.split()) or words in result.stdout
    assert "reading sign-ups" in result.stderr
    assert [
        line for line in result.stdout.splitlines() if len(line) > 80 and str(mine) not in line
    ] == []


def test_a_program_gets_every_figure(home: Path, mine: Path) -> None:
    result = vouch(
        "backtest", str(mine), "--since", "2026-01-11", "--until", "2026-01-21", "--json"
    )
    assert result.stderr == ""
    told = json.loads(result.stdout)
    assert told["currency"] == {"code": "USD", "minor_units": 2}
    one, checkups = told["moments"]
    assert (one["moment"], one["rows"]) == ("signup", 120)
    assert (checkups["moment"], checkups["risks"]) == (
        "checkup",
        ["abuse_of_service", "nonpayment"],
    )
    assert set(told["left_out"]) == {"payment"}
    slow = next(policy for policy in one["evaluation"]["policies"] if policy["id"] == "SLOW")
    assert slow["overlaps"]["ANON_NETWORK_TOR"] <= slow["hits"]["rows"]
    assert slow["hits"]["bad"] + slow["hits"]["good"] == slow["hits"]["rows"]
    never = one["evaluation"]["policies"][-1]
    assert never["hits"]["precision"]["value"] is None


def test_as_of_a_day_nothing_later_is_known(home: Path, mine: Path) -> None:
    told = vouch("backtest", str(mine), "--moment", "signup", "--as-of", "2026-01-20", "--json")
    (one,) = json.loads(told.stdout)["moments"]
    assert one["rows"] == 228
    assert one["unjudged"] == {"younger than 60 days": 228}
    text = vouch("backtest", str(mine), "--moment", "signup", "--as-of", "2026-01-20").stdout
    assert "None can be judged yet" in text
    assert "unknown" in text


def test_the_set_in_force_is_named_or_comes_from_the_settings(
    home: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_POLICIES", str(mine))
    same = vouch("backtest", str(mine), "--moment", "signup").stdout
    assert "The two are the same: name the policies in force with --against." in same
    assert "No row would get another outcome." in same
    fewer = vouch("backtest", str(SHIPPED), "--moment", "signup").stdout
    assert "Gone: SLOW" in fewer
    named = vouch("backtest", str(mine), "--moment", "signup", "--against", str(SHIPPED)).stdout
    assert "New: SLOW" in named


def test_somebodys_own_catalogue_has_no_shipped_policies(home: Path, tmp_path: Path) -> None:
    catalogue, path = tmp_path / "own.py", tmp_path / "own.yaml"
    catalogue.write_text(
        "from features.declaration import Fact\n"
        "hurry = Fact(of='form_seconds', at=('signup',), why='w')\n"
    )
    path.write_text(RULE.format(id="HURRY", moment="signup", when="hurry < 3", outcome="review"))
    told = vouch("backtest", str(path), "--catalogue", str(catalogue)).stdout
    assert "no policy (name those in force with --against)" in told
    assert "New: HURRY" in told


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        (("--since", "June"), SetupError, "--since must be a day such as 2026-06-30, not 'June'"),
        (("--as-of", "2026-13-01"), SetupError, "--as-of must be a day"),
        (
            ("--since", "2026-03-01", "--until", "2026-03-01"),
            SetupError,
            "--since 2026-03-01 must lie before --until 2026-03-01",
        ),
        (("--since", "2030-01-01"), NotEnoughData, "has some from 2026-01-01 to 2026-04-30"),
        (("--moment", "payment"), NotEnoughData, "this history has no payment by"),
        (("--moment", "login"), NotEnoughData, "there is no moment login"),
        (("--history", "nowhere.parquet"), NotEnoughData, "there is no history at nowhere.parquet"),
        (("--against", "nowhere.yaml"), InvalidDeclaration, "cannot read the policies in nowhere"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    home: Path, mine: Path, arguments: tuple[str, ...], kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind, match=says) as raised:
        vouch("backtest", str(mine), *arguments)
    assert getattr(raised.value, "exit_code", 0) == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            RULE.format(id="X", moment="signup", when="seat > 3", outcome="review"),
            "did you mean seats",
        ),
        (
            RULE.format(id="X", moment="signup", when="seats > 3", outcome="explode"),
            "line 5: outcome must be challenge, review or decline",
        ),
        ("- id: [", "is not valid YAML"),
    ],
)
def test_a_file_that_cannot_work_says_what_to_write(
    home: Path, tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(InvalidDeclaration, match=says):
        vouch("backtest", str(path))
