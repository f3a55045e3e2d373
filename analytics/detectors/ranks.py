"""Where a value stands among all before it, as a normal deviate: no tail is too heavy for that."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from analytics.detectors.contract import Flags, Values

_BINS: Final = 128
_WIDTH: Final = 0.18
_FINE: Final = 4.0


@dataclass(slots=True, kw_only=True)
class RanksState:
    """What was seen.

    Attributes:
        counts: Values in each bin, bins of arcsinh(4 x), lowest first; shape (..., 128).
    """

    counts: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """A histogram of all values, fine near 0 and coarse far from it.

    References:
        Blom (1958), "Statistical estimates and transformed beta-variables", for normal scores;
        here (rank - 1/2) / n, with the value itself among the n.
    """

    def start(self, *series: int) -> RanksState:
        """Nothing was seen."""
        return RanksState(counts=np.zeros((*series, _BINS)))

    def step(self, state: RanksState, values: Values, known: Flags) -> Values:
        """Normal deviates of the shares of past values below these; then they are past, too.

        Args:
            values: In usual distances from the usual, where known; shape (...).
        """
        exact = np.clip(np.arcsinh(_FINE * values) / _WIDTH + _BINS / 2, 0, _BINS)
        place = np.minimum(exact.astype(np.int64), _BINS - 1)
        at = place[..., None]
        lower = (state.counts * (np.arange(_BINS) < at)).sum(axis=-1)
        here = np.take_along_axis(state.counts, at, axis=-1)[..., 0]
        total = state.counts.sum(axis=-1)
        share = (lower + (exact - place) * here + 0.5) / (total + 1)
        state.counts += (np.arange(_BINS) == at) & known[..., None]
        found: Values = ndtri(share)
        return found
