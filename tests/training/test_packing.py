"""Packing: the champions in BentoML's store, and a bento of them that answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from features.contract import BundleStore
from serving.auth import ApiKeys
from serving.manual import examples
from tests.serving.bundles import bundle
from tests.serving.processes import ROOT, environment, free_port, request, until_ready
from training.packing import MODEL, PackingFailed, bento_home, champions, pack

WHERE = ("signup", "theft_of_service")


def home_with_a_champion(home: Path, seed: int = 0) -> BundleStore:
    store = BundleStore(home)
    store.promote(*WHERE, store.save(bundle(seed=seed)))
    return store


def versions(home: Path) -> list[str]:
    return sorted(one.name for one in (bento_home(home) / "models" / MODEL).glob("*/"))


def test_the_champions_are_packed_once_and_again_when_they_change(tmp_path: Path) -> None:
    home_with_a_champion(tmp_path)
    first = pack(tmp_path)
    folder = bento_home(tmp_path) / "models" / MODEL / first
    assert champions(folder) == champions(tmp_path) == {WHERE: bundle().digest}
    assert BundleStore(folder).champion(*WHERE) == bundle()
    assert pack(tmp_path) == first

    home_with_a_champion(tmp_path, seed=1)
    cut_off = folder.with_name("cut-off")
    cut_off.mkdir()
    second = pack(tmp_path)
    assert versions(tmp_path) == sorted((first, second))
    assert champions(folder.with_name(second)) == {WHERE: bundle(seed=1).digest}


def test_what_is_damaged_is_not_packed(tmp_path: Path) -> None:
    store = home_with_a_champion(tmp_path)
    (store.folder(*WHERE) / bundle().digest / "signature").write_bytes(b"")
    assert champions(tmp_path) == {}


def test_a_store_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    home_with_a_champion(tmp_path)
    bento_home(tmp_path).write_text("a file")
    with pytest.raises(PackingFailed, match=r"could not store the champions in .*run `vouch promo"):
        pack(tmp_path)


@pytest.fixture(scope="module")
def bento(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The home of BentoML with a bento that was built from this tree, and its tag."""
    folder = tmp_path_factory.mktemp("bento")
    home_with_a_champion(folder / "training")
    pack(folder / "training")
    tools = folder / "tools"
    tools.mkdir()
    (tools / "uv").write_text("#!/bin/sh\nexit 1\n")  # looked for, or installed, and not needed
    (tools / "uv").chmod(0o755)
    store = bento_home(folder / "training")
    done = subprocess.run(
        [sys.executable, "-m", "bentoml", "build", "--output", "tag"],
        cwd=ROOT,
        env=_environment(store, PATH=f"{tools}:{os.environ['PATH']}"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return store, done.stdout.strip().rpartition("__tag__:")[2]


def _environment(store: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "BENTOML_HOME": str(store), "BENTOML_DO_NOT_TRACK": "True", **more}


def _served(tag: str, folder: Path, port: int, store: Path, home: Path) -> subprocess.Popen[str]:
    """`bentoml serve` in a folder, with BENTOML_HOME and VOUCH_HOME."""
    asked = ("serve", tag, "--host", "127.0.0.1", "--port", str(port))
    return subprocess.Popen(
        [sys.executable, "-m", "bentoml", *asked],
        cwd=folder,
        env={**environment(home, port), **_environment(store, VOUCH_HOME=str(home))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.communicate(timeout=30)


def test_a_bento_holds_what_serves_and_nothing_else(bento: tuple[Path, str]) -> None:
    store, tag = bento
    built = store / "bentos" / tag.replace(":", "/")
    assert {one.name for one in (built / "src").iterdir()} == {
        "bentofile.yaml",
        "features",
        "serving",
        "vouch.py",
    }
    asked = (built / "env" / "python" / "requirements.txt").read_text()
    assert "lightgbm==" in asked
    assert "--hash=sha256:" in asked
    for name in ("mlflow", "great-expectations", "scikit-learn", "pytest"):
        assert f"{name}==" not in asked


def test_a_bento_serves_the_champions_on_a_fresh_home(
    bento: tuple[Path, str], tmp_path: Path
) -> None:
    store, tag = bento
    home, port, elsewhere = tmp_path / "fresh", free_port(), tmp_path / "elsewhere"
    elsewhere.mkdir()
    key = ApiKeys(home).create("tests")
    process = _served(tag, elsewhere, port, store, home)
    try:
        until_ready(process, port)
        sent = {**examples.ORDINARY_SIGNUP, "id": "s1"}
        status, _, body = request(port, "POST", "/v1/score", sent, key)
        ready = request(port, "GET", "/readyz")[2]
    finally:
        _stop(process)
    assert status == 200, body
    assert b'"mode":"model"' in body
    assert bundle().digest.encode() in body
    assert ready == b'{"status":"ready","problems":[]}'
    assert not (home / "bundles").exists()
    assert list(elsewhere.iterdir()) == []


def test_a_bento_that_cannot_find_its_models_does_not_answer_without_them(
    bento: tuple[Path, str], tmp_path: Path
) -> None:
    """BentoML moves into the bento, and looks from there for a folder that was relative."""
    store, tag = bento
    process = _served(tag, store.parent, free_port(), Path(store.name), tmp_path / "fresh")
    try:
        assert process.stdout is not None
        told = next(line for line in process.stdout if "the models of this bento" in line)
    finally:
        _stop(process)
    assert "are not there" in told
    assert "say where it was built, with the full path, in BENTOML_HOME" in told


def test_a_bento_is_built_only_of_what_was_promoted(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bentoml", "build"],
        cwd=ROOT,
        env=_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert f"Model {MODEL}:latest" in done.stdout + done.stderr
