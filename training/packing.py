"""Packing: the champions of a home as one model in BentoML's store, for `bentoml build`.

    bentoml/models/vouch-champions/
        latest                      the newest version
        c5kq2v7i5gsa.../            one version: a home that is only read
            keys/bundle-verify.pem
            bundles/signup/theft_of_service/3f9c...a1, champion

BentoML reads where its store is when it is imported, so it is imported in a child.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from features.contract import BundleStore
from features.errors import InvalidBundle, VouchError

MODEL = "vouch-champions"
_ROOT = Path(__file__).parent.parent

#: Digest of the champion of each (moment, risk).
Champions = dict[tuple[str, str], str]


class PackingFailed(VouchError):
    """BentoML could not store the champions."""

    code = "packing_failed"


def bento_home(home: Path) -> Path:
    """Where BentoML keeps what belongs to a home."""
    return home.absolute() / "bentoml"


def pack(home: Path) -> str:
    """Stores the champions, unless the newest version holds just these; returns its version.

    What is damaged stays out. Raises `PackingFailed`.
    """
    versions = bento_home(home) / "models" / MODEL
    with suppress(OSError):
        latest = (versions / "latest").read_text("ascii").strip()
        if champions(versions / latest) == champions(home):
            return latest
    for folder in versions.glob("*/"):
        if not (folder / "model.yaml").exists():  # somebody was interrupted here
            shutil.rmtree(folder)
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "training.packing", str(home.absolute())],
        cwd=_ROOT,
        env={
            **os.environ,
            "BENTOML_HOME": str(bento_home(home)),
            "BENTOML_DO_NOT_TRACK": "True",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise PackingFailed(
            f"BentoML could not store the champions in {versions} ({last[0]}): the models in use "
            "are not concerned; mend it and run `vouch promote` again before `bentoml build`"
        )
    return done.stdout.strip()


def champions(home: Path) -> Champions:
    """The champions of a home that can be read and are signed."""
    store, found = BundleStore(home), {}
    for alias in sorted((home / "bundles").glob("*/*/champion")):
        moment, risk = alias.parts[-3:-1]
        with suppress(InvalidBundle):
            digest = store.alias(moment, risk, "champion")
            if digest is not None:
                store.load(moment, risk, digest)
                found[moment, risk] = digest
    return found


def _store(home: Path) -> str:
    """Makes the version; in the child. Returns its name."""
    import bentoml

    found, store = champions(home), BundleStore(home)
    told = {f"{moment}/{risk}": digest for (moment, risk), digest in found.items()}
    with bentoml.models.create(MODEL, metadata=told) as model:
        inside = Path(model.path)
        for moment, risk in found:
            folder = store.folder(moment, risk)
            target = inside / folder.relative_to(home)
            digest = found[moment, risk]
            shutil.copytree(folder / digest, target / digest)
            (target / "champion").write_text(digest, "ascii")
        key = inside / store.public_key.relative_to(home)
        key.parent.mkdir()
        shutil.copy(store.public_key, key)
    return str(model.tag.version)


if __name__ == "__main__":
    sys.stdout.write(_store(Path(sys.argv[1])))
