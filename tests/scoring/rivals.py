"""Trivial rules that any detector must beat, the clock among them."""

from collections.abc import Callable
from typing import Final

import numpy as np
from sklearn.ensemble import IsolationForest

from analytics.detectors.default import TableStream
from tests.scoring.recording import Flags, Recording, Values

Told = tuple[Values, Flags]
"""Score and alarm of each row."""
_FIRST: Final = 100


def product(recording: Recording) -> Told:
    """What `towerwatch score` says."""
    stream = TableStream(recording.values.shape[1])
    rows = zip(recording.times.tolist(), recording.values.tolist(), strict=True)
    said = [stream.row(at, tuple(values)) for at, values in rows]
    score = np.nan_to_num(np.array([one[0] for one in said]), nan=0.0)
    return score, np.array([one[1] for one in said])


def always(recording: Recording) -> Told:
    """Everything is an alarm."""
    rows = len(recording.times)
    return np.ones(rows), np.ones(rows, dtype=np.bool_)


def never(recording: Recording) -> Told:
    """Nothing is."""
    rows = len(recording.times)
    return np.zeros(rows), np.zeros(rows, dtype=np.bool_)


def fixed_z(recording: Recording) -> Told:
    """Distance from the mean of the first rows, in their deviations; alarm from 4."""
    first = recording.values[:_FIRST]
    z = np.abs(recording.values - first.mean(axis=0)) / (first.std(axis=0) + 1e-9)
    return _told(z.max(axis=1), 4.0)


def last_value(recording: Recording) -> Told:
    """Change since the row before, in deviations of the first rows' changes; alarm from 4."""
    change = np.abs(np.diff(recording.values, axis=0, prepend=recording.values[:1]))
    z = change / (change[:_FIRST].std(axis=0) + 1e-9)
    return _told(z.max(axis=1), 4.0)


def forest(recording: Recording) -> Told:
    """Isolation forest trained on the first rows; alarm beyond their strangest."""
    grown = IsolationForest(random_state=7).fit(recording.values[:_FIRST])
    strange = -grown.score_samples(recording.values)
    return strange, strange > strange[:_FIRST].max()


def clock(recording: Recording) -> Told:
    """No sensor at all: the middle of a file is an alarm."""
    rows = len(recording.times)
    place = np.arange(rows) / rows
    alarm = (place > 0.5) & (place < 0.85)
    return alarm.astype(np.float64), alarm


def _told(z: Values, border: float) -> Told:
    return z / (z + border), z >= border


RULES: Final[dict[str, Callable[[Recording], Told]]] = {
    "towerwatch score": product,
    "always": always,
    "never": never,
    "fixed z-score": fixed_z,
    "last value": last_value,
    "isolation forest alone": forest,
    "clock only": clock,
}
