"""What changes within hours: each quantity against the same hours of the asset's former days."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Flags, Scores, Values, clean, shares
from analytics.detectors.latch import Latch

_DAY_S: Final = 86_400
_MAD_TO_SIGMA: Final = 1.2533
"""Standard deviation over mean absolute deviation of the normal distribution: sqrt(pi/2)."""
_TINY: Final = 1e-9
LENGTHS: Final = (1, 2, 4, 8)
"""Means of so many newest steps are looked at."""
_USUAL_EDGE: Final = (5.0, 3.8, 3.2, 2.5)
"""What sound quantities seldom exceed at those lengths, where nobody has learned it [deviations]."""
_PEERS: Final = 8
"""Fewer assets with a value than this are no peers: nothing is taken off."""
_JURY: Final = 512
"""The peers' middle is taken from so many assets at most, evenly spread."""
_LATCH: Final = Latch(on=0.5, off=0.38, on_steps=1, off_steps=8)


@dataclass(slots=True, kw_only=True)
class SurgeState:
    """What was learned; the time of day is cut into `n_slots` parts.

    Attributes:
        count: Values learned, shape (n_assets, n_slots, n_features).
        usual: Usual value at that time of day [unit], same shape.
        spread: Usual distance from it, the peers' common change taken off [unit], same shape.
        recent: Newest residuals, oldest first [deviations], shape (n_assets, 8, n_features).
        kept: Newest values as they came, oldest first, shape (n_assets, n_kept, n_features).
        last_at: Time of the newest step [s]; shape ().
        held: Steps for which nothing has been learned, shape (n_assets,).
        alarm: Shape (n_assets,).
        run: Shape (n_assets,).
    """

    count: Values
    usual: Values
    spread: Values
    recent: Values
    kept: Values
    last_at: NDArray[np.float64]
    held: NDArray[np.int64]
    alarm: Flags
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """Means of the newest hours against what these hours usually are, and against the peers.

    A residual counts for no more than `clip` deviations: a sensor that has gone wild for an hour
    weighs no more than a defect that is plain. The baseline moves by `1/memory` and stands still
    while the asset is far from it. What has been so for `patience` steps is learned anew: unknown
    while it is learned, and the usual from then on.
    A step without a value is skipped, not waited for: half of the steps of a mean are enough.

    The score is `1 - 2^-x`, x being the strongest mean over the edge of the usual.

    Attributes:
        ways: The way in which each feature goes wrong: 1 up, -1 down, 0 both; empty: all both.
        edge: What sound assets seldom exceed, a row for each feature, in the order of `LENGTHS`
            [deviations]; empty: `_USUAL_EDGE` for all.
        step_s: Length of a step, a divisor of the day [s].
        warm_up: Days that are only learned from.
        memory: Days after which the past counts for 1/e.
        far: Nothing is learned while the mean of the last 8 steps is so far off [deviations].
        patience: Steps after which a feature that is still far off is learned anew.
        floor: Least deviation, as a share of the middle one of all assets.
        keep: Values kept as they came, for the plot.

    References:
        Means over several lengths are the windowed form of Page's cumulative sum (Page 1954,
        Biometrika 41, 100-115). Clipped residuals are Huber's (1964, doi:10.1214/aoms/1177703732).
    """

    ways: tuple[float, ...] = ()
    edge: tuple[tuple[float, ...], ...] = ()
    step_s: int = 10_800
    warm_up: int = 14
    memory: float = 28.0
    clip: float = 4.0
    far: float = 2.0
    patience: int = 80
    floor: float = 0.75
    keep: int = 16
    latch: Latch = _LATCH

    @property
    def name(self) -> str:
        """Its name in tables."""
        return "surge"

    @property
    def is_relative(self) -> bool:
        """Against the others of the same step."""
        return True

    @property
    def slots(self) -> int:
        """Parts of the day."""
        return _DAY_S // self.step_s

    def start(self, n_assets: int, n_features: int) -> SurgeState:
        """Know nothing yet."""
        slots = (n_assets, self.slots, n_features)
        return SurgeState(
            count=np.zeros(slots),
            usual=np.zeros(slots),
            spread=np.zeros(slots),
            recent=np.full((n_assets, max(LENGTHS), n_features), np.nan),
            kept=np.full((n_assets, self.keep, n_features), np.nan),
            last_at=np.array(np.nan),
            held=np.zeros(n_assets, dtype=np.int64),
            alarm=np.zeros(n_assets, dtype=np.bool_),
            run=np.zeros(n_assets, dtype=np.int64),
        )

    def step(self, state: SurgeState, time: float, values: Values) -> Scores:
        """Score one step, and learn from it."""
        x = clean(values)
        self._pass(state, time)
        slot = int(time // self.step_s) % self.slots
        is_warm = state.count[:, slot] >= self.warm_up
        rest = np.where(is_warm, x - state.usual[:, slot], np.nan)
        common = _common(rest)
        deviation = self._deviation(state, slot, is_warm)
        state.recent[:, -1] = np.clip((rest - common) / deviation, -self.clip, self.clip)
        state.kept[:, -1] = x
        parts = np.fmax.reduce(self.bad_means(state) / self._edges(x.shape[1]), axis=2)
        strongest = np.fmax.reduce(parts, axis=1, initial=np.nan)
        score = -np.expm1(-np.log(2.0) * np.maximum(strongest, 0.0))
        score = np.where(np.isnan(strongest), np.nan, score)
        alarm = self.latch.step(state, score)
        self._learn(state, slot, x, common)
        return Scores(score=score, alarm=alarm, reason=shares(parts))

    def means(self, state: SurgeState) -> Values:
        """Means of the newest residuals [deviations], shape (n_assets, n_features, n_lengths).

        NaN where the newest value or half of the steps are unknown.
        """
        newest_first = state.recent[:, ::-1]
        known = ~np.isnan(newest_first)
        total = np.cumsum(np.where(known, newest_first, 0.0), axis=1)
        count = np.cumsum(known, axis=1)
        found = []
        for length in LENGTHS:
            enough = (2 * count[:, length - 1] >= length) & known[:, 0]
            mean = total[:, length - 1] / np.maximum(count[:, length - 1], 1)
            found.append(np.where(enough, mean, np.nan))
        return np.stack(found, axis=2)

    def bad_means(self, state: SurgeState) -> Values:
        """The same, positive in the way that is bad."""
        means = self.means(state)
        ways = np.array(self.ways or (0.0,) * means.shape[1])[None, :, None]
        bad: Values = np.where(ways == 0, np.abs(means), means * ways)
        return bad

    def _edges(self, features: int) -> Values:
        return np.array(self.edge or (_USUAL_EDGE,) * features)

    def _pass(self, state: SurgeState, time: float) -> None:
        """Move on by one step, and by those that were left out."""
        elapsed = time - float(state.last_at)
        state.last_at = np.array(time)
        steps = elapsed / self.step_s if elapsed > 0 else 1.0
        for ring in (state.recent, state.kept):
            left = max(1, round(min(steps, ring.shape[1])))
            ring[:, :-left] = ring[:, left:]
            ring[:, -left:] = np.nan

    def _deviation(self, state: SurgeState, slot: int, is_warm: Flags) -> Values:
        own = np.where(is_warm, _MAD_TO_SIGMA * state.spread[:, slot], np.nan)
        floor: Values = np.fmax(own, self.floor * _middle(own)) + _TINY
        return floor

    def _learn(self, state: SurgeState, slot: int, x: Values, common: Values) -> None:
        count, usual = state.count[:, slot], state.usual[:, slot]
        spread = state.spread[:, slot]
        is_far = np.nan_to_num(np.abs(self.means(state)[:, :, -1])) > self.far
        state.held = np.where(is_far.any(axis=1), state.held + 1, 0)
        learns = ~np.isnan(x) & (state.held == 0)[:, None]
        reach = np.where(count >= self.warm_up / 2, 3 * _MAD_TO_SIGMA * spread + _TINY, np.inf)
        is_first = learns & (count == 0)
        moved = np.where(learns & ~is_first, x - usual, 0.0)
        rate = np.maximum(1 / np.maximum(count + 1, 1.0), 1 / self.memory)
        size = np.abs(np.clip(moved - np.where(learns & ~is_first, common, 0.0), -reach, reach))
        state.usual[:, slot] = np.where(is_first, x, usual + rate * np.clip(moved, -reach, reach))
        state.spread[:, slot] = np.where(
            learns & ~is_first, spread + rate * (size - spread), spread
        )
        state.count[:, slot] = count + learns
        self._forget(state, is_far & (state.held > self.patience)[:, None])

    def _forget(self, state: SurgeState, is_given_up: Flags) -> None:
        """Learn features anew that have been far off for so long, shape (n_assets, n_features)."""
        if not is_given_up.any():
            return
        gone = is_given_up[:, None, :]
        state.count = np.where(gone, 0.0, state.count)
        state.spread = np.where(gone, 0.0, state.spread)
        state.recent = np.where(gone, np.nan, state.recent)
        state.held = np.where(is_given_up.any(axis=1), 0, state.held)


def _common(rest: Values) -> Values:
    """The peers' middle residual [unit], shape (n_features,); 0 where there are too few."""
    jury = rest[:: -(-max(len(rest), 1) // _JURY)]
    enough = (~np.isnan(jury)).sum(axis=0) >= _PEERS
    return np.where(enough, _middle(jury), 0.0)


def _middle(values: Values) -> Values:
    """Median of each column without its NaN; NaN for a column of nothing else."""
    ordered = np.sort(values, axis=0)
    count = (~np.isnan(values)).sum(axis=0)
    if not len(values):
        return np.full(values.shape[1], np.nan)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0)[None] // 2, axis=0)[0]
    high = np.take_along_axis(ordered, np.maximum(count, 1)[None] // 2, axis=0)[0]
    middle: Values = np.where(count > 0, (low + high) / 2, np.nan)
    return middle
