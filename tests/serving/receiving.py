"""A receiver of webhooks: a real HTTP server that remembers what it was sent."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from serving.webhooks.message import Changed


class Post(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The message's id."""
        return self.headers["webhook-id"]


class Inbox:
    """What came, and how it is answered: a status, or a function of the post that gives one."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.answer: Callable[[Post], int] = lambda post: 204
        self.headers: dict[str, str] = {}
        self.port = 0
        self._came = threading.Condition()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hooks"

    def put(self, post: Post) -> int:
        """Remembers a post and answers it."""
        with self._came:
            self.posts.append(post)
            self._came.notify_all()
        return self.answer(post)

    def wait_for(self, count: int, seconds: float = 5.0) -> list[Post]:
        """The posts, when there are so many."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.posts) >= count, seconds), self.posts
            return list(self.posts)


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Inbox]:
    """A receiver on a free port of this machine."""
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = inbox.put(Post(self.path, headers, body))
            try:
                self.send_response(status)
                for name, value in inbox.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()
            except OSError:  # the sender did not wait
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        inbox.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield inbox
        server.shutdown()
        thread.join()


def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Waits until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.005)


def changed(number: int, event: str = "") -> Changed:
    """A decision that supersedes another one, at a place of the ledger."""
    return Changed(
        known_at=number,
        decision_id=f"d{number}",
        supersedes=f"d{number - 1}",
        event_id=event or f"event-{number}",
        customer="customer-1",
        moment="signup",
        outcome="approve",
        challenges=(),
        status="final",
        score=120,
    )


class Ledger:
    """What changed, in order; more can come."""

    def __init__(self, *changes: Changed) -> None:
        self.changes = list(changes)

    def __call__(self, after: int) -> Iterator[Changed]:
        """What came after a place."""
        return iter([one for one in self.changes if one.known_at > after])
