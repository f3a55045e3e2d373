"""When the departure that raised an alarm has gone back, although not to where it came from."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Flags, Values


class Recovering(Protocol):
    """A state that knows how its alarm departed.

    Attributes:
        alarm: In alarm; shape (n_assets,).
        aim: Evidence where the present alarm went farthest; shape (n_features, n_assets).
        back: Below 0: so many steps are missing until the alarm has lasted plainly; then: steps in
            a row that it has been most of the way back; shape (n_assets,).
    """

    alarm: Flags
    aim: Values
    back: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A plant seldom returns to exactly where it was: a refilled tank stands a little higher.

    The way back is judged along the way out, the direction in which the evidence departed. What has
    crossed the usual has returned, whatever it does on the other side; another departure is no
    return. An alarm whose departure swings (each half shorter than `out_steps`) has none.

    Attributes:
        far: Evidence counts for no more than so many standard deviates.
        turn: Share of the way that the direction follows what is seen, each step.
        plain: A departure shorter than so many standard deviates is none.
        way_back: At most this share of the way out is left when it is back.
        out_steps: So many steps in a row it must have been out.
        back_steps: So many steps in a row it must have been back.
    """

    far: float = 30.0
    turn: float = 0.005
    plain: float = 4.0
    way_back: float = 0.33
    out_steps: int = 80
    back_steps: int = 40

    def step(self, state: Recovering, evidence: Values, is_there: Flags) -> Flags:
        """Advance by one step; which assets are back, shape (n_assets,).

        Args:
            state: Changed in place.
            evidence: Signed standard deviates of level, shape (n_features, n_assets).
            is_there: Whether a value has come; a gap is neither out nor back; shape (n_assets,).
        """
        now = np.clip(evidence, -self.far, self.far)
        is_farther = (now**2).sum(axis=0) >= (state.aim**2).sum(axis=0)
        turned = state.aim + self.turn * (now - state.aim)
        aim = np.where(is_farther, now, turned) * state.alarm
        state.aim = np.where(is_there, aim, state.aim)
        length = np.maximum((state.aim**2).sum(axis=0), self.plain**2)
        is_out = (now * state.aim).sum(axis=0) >= self.way_back * length
        going = np.where(is_out, np.minimum(state.back + 1, 0), -self.out_steps)
        coming = np.where(is_out, 0, state.back + 1)
        back = np.where(state.alarm, np.where(state.back < 0, going, coming), -self.out_steps)
        state.back = np.where(is_there, back, state.back)
        is_back: Flags = is_there & (state.back >= self.back_steps)
        return is_back
