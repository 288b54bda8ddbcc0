"""Pages: templates of this package, written to a file whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.history import date

_TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, path: Path, **content: object) -> None:
    """Fills a template and replaces ``path`` with it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "count": count, "date": date}
    page = environment.get_template(template).render(**content)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(page, "utf-8")
    unfinished.replace(path)


def percent(share: float, digits: int = 1) -> str:
    """A share for people.

    >>> percent(0.1234)
    '12.3 %'
    """
    return "none" if np.isnan(share) else f"{100 * share:.{digits}f} %"


def count(number: int) -> str:
    """A number with its thousands set apart.

    >>> count(20000)
    '20,000'
    """
    return f"{number:,}"
