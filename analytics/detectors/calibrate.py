"""From evidence to a score of 0 to 1 that means the same for every detector."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

_LN10: Final = 2.302585092994046
BORDER: Final = 6.0
"""Decades of surprise at a score of 0.5: one in a million, by the detector's own model."""


def decades(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Surprise of a normal deviate, both sides [decades]: -log10 of its tail; 0 at the centre.

    It does not underflow: log_ndtr is exact far into the tail.
    """
    tail = (log_ndtr(-np.abs(z)) + np.log(2.0)) / -_LN10
    surprise: NDArray[np.float64] = np.maximum(tail, 0.0)
    return surprise


def to_score(surprise: NDArray[np.float64], border: float = BORDER) -> NDArray[np.float64]:
    """Score of a surprise [decades]: 1 - 2^-(surprise/border), so 0.5 at the border."""
    score: NDArray[np.float64] = -np.expm1(-np.log(2.0) * np.maximum(surprise, 0.0) / border)
    return np.where(np.isnan(surprise), np.nan, score)
