"""Trend to a limit: which quantity will reach it, between when and when."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Flags, Scores, Values, clean, shares
from analytics.detectors.latch import Latch
from analytics.detectors.trend import Trend, fit, step_noise

_LATCH: Final = Latch(on=0.5, off=0.3, on_steps=2, off_steps=4)


@dataclass(slots=True, kw_only=True)
class TowardState:
    """Shape (n_assets, n_features) unless said.

    Attributes:
        kept: Means of the newest bins, oldest first; shape (bins, n_assets, n_features).
        kept_at: Middle of each bin [s]; shape (bins,).
        sums: Sum of the bin that is open.
        counts: Values in it.
        opened_at: When it was opened [s]; shape ().
        strength: Newest evidence of each feature, 0 to 1; NaN for none.
        due_from: Earliest time at which the limit is reached [s]; NaN for none.
        due_until: Latest [s]; at most `farthest` horizons away.
        alarm: Shape (n_assets,).
        run: Shape (n_assets,).
    """

    kept: Values
    kept_at: Values
    sums: Values
    counts: Values
    opened_at: NDArray[np.float64]
    strength: Values
    due_from: Values
    due_until: Values
    alarm: Flags
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Toward:
    """A Theil-Sen line through bins of time, and when it meets a limit.

    The score is 0.5 for a trend that plainly leads to its limit just within the horizon, and 1
    for one that is there. The state holds the interval of dates.

    Attributes:
        low: Floor of each feature [unit]; -inf for none.
        high: Ceiling of each feature [unit]; inf for none.
        bin_s: Length of a bin [s].
        bins: Bins of the line.
        least: Bins with a value.
        horizon_s: A limit farther away is no warning [s].
        noise_ratio: Change over the window against its noise.
        farthest: The interval ends at so many horizons.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    bin_s: float = 86_400.0
    bins: int = 28
    least: int = 8
    horizon_s: float = 30 * 86_400.0
    noise_ratio: float = 6.0
    farthest: float = 3.0
    latch: Latch = _LATCH

    @property
    def name(self) -> str:
        """Its name in tables."""
        return "toward"

    @property
    def is_relative(self) -> bool:
        """Each asset by itself."""
        return False

    def start(self, n_assets: int, n_features: int) -> TowardState:
        """Know nothing yet."""
        shape = (n_assets, n_features)
        return TowardState(
            kept=np.full((self.bins, *shape), np.nan),
            kept_at=np.full(self.bins, np.nan),
            sums=np.zeros(shape),
            counts=np.zeros(shape),
            opened_at=np.array(np.nan),
            strength=np.full(shape, np.nan),
            due_from=np.full(shape, np.nan),
            due_until=np.full(shape, np.nan),
            alarm=np.zeros(n_assets, dtype=np.bool_),
            run=np.zeros(n_assets, dtype=np.int64),
        )

    def step(self, state: TowardState, time: float, values: Values) -> Scores:
        """Take one step; lines are drawn when a bin is full."""
        x = clean(values)
        if np.isnan(state.opened_at):
            state.opened_at = np.array(time)
        turns = time - float(state.opened_at) >= self.bin_s
        if turns:
            self._close(state, time)
            self._draw(state, time)
        known = ~np.isnan(x)
        state.sums = np.where(known, state.sums + x, state.sums)
        state.counts = state.counts + known
        score = np.where(np.any(known, axis=1), np.fmax.reduce(state.strength, axis=1), np.nan)
        if turns:
            self.latch.step(state, score)
        alarm = state.alarm.copy()
        return Scores(score=score, alarm=alarm, reason=shares(state.strength))

    def _close(self, state: TowardState, time: float) -> None:
        mean = np.divide(
            state.sums, state.counts, out=np.full(state.sums.shape, np.nan), where=state.counts > 0
        )
        middle = (float(state.opened_at) + min(time, float(state.opened_at) + self.bin_s)) / 2
        state.kept = np.concatenate([state.kept[1:], mean[None]])
        state.kept_at = np.append(state.kept_at[1:], middle)
        state.sums, state.counts = np.zeros_like(state.sums), np.zeros_like(state.counts)
        state.opened_at = np.array(time)

    def _draw(self, state: TowardState, now: float) -> None:
        bins, assets, features = state.kept.shape
        known = ~np.isnan(state.kept_at)
        rows = state.kept[known].reshape(int(known.sum()), assets * features).T
        times = state.kept_at[known] - now
        if len(times) < self.least:
            return
        line = fit(times, rows)
        shape = (assets, features)
        rises = line.slope > 0
        limit = np.where(rises, np.tile(self.high, assets), np.tile(self.low, assets))
        soon, late = self._reached_in(line, limit)
        strength = self._strength(line, np.fmax(step_noise(rows), line.noise), limit, soon)
        is_due = strength >= 0.5
        until = np.minimum(late, self.farthest * self.horizon_s)
        state.strength = strength.reshape(shape)
        state.due_from = np.where(is_due, now + soon, np.nan).reshape(shape)
        state.due_until = np.where(is_due, now + until, np.nan).reshape(shape)
        _ = bins

    def _reached_in(self, line: Trend, limit: Values) -> tuple[Values, Values]:
        """Soonest and latest time to the limit [s] by the interval of the slope."""
        way = limit - line.level
        slopes = np.stack([line.slope_low, line.slope, line.slope_high])
        leads = slopes * way > 0
        lengths = np.divide(way, slopes, out=np.full(slopes.shape, np.inf), where=leads)
        is_there = np.sign(line.slope) * way <= 0
        soon = np.where(is_there, 0.0, lengths.min(axis=0))
        late = np.where(is_there, 0.0, lengths.max(axis=0))
        return soon, late

    def _strength(self, line: Trend, noise: Values, limit: Values, soon: Values) -> Values:
        """0 to 1; NaN where there are too few bins."""
        change = np.abs(line.slope) * line.reach
        ratio = change / np.maximum(self.noise_ratio * noise, 1e-12)
        one_way = np.sign(line.slope_low) * np.sign(line.slope_high) > 0
        near = np.where(np.isinf(limit), np.inf, soon) / self.horizon_s
        evidence = np.where(one_way, np.minimum(ratio, 1.0), 0.0)
        strength: Values = evidence * np.where(np.isinf(near), 0.0, 1 / (1 + near))
        return np.where(line.points >= self.least, strength, np.nan)
