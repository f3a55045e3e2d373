"""Means of some values in a row, for a look at what is slower than the newest of them."""

from dataclasses import dataclass

import numpy as np

from analytics.detectors.contract import Flags, Values


@dataclass(slots=True, kw_only=True)
class BlocksState:
    """Shape (..., the series side by side).

    Attributes:
        count: Values in the block that is not yet full.
        total: Their sum.
    """

    count: Values
    total: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Blocks that do not overlap; what is not known belongs to none.

    Attributes:
        size: Values a block.
    """

    size: int = 8

    def start(self, *series: int) -> BlocksState:
        """No block has begun."""
        return BlocksState(count=np.zeros(series), total=np.zeros(series))

    def step(self, state: BlocksState, values: Values, known: Flags) -> tuple[Values, Flags]:
        """The mean of the newest block so far, and whether this value filled it."""
        state.count = state.count + known
        state.total = state.total + np.where(known, values, 0.0)
        full: Flags = known & (state.count >= self.size)
        mean: Values = state.total / np.maximum(state.count, 1.0)
        state.count = np.where(full, 0.0, state.count)
        state.total = np.where(full, 0.0, state.total)
        return mean, full
