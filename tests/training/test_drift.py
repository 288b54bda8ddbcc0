"""Drift: one shop from its first model on, through the real scorer, ledger, export and command."""

from __future__ import annotations

import asyncio
import hashlib
import json
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

import vouch as command_line
from features.blocks import Card, Device, Session
from features.catalogue import CATALOGUE
from features.contract import Bundle, BundleStore, Calibration, Column, Contract, Golden
from features.declared import Catalogue
from features.errors import NotEnoughData, NotFound, SetupError
from features.events import Signup
from features.thresholds import Thresholds
from serving.layouts import Layouts
from serving.ledger.decisions import export_decisions
from serving.ledger.sqlite import FILE
from serving.ledger.tables import LedgerReader
from serving.opening import OpenScorer, open_scorer
from serving.settings import Settings
from tests.serving.scoring import NOON, score
from training.drift import Shift
from training.drift_page import labels
from training.labels import Floats
from training.live import Window, read
from training.model import margins, read_booster
from training.spread import SCORE, spread, spreads

NAMES = ("card_is_prepaid", "form_seconds", "accounts_on_device_24h", "mfa_done")
PLANS = ("gold", "silver")
EVERY = timedelta(minutes=5)
WARM_UP, LEARNED, LATER = 300, 600, 200


BEFORE = Catalogue(
    {name: one for name, one in CATALOGUE.declarations.items() if name != "name_has_digit"}
)


def signup(number: int, prepaid: float = 0.1, seconds: float = 60.0, **session: Any) -> Signup:
    """One of many sign-ups, a device in three seen before."""
    draw = np.random.default_rng(number)
    return Signup(
        id=f"s{number}",
        occurred_at=NOON + number * EVERY,
        card=Card(funding="prepaid" if draw.random() < prepaid else "credit"),
        session=Session(form_seconds=round(draw.exponential(seconds), 1), **session),
        device=Device(id=f"d{draw.integers(700)}"),
        attributes={"plan": PLANS[int(draw.random() < 0.3)]},
    )


def sell(scorer: OpenScorer, first: int, number: int, **how: Any) -> None:
    for one in range(first, first + number):
        score(scorer, signup(one, **how))
    asyncio.run(scorer.ledger.durable())


@dataclass(frozen=True)
class Shop:
    """A home with its model, and the weeks of its life as options of the command."""

    home: Path
    digest: str
    old: str

    def since(self, first: int, number: int = LATER) -> list[str]:
        times = (NOON + first * EVERY, NOON + (first + number) * EVERY)
        return ["--since", times[0].isoformat(), "--until", times[1].isoformat()]

    @property
    def honest(self) -> list[str]:
        return self.since(WARM_UP + LEARNED)

    @property
    def prepaid(self) -> list[str]:
        return self.since(WARM_UP + LEARNED + LATER)

    @property
    def lost(self) -> list[str]:
        return self.since(WARM_UP + LEARNED + 2 * LATER)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """900 sign-ups, a model, and then some: as before, others, and as before without state.

    The first of all were decided about with another catalogue, which lacked a fact.
    """
    home = tmp_path_factory.mktemp("shop")
    settings = Settings(home=home, clock="events")
    with closing(OpenScorer(settings, BEFORE)) as scorer:
        sell(scorer, 0, WARM_UP)
    with closing(open_scorer(settings)) as scorer:
        sell(scorer, WARM_UP, LEARNED)
    assert exported(home).exit_code == 0
    model = learned(vectors(home))
    store = BundleStore(home)
    digest = store.save(model)
    contract = msgspec.structs.replace(model.contract, spread=(), run_id="old")
    old = store.save(Bundle(contract, model.model))
    store.promote("signup", "theft_of_service", digest)
    with closing(open_scorer(settings)) as scorer:
        sell(scorer, WARM_UP + LEARNED, LATER)
        sell(scorer, WARM_UP + LEARNED + LATER, LATER, prepaid=0.5, seconds=20.0, mfa_done=True)
        scorer.folding._slice = 0  # state lags behind, and nobody helps it
        scorer._start_over()
        sell(scorer, WARM_UP + LEARNED + 2 * LATER, LATER)
    assert exported(home).exit_code == 0
    return Shop(home, digest, old)


def exported(home: Path) -> Any:
    return CliRunner().invoke(command_line.build(), ["export"], env={"VOUCH_HOME": str(home)})


def vectors(home: Path) -> Floats:
    """What the decisions used of the model's columns, as the file of decisions has it."""
    import pyarrow.parquet as pq

    from features.decisions import layouts

    path = home / "export.decisions.parquet"
    (layout,) = layouts(path) or ()
    names = [column.name for column in layout.columns]
    rows = [row for row in pq.read_table(path).to_pylist() if row["layout"] is not None]
    assert len(rows) == LEARNED
    plans = [[float(PLANS.index(json.loads(row["attributes"])["plan"]))] for row in rows]
    used = [[row["vector"][names.index(name)] for name in NAMES] for row in rows]
    return np.hstack([np.array(used, dtype=np.float64), plans])


def learned(values: Floats) -> Bundle:
    """A real model of five columns, of which one was never known and is not used."""
    import lightgbm

    draw = np.random.default_rng(1)
    risk = values[:, 0] + (values[:, 1] < 30) + (values[:, 2] > 0) + values[:, 4]
    labels = (risk + draw.normal(size=len(risk)) > 2).astype(np.float64)
    options = {"objective": "binary", "num_threads": 1, "deterministic": True, "verbosity": -1}
    text = (
        lightgbm.train(
            {**options, "num_leaves": 8},
            lightgbm.Dataset(values, labels, feature_name=[f"Column_{n}" for n in range(5)]),
            num_boost_round=20,
        )
        .model_to_string()
        .encode()
    )
    margin = margins(read_booster(text), values)
    golden = tuple(
        Golden(tuple(None if np.isnan(one) else float(one) for one in row), float(exact))
        for row, exact in zip(values[:5], margin[:5], strict=True)
    )
    calibration = Calibration((-3.0, 3.0), (0.05, 0.95))
    shipped = {column.name: column for column in CATALOGUE.columns("signup")}
    columns = (*(shipped[name] for name in NAMES), Column("attribute_plan", "free", PLANS))
    weight = np.ones(len(values))
    contract = Contract(
        moment="signup",
        risk="theft_of_service",
        columns=columns,
        catalogue=CATALOGUE.fingerprint,
        model_sha256=hashlib.sha256(text).hexdigest(),
        calibration=calibration,
        thresholds=Thresholds(review=0.9),
        golden=golden,
        trained_from=1,
        trained_until=2,
        rows=len(values),
        positives=int(labels.sum()),
        spread=(
            spread(SCORE, 1000.0 * calibration(margin), weight),
            *spreads(columns, values, weight),
        ),
    )
    return Bundle(contract, text)


@pytest.fixture
def drift(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`vouch drift` in the shop, with its exit code."""
    monkeypatch.setenv("VOUCH_HOME", str(shop.home))
    monkeypatch.setenv("COLUMNS", "80")

    def run(*options: str) -> Any:
        done = CliRunner().invoke(command_line.build(), ["drift", *options])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


def told(done: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    found["by_name"] = {one["name"]: one for one in found["signals"]}
    return found


def test_honest_weeks_raise_no_alarm(shop: Shop, drift: Any) -> None:
    done = drift(*shop.honest, "--json")
    found = told(done)
    assert (done.exit_code, found["level"], found["decisions"]) == (0, "fine", LATER)
    assert found["bundle"] == shop.digest
    assert {one["name"] for one in found["signals"]} == {*NAMES, "attribute_plan"}
    assert found["score"]["psi"] < 0.1
    assert found["modes"] == {"model": LATER}
    assert found["by_name"]["accounts_on_device_24h"]["now"][0] == pytest.approx(0.66, abs=0.1)


def test_other_customers_raise_one(shop: Shop, drift: Any) -> None:
    done = drift(*shop.prepaid, "--json")
    found = told(done)
    assert (done.exit_code, found["level"]) == (4, "alarm")
    levels = {name: one["level"] for name, one in found["by_name"].items()}
    assert levels == {
        "card_is_prepaid": "alarm",
        "form_seconds": "alarm",
        "mfa_done": "warn",  # as large a shift as can be, and the model does not look at it
        "accounts_on_device_24h": "fine",
        "attribute_plan": "fine",
    }
    assert found["by_name"]["mfa_done"]["gain"] == 0.0
    assert found["by_name"]["card_is_prepaid"]["now"][1] == pytest.approx(0.5, abs=0.1)
    assert found["score"]["level"] == "alarm"


def test_lost_state_shows_as_unknown_signals(shop: Shop, drift: Any) -> None:
    found = told(drift(*shop.lost, "--json"))
    windows, facts = (found["by_name"][one] for one in ("accounts_on_device_24h", "form_seconds"))
    assert (windows["unknown_then"], windows["unknown_now"]) == (0.0, 1.0)
    assert windows["level"] == "alarm"
    assert (facts["unknown_now"], facts["level"]) == (0.0, "fine")
    assert found["modes"] == {"fixed": LATER}
    assert found["score"] is None


def test_the_screen_fits_and_leads_to_the_page(shop: Shop, drift: Any) -> None:
    done = drift(*shop.prepaid)
    assert done.exit_code == 4
    lines = done.stdout.splitlines()
    assert [line for line in lines if len(line) > 80 and str(shop.home) not in line] == []
    for words in ("200 decisions at signup", "the score", "unused", "modes    model 100.0 %"):
        assert words in done.stdout
    sentence = "found: score, form_seconds, card_is_prepaid moved by 0.25 or more; see what changed"
    assert sentence in " ".join(done.stdout.split())
    page = (shop.home / "reports" / "signup-theft_of_service-drift.html").read_text("utf-8")
    assert page.count("data:image/svg+xml;base64,") == 6  # the score and five signals
    assert "http" not in page
    assert "<h2>Drift</h2>" in page
    assert drift(*shop.honest).stdout.splitlines()[-1].startswith("drift    none: live decisions")
    page = (shop.home / "reports" / "signup-theft_of_service-drift.html").read_text("utf-8")
    assert "<h2>No drift</h2>" in page


def test_limits_are_a_matter_of_choice(shop: Shop, drift: Any) -> None:
    done = drift(*shop.prepaid, "--alarm", "50")
    assert done.exit_code == 0
    assert "worth a look: score" in done.stdout
    with pytest.raises(SetupError, match="--alarm no smaller than --warn"):
        drift("--warn", "0.3")


def test_decisions_that_another_model_made_say_nothing_of_the_score(shop: Shop, drift: Any) -> None:
    """Those before the first model: their signals are compared all the same."""
    done = drift(*shop.since(WARM_UP))
    assert done.exit_code == 0
    assert "The score is not compared: too few of these decisions used this model" in done.stdout
    assert "accounts_on_device_24h" in done.stdout


def test_days_are_counted_back_from_the_newest_decision(shop: Shop, drift: Any) -> None:
    day = int(timedelta(days=1) / EVERY)
    assert told(drift("--days", "1", "--json"))["decisions"] == day
    first = told(drift("--days", "1", "--json"))["first"]
    assert first == told(drift(*shop.lost, "--json"))["last"] - (day - 1) * 300_000_000


def test_a_bundle_is_named_by_its_first_letters(shop: Shop, drift: Any) -> None:
    assert told(drift(*shop.honest, "--bundle", shop.digest[:9], "--json"))["level"] == "fine"
    with pytest.raises(NotFound, match="no models of theft_of_service at signup begin with 'x'"):
        drift("--bundle", "x")
    with pytest.raises(NotFound, match="2 models of theft_of_service"):
        drift("--bundle", "")


def test_an_old_bundle_says_to_train_again(shop: Shop, drift: Any) -> None:
    with pytest.raises(NotEnoughData, match="train again with `vouch train`"):
        drift("--bundle", shop.old)


def test_too_few_decisions_are_not_judged(shop: Shop, drift: Any) -> None:
    with pytest.raises(NotEnoughData, match=r"40 decisions at signup .* too few .* more --days"):
        drift(*shop.since(WARM_UP, 40))


def test_a_time_that_cannot_be_read_says_how_to_write_it(drift: Any) -> None:
    with pytest.raises(SetupError, match="--since must be a day such as 2026-06-30"):
        drift("--since", "yesterday")
    assert told(drift("--since", "2026-03-01", "--until", "2026-03-05", "--json"))["level"]


def test_what_is_missing_is_named(shop: Shop, drift: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no decisions at .*nowhere.parquet: write them with"):
        drift("--decisions", str(tmp_path / "nowhere.parquet"))
    with pytest.raises(NotFound, match="holds no decisions of Vouch"):
        drift("--decisions", str(shop.home / "export.parquet"))
    with pytest.raises(NotFound, match="no model of theft_of_service at payment is in use"):
        drift("--moment", "payment")
    with pytest.raises(NotFound, match="no model of abuse_of_service at checkup is in use"):
        drift("--moment", "checkup")
    contract = BundleStore(shop.home).load("signup", "theft_of_service", shop.digest).contract
    of_payments = msgspec.structs.replace(contract, moment="payment")
    with pytest.raises(NotFound, match="holds no decision at payment: score some"):
        read(shop.home / "export.decisions.parquet", of_payments, shop.digest, Window())


def test_decisions_of_another_catalogue_are_not_mixed_in(
    shop: Shop, drift: Any, tmp_path: Path
) -> None:
    """Exported with a catalogue that did not make them, nobody knows which signal is which."""
    few = Catalogue({"form_seconds": CATALOGUE.declarations["form_seconds"]})
    path = tmp_path / "decisions.parquet"
    with closing(LedgerReader(shop.home / FILE)) as ledger:
        export_decisions(ledger, path, Layouts(few, BundleStore(shop.home)))
    with pytest.raises(NotEnoughData, match=r"200 of these 200 decisions .* another catalogue"):
        drift("--decisions", str(path), *shop.honest)


def test_those_of_another_catalogue_among_others_are_counted_and_left_out(
    shop: Shop, drift: Any
) -> None:
    begins = shop.since(0, WARM_UP + LEARNED)
    found = told(drift(*begins, "--json"))
    assert (found["decisions"], found["of_another_catalogue"]) == (900, WARM_UP)
    assert found["by_name"]["form_seconds"]["psi"] < 0.001  # the very rows it was learned from
    assert "300 decisions were made with another catalogue" in drift(*begins).stdout


def test_a_signal_that_decisions_did_not_use_is_not_compared(shop: Shop, drift: Any) -> None:
    store = BundleStore(shop.home)
    loaded = store.load("signup", "theft_of_service", shop.digest)
    columns = tuple(
        msgspec.structs.replace(one, digest="other") if one.name == "mfa_done" else one
        for one in loaded.contract.columns
    )
    digest = store.save(
        Bundle(msgspec.structs.replace(loaded.contract, columns=columns), loaded.model)
    )
    found = told(drift(*shop.honest, "--bundle", digest, "--json"))
    assert found["not_compared"] == ["mfa_done"]
    done = drift(*shop.honest, "--bundle", digest)
    assert "so these are not compared: mfa_done." in " ".join(done.stdout.split())


def test_bins_are_told_in_words() -> None:
    column = Column("attribute_plan", "free", PLANS)
    now = np.zeros(4)
    texts = spread("attribute_plan", np.array([0.0, 1.0, np.nan]), np.ones(3), named=True)
    numbers = spread("x", np.array([1.0, 2.0, 3.5]), np.ones(3))
    constant = spread("x", np.zeros(3), np.ones(3))
    told = [labels(Shift(one, 0.0, "fine", now, 1.0), column) for one in (texts, numbers, constant)]
    assert told == [
        ["gold", "silver", "others", "unknown"],
        ["< 2", "from 2", "from 3.5", "unknown"],
        ["any", "unknown"],
    ]


def test_a_model_that_served_none_of_them_is_refused(shop: Shop, drift: Any) -> None:
    """Its signals have the same names and another meaning."""
    store = BundleStore(shop.home)
    loaded = store.load("signup", "theft_of_service", shop.digest)
    columns = tuple(
        msgspec.structs.replace(one, digest="other")
        for one in loaded.contract.columns
        if one.name in NAMES
    )
    contract = msgspec.structs.replace(
        loaded.contract,
        columns=columns,
        spread=tuple(one for one in loaded.contract.spread if one.name in NAMES),
    )
    digest = store.save(Bundle(contract, loaded.model))
    with pytest.raises(NotEnoughData, match="used none of the model's signals"):
        drift(*shop.honest, "--bundle", digest)


def test_help_tells_cron_what_to_expect(drift: Any) -> None:
    words = " ".join(drift("--help").stdout.replace("│", "").split())
    assert "ends with 0 if nothing has shifted, 4 if the score or a signal" in words
