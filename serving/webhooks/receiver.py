"""The receiver of webhooks: one URL, to which nothing is sent that could go astray.

Its host is allowed by name in the settings. The address that the name resolves to is looked at
before every attempt and is the very one connected to, so a name cannot be turned to the inside
of a network; no redirect is followed and no proxy is used.
"""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

import httpx

from features.errors import SetupError, VouchError

_MOST_BYTES = 65_536
_SECONDS_FOR_A_BODY = 1.0


class Reply(NamedTuple):
    """What came back. ``status`` is 0 where nothing did; ``said`` is why it counts as failed."""

    status: int
    said: str
    seconds: float

    @property
    def done(self) -> bool:
        """Whether the message was taken."""
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.status == 410

    @property
    def silent(self) -> bool:
        """Whether it would be the same with any other message: it is down, or overrun."""
        return self.status in (0, 429, 502, 503, 504)


class Receiver:
    """A URL that may be sent to.

    Raises `SetupError` for one that may not: what is wrong, and what to write in the settings.
    """

    def __init__(self, url: str, hosts: str, timeout: float = 5.0) -> None:
        self._timeout = timeout
        self._allowed = frozenset(_plain(host) for host in hosts.split(",") if host.strip())
        try:
            self._url = httpx.URL(url)
        except httpx.InvalidURL:
            raise SetupError("VOUCH_WEBHOOK_URL is no URL") from None
        self.host = _plain(self._url.raw_host.decode("ascii"))
        loopback = _is_loopback(self.host)
        if not self.host or self._url.userinfo or self._url.fragment:
            raise SetupError("VOUCH_WEBHOOK_URL must be https://host/path, with no user in it")
        if self._url.scheme != "https" and not (loopback and self._url.scheme == "http"):
            raise SetupError(
                "VOUCH_WEBHOOK_URL must begin with https://: http:// is for this machine only"
            )
        if self.host not in self._allowed:
            raise SetupError(
                f"VOUCH_WEBHOOK_URL goes to {self.host}, which is not allowed: "
                f"write VOUCH_WEBHOOK_HOSTS={','.join(sorted({*self._allowed, self.host}))}"
            )

    def client(self) -> httpx.AsyncClient:
        """Connections to it, to be closed after use. A CA of one's own: ``SSL_CERT_FILE``."""
        return httpx.AsyncClient(
            verify=httpx.create_ssl_context(),
            trust_env=False,  # a proxy would go where we did not look
            follow_redirects=False,
            timeout=self._timeout,  # of each step; `post` has one over all
            headers={"user-agent": "Vouch", "content-type": "application/json"},
        )

    async def post(self, client: httpx.AsyncClient, headers: dict[str, str], body: bytes) -> Reply:
        """Sends once. Never raises for what the network or the receiver does."""
        started, status = time.perf_counter(), 0
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._send(client, headers, body)
            await _finish(answer)
            status = answer.status_code
            said = "" if answer.is_success else f"it answered {status}"
            if answer.is_redirect:
                said += ", and redirects are not followed"
        except (TimeoutError, httpx.TimeoutException):
            said = f"no answer within {self._timeout:g} seconds"
        except VouchError as error:
            said = error.message
        except (socket.gaierror, UnicodeError):
            said = f"{self.host} has no address"
        except httpx.ConnectError as error:
            said = f"no connection ({error})"
        except (httpx.HTTPError, OSError) as error:
            said = f"the connection broke ({type(error).__name__})"
        return Reply(status, said, time.perf_counter() - started)

    async def _send(
        self, client: httpx.AsyncClient, headers: dict[str, str], body: bytes
    ) -> httpx.Response:
        """The head of the answer, from the first of its addresses that can be connected to."""

        async def to(address: str) -> httpx.Response:
            request = client.build_request(
                "POST",
                self._url.copy_with(host=address),
                content=body,
                headers={**headers, "host": self._url.netloc.decode("ascii")},
                extensions={"sni_hostname": self.host},
            )
            return await client.send(request, stream=True)

        *others, last = await self._addresses()
        for address in others:
            with suppress(httpx.ConnectError):
                return await to(address)
        return await to(last)

    async def _addresses(self) -> list[str]:
        """Where it is, as far as that may be sent to. Raises `SetupError` if nothing may."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self.host, self._url.port or 443, type=socket.SOCK_STREAM)
        addresses = [str(where[0]) for *_, where in found]
        allowed = [address for address in addresses if self._may(address)]
        if not allowed:
            raise SetupError(
                f"{self.host} is at {addresses[0]}, which is not a public address: "
                "add that to VOUCH_WEBHOOK_HOSTS if it is right"
            )
        return allowed

    def _may(self, address: str) -> bool:
        inside = _is_loopback(address) and _is_loopback(self.host)
        return inside or address in self._allowed or is_public(address)


def is_public(address: str) -> bool:
    """Whether an address belongs to the internet, also if it is wrapped in another one.

    >>> is_public("::ffff:10.0.0.5")
    False
    """
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or found
    return found.is_global and not found.is_multicast


async def _finish(answer: httpx.Response) -> None:
    """Takes a small body off the wire, so that the connection can be used again."""
    read = 0
    try:
        with suppress(TimeoutError, httpx.HTTPError):  # the answer counts all the same
            async with asyncio.timeout(_SECONDS_FOR_A_BODY):
                async for part in answer.aiter_raw():
                    read += len(part)
                    if read > _MOST_BYTES:
                        break
    finally:
        await answer.aclose()


def _plain(host: str) -> str:
    """A host as it is compared; an address in its one way of writing."""
    host = host.strip().strip("[]").lower()
    try:
        return str(ip_address(host))
    except ValueError:
        return host


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
