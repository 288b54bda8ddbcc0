"""A Redis server or Cluster: opened by URL, checked, and its errors as those of a state."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from features.errors import SetupError
from features.state.protocol import StateDamaged, StateUnavailable

SCHEMES = ("redis", "rediss", "redis+cluster", "rediss+cluster")
_SECONDS = 2.0


def connect(url: str) -> tuple[Any, str]:
    """A client and the namespace, the part of the URL behind ``#``, ``vouch`` without one.

    ``redis://host:6379/0#shop`` is one server, ``redis+cluster://host:7000#shop`` a Cluster
    that is found by one of its nodes. Raises `SetupError` with what to do.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise SetupError(
            f"there is no state at {parts.scheme}://: write one of {', '.join(SCHEMES)}"
        )
    try:
        from redis import Redis, RedisError
        from redis.cluster import RedisCluster
    except ImportError:
        raise SetupError("the Redis client is not installed: pip install 'vouch[redis]'") from None
    plain = urlunsplit(parts._replace(scheme=parts.scheme.removesuffix("+cluster"), fragment=""))
    kind = RedisCluster if parts.scheme.endswith("+cluster") else Redis
    limits: dict[str, Any] = {"socket_timeout": _SECONDS, "socket_connect_timeout": _SECONDS}
    try:
        client: Any = kind.from_url(plain, **limits)
        client.ping()
        _check_policy(client)
    except (RedisError, OSError) as error:
        raise SetupError(
            f"Redis does not answer at {parts.hostname}:{parts.port} ({error}): "
            "start it, or mend VOUCH_STATE"
        ) from None
    return client, parts.fragment or "vouch"


def _check_policy(client: Any) -> None:
    """A server that throws keys away when memory is short makes counts wrong in silence."""
    from redis import ResponseError

    try:
        told = client.config_get("maxmemory-policy")
    except ResponseError:
        logging.getLogger("vouch").warning(
            "Redis does not tell its maxmemory-policy: make sure that it is noeviction"
        )
        return
    policies = set(_texts(told))
    if policies - {"noeviction", "maxmemory-policy"}:
        raise SetupError(
            "Redis is set to throw keys away when memory is short, and counts would be wrong: "
            "set maxmemory-policy to noeviction"
        )


def _texts(told: Any) -> Iterator[str]:
    """All texts of an answer; a Cluster answers once for each node."""
    if isinstance(told, dict):
        for one in told.values():
            yield from _texts(one)
    elif isinstance(told, list | tuple):
        for one in told:
            yield from _texts(one)
    elif isinstance(told, bytes):
        yield told.decode()
    elif isinstance(told, str):
        yield told


@contextmanager
def translated() -> Iterator[None]:
    """Errors of Redis as those of a state."""
    from redis import RedisError, ResponseError

    try:
        yield
    except ResponseError as error:
        if "WRONGTYPE" in str(error):
            raise StateDamaged(str(error)) from error
        raise StateUnavailable(str(error)) from error
    except (RedisError, OSError) as error:
        raise StateUnavailable(str(error)) from error
