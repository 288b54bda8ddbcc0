"""`make run`: from nothing to a service that answers, and back when Ctrl-C is pressed.

checks ──► history? simulate ──► champion? train, promote ──► API key ──► server ──► curl lines
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import typer

from features.errors import SetupError
from serving import keyfile
from serving.auth import SCOPES, ApiKeys
from serving.manual.examples import FRAUDULENT_SIGNUP, ORDINARY_SIGNUP
from serving.settings import Settings
from serving.start import preflight
from serving.start.curl import signup_line

_KEY_NAME = "quickstart"
_SECONDS_TO_START = 120.0
_SECONDS_TO_STOP = 15.0
_INTERRUPTED = 130


class _Server(NamedTuple):
    """The server's process, and where in its log this start begins."""

    process: subprocess.Popen[bytes]
    log: Path
    begins: int

    def died(self) -> SetupError:
        """Why it is gone."""
        told = self.log.read_bytes()[self.begins :].decode("utf-8", "replace").strip().splitlines()
        last = f": {told[-1]}" if told else ""
        return SetupError(
            f"the server stopped (code {self.process.returncode}){last}\nits log is {self.log}"
        )


def up(settings: Settings) -> int:
    """Runs until it is interrupted; returns the exit code. Raises `SetupError`."""
    preflight.check(settings)
    with _terminable():
        try:
            _prepare(settings)
        except KeyboardInterrupt:
            typer.echo("\nStopped before it was ready; the next start goes on from here.")
            return _INTERRUPTED
        key = quickstart_key(settings.home)
        server = _start(settings)
        try:
            _wait_until_ready(settings, server)
            _greet(settings, key, server.log)
            server.process.wait()
        except KeyboardInterrupt:
            typer.echo("\nStopping.")
            return 0
        finally:
            _stop(server.process)
    raise server.died()


def quickstart_key(home: Path) -> str:
    """The API key of the curl lines, made at the first start and again when it was revoked."""
    path = home / "keys" / _KEY_NAME
    keys = ApiKeys(home)
    known = any(key.name == _KEY_NAME for key in keys.read())
    if known and path.exists():
        return path.read_text("ascii").strip()
    if known:
        keys.revoke(_KEY_NAME)
    key = keys.create(_KEY_NAME, scopes=SCOPES)
    keyfile.write(path, key.encode())
    return key


def _prepare(settings: Settings) -> None:
    home = settings.home
    if settings.catalogue is not None:
        return  # what Vouch simulates is of its own domain
    history = home / "history" / "events.parquet"
    if not history.exists():
        typer.echo("There is no history yet: simulating one (once, under a minute).")
        if _run("simulate") != 0:
            raise SetupError("the history could not be simulated: see above")
    if (home / "bundles" / "signup" / "theft_of_service" / "champion").exists():
        return
    if (home / "reports" / "signup-theft_of_service.html").exists():
        typer.echo("The sign-up model was not promoted: `vouch train` tries again.", err=True)
    else:
        _check_history(history)
        typer.echo("There is no sign-up model yet: training one (once, about a minute).")
        if _run("train", "--moment", "signup") != 0:
            typer.echo("No model was promoted: policies and scorecard decide meanwhile.", err=True)


def _check_history(path: Path) -> None:
    import pyarrow as pa  # here, for it takes long and only a first start needs it
    import pyarrow.parquet as pq

    try:
        pq.ParquetFile(path).close()
    except (OSError, pa.ArrowException):
        raise SetupError(
            f"the history {path} is damaged: `vouch simulate --force` makes it anew"
        ) from None


def _run(*arguments: str) -> int:
    """Runs one of our commands with its progress shown, and ends it with us."""
    command = subprocess.Popen(  # noqa: S603 - our own commands
        [sys.executable, "-m", "vouch", *arguments], process_group=0
    )
    try:
        return command.wait()
    finally:
        _stop(command)


def _start(settings: Settings) -> _Server:
    """The server, in a group of its own; it stops when our end of its standard input closes."""
    log = settings.home / "logs" / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    log.touch(mode=0o600)
    with log.open("ab") as output:
        begins = output.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", "serving.start.server"],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            process_group=0,
            env=_environment(settings),
        )
    return _Server(process, log, begins)


def _environment(settings: Settings) -> dict[str, str]:
    """Ours, with what was chosen on the command line."""
    chosen = {} if settings.catalogue is None else {"VOUCH_CATALOGUE": str(settings.catalogue)}
    return {**os.environ, **chosen}


def _wait_until_ready(settings: Settings, server: _Server) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until:
        if server.process.poll() is not None:
            raise server.died()
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(settings.host, settings.port, timeout=1)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.02)
    raise SetupError(f"the server did not answer in time: its log is {server.log}")


def _greet(settings: Settings, key: str, log: Path) -> None:
    address = f"http://{settings.address}"
    typer.echo(f"Vouch answers on {address} and explains itself on {address}/docs")
    if settings.catalogue is not None:
        typer.echo(f"\nIts catalogue is {settings.catalogue}, an API key is {key}")
        typer.echo(f"\nThe log is {log}. Ctrl-C stops.")
        return
    typer.echo(
        f"\nA sign-up as fraud looks:\n\n{signup_line(address, key, FRAUDULENT_SIGNUP)}\n"
        f"\nAn ordinary one:\n\n{signup_line(address, key, ORDINARY_SIGNUP)}\n"
        f"\nThe log is {log}. Ctrl-C stops."
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a child and all it started."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.stdin is not None:
        process.stdin.close()


@contextmanager
def _terminable() -> Iterator[None]:
    """Being told to terminate is handled like Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
