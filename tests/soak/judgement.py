"""Whether a process's memory is flat: a robust slope after the warm-up, with its interval.

References:
    Sen (1968), Estimates of the regression coefficient based on Kendall's tau, JASA 63:1379-1389
    (scipy.stats.theilslopes).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import theilslopes

LEAST_POINTS: Final = 8
"""With fewer nothing is concluded."""
_CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What flat means.

    Attributes:
        warm_s: Left out at the beginning [s].
        growth_mib: Growth over the judged time that may be chance [MiB]; or `growth_share` of the
            process's median memory, whichever is more.
        ceiling_mib: Largest memory that a process may have [MiB].
    """

    warm_s: float
    growth_mib: float = 4.0
    growth_share: float = 0.03
    ceiling_mib: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Memory of one process over time.

    Attributes:
        at_s: Since the load began [s].
        mib: Proportional set size of the process and its children [MiB].
    """

    name: str
    at_s: Sequence[float]
    mib: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of a process's memory.

    Attributes:
        slope_mib_per_min: Median of the slopes between all pairs of points; `low_` and `high_`
            are the ends of its 95 % interval [MiB/min].
        growth_mib: Slope times the judged time [MiB].
        allowed_mib: Growth that would have passed [MiB].
    """

    name: str
    points: int
    first_mib: float
    last_mib: float
    most_mib: float
    slope_mib_per_min: float
    low_mib_per_min: float
    high_mib_per_min: float
    growth_mib: float
    allowed_mib: float
    is_flat: bool
    is_small: bool


def judge(series: Series, limits: Limits) -> Judgement:
    """Judge the part after the warm-up.

    Raises:
        ValueError: Fewer points are left than anything can be concluded from.
    """
    at = np.asarray(series.at_s, dtype=np.float64)
    mib = np.asarray(series.mib, dtype=np.float64)
    at, mib = at[at >= limits.warm_s], mib[np.asarray(series.at_s) >= limits.warm_s]
    if len(at) < LEAST_POINTS:
        raise ValueError(f"{series.name}: {len(at)} points after the warm-up are too few")
    slope, _, low, high = (float(one) for one in theilslopes(mib, at / 60, alpha=_CONFIDENCE))
    growth = slope * float(at[-1] - at[0]) / 60
    allowed = max(limits.growth_mib, limits.growth_share * float(np.median(mib)))
    most = max(series.mib)
    return Judgement(
        name=series.name,
        points=len(at),
        first_mib=float(mib[0]),
        last_mib=float(mib[-1]),
        most_mib=most,
        slope_mib_per_min=slope,
        low_mib_per_min=low,
        high_mib_per_min=high,
        growth_mib=growth,
        allowed_mib=allowed,
        is_flat=low <= 0 or growth <= allowed,
        is_small=most <= limits.ceiling_mib,
    )
