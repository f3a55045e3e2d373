"""How far a quantity goes by itself in some minutes, as all calm steps have shown it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Flags, Values


class Drifting(Protocol):
    """A state that remembers means of blocks; shape (n_features, n_assets) unless said.

    Attributes:
        steps: Steps with any value; shape (n_assets,).
        warm: Steps that are only learned from; shape (n_assets,).
        stood: Steps that the present alarm has stood; shape (n_assets,).
        alarm: In alarm; shape (n_assets,).
        unit: A usual distance.
        block: Sum of the block that is not yet full.
        blocks: Means of the newest blocks on this side of a beginning or end of an alarm, NaN
            otherwise; shape (n_blocks, n_features, n_assets).
        drift_far: Usual squared change over all of them.
        drift_near: The same over two of them.
        drifts: Such changes seen.
        lean: Squared rise over all blocks of the straight line that the calm ones have shown.
    """

    steps: NDArray[np.int64]
    warm: NDArray[np.int64]
    stood: NDArray[np.int64]
    alarm: Flags
    unit: Values
    block: Values
    blocks: Values
    drift_far: Values
    drift_near: Values
    drifts: Values
    lean: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A motor warms up, a room cools: too slow to be seen among neighbours, plain after minutes.

    A usual value is some hundred steps old. What goes astray in that time is measured at that very
    lag, for no law (walk or straight line) says how far a short lag's change goes on. Until it has
    been measured, a quantity is taken to go a little, as most do, or on along the straight line
    that its calm blocks plainly lie on. What goes on going in an alarm is no departure that stands.

    Attributes:
        block_steps: Of a block, whose mean has little noise left.
        blocks: Lag of the far change [blocks]; about as old as what `joint` holds for usual.
        memory: Steps after which the past counts for 1/e.
        clip: One change counts for no more than so many usual distances.
        doubt: So many standard errors are taken off before a drift is believed.
        prior: What most quantities go over all blocks [squared usual distances],
        worth: which counts for so many independent changes seen.
        settle: The first steps of an alarm are its departure and no drift.
        late: A line leaves out so many newest blocks, which may be a departure.
        plain: A squared slope counts by what it is above so many of its squared errors, by more
            where few blocks tell of the error.
        least: A line needs so many blocks.
    """

    block_steps: int = 20
    blocks: int = 15
    memory: float = 6000.0
    clip: float = 15.0
    doubt: float = 0.3
    prior: float = 0.04
    worth: float = 1.0
    settle: int = 200
    late: int = 2
    plain: float = 4.0
    least: int = 5

    def step(self, state: Drifting, x: Values, is_there: Flags) -> None:
        """Take a step in; `x` has shape (n_features, n_assets), `is_there` (n_assets,)."""
        np.add(state.block, x, out=state.block, where=is_there)
        is_full: Flags = is_there & (state.steps % self.block_steps == 0)
        if not is_full.any():
            return
        number = state.steps // self.block_steps
        oldest, before = ((number - lag) % self.blocks for lag in (0, 2))
        departs = state.alarm & (state.stood < self.settle)
        mean = np.where(departs, np.nan, state.block / self.block_steps)
        most = (self.clip * state.unit) ** 2
        far = np.minimum((mean - _of(state.blocks, oldest)) ** 2, most)
        near = np.minimum((mean - _of(state.blocks, before)) ** 2, most)
        is_usable = is_full & ~np.isnan(far) & ~np.isnan(near)
        state.drifts += is_usable
        rate = np.maximum(1 / np.maximum(state.drifts, 1), self.block_steps / self.memory)
        np.add(state.drift_far, rate * (far - state.drift_far), state.drift_far, where=is_usable)
        np.add(
            state.drift_near, rate * (near - state.drift_near), state.drift_near, where=is_usable
        )
        self._measure_line(state, mean, is_full)
        assets = np.flatnonzero(is_full)
        state.blocks[oldest[assets], :, assets] = mean[:, assets].T
        state.block[:, assets] = 0.0

    def _measure_line(self, state: Drifting, newest: Values, is_full: Flags) -> None:
        """Least squares through the blocks on this side of an alarm, by the scatter about it."""
        number = state.steps // self.block_steps
        lags = np.arange(1, self.blocks)
        slots = (number - lags[:, None]) % self.blocks
        past = np.take_along_axis(state.blocks, slots[:, None, :], axis=0)
        means = np.concatenate([newest[None], past])
        age = np.arange(self.blocks)[:, None, None]
        late = np.clip((state.steps - state.warm) // self.block_steps, 0, self.late)
        used = np.logical_and.accumulate(~np.isnan(means), axis=0) & (age >= late)
        many = used.sum(axis=0)
        at = np.where(used, age - late - (many - 1) / 2, 0.0)
        means = np.where(used, means, 0.0)
        off = np.where(used, means - means.sum(axis=0) / np.maximum(many, 1), 0.0)
        length = np.maximum((at**2).sum(axis=0), 1.0)
        slope = (at * off).sum(axis=0) / length
        rest = np.maximum((off**2).sum(axis=0) - slope**2 * length, 0.0)
        free = np.maximum(many - 2, 1)
        error = rest / free / length
        rise = np.maximum(slope**2 - self.plain * (1 + 6 / free) * error, 0.0) * self.blocks**2
        rise = np.minimum(rise, (self.clip * state.unit) ** 2)
        np.copyto(state.lean, rise, where=is_full & (many >= self.least))

    def part(self, state: Drifting, which: Flags) -> None:
        """Compare nothing across the beginning or the end of an alarm; shape (n_assets,)."""
        if which.any():
            state.blocks[:, :, which] = np.nan

    def variance(self, state: Drifting) -> Values:
        """How far the usual value may have gone [squared units]; grows while an alarm stands."""
        independent = state.drifts / self.blocks
        sure = 1 - self.doubt * np.sqrt(2 / np.maximum(independent, 1 / self.blocks))
        gone = np.maximum(state.drift_far * sure - state.drift_near, 0.0)
        before = self.worth * np.maximum(self.prior * state.unit**2, state.lean)
        gone = (independent * gone + before) / (independent + self.worth)
        found: Values = gone * (1 + state.stood / (self.block_steps * (self.blocks - 2)))
        return found


def hidden(spread: Values, grain: Values) -> Values:
    """How far a coarse reading may have gone unseen [squared units].

    A value that keeps to one step of its resolution may lie anywhere in it, and half a step away
    the reading begins to change. One that has never changed, as a contact, hides nothing.

    Args:
        spread: Usual squared distance from the usual value.
        grain: Smallest change seen; 0 where there was none.
    """
    still = np.maximum(grain**2 / 4 - spread, 0.0)
    found: Values = np.minimum(4.0 * spread, still / 3)
    return found


def _of(blocks: Values, slots: NDArray[np.int64]) -> Values:
    """Each asset's own block."""
    found: Values = np.take_along_axis(blocks, slots[None, None, :], axis=0)[0]
    return found
