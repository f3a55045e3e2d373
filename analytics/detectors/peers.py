"""An asset against the others of its kind at the same time."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.calibrate import decades, student, to_score
from analytics.detectors.contract import Flags, Scores, Values, clean, shares
from analytics.detectors.latch import Latch

_MAD_TO_SIGMA: Final = 1.4826
_LATCH: Final = Latch(on=0.5, off=0.2, on_steps=2, off_steps=6)


@dataclass(slots=True, kw_only=True)
class PeersState:
    """Shape (n_assets, n_features) unless said.

    Attributes:
        count: Steps compared.
        own: How far the asset usually stands from its peers [their deviations].
        spread: Usual squared distance from that.
        average: What is more than usual, smoothed.
        alarm: Shape (n_assets,).
        run: Shape (n_assets,).
    """

    count: Values
    own: Values
    spread: Values
    average: Values
    alarm: Flags
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """Distance from the median of the peers, less what is usual for this asset.

    Weather, season and holidays move all peers alike and are no news. With fewer than `least`
    peers at a step nothing is known.

    Attributes:
        groups: Number of the group of each asset (class, age, make); empty for one group.
        warm_up: Steps that are only learned from.
        memory: Steps after which the past counts for 1/e.
        weight: Of the newest step in the moving average.
        least: Peers with a value, the asset included.
        border: Surprise at a score of 0.5 [decades].
    """

    groups: tuple[int, ...] = ()
    warm_up: int = 24
    memory: float = 400.0
    weight: float = 0.15
    least: int = 5
    border: float = 7.0
    latch: Latch = _LATCH

    @property
    def name(self) -> str:
        """Its name in tables."""
        return "peers"

    @property
    def is_relative(self) -> bool:
        """Against the others of the same step."""
        return True

    def start(self, n_assets: int, n_features: int) -> PeersState:
        """Know nothing yet."""
        shape = (n_assets, n_features)
        return PeersState(
            count=np.zeros(shape),
            own=np.zeros(shape),
            spread=np.ones(shape),
            average=np.zeros(shape),
            alarm=np.zeros(n_assets, dtype=np.bool_),
            run=np.zeros(n_assets, dtype=np.int64),
        )

    def step(self, state: PeersState, time: float, values: Values) -> Scores:
        """Score one step, and learn from it."""
        _ = time
        x = clean(values)
        place = self._place(x)
        known = ~np.isnan(place)
        rest = np.where(known, place - state.own, 0.0)
        is_warm = state.count >= self.warm_up
        sigma = np.sqrt(np.maximum(state.spread, 0.01))
        z = np.where(is_warm, np.clip(rest / sigma, -10.0, 10.0), 0.0)
        average = state.average + self.weight * (z - state.average)
        state.average = np.where(known, average, state.average)
        tail = student(
            state.average / np.sqrt(self.weight / (2 - self.weight)),
            np.clip(state.count, 4.0, 400.0),
        )
        parts = np.where(known & is_warm, decades(tail), np.nan)
        score = to_score(np.fmax.reduce(parts, axis=1), self.border)
        alarm = self.latch.step(state, score)
        learns = known & ~(is_warm & (alarm[:, None] | (np.abs(tail) > 4)))
        state.count = state.count + learns
        rate = np.maximum(1 / np.maximum(state.count, 1.0), 1 / self.memory) * learns
        state.own = state.own + rate * rest
        state.spread = state.spread + rate * (rest**2 * (1 - rate) - state.spread)
        return Scores(score=score, alarm=alarm, reason=shares(parts))

    def _place(self, x: Values) -> Values:
        """Distance of each asset from the median of its group [robust deviations]."""
        place = np.full(x.shape, np.nan)
        numbers = np.array(self.groups or (0,) * len(x))
        for number in np.unique(numbers):
            rows = numbers == number
            place[rows] = self._place_in(x[rows])
        return place

    def _place_in(self, x: Values) -> Values:
        enough = (~np.isnan(x)).sum(axis=0) >= self.least
        centre = _median(x)
        far = np.abs(x - centre)
        sigma = np.maximum(_MAD_TO_SIGMA * _median(far), 1e-9 * np.abs(centre) + 1e-12)
        place: Values = np.where(enough, np.clip((x - centre) / sigma, -100.0, 100.0), np.nan)
        return place


def _median(x: Values) -> Values:
    """Median of each column without its NaN; NaN for a column of nothing else."""
    ordered = np.sort(x, axis=0)
    count = (~np.isnan(x)).sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(x) - 1)
    columns = np.arange(x.shape[1])
    middle: Values = (ordered[low, columns] + ordered[high, columns]) / 2
    return middle
