"""Limits and rate: a value beyond where it may be, or changing faster than it may."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Flags, Scores, Values, clean, shares
from analytics.detectors.latch import Latch

_LATCH: Final = Latch(on=0.5, off=0.45, on_steps=2, off_steps=3)


@dataclass(slots=True, kw_only=True)
class RateState:
    """Shape (n_assets, n_features) unless said.

    Attributes:
        last: Newest value.
        last_at: When [s].
        alarm: Shape (n_assets,).
        run: Shape (n_assets,).
    """

    last: Values
    last_at: Values
    alarm: Flags
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Distance to a limit, as a share of the way from good to bad.

    It knows everything at its first value, so it has no warm-up. The score is 0 at `good`, 0.5 at
    the limit, 1 at twice the way; a rate counts likewise from 0.

    Attributes:
        good: Where a value should be, per feature [unit].
        low: Not below, per feature; -inf for none.
        high: Not above, per feature; inf for none.
        rate: Not faster, per feature [unit/s]; inf for none.
        max_gap_s: Over a longer gap no rate is formed [s].
    """

    good: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    rate: tuple[float, ...]
    max_gap_s: float = 3600.0
    latch: Latch = _LATCH

    @property
    def name(self) -> str:
        """Its name in tables."""
        return "limit"

    @property
    def is_relative(self) -> bool:
        """Each asset by itself."""
        return False

    def start(self, n_assets: int, n_features: int) -> RateState:
        """Know nothing yet."""
        return RateState(
            last=np.full((n_assets, n_features), np.nan),
            last_at=np.full((n_assets, n_features), np.nan),
            alarm=np.zeros(n_assets, dtype=np.bool_),
            run=np.zeros(n_assets, dtype=np.int64),
        )

    def step(self, state: RateState, time: float, values: Values) -> Scores:
        """Score one step."""
        x = clean(values)
        good = np.array(self.good)
        up = (x - good) / (np.array(self.high) - good)
        down = (good - x) / (good - np.array(self.low))
        elapsed = time - state.last_at
        is_usable = (elapsed > 0) & (elapsed <= self.max_gap_s)
        speed = np.abs(x - state.last) / np.where(is_usable, elapsed, np.nan)
        way = np.fmax(np.fmax(np.maximum(up, down), 0.0), speed / np.array(self.rate))
        parts = np.clip(np.where(np.isnan(x), np.nan, way) / 2, 0.0, 1.0)
        known = ~np.isnan(x)
        state.last = np.where(known, x, state.last)
        state.last_at = np.where(known, time, state.last_at)
        score = np.where(known.any(axis=1), np.nan_to_num(parts, nan=0.0).max(axis=1), np.nan)
        alarm = self.latch.step(state, score)
        return Scores(score=score, alarm=alarm, reason=shares(parts))
