"""The search for the shape of a booster: Optuna proposes, steps through time judge.

Every finished trial is kept in a database, under a name made of all that the values depend on:
the same call goes on where the last one ended, whatever ended it. What is proposed next depends
on the finished trials alone, so that an interrupted search and an uninterrupted one find the same.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from features.errors import NotEnoughData, VouchError
from training.model import FEWEST_PER_LEAF, FIXED, MOST_DEPTH, MOST_LEAVES, Shape
from training.steps import Watcher
from training.trials import STEPS, Searched, Trial, Trials

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

_SEED = 20150113
_AT_RANDOM = 8  # trials before the proposals are more than chance
_RANGES: dict[str, tuple[float, float]] = {
    "leaves": (4, MOST_LEAVES),
    "depth": (2, MOST_DEPTH),
    "per_leaf": (FEWEST_PER_LEAF, 200),
    "learning_rate": (0.01, 0.1),
    "columns_per_tree": (0.1, 1.0),
    "l2": (0.1, 100.0),
}
_VALUES, _DEFAULT = "values", "default"


class SearchInterrupted(VouchError):
    """Somebody stopped a search that can go on."""

    code = "search_interrupted"
    exit_code = 130


@dataclass(frozen=True)
class Search:
    """How long to search: so many ``trials``, finished earlier ones included, or ``minutes``.

    Whichever comes first, if both are said.
    """

    trials: int | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        given = [one for one in (self.trials, self.minutes) if one is not None]
        if not given or min(given) <= 0:
            raise NotEnoughData("a search needs a number of trials or of minutes above zero")


def search(
    trials: Trials,
    default: Shape,
    wanted: Search,
    name: str,
    storage: Path | None = None,
    watcher: Watcher | None = None,
) -> Searched:
    """Searches shapes around the ``default``, which is tried first.

    ``name`` identifies the rows; ``storage`` is the database that remembers the trials, none
    forgets them. Raises `SearchInterrupted` on Ctrl-C if they are remembered.
    """
    watcher, began = watcher or Watcher(), perf_counter()
    with _study(_named(name, trials, default), storage) as study:
        try:
            while True:
                finished = _finished(study)
                minutes = (perf_counter() - began) / 60
                watcher.went_on(*_progress(wanted, len(finished), minutes))
                if finished and _over(wanted, len(finished), minutes):
                    return _searched(finished, default)
                before = max((one.value or 0.0 for one in finished), default=0.0)
                value = _next(study, trials, default, len(finished))
                if finished and value > before:
                    told = f"trial {len(finished) + 1}: average precision {value:.4f}"
                    watcher.told(f"{told}, the best so far")
        except KeyboardInterrupt:
            if storage is None:
                raise
            raise SearchInterrupted(
                f"the search was interrupted after {len(_finished(study))} trials, and nothing "
                "was trained: the same command goes on from there"
            ) from None


def _over(wanted: Search, finished: int, minutes: float) -> bool:
    return (wanted.trials is not None and finished >= wanted.trials) or (
        wanted.minutes is not None and minutes >= wanted.minutes
    )


def _progress(wanted: Search, finished: int, minutes: float) -> tuple[int, int]:
    """How far the search is, in thousandths."""
    shares = [0.0]
    if wanted.trials is not None:
        shares.append(finished / wanted.trials)
    if wanted.minutes is not None:
        shares.append(minutes / wanted.minutes)
    return round(1000 * min(max(shares), 1.0)), 1000


def _named(name: str, trials: Trials, default: Shape) -> str:
    """The study's name: readable, and another one where anything else decides the values."""
    rows, seen = trials.rows, trials.seen
    told = repr((name, STEPS, asdict(default), FIXED, seen.named, sorted(seen.families)))
    content = hashlib.sha256(told.encode())
    for column in (rows.rows, rows.positive, rows.weight):
        content.update(column.tobytes())
    return f"{name.split()[0]} {content.hexdigest()[:16]}"


@contextmanager
def _study(name: str, storage: Path | None) -> Iterator[optuna.Study]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=_AT_RANDOM)
    if storage is None:
        yield optuna.create_study(study_name=name, direction="maximize", pruner=pruner)
        return
    storage.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        database = optuna.storages.RDBStorage(f"sqlite:///{storage.absolute()}")
        with closing(_Database(database)):
            yield optuna.create_study(
                study_name=name,
                direction="maximize",
                pruner=pruner,
                storage=database,
                load_if_exists=True,
            )


class _Database:
    def __init__(self, storage: optuna.storages.RDBStorage) -> None:
        self._storage = storage

    def close(self) -> None:
        self._storage.remove_session()
        self._storage.engine.dispose()


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    from optuna.trial import TrialState

    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def _ranges() -> dict[str, BaseDistribution]:
    from optuna.distributions import FloatDistribution, IntDistribution

    return {
        name: IntDistribution(low, high, log=name != "depth")
        if isinstance(low, int) and isinstance(high, int)
        else FloatDistribution(low, high, log=name != "columns_per_tree")
        for name, (low, high) in _RANGES.items()
    }


def _next(study: optuna.Study, trials: Trials, default: Shape, number: int) -> float:
    """Does one more trial, the default first, and returns its value; 0 if it is given up."""
    import optuna
    from optuna.trial import TrialState, create_trial

    if number == 0:
        values = [trials.value(default, step) for step in range(STEPS)]
        value = sum(values) / STEPS
        study.add_trial(
            create_trial(
                params=_params(default),
                distributions=_ranges(),
                value=value,
                intermediate_values={
                    step: sum(values[: step + 1]) / (step + 1) for step in range(STEPS)
                },
                user_attrs={_VALUES: values, _DEFAULT: True},
            )
        )
        return value
    study.sampler = optuna.samplers.TPESampler(
        seed=_SEED + number, n_startup_trials=_AT_RANDOM, multivariate=True
    )
    trial = study.ask(_ranges())
    shape, values = replace(default, **trial.params), []
    try:
        for step in range(STEPS):
            values.append(trials.value(shape, step))
            trial.report(sum(values) / len(values), step)
            if step + 1 < STEPS and trial.should_prune():
                study.tell(trial, state=TrialState.PRUNED)
                return 0.0
        trial.set_user_attr(_VALUES, values)
        study.tell(trial, sum(values) / STEPS)
    except BaseException:
        study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)
        raise
    return sum(values) / STEPS


def _params(shape: Shape) -> dict[str, float]:
    """What is searched of a shape. Raises `NotEnoughData` where it lies outside the ranges."""
    params = {name: getattr(shape, name) for name in _RANGES}
    for name, (low, high) in _RANGES.items():
        if not low <= params[name] <= high:
            raise NotEnoughData(
                f"a search begins with a shape inside its ranges, and {name} {params[name]:g} "
                f"lies outside {low:g} to {high:g}: begin with another, or do not search"
            )
    return params


def _searched(finished: list[FrozenTrial], default: Shape) -> Searched:
    from optuna.trial import TrialState

    whole = [one for one in finished if one.state == TrialState.COMPLETE]
    first = next(one for one in whole if _DEFAULT in one.user_attrs)
    best = max(whole, key=lambda one: (one.value or 0.0, -one.number))
    return Searched(
        trials=len(finished),
        pruned=len(finished) - len(whole),
        default=Trial(default, tuple(first.user_attrs[_VALUES])),
        best=Trial(replace(default, **best.params), tuple(best.user_attrs[_VALUES])),
    )
