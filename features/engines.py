"""Which database answers history: the choice that every command offers which reads one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class EngineName(StrEnum):
    """The offline engines. They run the same SQL and agree to the last bit."""

    duckdb = "duckdb"
    spark = "spark"


LOCAL_MASTER = "local[*]"

EngineOption = Annotated[
    EngineName,
    typer.Option(envvar="VOUCH_ENGINE", help="What turns history into signals."),
]
MasterOption = Annotated[
    str,
    typer.Option(envvar="VOUCH_SPARK_MASTER", help="Where Spark runs, if it is the engine."),
]
