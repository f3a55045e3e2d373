"""How a defect grows from its onset to the failure: families of curves, all from 0 to 1.

A detector that is tuned on one family meets another in the backtest: nothing in a building says
by which law a bearing wears.
"""

from enum import StrEnum
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Growth(StrEnum):
    """The law of growth."""

    LINEAR = "linear"
    EXPONENTIAL = "exponential"
    """Slow for long, then fast: each damage speeds up the next."""
    STEPWISE = "stepwise"
    """Nothing, then a piece breaks, and again."""
    SIGMOID = "sigmoid"
    """A change that ends: dirt that fills a gap."""
    POWER = "power"
    """By a power of the time; below 1 it is fast at first, as running-in is."""


_SHAPES = {
    Growth.LINEAR: (1.0, 1.0),
    Growth.EXPONENTIAL: (2.0, 4.5),
    Growth.STEPWISE: (4.0, 9.0),
    Growth.SIGMOID: (6.0, 11.0),
    Growth.POWER: (0.6, 2.8),
}


def draw_shape(growth: Growth, rng: np.random.Generator) -> float:
    """A shape parameter of the family: exponent, number of steps or steepness."""
    low, high = _SHAPES[growth]
    return float(rng.uniform(low, high))


def usual_shape(growth: Growth) -> float:
    """The middle of the family."""
    low, high = _SHAPES[growth]
    return (low + high) / 2


def grown(growth: Growth, share: Array, shape: float) -> Array:
    """How far a defect has grown.

    Args:
        growth: The family.
        share: Of the time from onset to failure that is gone; below 0 before, above 1 after.
        shape: As `draw_shape` gives it; the linear family takes no notice of it.

    Returns:
        0 before the onset to 1 at the failure and after it, never falling.
    """
    gone = np.clip(share, 0.0, 1.0)
    match growth:
        case Growth.LINEAR:
            return gone
        case Growth.EXPONENTIAL:
            return np.asarray(np.expm1(shape * gone) / np.expm1(shape))
        case Growth.STEPWISE:
            steps = round(shape)
            # The first piece breaks a moment after the onset, the last one at the failure.
            return np.asarray(np.where(gone >= 1.0, 1.0, np.floor(gone * steps + 0.5) / steps))
        case Growth.SIGMOID:
            low = 1 / (1 + np.exp(shape / 2))
            curve = 1 / (1 + np.exp(-shape * (gone - 0.5)))
            return np.asarray((curve - low) / (1 - 2 * low))
        case Growth.POWER:
            return np.asarray(gone**shape)
        case _ as other:
            assert_never(other)
