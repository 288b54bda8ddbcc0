"""Webhooks: signed, at least once, in order, and nobody waits for the receiver."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from features.errors import NotFound, SetupError
from serving.webhooks.delivery import Pace, Webhooks
from serving.webhooks.outbox import FILE, Failed, Outbox
from serving.webhooks.secret import Secrets
from serving.webhooks.signature import verify
from tests.serving.processes import ROOT
from tests.serving.receiving import Inbox, Ledger, Post, changed, receiving, until

FAST = Pace(first=0.02, longest=0.05, probe=0.05, timeout=0.3, poll=0.05)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with receiving() as inbox:
        yield inbox


@contextmanager
def sending(home: Path, url: str, ledger: Ledger, pace: Pace = FAST) -> Iterator[Webhooks]:
    webhooks = Webhooks(home, url, "127.0.0.1", ledger, pace=pace)
    try:
        yield webhooks
    finally:
        webhooks.close()


def test_a_change_arrives_signed_and_says_what_changed(tmp_path: Path, inbox: Inbox) -> None:
    ledger = Ledger()
    with sending(tmp_path, inbox.url, ledger, Pace()) as webhooks:
        ledger.changes.append(changed(1_700_000_000_000_000))
        webhooks.wake()  # it would look by itself only seconds later
        (post,) = inbox.wait_for(1)
        until(lambda: webhooks.sent == 1)
    assert post.path == "/hooks"
    assert post.headers["host"] == f"127.0.0.1:{inbox.port}"
    assert post.headers["content-type"] == "application/json"
    assert verify(Secrets(tmp_path).read()[0], post.headers, post.body) == {
        "type": "decision.changed",
        "timestamp": "2023-11-14T22:13:20Z",
        "data": {
            "decision_id": "d1700000000000000",
            "supersedes": "d1699999999999999",
            "event_id": "event-1700000000000000",
            "customer": "customer-1",
            "moment": "signup",
            "outcome": "approve",
            "challenges": [],
            "status": "final",
            "score": 120,
        },
    }


def test_a_retry_has_the_same_id_and_bytes(tmp_path: Path, inbox: Inbox) -> None:
    statuses = iter([500, 400, 204])
    inbox.answer = lambda post: next(statuses)
    with sending(tmp_path, inbox.url, Ledger(changed(1))) as webhooks:
        posts = inbox.wait_for(3)
        until(lambda: (webhooks.sent, webhooks.failed, webhooks.waiting) == (1, 2, 0))
    assert {(post.id, post.body) for post in posts} == {("evt_d1", changed(1).body())}


def test_a_closed_sender_goes_on_where_it_was(tmp_path: Path, inbox: Inbox) -> None:
    ledger = Ledger(changed(1), changed(2))
    with sending(tmp_path, inbox.url, ledger) as webhooks:
        until(lambda: webhooks.sent == 2)
    ledger.changes.append(changed(3))
    with sending(tmp_path, inbox.url, ledger) as webhooks:
        until(lambda: webhooks.sent == 1)
    assert sorted(post.id for post in inbox.posts) == ["evt_d1", "evt_d2", "evt_d3"]


_SENDER = """
import sys, time
from pathlib import Path
from serving.webhooks.delivery import Webhooks
from tests.serving.receiving import Ledger, changed
Webhooks(Path(sys.argv[1]), sys.argv[2], "127.0.0.1", Ledger(*map(changed, range(1, 4))))
time.sleep(60)
"""


def test_killed_between_sending_and_marking_it_sends_again(tmp_path: Path, inbox: Inbox) -> None:
    def kill(post: Post) -> int:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return 204

    inbox.answer = kill
    process = subprocess.Popen([sys.executable, "-c", _SENDER, tmp_path, inbox.url], cwd=ROOT)
    before = {post.id for post in inbox.wait_for(1, 20)}
    process.wait(20)
    inbox.answer = lambda post: 204
    inbox.posts.clear()
    with sending(tmp_path, inbox.url, Ledger(*map(changed, range(1, 4)))) as webhooks:
        until(lambda: webhooks.sent == 3)
    assert before <= {post.id for post in inbox.posts} == {"evt_d1", "evt_d2", "evt_d3"}
    assert {post.body for post in inbox.posts} == {changed(n).body() for n in range(1, 4)}


def test_changes_of_one_event_arrive_in_order_and_others_go_on(
    tmp_path: Path, inbox: Inbox
) -> None:
    refused: list[str] = []

    def answer(post: Post) -> int:
        if json.loads(post.body)["data"]["event_id"] == "stuck" and len(refused) < 3:
            refused.append(post.id)
            return 500
        return 204

    inbox.answer = answer
    ledger = Ledger(
        changed(1, "stuck"), changed(2, "stuck"), changed(3), changed(4), changed(5, "stuck")
    )
    with sending(tmp_path, inbox.url, ledger) as webhooks:
        until(lambda: webhooks.sent == 5)
    assert refused == ["evt_d1"] * 3
    ids = [post.id for post in inbox.posts]
    assert [one for one in ids if one in ("evt_d1", "evt_d2", "evt_d5")][2:] == [
        *("evt_d1", "evt_d1", "evt_d2", "evt_d5")
    ]
    assert max(ids.index("evt_d3"), ids.index("evt_d4")) < ids.index("evt_d2")


def test_a_receiver_that_is_down_is_said_tried_singly_and_found_again(tmp_path: Path) -> None:
    ledger = Ledger(*map(changed, range(1, 21)))
    with receiving() as gone:
        url = gone.url
    with sending(tmp_path, url, ledger, FAST) as webhooks:
        until(lambda: webhooks.failed >= 10)
        assert webhooks.waiting == 20
        assert webhooks.failed < 20
        assert webhooks.problem.startswith("the receiver of webhooks is down: no connection")
    with receiving() as inbox, sending(tmp_path, inbox.url, ledger) as webhooks:
        until(lambda: webhooks.sent == 20)
        assert (webhooks.problem, len(inbox.posts)) == ("", 20)


def test_a_message_that_breaks_the_receiver_does_not_stop_the_others(
    tmp_path: Path, inbox: Inbox
) -> None:
    inbox.answer = lambda post: 503 if post.id == "evt_d1" else 204
    patient = Pace(first=60.0, poll=0.05)
    with sending(tmp_path, inbox.url, Ledger(*map(changed, range(1, 31))), patient) as webhooks:
        until(lambda: (webhooks.sent, webhooks.failed) == (29, 1))
        assert webhooks.problem == ""


def test_nobody_waits_for_a_slow_receiver(tmp_path: Path, inbox: Inbox) -> None:
    def slow(post: Post) -> int:
        time.sleep(1.0)
        return 204

    inbox.answer = slow
    started = time.monotonic()
    with sending(tmp_path, inbox.url, Ledger(changed(1)), Pace(timeout=30)) as webhooks:
        inbox.wait_for(1)
        webhooks.wake()
    assert time.monotonic() - started < 0.9
    with sending(tmp_path, inbox.url, Ledger(), FAST) as webhooks:
        until(lambda: webhooks.failed == 1)
        assert webhooks.problem.endswith("is down: no answer within 0.3 seconds")


def test_a_redirect_is_not_followed(tmp_path: Path, inbox: Inbox) -> None:
    with receiving() as elsewhere:
        inbox.headers = {"location": elsewhere.url}
        inbox.answer = lambda post: 307
        with sending(tmp_path, inbox.url, Ledger(changed(1))) as webhooks:
            until(lambda: webhooks.failed == 2)
        assert elsewhere.posts == []
    outbox = Outbox(tmp_path)
    assert outbox.next(1)[0].attempts == 2
    outbox.close()


def test_a_receiver_that_is_gone_gets_nothing_more_until_somebody_says_so(
    tmp_path: Path, inbox: Inbox
) -> None:
    inbox.answer = lambda post: 410
    ledger = Ledger(changed(1))
    with sending(tmp_path, inbox.url, ledger) as webhooks:
        until(lambda: "answered 410" in webhooks.problem)
        ledger.changes.append(changed(2))
    inbox.answer = lambda post: 204
    with sending(tmp_path, inbox.url, ledger) as webhooks:
        until(lambda: "`vouch webhooks retry`" in webhooks.problem)
        assert len(inbox.posts) == 1
        outbox = Outbox(tmp_path)
        outbox.retry(None, time.time())
        outbox.close()
        until(lambda: webhooks.sent == 2)
        assert webhooks.problem == ""


def test_another_receiver_gets_what_the_one_that_is_gone_did_not(tmp_path: Path) -> None:
    ledger = Ledger(changed(1))
    with receiving() as old, sending(tmp_path, old.url, ledger) as webhooks:
        old.answer = lambda post: 410
        until(lambda: "answered 410" in webhooks.problem)
    with receiving() as new, sending(tmp_path, new.url, ledger) as webhooks:
        until(lambda: webhooks.sent == 1)


def test_after_days_a_message_is_given_up_and_can_be_sent_again(
    tmp_path: Path, inbox: Inbox
) -> None:
    inbox.answer = lambda post: 400
    impatient = Pace(first=0.02, longest=0.02, give_up=0.1, poll=0.05)
    with sending(tmp_path, inbox.url, Ledger(changed(1)), impatient) as webhooks:
        until(lambda: webhooks.given_up == 1)
        tries = len(inbox.posts)
        assert tries > 2
    outbox = Outbox(tmp_path)
    (given_up,) = outbox.given_up()
    assert (given_up.id, given_up.attempts) == ("evt_d1", tries)
    assert given_up.said == "it answered 400"
    with pytest.raises(NotFound, match="no such webhook was given up"):
        outbox.retry("evt_d9", time.time())
    assert outbox.retry("evt_d1", time.time()) == 1
    outbox.close()
    inbox.answer = lambda post: 200
    with sending(tmp_path, inbox.url, Ledger()) as webhooks:
        until(lambda: (webhooks.sent, webhooks.given_up) == (1, 0))


def test_ten_thousand_failures_stay_quick(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.take(map(changed, range(1, 10_001)), now=0.0)
    started = time.perf_counter()
    for _ in range(50):
        failed = [Failed(one.id, "it answered 500", 60.0) for one in outbox.next(8)]
        outbox.settle([], failed, now=1.0)
        standing = outbox.standing()
    assert time.perf_counter() - started < 1.0
    assert (standing.waiting, standing.oldest) == (10_000, 0.0)
    assert outbox.next(1)[0].id == "evt_d401"
    outbox.close()


def test_what_was_given_up_is_forgotten_after_a_month(tmp_path: Path) -> None:
    outbox, day = Outbox(tmp_path), 86_400.0
    outbox.take([changed(1), changed(2)], now=0.0)
    outbox.settle([], [Failed("evt_d1", "it answered 400", None)], now=29 * day)
    assert outbox.standing().given_up == 1
    outbox.settle(["evt_d2"], [], now=31 * day)
    assert outbox.standing() == (0, 0, None)
    outbox.close()


def test_a_home_that_never_sent_begins_with_what_comes(tmp_path: Path, inbox: Inbox) -> None:
    webhooks = Webhooks(
        tmp_path, inbox.url, "127.0.0.1", Ledger(changed(7), changed(8)), begin=7, pace=FAST
    )
    until(lambda: webhooks.sent == 1)
    webhooks.close()
    webhooks.close()
    webhooks.wake()
    assert [post.id for post in inbox.posts] == ["evt_d8"]


def test_trouble_with_the_ledger_is_said_and_passes(tmp_path: Path, inbox: Inbox) -> None:
    class Failing(Ledger):
        error: Exception | None = SetupError("the ledger cannot be read")

        def __call__(self, after: int) -> Iterator[object]:  # type: ignore[override]
            if self.error is not None:
                raise self.error
            return super().__call__(after)

    ledger = Failing(changed(1))
    with sending(tmp_path, inbox.url, ledger) as webhooks:
        until(lambda: webhooks.problem == "webhooks wait: the ledger cannot be read")
        ledger.error = KeyError("customer-1")
        until(lambda: webhooks.problem == "webhooks wait: the log tells more")
        ledger.error = None
        until(lambda: webhooks.sent == 1)
        assert webhooks.problem == ""


def test_a_damaged_outbox_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(SetupError, match=r"cannot open the outbox of webhooks .*webhooks\.db"):
        Outbox(tmp_path)
