"""Alarm as a state: it begins after enough evidence and ends after enough calm."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Flags, Values


class Latched(Protocol):
    """A state that has an alarm: shape (n_assets,) each.

    Attributes:
        alarm: In alarm.
        run: Steps in a row that spoke against the present state.
    """

    alarm: Flags
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latch:
    """When an alarm begins and ends, by the score.

    Attributes:
        on: At or above it, a step speaks for an alarm.
        off: Below it, a step speaks for the end.
        on_steps: So many in a row begin one.
        off_steps: So many in a row end one; unknown steps count for neither.
    """

    on: float = 0.5
    off: float = 0.25
    on_steps: int = 1
    off_steps: int = 5

    def step(self, state: Latched, score: Values) -> Flags:
        """Advance by one step; NaN changes nothing."""
        known = ~np.isnan(score)
        against = known & np.where(state.alarm, score < self.off, score >= self.on)
        run = np.where(known, np.where(against, state.run + 1, 0), state.run)
        turns = run >= np.where(state.alarm, self.off_steps, self.on_steps)
        state.alarm = state.alarm ^ turns
        state.run = np.where(turns, 0, run)
        alarm: Flags = state.alarm.copy()
        return alarm
