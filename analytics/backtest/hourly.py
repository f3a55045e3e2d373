"""Changes within hours: what a model learns of them, and what its warnings of them are worth."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.backtest.contest import Season
from analytics.backtest.tally import Estimate, figures, tally
from analytics.backtest.truth import Faults
from analytics.detectors.surge import LENGTHS, Surge
from analytics.models.hours import surge_of
from analytics.models.model import Hourly
from analytics.models.rule import Raised, Rule, warnings_of, warnings_of_each
from analytics.models.scan import Days, Table

SOUND: Final = 0.9
"""Share of sound assets that never go beyond the edge."""
_TRIED: Final = 80
_FEW: Final = 5
_SOONEST_H, _LATEST_H = 3.0, 96.0
"""Told of a model that has seen fewer than `_FEW` such failures [h]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walked:
    """Steps of a season as the detector saw them.

    Attributes:
        bad: Means in the way that is bad, shape (n_assets, n_steps, n_features, n_lengths).
    """

    bad: NDArray[np.float32]

    def over(self, edge: Table) -> Table:
        """Multiple of the edge, shape (n_assets, n_steps); NaN: nothing is known."""
        assets, steps = self.bad.shape[:2]
        found = np.full((assets, steps), np.nan)
        for step in range(steps):
            parts = self.bad[:, step] / edge
            found[:, step] = np.fmax.reduce(parts.reshape(assets, -1), axis=1)
        return found


def warnings_by_hours(season: Season, of_class: str, hourly: Hourly) -> Raised:
    """The warnings that the watch of hours raises, causally.

    Args:
        season: Steps of `STEP_H`.
        of_class: Asset class.
        hourly: What a model knows of hours.
    """
    over = _walk(season.days, surge_of(of_class)).over(hourly.edge)
    return warnings_of(over, season.times, _rule(hourly.threshold))


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """Of defects that grow within days, what some rule warned of before they failed.

    Attributes:
        median_lead_hours: Of those that were warned of; NaN: of none.
    """

    faults: int
    share: Estimate
    median_lead_hours: float


def foretold(season: Season, raised: Raised, seed: int) -> Foretold:
    """What warnings were worth in a season of fast defects."""
    counts = tally(season.faults, raised, season.watch())
    found = figures(counts, seed)
    return Foretold(
        faults=found.faults,
        share=found.recall,
        median_lead_hours=24 * found.median_lead_days.value,
    )


def _rule(threshold: float) -> Rule:
    latch = Surge().latch
    return Rule(threshold=threshold, needed=latch.on_steps, quiet=latch.off_steps)


def teach_hours(season: Season, of_class: str, budget: float) -> Hourly:
    """What sound assets show within hours, and from when on a warning keeps the budget.

    Args:
        season: Steps of `STEP_H` with their truth.
        of_class: Asset class.
        budget: Most false warnings per 100 asset-days.
    """
    walked = _walk(season.days, surge_of(of_class))
    edge = _edge(walked, season)
    over = walked.over(edge)
    threshold = _threshold(over, season, budget)
    raised = warnings_of(over, season.times, _rule(threshold))
    soonest, latest = _leads(raised, season.faults)
    return Hourly(edge=edge, threshold=threshold, soonest_hours=soonest, latest_hours=latest)


def _walk(steps: Days, surge: Surge) -> _Walked:
    assets, count, features = steps.shape
    state = surge.start(assets, features)
    bad = np.full((assets, count, features, len(LENGTHS)), np.nan, dtype=np.float32)
    for step in range(count):
        surge.step(state, float(step * surge.step_s), steps[:, step].astype(np.float64))
        bad[:, step] = surge.bad_means(state)
    return _Walked(bad=bad)


def _edge(walked: _Walked, season: Season) -> Table:
    """The farthest that nine of ten sound assets have ever gone.

    By assets and not by steps: a few that were changed or lied to for weeks would set the edge.
    """
    sound = walked.bad[:, season.begin :].copy()
    sound[season.unsound[:, season.begin :]] = np.nan
    farthest = np.fmax.reduce(sound, axis=1)
    edge = np.full(farthest.shape[1:], Surge().clip)
    for feature, length in np.ndindex(*edge.shape):
        known = farthest[:, feature, length]
        known = known[~np.isnan(known)]
        if known.size:
            edge[feature, length] = max(float(np.quantile(known, SOUND)), 1.0)
    return edge


def _threshold(over: Table, season: Season, budget: float) -> float:
    """The one that finds most faults within the budget of false warnings."""
    known = over[~np.isnan(over)]
    if not known.size:
        return 1.0
    grid = np.unique(np.quantile(known, 1 - np.geomspace(0.05, 1e-6, _TRIED)))
    rules = [_rule(float(one)) for one in grid if one > 0]
    best, most, watch = float(known.max()) * 2, (0.0, 0.0), season.watch()
    for rule, raised in zip(rules, warnings_of_each(over, season.times, rules), strict=True):
        counts = tally(season.faults, raised, watch)
        is_bearable = counts.false.sum() * 100 <= budget * counts.days.sum()
        found = (float(counts.warned.sum()), -float(counts.false.sum()))
        if is_bearable and found > most:
            best, most = rule.threshold, found
    return best


def _leads(raised: Raised, faults: Faults) -> tuple[float, float]:
    """One failure in ten came sooner, and one later, after the warning [h]."""
    leads = [
        24 * (faults.failure[place] - at)
        for asset, at in zip(raised.asset, raised.at, strict=True)
        for place in np.flatnonzero(faults.asset == asset)
        if faults.onset[place] <= at < faults.failure[place]
    ]
    if len(leads) < _FEW:
        return _SOONEST_H, _LATEST_H
    soonest, latest = np.quantile(leads, [0.1, 0.9])
    return max(float(soonest), 1.0), max(float(latest), 6.0)
