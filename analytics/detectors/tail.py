"""How rare a number is among all before it, and beyond the largest of them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Flags, Values

BINS: Final = 96
_LOW: Final = -9.0
_WIDTH: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """A histogram of logarithms (e^-9 to e^15) with a Pareto tail.

    Attributes:
        share: The tail holds this share of all numbers.
        least: And at least so many.
        usual: Hill's exponent before anything is known.
        weight: So many numbers that knowledge is worth.

    References:
        Hill (1975), "A simple general approach to inference about the tail of a distribution",
        doi:10.1214/aos/1176343247; here shrunk towards `usual`.
    """

    share: float = 0.03
    least: float = 6.0
    usual: float = 0.5
    weight: float = 10.0

    def surprise(self, over: Values, sums: Values, numbers: Values) -> Values:
        """Surprise of numbers [decades], given those before; 0 when there were none.

        Args:
            over: Numbers at or above each edge, shape (..., BINS).
            sums: Sum of their logarithms, same shape.
            numbers: Not negative, shape (...).
        """
        logs = np.log(np.maximum(numbers, 1e-4))
        count = over[..., 0]
        edge = np.argmax(over <= np.maximum(self.share * count, self.least)[..., None], axis=-1)
        beyond = _at(over, edge)
        start = _LOW + _WIDTH * edge
        excess = _at(sums, edge) - beyond * start
        exponent = (excess + self.usual * self.weight) / (beyond + self.weight)
        above = logs - start
        far = -np.log10((beyond + 1) / (count + 1)) + np.maximum(above, 0.0) / exponent / np.log(10)
        inside = -np.log10((_at(over, _bin(logs)) + 1) / (count + 1))
        surprise: Values = np.where(above > 0, far, np.minimum(inside, far)) * (count > 0)
        return surprise

    def learn(self, over: Values, sums: Values, numbers: Values, known: Flags) -> None:
        """Add numbers, in place, where known."""
        logs = np.log(np.maximum(numbers, 1e-4))
        place = _bin(logs)
        reached = (np.arange(BINS) <= place[..., None]) & known[..., None]
        over += reached
        sums += reached * (_LOW + _WIDTH * (place + 0.5))[..., None]


def _bin(logs: Values) -> NDArray[np.int64]:
    """The last bin is left empty, so that a tail of nothing exists."""
    place = (logs - _LOW) / _WIDTH
    found: NDArray[np.int64] = np.clip(place, 0, BINS - 2).astype(np.int64)
    return found


def _at(table: Values, place: NDArray[np.int64]) -> Values:
    found: Values = np.take_along_axis(table, place[..., None], axis=-1)[..., 0]
    return found
