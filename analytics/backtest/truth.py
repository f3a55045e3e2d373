"""What really happened, as arrays: faults of assets, and warnings that were raised."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Days = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Faults with their truth, one a place in each array.

    Attributes:
        asset: Row of the asset, shape (n_faults,).
        onset: When it began [days from the start], shape (n_faults,).
        failure: When the asset failed [days from the start], shape (n_faults,).
        repaired: When it was as new again [days from the start], shape (n_faults,).
        cause: Why, a word each.
        is_slow: Whether it grew long enough for a warning to be asked of it, shape (n_faults,).
        severity: How strong its symptoms are at the failure, as a share of the usual size; NaN:
            nobody knows, shape (n_faults,).
    """

    asset: Rows
    onset: Days
    failure: Days
    repaired: Days
    cause: tuple[str, ...]
    is_slow: NDArray[np.bool_]
    severity: Days

    def __post_init__(self) -> None:
        lengths = {
            len(part)
            for part in (
                self.asset,
                self.onset,
                self.failure,
                self.repaired,
                self.cause,
                self.is_slow,
                self.severity,
            )
        }
        if len(lengths) != 1:
            raise ValueError(f"the arrays of the faults differ in length: {sorted(lengths)}")
        if bool(np.any(self.failure < self.onset) or np.any(self.repaired < self.failure)):
            raise ValueError("a fault begins, fails and is repaired in this order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How long and over how many assets a rule was watched.

    Attributes:
        begin: End of the warm-up [days from the start]; what is earlier is not counted.
        end: End of the history [days from the start].
        watched: Days on which the rule had something to say, shape (n_assets,): days without
            a reading are no days of an asset, so that silence does not thin out the false ones.
    """

    assets: int
    begin: float
    end: float
    watched: Days
