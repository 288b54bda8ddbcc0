"""The documents that are generated from code, and whether they are in step with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from features import describe
from features.decide import guide
from features.decide.texts import document as reasons
from serving import settings

ROOT = Path(__file__).parent.parent


class Document(NamedTuple):
    """A file under the project's root, and what it must say."""

    path: str
    text: Callable[[], str]


#: Every generated document. Add a line here, and `vouch docs` writes it.
DOCUMENTS: tuple[Document, ...] = (
    Document("docs/policies.md", guide.document),
    Document("docs/settings.md", settings.document),
    Document("docs/signals.md", describe.document),
    Document("docs/reasons.md", reasons.document),
)


def write(root: Path = ROOT) -> list[str]:
    """Writes what is out of step; returns those paths."""
    behind = out_of_step(root)
    for document in DOCUMENTS:
        if document.path in behind:
            path = root / document.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(document.text(), "utf-8")
    return behind


def out_of_step(root: Path = ROOT) -> list[str]:
    """Paths of the documents that do not say what the code says."""
    return [
        document.path
        for document in DOCUMENTS
        if not (root / document.path).exists()
        or (root / document.path).read_text("utf-8") != document.text()
    ]
