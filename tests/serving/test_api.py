"""The API: who comes in, what is refused and how, what is recorded and answered again."""

from __future__ import annotations

import asyncio
import stat
from typing import Any

import httpx
import pytest

from features.errors import SetupError
from serving import gate, keyfile
from serving.api import Api
from serving.auth import ApiKeys
from serving.ledger.protocol import Record
from serving.ledger.sqlite import SqliteLedger
from serving.manual import examples
from serving.settings import Settings
from tests.serving.calling import Caller, opened
from tests.serving.records import entry

SIGNUP = examples.ORDINARY_SIGNUP


def entries(api: Api) -> list[str]:
    """Ids of the entries on disk, decisions left out."""
    scorer = api._scorer
    assert scorer is not None
    return [entry.id for entry in scorer.ledger.entries() if entry.kind != "decision"]


def test_a_signup_is_decided_and_the_same_again_gives_the_same_bytes(call: Caller) -> None:
    first = call("POST", "/v1/score", json=SIGNUP)
    again = call("POST", "/v1/score", json=SIGNUP)
    assert first.status_code == 200
    assert first.json()["outcome"] in ("approve", "challenge", "review", "decline")
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content


def test_a_dry_run_leaves_no_trace(api: Api, call: Caller) -> None:
    dry = call("POST", "/v1/score?dry_run=true", json=SIGNUP)
    assert dry.status_code == 200
    assert dry.json()["decision_id"] is None
    assert entries(api) == []
    assert call("POST", "/v1/score?dry_run=false", json=SIGNUP).json()["decision_id"]


def test_another_body_under_a_known_id_conflicts(api: Api, call: Caller) -> None:
    call("POST", "/v1/score", json=SIGNUP)
    other = call("POST", "/v1/score", json={**SIGNUP, "customer": "someone-else"})
    assert (other.status_code, other.json()["code"]) == (422, "id_reused")
    assert entries(api) == [SIGNUP["id"]]


def test_an_event_that_was_only_taken_in_is_never_decided_under_its_id(call: Caller) -> None:
    call("POST", "/v1/events", json=SIGNUP)
    answer = call("POST", "/v1/score", json=SIGNUP)
    assert (answer.status_code, answer.json()["code"]) == (409, "never_decided")


def test_an_api_key_that_sends_too_much_is_told_when_to_come_again(settings: Settings) -> None:
    secret = ApiKeys(settings.home).create("slow", rate=1)

    async def story(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [await client.post("/v1/score", json=SIGNUP) for _ in range(3)]

    with opened(settings) as api:
        first, again, refused = Caller(api, secret).tell(story)
    assert (first.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == "1"


def test_the_head_of_an_answer_can_be_asked_for_alone(call: Caller) -> None:
    whole, head = call("GET", "/docs"), call("HEAD", "/docs")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


def test_a_decision_can_be_read_again_with_what_it_was_made_from(call: Caller) -> None:
    scored = call("POST", "/v1/score", json=SIGNUP)
    kept = call("GET", f"/v1/decisions/{scored.json()['decision_id']}")
    assert kept.json()["answer"] == scored.json()
    assert kept.json()["record"]["entry"]["id"] == SIGNUP["id"]
    assert "ana.lima" not in kept.text
    assert call("GET", "/v1/decisions/none").json()["code"] == "not_found"


@pytest.mark.parametrize(
    "event", [examples.PAYMENT, examples.AUTHORISATION, examples.USAGE, SIGNUP]
)
def test_an_event_is_taken_in_once(api: Api, call: Caller, event: dict[str, Any]) -> None:
    first = call("POST", "/v1/events", json=event)
    again = call("POST", "/v1/events", json=event)
    assert first.status_code == 200
    assert first.json()["id"] == event["id"]
    assert first.json()["known_at"].endswith("Z")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["known_at"] == first.json()["known_at"]
    assert entries(api) == [event["id"]]


def test_a_label_may_have_the_id_of_an_event(api: Api, call: Caller) -> None:
    call("POST", "/v1/events", json={**examples.USAGE, "id": "x"})
    assert call("POST", "/v1/labels", json={**examples.LABEL, "id": "x"}).status_code == 200
    assert entries(api) == ["x", "x"]


def test_a_clock_that_runs_ahead_is_held_back_with_a_warning(call: Caller) -> None:
    ahead = {"occurred_at": "2199-01-01T00:00:00Z"}
    for path, body in (
        ("/v1/events", {"kind": "profile", "id": "p", "customer": "c"}),
        ("/v1/labels", {"id": "l", "customer": "c", "label": "legitimate"}),
    ):
        answer = call("POST", path, json={**body, **ahead}).json()
        assert answer["warnings"] == ["occurred_at lies in the future: it was taken to be now"]


def test_unknown_fields_are_left_out_with_a_warning(call: Caller) -> None:
    told = call("POST", "/v1/events", json={**examples.USAGE, "colour": "blue"}).json()
    assert told["warnings"] == ["unknown field left out: /colour"]


def test_damaged_api_keys_leave_those_in_force_and_are_reported(
    api: Api, call: Caller, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_CHECK_SECONDS", 0.0)
    keys = ApiKeys(settings.home)
    good = keys.path.read_bytes()
    keys.path.write_bytes(b"[{")
    assert call("POST", "/v1/score", json=SIGNUP).status_code == 200
    health = call("GET", "/readyz").json()
    assert health["status"] == "degraded"
    assert health["problems"][0].startswith("cannot read the API keys in VOUCH_HOME/keys/api.json")
    assert str(settings.home) not in str(health)
    assert "vouch_problems 1" in call("GET", "/metrics").text
    keys.path.write_bytes(good)
    assert call("GET", "/readyz").json() == {"status": "ready", "problems": []}


def test_a_lost_secret_of_a_ledger_in_use_stops_the_start(
    api: Api, call: Caller, settings: Settings
) -> None:
    assert call("POST", "/v1/score", json=SIGNUP).status_code == 200
    home = settings.home
    api.close()
    (home / "keys" / "fingerprint-secret").unlink()
    for _ in range(2):  # the home is let go of, so that the next start is told the same
        with pytest.raises(SetupError, match=r"fingerprint-secret is lost.*restore it"):
            api.open(settings)


def test_a_ledger_that_was_only_imported_needs_no_fingerprint_secret(settings: Settings) -> None:
    ledger = SqliteLedger(settings.home)
    ledger.import_entries([Record(entry("a", 1))])
    ledger.close()
    keyfile.secret(settings.home / "keys" / "token-secret")
    with opened(settings):
        assert (settings.home / "keys" / "fingerprint-secret").exists()


def test_what_holds_decisions_and_secrets_is_its_owner_s_alone(
    call: Caller, settings: Settings
) -> None:
    call("POST", "/v1/score", json=SIGNUP)
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (*settings.home.glob("ledger.db*"), *settings.home.glob("*.lock"))
    }
    assert set(modes) == {"ledger.db", "ledger.db-wal", "ledger.db-shm", "serving.lock"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((settings.home / "keys").stat().st_mode) == 0o700


def test_a_full_disk_is_503_and_the_retry_counts_once(api: Api, call: Caller) -> None:
    scorer = api._scorer
    assert scorer is not None
    writer = scorer.ledger._writer  # type: ignore[attr-defined]
    writer.pragma("max_page_count", writer.pragma("page_count"))
    large = SIGNUP | {"attributes": {f"a{n}": "x" * 60 for n in range(40)}}
    refused = call("POST", "/v1/score", json=large)
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert refused.headers["retry-after"] == "1"

    writer.pragma("max_page_count", 1_000_000)
    scored = call("POST", "/v1/score", json=large)
    assert scored.status_code == 200
    assert "idempotent-replayed" not in scored.headers
    assert entries(api) == [SIGNUP["id"]]


def test_many_at_once_are_each_answered_with_their_own(api: Api, call: Caller) -> None:
    async def story(client: httpx.AsyncClient) -> list[httpx.Response]:
        sent = ({**SIGNUP, "id": f"s{n}", "customer": f"c{n}"} for n in range(60))
        return await asyncio.gather(*(client.post("/v1/score", json=one) for one in sent))

    answers = call.tell(story)
    assert [answer.json()["event_id"] for answer in answers] == [f"s{n}" for n in range(60)]
    assert len(entries(api)) == 60


def test_an_error_of_ours_tells_nothing_of_the_inside(
    api: Api, call: Caller, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(api._scorer, "score", broken)
    answer = call("POST", "/v1/score", json=SIGNUP)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    request = answer.json()["request_id"]
    assert f"request {request} failed: RuntimeError at serving/api.py:" in caplog.text
    assert "secret" not in caplog.text


def test_before_it_is_open_and_after_it_is_closed_it_says_so(settings: Settings) -> None:
    api = Api()
    closed = Caller(api, None)
    assert closed("GET", "/livez").status_code == 200
    assert closed("GET", "/readyz").json() == {"status": "starting", "problems": []}
    assert closed("POST", "/v1/score", json=SIGNUP).status_code == 503
    api.open(settings)
    api.open(settings)
    assert closed("GET", "/readyz").json()["status"] == "ready"
    api.close()
    assert closed("GET", "/v1/decisions/d1").status_code == 503
