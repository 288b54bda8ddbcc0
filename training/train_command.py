"""The command ``vouch train``."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from features.catalogues import CatalogueOption
from features.engines import LOCAL_MASTER, EngineName, EngineOption, MasterOption


class LabelTime(StrEnum):
    """Which labels the training part may use."""

    cut = "cut"
    end = "end"


class ThresholdsFrom(StrEnum):
    """What thresholds are set from."""

    shares = "shares"
    costs = "costs"
    reviews = "reviews"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("train")(_train)


def _train(
    history: Annotated[
        Path | None,
        typer.Option(help="Export to learn from; $VOUCH_HOME/history/events.parquet by default."),
    ] = None,
    moment: Annotated[
        str | None, typer.Option(help="What is scored; by default the catalogue's first.")
    ] = None,
    risk: Annotated[
        str | None, typer.Option(help="What is feared; by default the moment's first.")
    ] = None,
    catalogue: CatalogueOption = None,
    test_share: Annotated[
        float, typer.Option(min=0.05, max=0.9, help="Share of the newest rows to test on.")
    ] = 0.2,
    label_time: Annotated[
        LabelTime,
        typer.Option(
            help="Learn from labels known at the cut (honest) or at the end (published protocols)."
        ),
    ] = LabelTime.cut,
    review_budget: Annotated[
        float, typer.Option(help="Share of honest rows that a score may send to review.")
    ] = 0.01,
    challenge_budget: Annotated[
        float, typer.Option(help="Share of honest rows that a score may challenge or review.")
    ] = 0.03,
    thresholds: Annotated[
        ThresholdsFrom,
        typer.Option(
            help="Set from the budgets, from costs, or from costs with so many reviews a day."
        ),
    ] = ThresholdsFrom.shares,
    reviews_a_day: Annotated[int, typer.Option(help="How many reviews a day can be done.")] = 100,
    review_cost: Annotated[float, typer.Option(help="What a review costs.")] = 10.0,
    honest_cost: Annotated[
        float, typer.Option(help="What it costs to keep an honest customer waiting.")
    ] = 20.0,
    loss: Annotated[
        float, typer.Option(help="What a fraud costs where history does not say it.")
    ] = 500.0,
    caught: Annotated[float, typer.Option(help="Share of the fraud that reviewers stop.")] = 0.9,
    challenge_cost: Annotated[
        float, typer.Option(help="What a challenge costs, with the honest customers who give up.")
    ] = 2.0,
    challenge_caught: Annotated[
        float, typer.Option(help="Share of the fraud that a challenge stops.")
    ] = 0.4,
    decline_cost: Annotated[
        float | None,
        typer.Option(help="What an honest customer turned away costs; else no score declines."),
    ] = None,
    folds: Annotated[
        int, typer.Option(min=0, help="Also train and test so many times through history.")
    ] = 0,
    fold_train: Annotated[
        int, typer.Option(min=0, help="Days each fold learns from; 0 is all before.")
    ] = 0,
    fold_delay: Annotated[
        int | None, typer.Option(min=0, help="Days it waits for labels; by default the risk's.")
    ] = None,
    fold_test: Annotated[int, typer.Option(min=1, help="Days it is tested on.")] = 14,
    fold_step: Annotated[int, typer.Option(min=1, help="Days to the next fold.")] = 14,
    search: Annotated[
        int | None,
        typer.Option(min=1, help="Try so many shapes of the model, through time, before the cut."),
    ] = None,
    search_minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Search for so long, or until --search is done.")
    ] = None,
    weak: Annotated[
        bool,
        typer.Option(
            "--weak", help="Learn from policy hits and alerts, where labels do not say otherwise."
        ),
    ] = False,
    promote: Annotated[
        bool, typer.Option(help="Use the model from now on, if it passes the gate.")
    ] = True,
    policies: Annotated[
        Path | None,
        typer.Option(
            envvar="VOUCH_POLICIES",
            help="Policies to stand beside; if none, the home's, or Vouch's own.",
        ),
    ] = None,
    engine: EngineOption = EngineName.duckdb,
    spark_master: MasterOption = LOCAL_MASTER,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """Learn from history: check it, train, compare, report, record, and promote."""
    from training.libraries import demand_libraries

    searching = search is not None or search_minutes is not None
    demand_libraries(*(["optuna"] if searching else []))
    import msgspec

    from features.catalogues import chosen
    from features.decide.in_force import in_force
    from features.home import home_folder
    from training import quality_page, screen
    from training.costs import Costs
    from training.history import default_history
    from training.keep import champion, keep
    from training.quality import SuiteFailed
    from training.run import train
    from training.settings import Settings
    from training.split import Folds
    from training.thresholds import Budgets
    from training.tune import Search

    home, used = home_folder(), chosen(catalogue)
    moment = used.moments[0] if moment is None else moment
    os.environ.setdefault("MPLCONFIGDIR", str(home / "matplotlib"))  # nothing is written elsewhere
    settings = Settings(
        test_share=test_share,
        label_time=label_time.value,
        costs=Costs(
            review=review_cost,
            honest=honest_cost,
            loss=loss,
            caught=caught,
            reviews_a_day=reviews_a_day,
            challenge=challenge_cost,
            challenge_caught=challenge_caught,
            decline=decline_cost,
        ),
        folds=Folds(folds, fold_train, fold_delay, fold_test, fold_step) if folds else None,
        budgets=Budgets(review=review_budget, challenge=challenge_budget),
        thresholds=thresholds.value,
        search=Search(search, search_minutes) if searching else None,
        weak=weak,
        engine=engine.value,
        spark_master=spark_master,
    )
    with screen.watched(quiet=as_json, more=folds + searching + weak) as steps:
        try:
            source = history or default_history(home)
            storage = home / "search" / "optuna.db"
            run = train(
                source,
                moment,
                settings,
                used,
                steps,
                risk,
                policies=in_force(policies, used, is_own=catalogue is not None, homes=(home,)),
                champion=champion(home, used, moment, risk),
                storage=storage,
            )
        except SuiteFailed as failed:
            page = quality_page.write(failed.results, home, moment)
            raise SuiteFailed(
                f"{failed.message}\nall expectations: {page}", failed.results
            ) from None
        kept = keep(run, home, promote, steps)
    if as_json:
        typer.echo(msgspec.json.encode(screen.as_json(run, kept)).decode())
    else:
        screen.show(run, kept)
    if kept.promoted is False:
        raise typer.Exit(3)
