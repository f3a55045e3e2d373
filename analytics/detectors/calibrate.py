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


def student(z: NDArray[np.float64], freedom: NDArray[np.float64]) -> NDArray[np.float64]:
    """The normal deviate about as surprising as Student's t = z with that many degrees of freedom.

    References:
        Wallace (1959), "Bounds on normal approximations to Student's and the chi-square
        distributions", doi:10.1214/aoms/1177706091; without his factor near 1.
    """
    normal: NDArray[np.float64] = np.copysign(np.sqrt(freedom * np.log1p(z * z / freedom)), z)
    return normal


def chi_normal(ratio: NDArray[np.float64], freedom: NDArray[np.float64]) -> NDArray[np.float64]:
    """The normal deviate of a chi-square divided by its degrees of freedom.

    References:
        Wilson and Hilferty (1931), "The distribution of chi-square", doi:10.1073/pnas.17.12.684.
    """
    part = 2 / (9 * freedom)
    normal: NDArray[np.float64] = (np.cbrt(ratio) - (1 - part)) / np.sqrt(part)
    return normal
