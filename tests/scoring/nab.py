"""Score of the Numenta Anomaly Benchmark, standard profile, by its published formula.

References:
    Lavin and Ahmad (2015), "Evaluating real-time anomaly detection algorithms - the Numenta
    Anomaly Benchmark", doi:10.1109/ICMLA.2015.141: one detection a window counts, weighted by a
    sigmoid of its place; every row beyond the threshold elsewhere costs; the first 15 % of a
    file (at most 750 rows) are not judged; one threshold serves all files and is the best one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.scoring.recording import Flags, Recording, Values

_TP, _FP, _FN = 1.0, 0.11, 1.0
_PROBATION: Final = 0.15
_PROBATION_ROWS: Final = 750


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Outcome over all files.

    Attributes:
        score: Normalised: 0 says nothing ever, 100 is perfect.
        threshold: The best one over all files.
        found: Windows with a detection.
        false: Rows beyond the threshold outside windows.
    """

    score: float
    threshold: float
    found: int
    windows: int
    false: int


def judge(recordings: Sequence[Recording], scores: Sequence[Values]) -> Figure:
    """The best normalised score that one threshold over all files can reach."""
    gains, window_ids, values = [], [], []
    count = 0
    for recording, score in zip(recordings, scores, strict=True):
        gain, window = _weights(recording)
        judged = ~np.isnan(gain)
        gains.append(gain[judged])
        window_ids.append(np.where(window[judged] >= 0, window[judged] + count, -1))
        values.append(np.nan_to_num(score, nan=0.0)[judged])
        count += len(recording.windows)
    return _sweep(np.concatenate(values), np.concatenate(gains), np.concatenate(window_ids), count)


def onsets(alarm: Flags) -> Values:
    """1 in the first row of each alarm, 0 elsewhere; shape as given."""
    begins: Values = (alarm & ~np.concatenate([[False], alarm[:-1]])).astype(np.float64)
    return begins


def _sweep(values: Values, gains: Values, windows: NDArray[np.int64], count: int) -> Figure:
    order = np.argsort(-values, kind="stable")
    best = np.full(count, -_FN)
    total, false, top = -_FN * count, 0, (-_FN * count, 1.1, 0, 0)
    for place, row in enumerate(order):
        window = windows[row]
        if window >= 0:
            gain = max(gains[row], best[window])
            total += gain - best[window]
            best[window] = gain
        else:
            total += gains[row]
            false += 1
        is_last = place + 1 == len(order) or values[order[place + 1]] != values[row]
        if is_last and total > top[0]:
            top = (total, float(values[row]), int((best > -_FN).sum()), false)
    silent = -_FN * count
    score = 100 * (top[0] - silent) / (_TP * count - silent) if count else float("nan")
    return Figure(score=score, threshold=top[1], found=top[2], windows=count, false=top[3])


def _sigmoid(place: float) -> float:
    return -1.0 if place > 3 else 2 / (1 + np.exp(5 * place)) - 1


def _weights(recording: Recording) -> tuple[Values, NDArray[np.int64]]:
    """What a detection at each row is worth, NaN while on probation, and its window or -1."""
    rows = len(recording.times)
    gain, window = np.full(rows, -_FP), np.full(rows, -1, dtype=np.int64)
    previous: tuple[int, int] | None = None
    starts = {first: number for number, (first, _) in enumerate(recording.windows)}
    for row in range(rows):
        if row in starts:
            first, last = recording.windows[starts[row]]
            for inside in range(first, last + 1):
                place = -(last - inside + 1) / (last - first + 1)
                gain[inside] = _TP * _sigmoid(place) / _sigmoid(-1.0)
                window[inside] = starts[row]
            previous = (first, last)
        elif window[row] < 0 and previous is not None:
            width = max(previous[1] - previous[0], 1)
            gain[row] = _FP * _sigmoid((row - previous[1]) / width)
    gain[: int(min(_PROBATION * rows, _PROBATION_ROWS))] = np.nan
    return gain, window
