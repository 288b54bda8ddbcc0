"""Models: verified, tried in a child, swapped in whole, and never a reason to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from features.catalogue import CATALOGUE
from features.contract import Bundle, BundleStore, Column, Golden
from features.errors import InvalidBundle
from serving.admission import Admission
from serving.models import Model, Models
from tests.serving.bundles import bundle, model_text

ADMISSION = Admission(CATALOGUE)


def promoted(home: Path, *bundles: Bundle) -> BundleStore:
    store = BundleStore(home)
    for one in bundles:
        store.promote("signup", "theft_of_service", store.save(one))
    return store


def models(store: BundleStore) -> Models:
    return Models(store, ADMISSION, poll_seconds=None)


def test_a_probability_is_what_the_calibration_says() -> None:
    one = bundle()
    model = Model(one, one.digest)
    for margin in (-9.0, -1.3, 0.0, 0.7, 9.0):
        expected = float(one.contract.calibration(np.array([margin]))[0])
        assert model.probability(margin) == expected
    model.close()


def test_nothing_promoted_means_no_model(tmp_path: Path) -> None:
    assert models(BundleStore(tmp_path)).at("signup") == ()
    assert models(BundleStore(tmp_path)).problems == []


def test_what_is_promoted_is_in_use(tmp_path: Path) -> None:
    loaded = models(promoted(tmp_path, bundle()))
    (model,) = loaded.at("signup")
    assert model.rung == "champion"
    assert loaded.in_use() == [("signup", "theft_of_service", model.digest, "champion")]
    assert loaded.at("signup") is loaded.at("signup")


def test_a_promotion_is_followed_and_only_that_moment_changes(tmp_path: Path) -> None:
    store = promoted(tmp_path, bundle())
    loaded = Models(store, ADMISSION, poll_seconds=0.02)
    before, elsewhere = loaded.at("signup"), loaded.at("payment")
    promoted(tmp_path, bundle(seed=1))
    until = time.monotonic() + 20
    while loaded.at("signup") is before and time.monotonic() < until:
        time.sleep(0.02)
    assert loaded.at("signup")[0].digest == bundle(seed=1).digest
    assert loaded.at("payment") is elsewhere
    loaded.close()


def test_a_champion_that_was_changed_gives_way_to_the_previous(tmp_path: Path) -> None:
    store = promoted(tmp_path, bundle(), bundle(seed=1))
    text = store.folder("signup", "theft_of_service") / bundle(seed=1).digest / "model.txt"
    text.write_bytes(text.read_bytes().replace(b"leaf_value=", b"leaf_value=9"))
    loaded = models(store)
    (model,) = loaded.at("signup")
    assert (model.rung, model.digest) == ("previous", bundle().digest)
    (problem,) = loaded.problems
    assert problem.startswith("champion of theft_of_service at signup: the bundle in")
    assert "was changed after it was made" in problem


def test_a_model_of_another_catalogue_is_refused_with_what_to_do(tmp_path: Path) -> None:
    old = tuple(Column(column.name, "old") for column in bundle().contract.columns)
    loaded = models(promoted(tmp_path, bundle(columns=old)))
    assert loaded.at("signup") == ()
    assert "other versions of card_is_prepaid, form_seconds" in loaded.problems[0]
    assert loaded.problems[0].endswith("retrain it")


def test_free_attributes_fit_any_catalogue(tmp_path: Path) -> None:
    columns = (*bundle().contract.columns[:2], Column("attribute_plan", "any", ("basic", "pro")))
    loaded = models(promoted(tmp_path, bundle(columns=columns)))
    assert len(loaded.at("signup")) == 1


def test_a_model_that_forgot_its_golden_rows_fails_its_trial(tmp_path: Path) -> None:
    wrong = tuple(Golden(one.vector, one.margin + 1e-9) for one in model_text()[1])
    loaded = models(promoted(tmp_path, bundle(golden=wrong)))
    assert "does not give the margin of its golden row 1" in loaded.problems[0]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 3],
        lambda text: text.replace(b"left_child=", b"left_child=7 ", 1),
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"",
        lambda text: b"tree\n" * 3,
    ],
)
def test_damaged_text_ends_a_child_and_not_the_service(damage: object, tmp_path: Path) -> None:
    text = damage(model_text()[0])  # type: ignore[operator]
    loaded = models(promoted(tmp_path, bundle(model=text)))
    assert loaded.at("signup") == ()
    assert "the model failed its trial" in loaded.problems[0]


def test_a_broken_champion_does_not_displace_the_model_in_use(tmp_path: Path) -> None:
    store = promoted(tmp_path, bundle())
    loaded = models(store)
    before = loaded.at("signup")
    assert loaded.trouble("signup") == ""
    promoted(tmp_path, bundle(model=b"tree\n"))
    loaded.refresh()
    assert loaded.at("signup") is before
    assert before[0].rung == "champion"
    assert "the model failed its trial" in loaded.problems[0]
    assert loaded.trouble("signup") == (
        "the champion of theft_of_service cannot be used: /readyz tells why"
    )
    assert loaded.trouble("payment") == ""
    promoted(tmp_path, bundle(seed=1))
    loaded.refresh()
    assert loaded.at("signup")[0].digest == bundle(seed=1).digest
    assert (loaded.problems, loaded.trouble("signup")) == ([], "")


def _not_ascii(alias: Path) -> None:
    alias.write_bytes(b"\xff\xfe")


def _folder(alias: Path) -> None:
    alias.unlink()
    alias.mkdir()


@pytest.mark.parametrize("damage", [_not_ascii, _folder])
def test_an_alias_that_names_nothing_is_a_problem_and_no_reason_to_stop(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    store = promoted(tmp_path, bundle(), bundle(seed=1))
    running = models(store)
    before = running.at("signup")
    damage(store.folder("signup", "theft_of_service") / "champion")
    with pytest.raises(InvalidBundle, match="does not name a bundle: remove it and promote"):
        store.alias("signup", "theft_of_service", "champion")
    running.refresh()
    assert running.at("signup") is before
    assert "does not name a bundle" in running.problems[0]

    (started,) = models(store).at("signup")
    assert (started.rung, started.digest) == ("previous", bundle().digest)


def test_the_keys_of_bundles_are_made_in_a_folder_of_their_owner(tmp_path: Path) -> None:
    promoted(tmp_path, bundle())
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
