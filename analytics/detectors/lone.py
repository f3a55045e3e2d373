"""A weak sign of one quantity alone is told, and does not stand for ever."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Flags, Values


class Standing(Protocol):
    """A state whose alarm may rest on one quantity; shape (n_assets,).

    Attributes:
        steps: Steps with any value since learning began.
        alarm: In alarm.
        alone: Steps of the present alarm in which one quantity spoke alone and weakly, less those
            in which it did not.
    """

    steps: NDArray[np.int64]
    alarm: Flags
    alone: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lone:
    """When an alarm is over although nothing has come back.

    A fault shows in several quantities, or plainly in one. What goes a little beyond the usual and
    stays there, while all else is quiet, is mostly a slow curve or a level that was not met before:
    told once, it is taken for usual. Only a plant that has been known for long is judged so.

    Attributes:
        loud: A quantity speaks from so many deviates on,
        plain: and plainly from so many.
        steps: So long it may stand.
        known: Steps from which on the plant is known.
    """

    loud: float = 3.0
    plain: float = 7.0
    steps: int = 50
    known: int = 1000

    def step(self, state: Standing, far: Values, is_there: Flags) -> Flags:
        """Advance by one step; whose alarm is over, shape (n_assets,).

        Args:
            state: Changed in place.
            far: Evidence of each quantity, of any kind [deviates]; shape (n_features, n_assets).
            is_there: Whether a value has come; shape (n_assets,).
        """
        is_weak = ((far > self.loud).sum(axis=0) <= 1) & (far.max(axis=0) < self.plain)
        is_weak &= state.steps > self.known
        alone = np.maximum(state.alone + np.where(is_weak, 1, -1), 0) * state.alarm
        state.alone = np.where(is_there, alone, state.alone)
        is_over: Flags = is_there & state.alarm & (state.alone >= self.steps)
        return is_over
