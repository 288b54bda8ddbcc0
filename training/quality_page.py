"""The page of the suites: every expectation, what became of it, for people and for programs."""

from __future__ import annotations

from pathlib import Path

import msgspec

from training.pages import render
from training.quality import SuiteResult


def write(results: tuple[SuiteResult, ...], home: Path, moment: str) -> Path:
    """Writes the findings under ``home/reports`` as HTML, and beside it as JSON."""
    page = home / "reports" / f"{moment}-quality.html"
    render("quality.html.j2", page, results=results, moment=moment)
    page.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    return page
