"""Settings: each has a name, a type, a default and one sentence; read from the environment.

The setting ``port`` is the variable ``VOUCH_PORT``. ``docs/settings.md`` is
generated from this file.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from features.engines import LOCAL_MASTER, EngineName
from features.errors import SetupError

PREFIX = "VOUCH_"

#: Variables of the tests, which commands leave alone.
_OF_TESTS = frozenset({"VOUCH_SHARED_DATA", "VOUCH_TEST_REDIS_URL", "VOUCH_TEST_POSTGRES_URL"})


class Says(NamedTuple):
    """What a setting does, in one sentence, and the bounds of a number."""

    sentence: str
    least: float = 0
    most: float = 0


@dataclass(frozen=True)
class Settings:
    """What an operator can choose."""

    home: Annotated[
        Path,
        Says("Folder of everything that is generated: ledger, models, API keys, logs, history."),
    ] = Path(".vouch")
    host: Annotated[str, Says("Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Says("Port to listen on.", 1, 65535)] = 3000
    policies: Annotated[
        Path | None,
        Says("Policy file; empty for `policies.yaml` of the home, or Vouch's own."),
    ] = None
    catalogue: Annotated[
        Path | None,
        Says("Python file with a catalogue of one's own; empty for the one that Vouch ships."),
    ] = None
    reference: Annotated[
        Path | None, Says("Folder of reference data; empty for what Vouch ships.")
    ] = None
    clock: Annotated[
        Literal["system", "events"],
        Says(
            "With `events`, time follows the events' own `occurred_at`: "
            "for replaying a history into a home of its own."
        ),
    ] = "system"
    state: Annotated[
        str,
        Says(
            "Where state is kept: empty for a file in the home, `redis://host:6379/0#name` for a "
            "Redis server, `redis+cluster://host:7000#name` for a Cluster; `#name` keeps ledgers "
            "apart."
        ),
    ] = ""
    engine: Annotated[
        Literal["duckdb", "spark"],
        Says("What turns history into signals in `vouch train` and `vouch score-customers`."),
    ] = EngineName.duckdb.value
    spark_master: Annotated[
        str,
        Says("Where Spark runs, if it is the engine: `local[2]` is two cores of this machine."),
    ] = LOCAL_MASTER
    exploration: Annotated[
        float,
        Says(
            "Share of the events that only a model's score would stop which are let pass by "
            "chance, so that training sees what becomes of them; `0` explores nothing.",
            0,
            0.2,
        ),
    ] = 0.0
    timeout_ms: Annotated[
        int,
        Says(
            "Longest wait for the disk before a request is answered 503, in milliseconds.",
            10,
            60_000,
        ),
    ] = 1000
    rate_per_second: Annotated[
        int,
        Says(
            "Requests a second that each API key may send, if it has no rate of its own; "
            "`0` means no limit.",
            0,
            1_000_000,
        ),
    ] = 0
    max_body_bytes: Annotated[
        int, Says("Largest body of a request, in bytes.", 1024, 16_777_216)
    ] = 262_144
    max_body_seconds: Annotated[
        int,
        Says(
            "Longest wait for the body of a request before it is answered 408, in seconds.", 1, 14
        ),
    ] = 10
    max_stream_bytes: Annotated[
        int, Says("Largest NDJSON body of `POST /v1/events`, in bytes.", 1024, 268_435_456)
    ] = 16_777_216
    max_stream_lines: Annotated[
        int, Says("Most lines of an NDJSON body of `POST /v1/events`.", 1, 1_000_000)
    ] = 10_000
    max_stream_seconds: Annotated[
        int, Says("Longest wait for an NDJSON body before it is answered 408, in seconds.", 1, 14)
    ] = 14
    max_batch: Annotated[int, Says("Most events of `POST /v1/score/batch`.", 1, 10_000)] = 500
    webhook_url: Annotated[
        str,
        Says("Where `decision.changed` is sent when a decision changes; empty for nowhere."),
    ] = ""
    webhook_hosts: Annotated[
        str,
        Says(
            "Hosts that `VOUCH_WEBHOOK_URL` may go to, with commas; an address that is not public "
            "is listed, too."
        ),
    ] = ""

    @property
    def address(self) -> str:
        """Host and port, as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class _Setting(NamedTuple):
    name: str
    kind: Any
    says: Says
    default: Any

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()


def _declared() -> list[_Setting]:
    hints = get_type_hints(Settings, include_extras=True)
    settings = []
    for one in fields(Settings):
        kind, says = get_args(hints[one.name])
        settings.append(_Setting(one.name, kind, says, one.default))
    return settings


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of an environment (default: this process's).

    Raises `SetupError` with one sentence for a value that cannot be used and
    for a ``VOUCH_`` variable that is no setting.
    """
    environment = os.environ if environment is None else environment
    declared = {setting.variable: setting for setting in _declared()}
    for name in environment:
        if name.startswith(PREFIX) and name not in declared and name not in _OF_TESTS:
            raise SetupError(f"{name} is no setting of Vouch: docs/settings.md lists them")
    chosen: dict[str, Any] = {
        setting.name: _value(setting, text)
        for name, setting in declared.items()
        if (text := environment.get(name, ""))
    }
    return Settings(**chosen)


def _value(setting: _Setting, text: str) -> object:
    name, kind, says = setting.variable, setting.kind, setting.says
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            raise SetupError(f"{name} must be {_kind(setting)}")
        return text
    if kind is int:
        if not text.isascii() or not text.isdigit() or not says.least <= int(text) <= says.most:
            raise SetupError(f"{name} must be a whole number from {says.least} to {says.most}")
        return int(text)
    if kind is float:
        number = _number(text)
        if not says.least <= number <= says.most:
            raise SetupError(f"{name} must be a number from {says.least:g} to {says.most:g}")
        return number
    return text if kind is str else Path(text)


def _number(text: str) -> float:
    """A decimal number; NaN, which no bounds admit, for anything else."""
    try:
        return float(text) if text.isascii() else math.nan
    except ValueError:
        return math.nan


def document() -> str:
    """The text of ``docs/settings.md``."""
    rows = (
        f"| `{setting.variable}` | {_kind(setting)} | {_default(setting)} "
        f"| {setting.says.sentence} |"
        for setting in _declared()
    )
    return "\n".join(
        (
            "# Settings",
            "",
            "Environment variables, read when a command starts. An empty one counts as not set.",
            "Written by `vouch docs` from `serving/settings.py`.",
            "",
            "| variable | value | default | what it does |",
            "|---|---|---|---|",
            *rows,
            "",
        )
    )


def _kind(setting: _Setting) -> str:
    if get_origin(setting.kind) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(setting.kind))
    if setting.kind in (int, float):
        return f"{setting.says.least:.9g} to {setting.says.most:.9g}"
    return "text" if setting.kind is str else "path"


def _default(setting: _Setting) -> str:
    if setting.default is None:
        return "empty"
    return f"`{setting.default:g}`" if setting.kind is float else f"`{setting.default}`"
