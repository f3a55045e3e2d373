"""Whether the last values, seen at several scales, resemble anything that was seen before."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.detectors.contract import Flags, Values

_ROWS: Final = 64
_ASPECTS: Final = 9
_FAR: Final = 1e3
_FIRST, _EARLY = 16, 8
"""Values before any shape is kept, and shapes that are kept however near they lie."""


@dataclass(slots=True, kw_only=True)
class ShapesState:
    """Shape (..., the series side by side) unless said.

    Attributes:
        count: Values seen.
        past: Newest values, newest first; shape (64, ...).
        usual: Usual aspect; shape (..., 9).
        spread: Its usual distance from that; same shape.
        kept: Shapes known; shape (..., room, 9).
        worth: How much each of them was met lately; shape (..., room).
        held: Shapes kept so far.
        reach: Distance from which on a shape is another one.
    """

    count: Values
    past: Values
    usual: Values
    spread: Values
    kept: Values
    worth: Values
    held: Values
    reach: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """A bounded memory of shapes, and the distance of the newest one from the nearest of them.

    A shape is what the last 64 values look like: where they stand (averages of 1, 4, 16, 64), where
    they go (differences of neighbouring averages), how lively and how wide they are. One that
    lies near a known shape draws that towards itself; one that lies beyond the reach becomes a
    shape of its own, in the place of the one met least. The reach keeps those few, so that what is
    rare stays known for long.

    Attributes:
        room: Shapes kept.
        draw: Share of its distance by which a known shape follows.
        share: Share of shapes that become shapes of their own.
        fade: Share of its worth that a shape keeps with each value.
        memory: Values after which the past of an aspect counts for 1/e.

    References:
        Carpenter, Grossberg and Rosen (1991), "Fuzzy ART", doi:10.1016/0893-6080(91)90056-B, for
        categories that grow; the distance here is Euclidean, and vigilance follows a share.
        Burnaev and Ishimtsev (2016), "Conformalized density- and distance-based anomaly
        detection in time-series data", arXiv:1608.04585, for distances in shapes of one series.
    """

    room: int = 512
    draw: float = 0.05
    share: float = 0.03
    fade: float = 0.9998
    memory: float = 2000.0

    def start(self, *series: int) -> ShapesState:
        """Know no shape yet."""
        return ShapesState(
            count=np.zeros(series),
            past=np.zeros((_ROWS, *series)),
            usual=np.zeros((*series, _ASPECTS)),
            spread=np.ones((*series, _ASPECTS)),
            kept=np.full((*series, self.room, _ASPECTS), _FAR),
            worth=np.zeros((*series, self.room)),
            held=np.zeros(series),
            reach=np.zeros(series),
        )

    def step(self, state: ShapesState, values: Values, known: Flags) -> Values:
        """Distance of the newest shape from the nearest known one, in usual distances.

        Args:
            values: Of a few units each; what is not known is not looked at.
            known: Same shape.
        """
        state.count = state.count + known
        state.past = _push(state.past, np.where(known, values, 0.0), known)
        shape = _aspects(state.past)
        rate = np.maximum(1 / np.maximum(state.count, 1.0), 1 / self.memory) * known
        off = shape - state.usual
        state.usual = state.usual + rate[..., None] * off
        apart = np.abs(shape - state.usual)
        state.spread = state.spread + rate[..., None] * (apart - state.spread)
        every = _distances(state, shape)
        far = every.min(axis=-1)
        found: Values = np.where(state.held > 0, np.minimum(far, _FAR), 0.0)
        self._learn(state, shape, every, known & (state.count > _FIRST))
        return found

    def _learn(self, state: ShapesState, shape: Values, every: Values, ready: Flags) -> None:
        """Draw the nearest known shape towards this one, or keep this one."""
        far = every.min(axis=-1)
        early = state.held < _EARLY
        is_own = ready & (early | (far > state.reach))
        step = np.where(far > state.reach, 1 - self.share, -self.share)
        reach = np.maximum(state.reach * (1 + 0.02 * step), 0.02)
        state.reach = np.where(ready & ~early, reach, state.reach)
        state.worth *= np.where(ready, self.fade, 1.0)[..., None]
        free = np.where(state.held >= self.room, state.worth.argmin(axis=-1), state.held)
        place = np.where(is_own, free, every.argmin(axis=-1)).astype(np.int64).ravel()
        at = np.arange(place.size), place
        kept = state.kept.reshape(-1, self.room, _ASPECTS)
        weight = (np.where(is_own, 1.0, self.draw) * ready).reshape(-1, 1)
        kept[at] += weight * (shape.reshape(-1, _ASPECTS) - kept[at])
        worth = state.worth.reshape(-1, self.room)
        met = np.where(is_own.ravel(), 1.0, worth[at] + 1.0)
        worth[at] = np.where(ready.ravel(), met, worth[at])
        state.held = np.where(is_own, np.minimum(state.held + 1, self.room), state.held)


def _push(newest_first: Values, values: Values, known: Flags) -> Values:
    """The row as it is with values before it, where they are known."""
    moved = np.concatenate([values[None], newest_first[:-1]])
    kept: Values = np.where(known, moved, newest_first)
    return kept


def _aspects(past: Values) -> Values:
    """What the last values look like, shape (..., 9)."""
    four, sixteen = past[:4].mean(axis=0), past[:16].mean(axis=0)
    change = np.abs(np.diff(past[:33], axis=0))
    aspects: Values = np.stack(
        [
            past[0],
            four,
            sixteen,
            past.mean(axis=0),
            four - past[4:8].mean(axis=0),
            sixteen - past[16:32].mean(axis=0),
            np.log(change[:8].mean(axis=0) + 0.02),
            np.log(change.mean(axis=0) + 0.02),
            past[:32].max(axis=0) - past[:32].min(axis=0),
        ],
        axis=-1,
    )
    return aspects


def _distances(state: ShapesState, shape: Values) -> Values:
    """Of a shape from each one kept, shape (..., room)."""
    apart = (state.kept - shape[..., None, :]) / np.maximum(state.spread, 1e-3)[..., None, :]
    found: Values = np.sqrt(np.einsum("...d,...d->...", apart, apart) / _ASPECTS)
    return found
