"""The log: type and place of an error, and nothing that it carries."""

from __future__ import annotations

import io
import logging

from serving.log import Discreet, places

CARRIED = "ana.lima@limaimports.example"


def failed() -> ValueError:
    try:
        int(CARRIED)
    except ValueError as error:
        return error
    raise AssertionError


def test_an_error_is_told_by_type_and_place() -> None:
    told = places(failed())
    assert told.startswith("ValueError at serving/test_log.py:")
    assert CARRIED not in told


def test_a_traceback_that_a_library_logs_holds_no_text_and_no_source() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Discreet("%(levelname)s %(message)s"))
    error = failed()
    record = logging.LogRecord(
        "uvicorn.error",
        logging.ERROR,
        "",
        0,
        "in ASGI",
        (),
        (ValueError, error, error.__traceback__),
    )
    handler.handle(record)
    assert written.getvalue() == f"ERROR in ASGI\n{places(error)}\n"
