"""Runs a backtest: a model taught on one season, held against trivial rules on another."""

from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Final

import msgspec
import numpy as np

from analytics.backtest.baseline import baselines
from analytics.backtest.contest import MODEL, Contender, Season, Terms, contest
from analytics.backtest.family import families
from analytics.backtest.report import Cycle, Report, Setting, report_of
from analytics.backtest.school import Lesson, teach
from analytics.models.guard import Bounds, judge
from analytics.models.model import Model
from analytics.models.scan import Shape
from analytics.models.train import score_days
from simulators.growth import Growth
from towerwatch.backtest.assets import PLANTS
from towerwatch.backtest.simulated import CLASS, SeasonPlan, season
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
        lesson = Lesson(asset_class=of_class, shape=Shape(), budget=budget, seed=TUNING_SEED)
        return teach(tuning, lesson, tell), tuning


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
        testing = season(plan, size.workers, tell)
    return compared(
        model,
        tuning,
        testing,
        Setting(
            source=f"Simulator, seed {seed}, {plan.assets} of {of_class} for {size.days} days,"
            f" defects grow {', '.join(TESTING_GROWTHS)}",
            tuned_on=f"seed {TUNING_SEED} with {' and '.join(TUNING_GROWTHS)} growth",
            budget=budget,
            cycle=cycle_seconds(model, testing) if of_class == CLASS else None,
        ),
        seed,
    )


def compared(model: Model, tuning: Season, testing: Season, setting: Setting, seed: int) -> Report:
    """The model and the trivial rules on the same days."""
    contenders = {
        MODEL: Contender(score=lambda days: score_days(days, model.scan, _untold), rule=model.rule)
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
    steps = model.scan.shape.window + model.rule.steps
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
