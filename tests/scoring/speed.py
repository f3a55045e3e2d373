"""How many samples a second pass the detectors on one core."""

from time import process_time
from typing import Any, Final

import numpy as np

from analytics.detectors.change import ChangePoint
from analytics.detectors.contract import Detector, score
from analytics.detectors.joint import Joint
from analytics.detectors.peers import Peers
from analytics.detectors.shift import Shift

_FEATURES: Final = 12
_SIZES: Final[tuple[tuple[Detector[Any], int], ...]] = (
    (Shift(), 10_000),
    (Peers(), 10_000),
    (Joint(), 1_000),
    (ChangePoint(), 1_000),
)


def speeds(steps: int = 6) -> list[dict[str, float | int | str]]:
    """Samples a second of processor time, and the time of one step over all assets."""
    rows: list[dict[str, float | int | str]] = []
    for detector, assets in _SIZES:
        values = np.random.default_rng(1).normal(0, 1, (steps, assets, _FEATURES))
        state = detector.start(assets, _FEATURES)
        begun = process_time()
        score(detector, state, np.arange(steps, dtype=np.float64), values)
        spent = process_time() - begun
        rows.append(
            {
                "detector": detector.name,
                "assets": assets,
                "samples/s": round(values.size / spent),
                "s a step": round(spent / steps, 4),
            }
        )
    return rows
