"""What an alarm has left, or come back to: a memory of what is over is no evidence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Flags, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Homing:
    """Tell a return from what a slow average still remembers.

    A slow average sees a small shift and forgets it slowly; a quick one knows sooner that it has
    gone. Whichever of two places explains the quick average better is where the plant is, by the
    logarithm of their likelihoods.

    Attributes:
        sure: So much likelier must one place be than the other [nats].
        fits: Whatever differs between the places must be this near to where the plant is said to be
            [deviates]; what has come back only most of the way is `Recovery`'s.
        doubt: No quantity may speak so much for the other place [nats].
        steps: So many in a row.
    """

    sure: float = 6.0
    fits: float = 3.0
    doubt: float = 1.0
    steps: int = 8

    def advance(self, run: NDArray[np.int64], here: Values, there: Values) -> NDArray[np.int64]:
        """Steps in a row that the plant has been here rather than there.

        Args:
            run: The same before this step, shape (n_assets,).
            here: Quick deviates from one place, shape (n_features, n_assets).
            there: The same from the other place; equal where the places do not differ.
        """
        likelier = (there**2 - here**2) / 2
        fits = (np.abs(here) < self.fits) | (np.abs(there - here) < 1.0)
        is_here = (fits & (likelier > -self.doubt)).all(axis=0) & (likelier.sum(axis=0) > self.sure)
        return np.where(is_here, run + 1, 0)

    def is_there(self, run: NDArray[np.int64]) -> Flags:
        """Whether it has been there long enough."""
        found: Flags = run >= self.steps
        return found
