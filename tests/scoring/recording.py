"""A recording to be scored, with the truth beside it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Numbers over time, and where they are abnormal.

    Attributes:
        times: [s since 1970 UTC], shape (n_rows,).
        values: Shape (n_rows, n_columns).
        windows: First and last abnormal row, counted from 0.
    """

    name: str
    times: Values
    values: Values
    windows: tuple[tuple[int, int], ...]

    @property
    def truth(self) -> Flags:
        """Whether a row is abnormal."""
        truth = np.zeros(len(self.times), dtype=np.bool_)
        for first, last in self.windows:
            truth[first : last + 1] = True
        return truth
