"""The policies in use follow their file; what is good stays in force, and every version is kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.blocks import Device
from features.catalogue import CATALOGUE
from features.decide.names import names
from features.decide.policies import SHIPPED
from features.errors import InvalidDeclaration, NotFound, SetupError
from serving.opening import OpenScorer
from serving.policy_file import PoliciesElsewhere, PolicyFile
from serving.settings import Settings
from tests.serving.scoring import score, signup

NAMES = names(CATALOGUE)


def text(id: str = "MANY_SEATS", when: str = "seats >= 10", **more: str) -> bytes:
    fields = {"moments": "[signup]", "when": when, "outcome": "review", "owner": "risk"}
    fields |= {"analyst": "a", "customer": "c", **more}
    return "\n  ".join((f"- id: {id}", *(f"{n}: {v}" for n, v in fields.items()))).encode()


def ids(file: PolicyFile) -> list[str]:
    return [policy.id for policy in file.current.policies]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def opened(home: Path, path: Path | None = None, *, is_own: bool = False) -> PolicyFile:
    return PolicyFile(path, home, NAMES, is_own=is_own, poll_seconds=None)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_bytes(text())
    return path


def test_the_operators_file_goes_before_the_homes_and_that_before_the_shipped_one(
    home: Path, mine: Path, tmp_path: Path
) -> None:
    assert opened(home).current.text == SHIPPED.read_bytes()
    assert opened(home, is_own=True).current.policies == ()
    (home / "policies.yaml").write_bytes(text("OF_THE_HOME"))
    assert ids(opened(home)) == ids(opened(home, is_own=True)) == ["OF_THE_HOME"]
    assert ids(opened(home, mine)) == ["MANY_SEATS"]
    beside = PolicyFile(
        None, tmp_path / "test", NAMES, is_own=False, packed=home, poll_seconds=None
    )
    assert ids(beside) == ["OF_THE_HOME"]
    beside.replace(text("TRIED"))
    assert (ids(beside), ids(opened(home))) == (["TRIED"], ["OF_THE_HOME"])


def test_a_change_is_in_force_and_a_bad_file_leaves_the_last_good_one(
    home: Path, mine: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = opened(home, mine)
    first = file.current
    file.refresh()
    assert file.current is first
    mine.write_bytes(text("FEWER_SEATS", "seats >= 5"))
    file.refresh()
    assert (ids(file), file.problem) == (["FEWER_SEATS"], "")
    good = file.current
    mine.write_bytes(text(when="seat >= 5") + b"\n  ownr: x")
    with caplog.at_level(logging.ERROR, "vouch"):
        file.refresh()
    assert file.current is good
    assert "line 3: when: seat is not known at signup: did you mean seats?" in file.problem
    assert "line 8: ownr is no field of a policy: did you mean owner?" in file.problem
    assert file.problem.endswith(f"the policies {good.digest} stay in force")
    assert "did you mean seats?" in caplog.text
    mine.unlink()
    file.refresh()
    assert file.current is good
    assert "cannot read the policies in" in file.problem
    mine.write_bytes(text())
    file.refresh()
    assert (file.current.digest, file.problem) == (first.digest, "")


def test_a_bad_file_at_the_start_is_refused(home: Path, mine: Path) -> None:
    mine.write_bytes(b"- id: [")
    with pytest.raises(InvalidDeclaration, match=r"mine\.yaml cannot be used:\nline 1: is not "):
        opened(home, mine)


def test_a_bad_file_does_not_keep_a_service_from_starting_again(home: Path, mine: Path) -> None:
    """Who is killed after a typing error comes back with what was in force."""
    opened(home, mine)
    mine.write_bytes(text("SECOND"))
    second = opened(home, mine).current
    mine.write_bytes(b"- id: [")
    again = opened(home, mine)
    assert (again.current.digest, ids(again)) == (second.digest, ["SECOND"])
    assert "line 1: is not valid YAML" in again.problem
    assert again.problem.endswith(f"the policies {second.digest} stay in force")
    mine.write_bytes(text("THIRD"))
    again.refresh()
    assert (ids(again), again.problem) == (["THIRD"], "")


def test_what_was_in_force_and_is_gone_does_not_stand_in_for_a_bad_file(
    home: Path, mine: Path
) -> None:
    first = opened(home, mine).current
    (home / "policies" / f"{first.digest}.yaml").unlink()
    mine.write_bytes(b"- id: [")
    with pytest.raises(InvalidDeclaration, match="line 1: is not valid YAML"):
        opened(home, mine)


def test_what_was_sent_is_in_force_at_once_and_after_a_start(home: Path) -> None:
    file = opened(home)
    given = file.replace(text("SENT"))
    assert file.current is given
    assert (home / "policies.yaml").read_bytes() == given.text == text("SENT")
    file.refresh()
    assert file.current is given
    assert ids(opened(home)) == ["SENT"]


def test_what_was_sent_is_checked_and_changes_nothing_if_it_is_bad(home: Path) -> None:
    file = opened(home)
    before = file.current
    with pytest.raises(InvalidDeclaration, match=r"in what was sent cannot .*\nline 3: when: seat"):
        file.replace(text(when="seat > 3"))
    assert file.current is before
    assert not (home / "policies.yaml").exists()


def test_the_operators_file_is_changed_by_the_operator(home: Path, mine: Path) -> None:
    file = opened(home, mine)
    with pytest.raises(PoliciesElsewhere, match="VOUCH_POLICIES names the file") as refused:
        file.replace(text("SENT"))
    assert refused.value.code == "conflict"
    assert ids(file) == ["MANY_SEATS"]


def test_a_disk_that_takes_nothing_leaves_what_is_in_force(home: Path) -> None:
    file = opened(home)
    before = file.current
    (home / "policies.yaml").mkdir()
    with pytest.raises(SetupError, match="cannot write"):
        file.replace(text("SENT"))
    assert file.current is before


def test_every_version_that_was_in_force_is_kept(home: Path, mine: Path) -> None:
    file = opened(home, mine)
    first = file.current
    mine.write_bytes(text("SECOND"))
    file.refresh()
    assert sorted(path.name for path in (home / "policies").glob("*.yaml")) == sorted(
        f"{digest}.yaml" for digest in (first.digest, file.current.digest)
    )
    assert file.versions(file.current.digest).policies == file.current.policies
    again = file.versions(first.digest)
    assert (again.digest, again.text, again.policies) == (first.digest, first.text, first.policies)
    assert file.versions("").policies == ()


def test_a_version_that_is_gone_damaged_or_no_digest_is_not_found(home: Path, mine: Path) -> None:
    file = opened(home, mine)
    kept = home / "policies" / f"{file.current.digest}.yaml"
    first = file.current.digest
    mine.write_bytes(text("SECOND"))
    file.refresh()
    kept.write_bytes(text("FORGED"))
    for digest in (first, "0" * 12, "../policies", "x"):
        with pytest.raises(NotFound, match="are not in this home any more"):
            file.versions(digest)


def test_a_version_that_the_catalogue_has_outgrown_is_not_found(home: Path, mine: Path) -> None:
    old = opened(home, mine).current.digest
    fewer = {moment: {"mfa_done": known["mfa_done"]} for moment, known in NAMES.items()
             if "mfa_done" in known}  # fmt: skip
    mine.write_bytes(text("OTHER", "mfa_done == 0"))
    file = PolicyFile(mine, home, fewer, is_own=False, poll_seconds=None)
    with pytest.raises(NotFound, match=r"do not fit this catalogue any more: .*\nline 3: when"):
        file.versions(old)


def test_what_has_ended_is_logged_and_works_on(
    home: Path, mine: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mine.write_bytes(text(valid_until="2020-02-29"))
    with caplog.at_level(logging.WARNING, "vouch"):
        file = opened(home, mine)
    assert "the policy MANY_SEATS ended on 2020-02-29: take it out" in caplog.text
    assert file.current.evaluate("signup", {"seats": 10.0}, time.time_ns() // 1000) == ()


def test_the_file_is_followed_without_being_asked(home: Path, mine: Path) -> None:
    file = PolicyFile(mine, home, NAMES, is_own=False, poll_seconds=0.02)
    mine.write_bytes(text("FOLLOWED"))
    until = time.monotonic() + 10
    while ids(file) != ["FOLLOWED"] and time.monotonic() < until:
        time.sleep(0.01)
    file.close()
    assert ids(file) == ["FOLLOWED"]


@pytest.fixture
def scorer(home: Path) -> Iterator[OpenScorer]:
    scorer = OpenScorer(Settings(home=home, clock="events"))
    yield scorer
    scorer.close()


def test_the_next_event_is_decided_by_the_new_policies(scorer: OpenScorer, home: Path) -> None:
    device = Device(id="d")
    before = score(scorer, signup(1, device=device))
    scorer.policies.replace(text("ANYBODY", "accounts_on_device_30d >= 0"))
    after = score(scorer, signup(2, device=device))
    assert (before["outcome"], after["demanded_by"]) == ("approve", ["ANYBODY"])
    assert after["versions"]["policies"] == scorer.policies.current.digest
    (home / "policies.yaml").write_bytes(b"- id: [")
    scorer.policies.refresh()
    (problem,) = scorer.ready()
    assert "line 1: is not valid YAML" in problem
    assert score(scorer, signup(3, device=device))["demanded_by"] == ["ANYBODY"]
    (home / "policies.yaml").unlink()
    scorer.policies.refresh()
    assert scorer.ready() == []
    assert scorer.policies.current.text == SHIPPED.read_bytes()
