"""The slope of a noisy series, with an interval that an outlier or a gap does not break."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.warnings.window import Values

Z_99: Final = 2.5758
"""Two-sided 99 % quantile of the normal distribution."""
_MAD_TO_SIGMA: Final = 1.4826
_CHUNK: Final = 1000
"""Assets at a time: pairs of 32 bins of so many assets take about 4 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A straight line through each row; NaN where a row has fewer than three points.

    Attributes:
        slope: Theil-Sen estimate [unit/s], shape (n_rows,).
        slope_low: Lower end of its 99 % interval [unit/s].
        slope_high: Upper end [unit/s].
        level: Value of the line at time 0 [unit].
        noise: Robust deviation from the line [unit].
        points: Points that are not NaN.
        reach: Time from the first to the last point [s].
    """

    slope: Values
    slope_low: Values
    slope_high: Values
    level: Values
    noise: Values
    points: NDArray[np.int64]
    reach: Values


def fit(times: Values, values: Values) -> Trend:
    """A robust line through every row.

    Args:
        times: Time of each column [s]; 0 is now, shape (n_columns,).
        values: Shape (n_rows, n_columns); NaN means no value.

    References:
        Theil (1950), Sen (1968), "Estimates of the regression coefficient based on Kendall's
        tau", JASA 63(324), doi:10.1080/01621459.1968.10480934. The interval assumes independent
        noise; where noise is correlated it is too narrow, so callers also ask for a change that
        is large against the noise.
    """
    parts = [
        _fit(times, values[start : start + _CHUNK]) for start in range(0, len(values), _CHUNK)
    ] or [_fit(times, values)]
    return Trend(
        slope=np.concatenate([part.slope for part in parts]),
        slope_low=np.concatenate([part.slope_low for part in parts]),
        slope_high=np.concatenate([part.slope_high for part in parts]),
        level=np.concatenate([part.level for part in parts]),
        noise=np.concatenate([part.noise for part in parts]),
        points=np.concatenate([part.points for part in parts]),
        reach=np.concatenate([part.reach for part in parts]),
    )


def _fit(times: Values, values: Values) -> Trend:
    first, second = np.triu_indices(len(times), k=1)
    slopes = (values[:, second] - values[:, first]) / (times[second] - times[first])
    slopes.sort(axis=1)
    is_there = ~np.isnan(values)
    points = is_there.sum(axis=1)
    pairs = points * (points - 1) // 2
    spread = Z_99 * np.sqrt(points * (points - 1) * (2 * points + 5) / 18)
    is_enough = points >= 3
    slope = _at_rank(slopes, pairs, (pairs - 1) / 2, is_enough)
    low = _at_rank(slopes, pairs, np.floor((pairs - spread) / 2) - 1, is_enough)
    high = _at_rank(slopes, pairs, np.ceil((pairs + spread) / 2), is_enough)
    level = _median(values - slope[:, None] * times)
    residual = values - level[:, None] - slope[:, None] * times
    noise = _MAD_TO_SIGMA * _median(np.abs(residual))
    latest = np.where(is_there, times, -np.inf).max(axis=1, initial=-np.inf)
    earliest = np.where(is_there, times, np.inf).min(axis=1, initial=np.inf)
    reach = np.where(points > 0, latest - earliest, 0.0)
    return Trend(
        slope=slope,
        slope_low=low,
        slope_high=high,
        level=level,
        noise=noise,
        points=points,
        reach=reach,
    )


def step_noise(values: Values) -> Values:
    """Robust deviation of each row by the steps between neighbours [unit], shape (n_rows,).

    It does not depend on the shape of the trend; a row with fewer than two neighbours is NaN.
    """
    steps = np.diff(values, axis=1)
    centred = steps - _median(steps)[:, None]
    noise: Values = _MAD_TO_SIGMA * _median(np.abs(centred)) / np.sqrt(2)
    return noise


def _at_rank(
    ordered: Values, counts: NDArray[np.int64], rank: Values, is_enough: NDArray[np.bool_]
) -> Values:
    """The value at a rank of each sorted row (NaN last); between two ranks their mean."""
    last = np.maximum(counts - 1, 0)
    below = np.clip(np.floor(rank), 0, last).astype(np.int64)
    above = np.clip(np.ceil(rank), 0, last).astype(np.int64)
    rows = np.arange(len(ordered))
    if ordered.shape[1] == 0:
        return np.full(len(ordered), np.nan)
    found = (ordered[rows, below] + ordered[rows, above]) / 2
    return np.where(is_enough, found, np.nan)


def _median(values: Values) -> Values:
    """Median of each row without its NaN; NaN for a row of nothing else."""
    ordered = np.sort(values, axis=1)
    counts = (~np.isnan(values)).sum(axis=1)
    return _at_rank(ordered, counts, (counts - 1) / 2, counts > 0)
