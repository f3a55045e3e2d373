"""When assets were last heard, in memory: a mark for each asset, written down now and then.

A sign of life costs an assignment in an array; the database gets one row an asset and pause, so
that watching 100,000 assets adds no write to the way of a sample. What is not written yet when a
process is killed is at most one pause old, and a pause is half of the silence that is an alarm.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.catalogue import AssetClass

EVENT_PAUSE_MS: Final = 5_000
"""Signs of life by events are written this often at most, an asset [ms]."""
_GROWTH: Final = 4096


def pause_of(kind: AssetClass) -> int:
    """How long a newer sign of life of such an asset may wait to be written [ms]."""
    return round(kind.silence_s * 500)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Heard:
    """Signs of life to write down.

    Attributes:
        assets: Asset ids in rising order, shape (n,).
        at_ms: When each was last heard [ms UTC], shape (n,).
    """

    assets: NDArray[np.int64]
    at_ms: NDArray[np.int64]


class Contacts:
    """Signs of life of every asset; for any number of threads. Bounded by the highest asset id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard_ms = np.zeros(0, dtype=np.int64)
        self._written_ms = np.zeros(0, dtype=np.int64)
        self._pause_ms = np.zeros(0, dtype=np.int64)

    def hear(self, assets: NDArray[np.int32] | Sequence[int], pause_ms: int, at_ms: int) -> None:
        """Note that assets said something; an asset may stand in it many times.

        Args:
            assets: Asset ids, shape (n,).
            pause_ms: How long a newer sign may wait to be written [ms].
            at_ms: When they were heard [ms UTC].
        """
        ids = np.asarray(assets, dtype=np.int64)
        if not ids.size:
            return
        with self._lock:
            self._grow(int(ids.max()))
            self._heard_ms[ids] = at_ms
            self._pause_ms[ids] = pause_ms

    def due(self, now_ms: int, *, is_last: bool = False) -> Heard:
        """What is to be written now; all that is new when the process stops."""
        with self._lock:
            is_new = self._heard_ms != self._written_ms
            if not is_last:
                is_new &= np.abs(now_ms - self._written_ms) >= self._pause_ms
            ids = np.flatnonzero(is_new)
            return Heard(assets=ids, at_ms=self._heard_ms[ids])

    def written(self, heard: Heard) -> None:
        """Remember that it was written."""
        with self._lock:
            self._written_ms[heard.assets] = heard.at_ms

    def _grow(self, highest: int) -> None:
        missing = highest + 1 - len(self._heard_ms)
        if missing > 0:
            more = np.zeros(max(missing, _GROWTH), dtype=np.int64)
            self._heard_ms = np.concatenate([self._heard_ms, more])
            self._written_ms = np.concatenate([self._written_ms, more])
            self._pause_ms = np.concatenate([self._pause_ms, more])
