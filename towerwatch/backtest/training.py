"""Training from the command line: from the platform's history, or from simulated assets."""

from dataclasses import dataclass, replace
from datetime import timedelta
from math import isfinite

from analytics.backtest.contest import Season
from analytics.backtest.school import HELD_BACK, Lesson, Taught, teach_and_judge
from analytics.backtest.tally import Estimate, Figures, figures, tally
from analytics.models.errors import BadModel, NoModel
from analytics.models.model import Hourly, Model
from analytics.models.rule import warnings_of
from analytics.models.scan import Shape
from analytics.models.store import SIMULATED, ModelId, Origin, Validation, active_model, fetch_model
from analytics.models.train import score_days
from towerwatch.backtest.history import ROLE, history_of
from towerwatch.backtest.run import TUNING_GROWTHS, TUNING_SEED, Size, hourly_of, scan_budget
from towerwatch.backtest.simulated import START, SeasonPlan, season
from towerwatch.progress import step
from towerwatch.reach import database

_SEED = 1
"""Of the intervals of figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model with where it comes from and its scores on time that was held back."""

    model: Model
    origin: Origin
    scores: Validation


def from_history(of_class: str, days: int, by: str) -> Trained:
    """A model from the platform's own history.

    Raises:
        TooLittleHistory: There is too little of it.
    """
    history = history_of(of_class, days)
    origin = Origin(
        source="database", by=by, first=history.first, last=history.last, assets=history.assets
    )
    trained = _trained(history.season, of_class, origin)
    return replace(trained, model=replace(trained.model, hourly=_hourly_in_force(of_class)))


def _hourly_in_force(of_class: str) -> Hourly | None:
    """The watch of hours goes on as it was: stored days teach nothing of hours."""
    with database(ROLE) as connection:
        stored = active_model(connection, of_class)
    try:
        return None if stored is None else stored.model().hourly
    except BadModel:
        return None


def from_simulator(of_class: str, assets: int, days: int, workers: int, by: str) -> Trained:
    """A model from assets that do not exist, to begin with before there is a history."""
    plan = SeasonPlan(
        seed=TUNING_SEED,
        assets=assets,
        days=days,
        growths=TUNING_GROWTHS,
        asset_class=of_class,
    )
    with step(f"play {assets} of {of_class} for {days} days") as tell:
        played = season(plan, workers, tell)
    first = (START + timedelta(hours=8)).date()
    origin = Origin(
        source=f"{SIMULATED}, seed {TUNING_SEED}",
        by=by,
        first=first,
        last=first + timedelta(days=days - 1),
        assets=assets,
    )
    trained = _trained(played, of_class, origin)
    size = Size(lifts=assets, days=days, workers=workers)
    return replace(trained, model=replace(trained.model, hourly=hourly_of(of_class, size)))


def _trained(past: Season, of_class: str, origin: Origin) -> Trained:
    lesson = Lesson(asset_class=of_class, shape=Shape(), budget=scan_budget(of_class), seed=_SEED)
    with step(f"train on {origin.assets} assets") as tell:
        taught: Taught = teach_and_judge(past, lesson, tell)
    return Trained(model=taught.model, origin=origin, scores=validation_of(taught.figures))


def validation_of(found: Figures) -> Validation:
    """Figures as they are kept with a model."""
    return Validation(
        asset_days=found.asset_days,
        faults=found.faults,
        warnings=found.warnings,
        precision=_known(found.precision),
        recall=_known(found.recall),
        warned_3_days_ahead_share=_known(found.ahead_share),
        median_lead_days=_known(found.median_lead_days),
        false_per_100_days=_known(found.false_per_100_days),
    )


def _known(estimate: Estimate) -> float | None:
    return round(estimate.value, 4) if isfinite(estimate.value) else None


def both_on_history(
    first: ModelId, second: ModelId, days: int
) -> dict[str, dict[str, float | None]]:
    """What two models of one class would have said of the newest third of the days.

    Raises:
        NoModel: One is not there, or they are of different classes.
    """
    with database(ROLE) as connection:
        stored = [fetch_model(connection, number) for number in (first, second)]
    if stored[0].asset_class != stored[1].asset_class:
        raise NoModel("models of different classes cannot be compared")
    whole = history_of(stored[0].asset_class, days).season
    split = round(whole.days.shape[1] * (1 - HELD_BACK))
    newer = Season(days=whole.days, faults=whole.faults, begin=split)
    return {str(item.id): _said(item.model(), newer) for item in stored}


def _said(model: Model, newer: Season) -> dict[str, float | None]:
    with step("ask a model") as tell:
        scores = score_days(newer.days, model.scan, tell)
    counts = tally(newer.faults, warnings_of(scores, newer.times, model.rule), newer.watch())
    found = validation_of(figures(counts, _SEED))
    return {name: getattr(found, name) for name in Validation.__struct_fields__}
