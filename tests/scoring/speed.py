"""How many samples a second pass the detectors on one core."""

from pathlib import Path
from time import process_time
from typing import Any, Final

import numpy as np

from analytics.detectors.change import ChangePoint
from analytics.detectors.contract import Detector, score
from analytics.detectors.joint import Joint
from analytics.detectors.peers import Peers
from analytics.detectors.shift import Shift

_FEATURES: Final = 12
_LONG: Final = 60
_FILL: Final = 200
"""Steps after which every detector has learned enough and its windows are full."""
_TRIES: Final = 3
_SIZES: Final[tuple[tuple[Detector[Any], int], ...]] = (
    (Shift(), 10_000),
    (Peers(), 10_000),
    (Joint(), 1_000),
    (ChangePoint(), 1_000),
)


def speeds(steps: int = 20) -> list[dict[str, float | int | str]]:
    """Samples a second of processor time, the time of one step over all assets, and memory.

    So many steps that whatever is done now and then is done in each try. The best of some tries, since whatever else the machine does empties the caches.
    Memory: how much larger the process has become over `_LONG` further steps [KiB].
    """
    rows: list[dict[str, float | int | str]] = []
    for detector, assets in _SIZES:
        values = np.random.default_rng(1).normal(0, 1, (steps, assets, _FEATURES))
        state = detector.start(assets, _FEATURES)
        for number in range(_FILL):
            detector.step(state, float(number), values[number % steps])
        spent = min(_spent_s(detector, state, values) for _ in range(_TRIES))
        grown = _grown_kib(detector, state, values)
        rows.append(
            {
                "detector": detector.name,
                "assets": assets,
                "samples/s": round(values.size / spent),
                "s a step": round(spent / steps, 4),
                "KiB grown": grown,
            }
        )
    return rows


def _spent_s(detector: Detector[Any], state: Any, values: np.ndarray[Any, Any]) -> float:
    begun = process_time()
    score(detector, state, np.arange(len(values), dtype=np.float64), values)
    return process_time() - begun


def _grown_kib(detector: Detector[Any], state: Any, values: np.ndarray[Any, Any]) -> int:
    """What a stream leaves behind; the first steps fill what is filled once."""
    steps = len(values)
    for number in range(steps):
        detector.step(state, float(steps + number), values[number])
    before = _resident_kib()
    for number in range(_LONG):
        detector.step(state, float(2 * steps + number), values[number % steps])
    return _resident_kib() - before


def _resident_kib() -> int:
    """Memory of this process (proc_pid_status(5), VmRSS)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
