"""The detectors that judge a table of numbers nobody has tuned them for."""

from typing import Any, Final

import numpy as np

from analytics.detectors.charts import Charts
from analytics.detectors.contract import Detector, Scores, Values
from analytics.detectors.joint import Joint
from analytics.detectors.rhythm import Rhythm

_WIDE: Final = 16
"""From so many columns on a table is a plant, whose controllers hide a fault in few of them."""


class TableStream:
    """One table as a stream: row after row in, score and alarm out.

    A single column is held against its own rhythm, several against each other, many by charts.
    """

    def __init__(self, n_columns: int) -> None:
        self.detector: Detector[Any] = _for(n_columns)
        self._state = self.detector.start(1, n_columns)

    def row(self, time: float, values: tuple[float, ...]) -> tuple[float, bool, Values]:
        """Score (NaN while unknown), alarm, and the share of each column.

        Args:
            time: [s since 1970 UTC].
            values: NaN means no value.
        """
        said: Scores = self.detector.step(self._state, time, np.array([values], dtype=np.float64))
        return float(said.score[0]), bool(said.alarm[0]), said.reason[0]


def _for(n_columns: int) -> Detector[Any]:
    if n_columns == 1:
        return Rhythm()
    return Joint() if n_columns < _WIDE else Charts()
