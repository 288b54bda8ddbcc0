"""State in Redis, on one server or a Cluster, for homes that outgrow one machine's memory.

    read   one pipeline: ZCOUNT for what is counted, GET for the rest
    fold   one pipeline of GET for the objects an entry touches, one that writes them

One process folds a ledger. A fold that broke off is repeated from the position, which is
written only after the folds before it, and changes nothing that had been done. Keys
expire by the server's clock when nothing touched them for longer than anything reads back.
Nothing spans two keys, so that it works on a Cluster.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from features.errors import SetupError
from features.fact_types import Value
from features.facts import Entry
from features.series import Series
from features.state import redis_keys as keys
from features.state.folding import Folder, OneByOne
from features.state.halves import Halves, Known
from features.state.protocol import Blocks, Held, StateDamaged, Tokens
from features.state.redis_server import connect, translated

_SCANNED = 500


class RedisState:
    """State of one ledger under a namespace of a server.

    Raises `SetupError` where it cannot be reached, may throw keys away, or holds the state of
    another ledger.
    """

    def __init__(
        self, url: str, series: Iterable[Series], follows: str = "", fill_only: bool = False
    ) -> None:
        self._client: Any
        self._client, self._namespace = connect(url)
        self._lock = threading.Lock()
        self._halves = Halves(self._fold)
        self._fill_only = fill_only
        self._shown: set[str] = set()
        self._series: dict[str, Series] = {}
        self._position = self._written = 0
        self.problem = ""
        with translated():
            self._open(tuple(series), follows)

    @property
    def position(self) -> int:
        """Place of the last entry whose fold is surely complete."""
        return self._position

    @property
    def filling(self) -> tuple[Series, ...]:
        """Series with a hole in their past."""
        return self._halves.filling.series

    @property
    def filled(self) -> int:
        """Place up to which the hole has been filled."""
        return self._halves.filled

    def read(self, blocks: Blocks, tokens: Tokens, t: int) -> list[int | None]:
        """All integers of all blocks as of ``t``, in one round trip."""
        asked = [(series, arguments, tokens[series.by]) for series, arguments in blocks]
        pipeline = self._client.pipeline(transaction=False)
        for series, arguments, token in asked:
            if token is None or series.digest not in self._shown:
                continue
            key = self._key(series.digest, token)
            if series.shape in keys.COUNTED:
                keys.count(pipeline, key, arguments, t)
            else:
                pipeline.get(key)
        with self._lock, translated():
            answers = iter(pipeline.execute())
        found: list[int | None] = []
        for series, arguments, token in asked:
            if token is None or series.digest not in self._shown:
                found += [None] * len(arguments)
            elif series.shape in keys.COUNTED:
                found += [min(series.cap, next(answers)) for _ in arguments]
            else:
                found += keys.made(series.digest, series, next(answers)).read(t, arguments)
        return found

    def current(self, wanted: Sequence[tuple[Series, str]], t: int) -> list[Value | None]:
        """The values as they are of latest series, in one round trip."""
        pipeline = self._client.pipeline(transaction=False)
        for series, token in wanted:
            pipeline.get(self._key(series.digest, token))
        with self._lock, translated():
            bodies = pipeline.execute()
        return [
            keys.made(series.digest, series, body).within(t, series.span)
            if series.digest in self._shown
            else None
            for (series, _), body in zip(wanted, bodies, strict=True)
        ]

    def fold(self, entry: Entry) -> None:
        """Takes in one entry."""
        with self._lock, translated():
            self._halves.fold(entry)

    def fill(self, entries: Iterable[Entry]) -> None:
        """Takes in entries of the past."""
        with self._lock, translated():
            self._halves.fill(entries)
            self._know()

    def catch_tail(self) -> int:
        """Keeps what is folded from now on; returns the last place before that."""
        with self._lock:
            return self._halves.catch_tail()

    def go_live(self) -> None:
        """Joins the series that were filling to the others."""
        with self._lock, translated():
            self._shown |= {one.digest for one in self._halves.go_live()}
            self._know()

    def want(self, series: Iterable[Series]) -> None:
        """Keeps more series; those the server does not know of are filling."""
        with self._lock, translated():
            self._adopt(self._halves.missing(series))

    def held(self) -> Iterator[Held]:
        """Everything under the namespace, as an embedded store would hold it."""
        self.flush()
        with translated():
            for key in self._client.scan_iter(match=self._key("*", "*"), count=_SCANNED):
                part, _, token = key.decode().removeprefix(self._prefix).partition(":")
                series = self._series.get(part.removesuffix("-anchors"))
                if series is None:
                    continue
                if keys.is_counted(part, series):
                    scored = self._client.zrange(key, 0, -1, withscores=True)
                    if scored:
                        yield Held(part, token, 0, keys.content(series, scored))
                elif (body := self._client.get(key)) is not None:
                    upto, content = keys.unpacked(body)
                    lasting = getattr(keys.made(part, series, body), "lasting", False)
                    yield Held(part, token, upto, content, lasting)

    def reset(self) -> None:
        """Forgets everything; the ledger has to be folded again from its beginning."""
        with self._lock, translated():
            self._forget("*")
            self._shown = {one.digest for one in self._halves.reset()}
            self._position = self._written = 0
            self._client.set(self._name("position"), 0)
            self._client.delete(self._name("known"))
            self._know()

    def flush(self) -> None:
        """Notes how far folding has come; what was folded is there already."""
        with self._lock, translated():
            if not self._fill_only:
                self._note_position()

    def close(self) -> None:
        """Notes how far folding has come, and lets go."""
        self.flush()
        self._client.close()

    def _fold(self, folder: Folder, entry: Entry) -> None:
        """Reads the objects an entry touches, folds it, and writes them."""
        bodies = self._bodies(folder, entry)
        objects: dict[tuple[str, str], tuple[Series, Any]] = {}
        pipeline = self._client.pipeline(transaction=False)

        def find(part: str, series: Series, token: str) -> Any:
            key = self._key(part, token)
            if keys.is_counted(part, series):
                return keys.Counted(pipeline, key, series)
            if (part, token) not in objects:
                body = bodies[key] if key in bodies else self._client.get(key)
                objects[part, token] = (series, keys.made(part, series, body))
            return objects[part, token][1]

        folder.fold(entry, OneByOne(find))
        for (part, token), (series, stored) in objects.items():
            idle = None if getattr(stored, "lasting", False) else keys.idle_ms(series)
            pipeline.set(self._key(part, token), keys.packed(stored), px=idle)
        pipeline.execute()
        if folder is self._halves.live:
            self._position = entry.known_at

    def _bodies(self, folder: Folder, entry: Entry) -> dict[str, Any]:
        """What is stored of the objects that an entry touches, in one round trip.

        It also notes the place of the fold before, which is complete by now.
        """
        wanted = [
            self._key(part, token)
            for part, series, token in folder.touched(entry)
            if not keys.is_counted(part, series)
        ]
        pipeline = self._client.pipeline(transaction=False)
        for key in wanted:
            pipeline.get(key)
        if folder is self._halves.live and self._position > self._written:
            pipeline.set(self._name("position"), self._position)
        answers = pipeline.execute()
        self._written = self._position
        return dict(zip(wanted, answers, strict=False))

    def _open(self, series: tuple[Series, ...], follows: str) -> None:
        """Goes on where the server's position is, if it followed this ledger."""
        followed = self._client.get(self._name("ledger"))
        if followed is not None and followed.decode() not in ("", follows):
            raise SetupError(
                f"the namespace {self._namespace} on this Redis holds the state of another "
                "ledger: write another one behind # in VOUCH_STATE, or empty it"
            )
        known = self._known()
        if self._fill_only and not known:
            raise StateDamaged("there is no state of this ledger yet: start the service once")
        if not known:
            known = {one.digest: (one.span, None) for one in series}
        elif not self._fill_only:
            position = self._client.get(self._name("position"))
            self._position = self._written = self._halves.folded = int(position or 0)
            known = self._left(known, {one.digest for one in series})
        if not self._fill_only:
            self._client.set(self._name("ledger"), follows)
        self._adopt(series, known)

    def _left(self, known: Known, wanted: set[str]) -> dict[str, tuple[int, int | None]]:
        """Series that are not wanted are folded up to the position, and no further."""
        left = {
            digest: (span, self._position if filled is None and digest not in wanted else filled)
            for digest, (span, filled) in known.items()
        }
        self._tell(left)
        return left

    def _adopt(self, series: tuple[Series, ...], known: Known | None = None) -> None:
        known = self._known() if known is None else known
        for one in self._halves.adopt(series, known, fill_only=self._fill_only):
            self._series[one.series.digest] = one.series
            if one.narrower and one.series.digest in known:
                self._forget(f"{one.series.digest}*")
            if one.whole:
                self._shown.add(one.series.digest)
        self._know()

    def _known(self) -> dict[str, tuple[int, int | None]]:
        told = self._client.hgetall(self._name("known"))
        pairs = {digest.decode(): value.decode().split() for digest, value in told.items()}
        return {
            digest: (int(span), None if filled == "-" else int(filled))
            for digest, (span, filled) in pairs.items()
        }

    def _know(self) -> None:
        holes = {one.digest: (one.span, self._halves.filled) for one in self.filling}
        lives = {one.digest: (one.span, None) for one in self._halves.live.series}
        self._tell({**holes, **lives})

    def _tell(self, known: Known) -> None:
        if known:
            told = {
                digest: f"{span} {'-' if filled is None else filled}"
                for digest, (span, filled) in known.items()
            }
            self._client.hset(self._name("known"), mapping=told)

    def _note_position(self) -> None:
        if self._position > self._written:
            self._client.set(self._name("position"), self._position)
            self._written = self._position

    def _forget(self, part: str) -> None:
        for key in self._client.scan_iter(match=self._key(part, "*"), count=_SCANNED):
            self._client.unlink(key)

    @property
    def _prefix(self) -> str:
        return f"{self._namespace}:o:"

    def _key(self, part: str, token: str) -> str:
        return f"{self._prefix}{part}:{token}"

    def _name(self, name: str) -> str:
        return f"{self._namespace}:{name}"
