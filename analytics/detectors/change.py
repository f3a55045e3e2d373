"""Change point: when did a quantity begin to be another one."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.calibrate import decades, student, to_score
from analytics.detectors.contract import Flags, Scores, Values, clean, shares
from analytics.detectors.latch import Latch

_TOGETHER: Final = 1024
"""Windows that are cut together: they fit into a core's cache."""
_FAR: Final = 3.0
"""A deviate below it is never told, so its place is not sought."""
_LATCH: Final = Latch(on=0.5, off=0.2, on_steps=1, off_steps=6)


@dataclass(slots=True, kw_only=True)
class ChangeState:
    """Attributes are of shape (n_assets, n_features) unless said.

    Attributes:
        window: The newest values, oldest first; shape (window, n_assets, n_features).
        noise: Usual squared step between neighbours, halved.
        count: Values seen.
        age: Steps since the change that is told; NaN for none.
        alarm: Shape (n_assets,).
        run: Shape (n_assets,).
    """

    window: Values
    noise: Values
    count: Values
    age: Values
    alarm: Flags
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """Largest difference of means before and after, over all cuts of the last values.

    A step leaves the window by itself: the alarm lasts while the change is in view. Variance is
    taken from the steps between neighbours, which a change of level hardly touches, and not less
    than what the better-fitting half shows, so that a smooth wandering is no change.

    Attributes:
        window: Values looked at.
        least: Values on either side of a cut.
        memory: Values after which the noise of the past counts for 1/e.
        border: Surprise at a score of 0.5 [decades], after the number of cuts is accounted for.

    References:
        Hawkins (1977), "Testing a sequence of observations for a shift in location", JASA
        72(357), doi:10.1080/01621459.1977.10479935; over a moving window.
    """

    window: int = 60
    least: int = 6
    memory: float = 500.0
    border: float = 6.0
    latch: Latch = _LATCH

    @property
    def name(self) -> str:
        """Its name in tables."""
        return "change"

    @property
    def is_relative(self) -> bool:
        """Each asset by itself."""
        return False

    def start(self, n_assets: int, n_features: int) -> ChangeState:
        """Know nothing yet."""
        shape = (n_assets, n_features)
        return ChangeState(
            window=np.full((self.window, *shape), np.nan),
            noise=np.zeros(shape),
            count=np.zeros(shape),
            age=np.full(shape, np.nan),
            alarm=np.zeros(n_assets, dtype=np.bool_),
            run=np.zeros(n_assets, dtype=np.int64),
        )

    def step(self, state: ChangeState, time: float, values: Values) -> Scores:
        """Score one step; `state.age` says how long ago the likeliest change was."""
        _ = time
        x = clean(values)
        known = ~np.isnan(x)
        before = state.window[-1].copy()
        self._push(state, x, known)
        jump = (x - before) ** 2 / 2
        has_jump = ~np.isnan(jump)
        state.count = state.count + known
        cap = np.where(state.count > self.window / 2, 9 * np.maximum(state.noise, 1e-24), np.inf)
        rate = np.maximum(1 / np.maximum(state.count - 1, 1.0), 1 / self.memory)
        news = np.minimum(jump, cap) - state.noise
        state.noise = np.where(has_jump, state.noise + rate * news, state.noise)
        z, cut = self._best_cut(state)
        surprise = decades(student(z, np.clip(state.count / 2, 4.0, 200.0)))
        surprise = surprise - np.log10(self.window * x.shape[1])
        is_full = state.count >= self.window
        parts = np.where(known & is_full, np.maximum(surprise, 0.0), np.nan)
        state.age = np.where(is_full & (surprise > self.border), self.window - cut, np.nan)
        score = to_score(np.fmax.reduce(parts, axis=1), self.border)
        alarm = self.latch.step(state, score)
        return Scores(score=score, alarm=alarm, reason=shares(parts))

    @staticmethod
    def _push(state: ChangeState, x: Values, known: Flags) -> None:
        """Add the values that are known, each to its own window."""
        if known.all():
            state.window[:-1] = state.window[1:]
            state.window[-1] = x
        else:
            moved = np.concatenate([state.window[1:], x[None]])
            state.window = np.where(known, moved, state.window)

    def _best_cut(self, state: ChangeState) -> tuple[Values, NDArray[np.int64]]:
        """The deviate of the best cut and its place; a place is sought where it may be told."""
        shape = state.noise.shape
        window, noise = state.window.reshape(self.window, -1), state.noise.reshape(-1)
        is_full = state.count.reshape(-1) >= self.window
        deviate, place = np.empty(noise.size), np.full(noise.size, self.least)
        for start in range(0, noise.size, _TOGETHER):
            part = slice(start, start + _TOGETHER)
            whole = bool(is_full[part].all())
            deviate[part] = self._cut(window[:, part], noise[part], place[part], is_full=whole)
        return deviate.reshape(shape), place.reshape(shape)

    def _cut(
        self, window: Values, noise: Values, place: NDArray[np.int64], *, is_full: bool
    ) -> Values:
        """The same for some windows, shape (window, n); places are written.

        The sum of squares between the two sides decides: with the sum within them it makes up the
        whole, which no cut changes, so the largest of it is the largest deviate.
        """
        length = self.window
        if not is_full:
            window = np.where(np.isnan(window), 0.0, window)
        mean = np.add.reduce(window, axis=0) / length
        x = window - mean
        whole = np.einsum("wn,wn->n", x, x)
        # Row by row: numpy's own cumulative sum along the first axis is five times slower.
        for row in range(1, length):
            np.add(x[row - 1], x[row], out=x[row])
        between = x[self.least - 1 : length - self.least]
        between *= between
        cuts = np.arange(self.least, length - self.least + 1, dtype=np.float64)[:, None]
        between *= length / (cuts * (length - cuts))
        most = np.maximum.reduce(between, axis=0)
        inside = np.maximum(whole - most, 0.0) / (length - 2)
        floor = 1e-18 * (mean**2 + whole / length)
        variance = np.maximum(np.maximum(inside, noise), np.maximum(floor, 1e-24))
        far = np.flatnonzero(most > _FAR**2 * variance)
        if far.size:
            place[far] = between[:, far].argmax(axis=0) + self.least
        found: Values = np.sqrt(most / variance)
        return found
