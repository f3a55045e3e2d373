"""Runs a backtest: a model taught on one season, held against trivial rules on another."""

from dataclasses import dataclass, replace
from time import perf_counter, process_time
from typing import Final

import msgspec
import numpy as np

from analytics.backtest.baseline import baselines
from analytics.backtest.contest import MODEL, Contender, Season, Terms, both, contest
from analytics.backtest.family import families
from analytics.backtest.hourly import Foretold, foretold, teach_hours, warnings_by_hours
from analytics.backtest.report import Cycle, Report, Setting, report_of
from analytics.backtest.school import Lesson, teach
from analytics.models.guard import GAP_DAYS, Bounds, judge
from analytics.models.model import Hourly, Model
from analytics.models.rule import Raised, warnings_of
from analytics.models.scan import Shape
from analytics.models.train import score_days
from simulators.growth import Growth
from towerwatch.backtest.assets import PLANTS
from towerwatch.backtest.simulated import CLASS, SeasonPlan, season, seasons
from towerwatch.progress import step

TUNING_SEED: Final = 20250301
"""Of the season that thresholds come from; no backtest is judged on it."""
TUNING_GROWTHS: Final = (Growth.LINEAR, Growth.EXPONENTIAL)
"""Laws of growth that a model has met."""
TESTING_GROWTHS: Final = (Growth.STEPWISE, Growth.SIGMOID, Growth.POWER)
"""Laws of growth that it has not."""
BUDGET: Final = 0.25
"""False warnings per 100 lift-days that every rule is tuned to: a quarter of what is bearable, so
that other buildings than those of the tuning stay within it."""
HOUR_BUDGET: Final = 0.075
"""What the watch of hours has, where there is one [false warnings per 100 asset-days]."""
SCAN_SHARE: Final = 0.5
"""Share of the budget that the scan of days has beside a watch of hours: together they stay below
what every other rule has alone."""
FAST_SEED: Final = 20250302
"""Of the season that the watch of hours is tuned on."""
FAST_DAYS: Final = (0.25, 4.0)
"""A fast defect takes from the first to the second to its failure [d]."""
FAST_SLOW: Final = 2.5
"""Fast defects per lift and year that are played: enough of them to tell shares apart."""
CYCLE_LIFTS: Final = 10_000
_LOOKS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is played.

    Attributes:
        others: Assets of each class that is no lift; 0: lifts alone.
        workers: Processes that play at once.
    """

    lifts: int
    days: int
    workers: int
    others: int = 0

    def assets(self, of_class: str) -> int:
        """How many of a class are played."""
        return self.lifts if of_class == CLASS else self.others


def taught(of_class: str, size: Size, budget: float = BUDGET) -> tuple[Model, Season]:
    """A model of a class taught on its tuning season, and that season."""
    plan = SeasonPlan(
        seed=TUNING_SEED,
        assets=size.assets(of_class),
        days=size.days,
        growths=TUNING_GROWTHS,
        asset_class=of_class,
    )
    with step(f"play {plan.assets} of {of_class} for {size.days} days to learn from") as tell:
        tuning = season(plan, size.workers, tell)
    with step(f"learn what a sound {of_class} shows") as tell:
        own = scan_budget(of_class, budget)
        lesson = Lesson(asset_class=of_class, shape=Shape(), budget=own, seed=TUNING_SEED)
        model = teach(tuning, lesson, tell)
    return replace(model, hourly=hourly_of(of_class, size)), tuning


def scan_budget(of_class: str, budget: float = BUDGET) -> float:
    """What the scan of days has of a budget [false warnings per 100 asset-days]."""
    return SCAN_SHARE * budget if of_class == CLASS else budget


def hourly_of(of_class: str, size: Size) -> Hourly | None:
    """What is learned of changes within hours; None: nothing is watched by the hour."""
    if of_class != CLASS:
        return None
    plan = fast_plan(FAST_SEED, size, TUNING_GROWTHS)
    with step(f"play {plan.assets} of {of_class} whose defects grow within days") as tell:
        fast = seasons(plan, size.workers, tell)
    with step("learn what a sound one shows within hours"):
        return teach_hours(fast.steps, of_class, HOUR_BUDGET)


def fast_plan(seed: int, size: Size, growths: tuple[Growth, ...]) -> SeasonPlan:
    """A season of lifts whose defects grow within hours and days."""
    return SeasonPlan(
        seed=seed,
        assets=size.lifts,
        days=size.days,
        growths=growths,
        slow=FAST_SLOW,
        growing_days=FAST_DAYS,
    )


def against_simulator(seed: int, size: Size, budget: float = BUDGET) -> Report:
    """The figures of the model and of trivial rules on seasons that none was tuned on."""
    report = _of_class(CLASS, seed, size, budget)
    if not size.others:
        return report
    others = {name: _of_class(name, seed, size, budget) for name in PLANTS if name != CLASS}
    return msgspec.structs.replace(report, classes=others)


def _of_class(of_class: str, seed: int, size: Size, budget: float) -> Report:
    model, tuning = taught(of_class, size, budget)
    plan = SeasonPlan(
        seed=seed,
        assets=size.assets(of_class),
        days=size.days,
        growths=TESTING_GROWTHS,
        asset_class=of_class,
    )
    with step(f"play {plan.assets} others, whose defects grow by other laws") as tell:
        testing = seasons(plan, size.workers, tell)
    fast = _fast(model, seed, size) if model.hourly is not None else {}
    return compared(
        model,
        tuning,
        testing.days,
        Setting(
            source=f"Simulator, seed {seed}, {plan.assets} of {of_class} for {size.days} days,"
            f" defects grow {', '.join(TESTING_GROWTHS)}",
            tuned_on=f"seed {TUNING_SEED} with {' and '.join(TUNING_GROWTHS)} growth",
            budget=budget,
            cycle=cycle_seconds(model, testing.days) if of_class == CLASS else None,
            fast=fast,
        ),
        seed,
        beside=_by_hours(model, testing.steps),
    )


def _by_hours(model: Model, steps: Season) -> tuple[Raised, ...]:
    """What the watch of hours raises in a season; empty: nothing is watched by the hour."""
    if model.hourly is None:
        return ()
    return (warnings_by_hours(steps, model.asset_class, model.hourly),)


def _fast(model: Model, seed: int, size: Size) -> dict[str, Foretold]:
    """What is foretold of defects that grow within days: by all, by the scan, by the hours."""
    plan = fast_plan(seed, size, TESTING_GROWTHS)
    with step(f"play {plan.assets} others, whose defects grow within days") as tell:
        played = seasons(plan, size.workers, tell)
    days = played.days
    scan = warnings_of(score_days(days.days, model.scan, _untold), days.times, model.rule)
    (hours,) = _by_hours(model, played.steps)
    rules = {
        "Towerwatch": both(scan, hours),
        "the scan of days alone": scan,
        "the watch of hours alone": hours,
    }
    return {name: foretold(days, raised, seed) for name, raised in rules.items()}


def compared(  # noqa: PLR0913 - a contest and where it is held
    model: Model,
    tuning: Season,
    testing: Season,
    setting: Setting,
    seed: int,
    *,
    beside: tuple[Raised, ...] = (),
) -> Report:
    """The model and the trivial rules on the same days."""
    contenders = {
        MODEL: Contender(
            score=lambda days: score_days(days, model.scan, _untold),
            rule=model.rule,
            beside=beside,
        )
    }
    contenders |= {
        name: Contender(score=score) for name, score in baselines(tuning.days, seed).items()
    }
    contenders |= {name: Contender(score=score) for name, score in families(tuning).items()}
    with step("judge the model and the trivial rules") as tell:
        terms = Terms(budget=setting.budget, seed=seed)
        done = iter(range(1, len(contenders) + 1))
        standings = contest(
            contenders,
            tuning,
            [testing],
            terms,
            lambda name: tell(next(done) / (len(contenders) + 1), name),
        )
    return report_of(standings, setting)


def _untold(share: float, now: str) -> None:
    """Shows nothing."""
    _ = share, now


def cycle_seconds(model: Model, testing: Season) -> Cycle:
    """The shortest of some cycles over 10,000 lifts: what else ran on the machine is no cost."""
    steps = model.scan.shape.window + model.rule.steps + GAP_DAYS
    window = testing.days[:, -steps:]
    copies = -(-CYCLE_LIFTS // len(window))
    days = np.tile(window, (copies, 1, 1))[:CYCLE_LIFTS]
    # One in a hundred has a warning, of up to two months.
    numbers = np.arange(CYCLE_LIFTS)
    standing = np.where(numbers % 100 == 0, 1 + numbers % 60, 0)
    walls, works = [], []
    for _ in range(_LOOKS):
        begun, worked = perf_counter(), process_time()
        judge(days, standing, model, Bounds())
        walls.append(perf_counter() - begun)
        works.append(process_time() - worked)
    return Cycle(wall_s=round(min(walls), 3), cpu_s=round(min(works), 3))
