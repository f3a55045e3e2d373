"""Seasons from the simulators: assets that do not exist, hours as features, and the truth."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.backtest.contest import Season
from analytics.backtest.truth import Faults
from analytics.features.hours import Hours
from analytics.features.table import carried, columns_of, days_of
from analytics.models.hours import PER_DAY, STEP_H
from simulators.growth import Growth
from simulators.history import HistoryBlock, HistoryPlan, Rates, Truth, TruthKind, simulate
from towerwatch.backtest.assets import assets_of

DAY_MS: Final = 86_400_000
CLASS: Final = "lift"
SEVERITIES: Final = (0.5, 1.6)
"""How strong symptoms are at a failure, as a share of the usual size."""
START: Final = datetime(2025, 2, 28, 16, tzinfo=UTC)
"""Midnight of a first of March in China: a season begins in spring and ends in a hot summer."""
QUIET_DAYS: Final = 28
"""Nothing begins before: rules may warm up, and warnings do not count yet."""
FADING_DAYS: Final = 1.0
"""The features of the day on which a fault was repaired still show it; a warning of that day is
neither true nor false [days]."""
_BLOCK: Final = 25
"""Assets that are played in one piece of work."""

Tell = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonPlan:
    """A season that is asked for.

    Attributes:
        assets: How many are played.
        growths: Laws by which defects grow.
        severities: Symptoms at the failure are from the first to the second of the usual size.
        slow: Defects that grow, per asset and year.
        growing_days: A defect takes from the first to the second to its failure [d].
    """

    seed: int
    assets: int
    days: int
    growths: tuple[Growth, ...]
    asset_class: str = CLASS
    severities: tuple[float, float] = SEVERITIES
    slow: float = 1.0
    growing_days: tuple[float, float] = (10.0, 90.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seasons:
    """The same season day by day and in steps of some hours."""

    days: Season
    steps: Season


def season(plan: SeasonPlan, workers: int, tell: Tell) -> Season:
    """Play a season day by day; see `seasons`."""
    return seasons(plan, workers, tell).days


def seasons(plan: SeasonPlan, workers: int, tell: Tell) -> Seasons:
    """Play a season; hours become features at once and are forgotten.

    Args:
        plan: What is played; the same plan gives the same season, however many workers.
        workers: Processes that play.
        tell: Is told how far it is.
    """
    histories = list(_histories(plan))
    parts: dict[int, _Played] = {}
    # Started afresh: a fork would inherit the threads of whoever calls.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(_play, history): n for n, history in enumerate(histories)}
        for done in as_completed(waiting):
            parts[waiting[done]] = done.result()
            tell(len(parts) / len(histories), f"{len(parts) * _BLOCK} assets")
    played = [parts[number] for number in range(len(histories))]
    truths = [
        (_BLOCK * number + row, truth)
        for number, part in enumerate(played)
        for row, truth in part.truths
    ]
    days = np.concatenate([part.days for part in played])
    steps = np.concatenate([part.steps for part in played])
    faults = faults_of(truths, histories[0])
    return Seasons(
        days=Season(days=days, faults=faults, begin=QUIET_DAYS),
        steps=Season(days=steps, faults=faults, begin=QUIET_DAYS * PER_DAY, per_day=PER_DAY),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Played:
    """Some assets of a season: features by day and by step, and what was true of which row."""

    days: NDArray[np.float32]
    steps: NDArray[np.float32]
    truths: list[tuple[int, Truth]]


def _histories(plan: SeasonPlan) -> Iterator[HistoryPlan]:
    """The season in pieces: an asset more or less changes nothing for the others."""
    assets = assets_of(plan.asset_class, plan.assets, plan.seed)
    for first in range(0, len(assets), _BLOCK):
        yield HistoryPlan(
            seed=plan.seed,
            start_ms=int(START.timestamp() * 1000),
            days=plan.days,
            assets=assets[first : first + _BLOCK],
            rates=Rates(slow=plan.slow),
            growths=plan.growths,
            severities=plan.severities,
            growing_days=plan.growing_days,
            quiet_days=float(QUIET_DAYS),
            block_assets=_BLOCK,
        )


def _play(history: HistoryPlan) -> _Played:
    (block,) = simulate(history)
    rows = {code: row for row, code in enumerate(block.assets)}
    hours = hours_of(block)
    steps = days_of(replace(hours, length=STEP_H))
    return _Played(
        days=carried(days_of(hours).astype(np.float32), block.class_name),
        steps=steps.astype(np.float32),
        truths=[(rows[truth.asset], truth) for truth in block.truth],
    )


def hours_of(block: HistoryBlock) -> Hours:
    """The columns of a block that features are made from."""
    return Hours(
        asset_class=block.class_name,
        columns={name: block.column(name) for name in columns_of(block.class_name)},
    )


def faults_of(truths: list[tuple[int, Truth]], plan: HistoryPlan) -> Faults:
    """Slow and sudden failures; lying sensors and changes are no faults of an asset.

    A defect that a technician found in time did not fail: warning of it was right, but it is not
    asked for, since nobody knows how long before its failure that would have been.
    """
    kinds = (TruthKind.SLOW, TruthKind.SUDDEN)
    real = [(row, truth) for row, truth in truths if truth.kind in kinds]
    ends = [truth.ends_at or plan.end_ms for _, truth in real]
    failures = [truth.failure_at or end for (_, truth), end in zip(real, ends, strict=True)]
    return Faults(
        asset=np.array([row for row, _ in real], dtype=np.int64),
        onset=_days([truth.onset_at for _, truth in real], plan),
        failure=_days(failures, plan),
        repaired=np.maximum(_days(ends, plan), _days(failures, plan)) + FADING_DAYS,
        cause=tuple(truth.cause for _, truth in real),
        is_slow=np.array(
            [truth.kind is TruthKind.SLOW and truth.failure_at is not None for _, truth in real],
            dtype=np.bool_,
        ),
        severity=np.array([truth.severity or np.nan for _, truth in real], dtype=np.float64),
    )


def _days(times_ms: list[int], plan: HistoryPlan) -> NDArray[np.float64]:
    days: NDArray[np.float64] = (np.array(times_ms, dtype=np.float64) - plan.start_ms) / DAY_MS
    return days
