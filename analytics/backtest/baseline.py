"""Trivial rules that early warning must beat: scores by day from the same features.

Each sees what the model sees, at the same time, and its threshold is tuned to the same budget.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.detectors.forest import Grown, grow
from analytics.models.scan import Days, Table

ScoreDays = Callable[[Days], Table]
"""Days of features in, the score of each day out: shape (n_assets, n_days)."""

MAD_SIGMA: Final = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
_OWN_DAYS: Final = 14
"""A mean and a deviation of an asset need so many days."""
_FOREST_DAYS: Final = 20_000
"""Days that the forest is grown from; each of its trees takes 256 (Liu et al. 2008)."""
_TREES: Final = 100
_ROWS: Final = 4096
"""So many rows walk the trees together: what they need fits into some megabytes."""
_LEAST: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """Middle and robust scatter of every feature over all assets, shape (n_features,) each."""

    middle: Table
    scatter: Table


def usual_of(days: Days) -> Usual:
    """The middle and scatter of all days of all assets."""
    flat = days.reshape(-1, days.shape[2])
    flat = flat[:: max(1, len(flat) // 200_000)].astype(np.float64)
    middle, scatter = np.zeros(flat.shape[1]), np.ones(flat.shape[1])
    for place, column in enumerate(flat.T):
        known = column[~np.isnan(column)]
        if known.size:
            middle[place] = np.median(known)
            scatter[place] = max(
                MAD_SIGMA * float(np.median(np.abs(known - middle[place]))), _LEAST
            )
    return Usual(middle=middle, scatter=scatter)


def baselines(past: Days, seed: int) -> dict[str, ScoreDays]:
    """The trivial rules that have a threshold, by name; what they must know is from the past."""
    usual = usual_of(past)
    forest = _forest(past, usual, seed)
    return {
        "last_value": lambda days: last_value(days, usual),
        "fixed_limit": lambda days: fixed_limit(days, usual),
        "z_score": z_score,
        "isolation_forest": lambda days: _isolation(forest, days, usual),
    }


def last_value(days: Days, usual: Usual) -> Table:
    """The largest step since yesterday, over the scatter of all assets."""
    steps = np.full(days.shape, np.nan)
    steps[:, 1:] = np.abs(np.diff(days, axis=1)) / usual.scatter
    return _strongest(steps)


def fixed_limit(days: Days, usual: Usual) -> Table:
    """The largest departure from the middle of all assets: one limit a feature, for all."""
    return _strongest(np.abs(days - usual.middle) / usual.scatter)


def z_score(days: Days) -> Table:
    """The largest departure from the asset's own mean of all earlier days, in deviations."""
    known = ~np.isnan(days)
    values = np.where(known, days, 0.0).astype(np.float64)
    # About the first day, so that the sums of squares keep their digits.
    first = values[np.arange(len(values))[:, None], known.argmax(axis=1), np.arange(days.shape[2])]
    values = np.where(known, values - first[:, None, :], 0.0)
    count = np.cumsum(known, axis=1) - known
    total = np.cumsum(values, axis=1) - values
    square = np.cumsum(values**2, axis=1) - values**2
    safe = np.maximum(count, 1)
    mean = total / safe
    deviation = np.sqrt(np.maximum(square / safe - mean**2, _LEAST**2))
    z = np.abs(values - mean) / deviation
    return _strongest(np.where(known & (count >= _OWN_DAYS), z, np.nan))


def _forest(past: Days, usual: Usual, seed: int) -> Grown:
    flat = _filled(past, usual)
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(flat), size=min(len(flat), _FOREST_DAYS), replace=False)
    return grow(flat[rows], _TREES, seed)


def _isolation(forest: Grown, days: Days, usual: Usual) -> Table:
    flat = _filled(days, usual)
    parts = [
        forest.strangeness(flat[start : start + _ROWS]) for start in range(0, len(flat), _ROWS)
    ]
    score: Table = np.concatenate(parts).reshape(days.shape[:2])
    is_known = ~np.isnan(days).all(axis=2)
    return np.where(is_known, score, np.nan)


def _filled(days: Days, usual: Usual) -> Table:
    """All days as rows, in scatters; what is not known stands at the middle."""
    flat = (days.reshape(-1, days.shape[2]) - usual.middle) / usual.scatter
    return np.nan_to_num(flat, nan=0.0, posinf=0.0, neginf=0.0)


def _strongest(parts: Table) -> Table:
    strongest: Table = np.fmax.reduce(parts, axis=2)
    return strongest
