"""What came and went by itself within minutes belongs to how a plant is run."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Flags, Values


class Running(Protocol):
    """A state that remembers its short alarms.

    Attributes:
        stood: Steps that the present alarm has stood; shape (n_assets,).
        alarm: In alarm; shape (n_assets,).
        peak_level: Farthest evidence of level in it; shape (n_scales, n_features, n_assets).
        peak_spread: The same of spread; shape (n_spreads, n_features, n_assets).
        habit_level: By how much such evidence is divided, 1 or more.
        habit_spread: The same of spread.
    """

    stood: NDArray[np.int64]
    alarm: Flags
    peak_level: Values
    peak_spread: Values
    habit_level: Values
    habit_spread: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """A pump that keeps the pressure starts every quarter of an hour: told once, it is known.

    The evidence of an alarm that ended soon by itself is remembered for each quantity and scale.
    From then on the same evidence is quiet, and twice as much speaks. What lasted is a fault and
    teaches nothing, so a fault that comes again is told again.

    Attributes:
        short: An alarm of fewer steps was no fault.
        quiet: The same evidence again counts for so many standard deviates.
        most: Evidence is divided by no more than this.
        memory: Steps after which what is remembered counts for 1/e.
    """

    short: int = 120
    quiet: float = 2.5
    most: float = 8.0
    memory: float = 6000.0

    def watch(self, state: Running, level: Values, spread: Values) -> None:
        """Remember how far the present alarms go.

        Args:
            state: Changed in place.
            level: Standard deviates, shape (n_scales, n_features, n_assets).
            spread: The same, shape (n_spreads, n_features, n_assets).
        """
        if not state.alarm.any():
            return
        np.maximum(state.peak_level, np.abs(level), out=state.peak_level, where=state.alarm)
        np.maximum(state.peak_spread, spread, out=state.peak_spread, where=state.alarm)

    def learn(self, state: Running, is_over: Flags) -> None:
        """Take for usual what an alarm that has just ended showed, if it was short.

        Args:
            state: Changed in place.
            is_over: Shape (n_assets,).
        """
        if not is_over.any():
            return
        is_short = is_over & (state.stood < self.short)
        for habit, peak in (
            (state.habit_level, state.peak_level),
            (state.habit_spread, state.peak_spread),
        ):
            grown = habit * np.maximum(peak / self.quiet, 1.0)
            np.copyto(habit, np.minimum(grown, self.most), where=is_short)
            peak[..., is_over] = 0.0

    def forget(self, state: Running, steps: NDArray[np.int64]) -> None:
        """Let so many steps pass; shape (n_assets,)."""
        keep = 1 - steps / self.memory
        for habit in (state.habit_level, state.habit_spread):
            np.add(1.0, keep * (habit - 1.0), out=habit)
