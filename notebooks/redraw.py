"""Redraw: ``python -m notebooks.redraw`` runs every notebook in place and keeps its pictures.

What changes from one run to the next without meaning anything is left out, so that a diff
shows what has really changed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
NOTEBOOKS = tuple(sorted(HERE.glob("*.ipynb")))
_SECONDS = 600
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def executed(path: Path, environment: Mapping[str, str]) -> Any:
    """A notebook after it ran from top to bottom in a folder of its own; `nbformat`'s kind.

    ``environment`` is added to this process's; a cell that fails raises nbclient's error.
    """
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    paths = filter(None, (str(HERE.parent), os.environ.get("PYTHONPATH")))
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("VOUCH_")}
    told = {**inherited, "PYTHONPATH": os.pathsep.join(paths), **environment}
    client = NotebookClient(notebook, timeout=_SECONDS, kernel_name="python3", record_timing=False)
    with TemporaryDirectory() as folder:
        client.execute(cwd=folder, env=told)
    notebook.metadata = nbformat.from_dict(_METADATA)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})  # type: ignore[no-untyped-call]
        for output in cell.get("outputs", ()):
            output.pop("transient", None)
    return notebook


def main() -> None:
    """Runs all notebooks on the history they simulate for themselves."""
    with TemporaryDirectory() as home:
        for path in NOTEBOOKS:
            began = time.perf_counter()
            notebook = executed(path, {"VOUCH_HOME": home})
            nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
            print(f"{path.name} {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
