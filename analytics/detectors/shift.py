"""Drift and step of each quantity against its own hour of the week: robust EWMA and CUSUM."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.calibrate import decades, to_score
from analytics.detectors.contract import Flags, Scores, Values, clean, shares
from analytics.detectors.latch import Latch

_HOURS: Final = 168
_MAD_TO_SIGMA: Final = 1.2533
"""Standard deviation over mean absolute deviation of the normal distribution: sqrt(pi/2)."""
_LATCH: Final = Latch(on=0.5, off=0.2, on_steps=1, off_steps=6)


@dataclass(slots=True, kw_only=True)
class ShiftState:
    """Shape (n_assets, n_features) unless said.

    Attributes:
        count: Values learned.
        mean: Usual value.
        unit: Usual absolute distance from the hour's usual value.
        hour: Usual distance of each hour of the week from the mean; shape (168, ...).
        hour_count: Values learned there; same shape.
        average: EWMA of the standardised residual.
        high: CUSUM upwards; `low` downwards.
        last_at: Time of the newest step [s]; shape ().
        usual_s: Usual length of a step [s]; shape ().
        alarm: Shape (n_assets,).
        run: Shape (n_assets,).
    """

    count: Values
    mean: Values
    unit: Values
    hour: Values
    hour_count: Values
    average: Values
    high: Values
    low: Values
    last_at: NDArray[np.float64]
    usual_s: NDArray[np.float64]
    alarm: Flags
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """EWMA and two-sided CUSUM of what the hour of the week does not explain.

    The score is 0.5 where the EWMA reaches `limit` of its own deviations, or the CUSUM `decision`.
    The baseline moves by `1/memory` a step, counts no value for more than three usual distances,
    and stands still while the asset is in alarm.

    Attributes:
        warm_up: Values that are only learned from.
        memory: Values after which the past counts for 1/e.
        weight: Of the newest value in the EWMA.
        limit: EWMA chart's limit [its standard deviations].
        reference: CUSUM's allowance k [standard deviations].
        decision: CUSUM's decision interval h [standard deviations].
        hour_weight: An hour's own average counts by n/(n + this).
        gap: After a step so many times the usual one, EWMA and CUSUM begin anew.

    References:
        NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.3 (CUSUM) and 6.3.2.4 (EWMA),
        https://www.itl.nist.gov/div898/handbook/; limits here are wider, for a chart that is
        read on thousands of assets at once.
    """

    warm_up: int = 48
    memory: float = 1000.0
    weight: float = 0.1
    limit: float = 6.0
    reference: float = 0.75
    decision: float = 12.0
    hour_weight: float = 3.0
    gap: float = 50.0
    latch: Latch = _LATCH

    @property
    def name(self) -> str:
        """Its name in tables."""
        return "shift"

    @property
    def is_relative(self) -> bool:
        """Each asset by itself."""
        return False

    def start(self, n_assets: int, n_features: int) -> ShiftState:
        """Know nothing yet."""
        shape = (n_assets, n_features)
        return ShiftState(
            count=np.zeros(shape),
            mean=np.zeros(shape),
            unit=np.zeros(shape),
            hour=np.zeros((_HOURS, *shape)),
            hour_count=np.zeros((_HOURS, *shape)),
            average=np.zeros(shape),
            high=np.zeros(shape),
            low=np.zeros(shape),
            last_at=np.array(np.nan),
            usual_s=np.array(np.nan),
            alarm=np.zeros(n_assets, dtype=np.bool_),
            run=np.zeros(n_assets, dtype=np.int64),
        )

    def step(self, state: ShiftState, time: float, values: Values) -> Scores:
        """Score one step, and learn from it."""
        x = clean(values)
        known = ~np.isnan(x)
        if self._is_after_gap(state, time):
            for chart in (state.average, state.high, state.low):
                chart.fill(0.0)
        hour = int(time // 3600) % _HOURS
        state.mean = np.where(known & (state.count == 0), x, state.mean)
        trust = state.hour_count[hour] / (state.hour_count[hour] + self.hour_weight)
        rest = np.where(known, x - state.mean - trust * state.hour[hour], 0.0)
        sigma = _MAD_TO_SIGMA * state.unit + 1e-9 * np.abs(state.mean) + 1e-12
        is_warm = state.count >= self.warm_up
        z = np.where(is_warm, np.clip(rest / sigma, -10.0, 10.0), 0.0)
        self._chart(state, z, known)
        spread = np.sqrt(self.weight / (2 - self.weight))
        ewma = decades(state.average / spread) / float(decades(np.array(self.limit)))
        cusum = np.maximum(state.high, state.low) / self.decision
        parts = np.where(known & is_warm, np.maximum(ewma, cusum), np.nan)
        score = to_score(np.fmax.reduce(parts, axis=1), 1.0)
        alarm = self.latch.step(state, score)
        self._learn(state, hour, rest, known & ~(alarm[:, None] & is_warm), sigma)
        return Scores(score=score, alarm=alarm, reason=shares(parts))

    def _chart(self, state: ShiftState, z: Values, known: Flags) -> None:
        ceiling = 4 * self.decision
        average = state.average + self.weight * (z - state.average)
        state.average = np.where(known, average, state.average)
        high = np.clip(state.high + z - self.reference, 0.0, ceiling)
        low = np.clip(state.low - z - self.reference, 0.0, ceiling)
        state.high, state.low = np.where(known, high, state.high), np.where(known, low, state.low)

    def _learn(
        self, state: ShiftState, hour: int, rest: Values, learns: Flags, sigma: Values
    ) -> None:
        state.count = state.count + learns
        rate = np.maximum(1 / np.maximum(state.count, 1.0), 1 / self.memory) * learns
        reach = np.where(state.count > self.warm_up / 2, 3 * sigma, np.inf)
        pull = np.clip(rest, -reach, reach)
        state.mean = state.mean + rate * pull
        state.unit = state.unit + rate * (np.abs(pull) - state.unit)
        state.hour_count[hour] += learns
        slow = np.maximum(1 / np.maximum(state.hour_count[hour], 1.0), 0.02) * learns
        state.hour[hour] += slow * pull

    def _is_after_gap(self, state: ShiftState, time: float) -> bool:
        elapsed = time - float(state.last_at)
        state.last_at = np.array(time)
        if not elapsed > 0:
            return False
        usual = float(state.usual_s)
        is_gap = elapsed > self.gap * usual
        step = elapsed if np.isnan(usual) else min(elapsed, 2 * usual)
        state.usual_s = np.array(step if np.isnan(usual) else 0.95 * usual + 0.05 * step)
        return bool(is_gap)
