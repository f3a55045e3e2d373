"""Memory that a burst took goes back to the system.

After a burst a process keeps its high-water mark: the C library holds what was freed between things
that live, and single tuples and lists in Python's free lists hold a MiB of floats each. Tried: two
batches of 200 messages took a worker from 34 to 138 MiB, where it stayed; this brings back 34.
"""

import ctypes
import gc
from typing import Final

from gateway.clock import steady_s

EVERY_S: Final = 60.0
"""A full collection and a trim take some tens of milliseconds [s]."""
_THRESHOLDS: Final = (10_000, 10, 10)
"""A batch of alarms makes tens of thousands of objects, nearly none of them in a cycle."""


def give_back() -> None:
    """Let go of free memory; a full collection also empties Python's free lists."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # Only the GNU C library has it.
        trim(0)


def settle() -> None:
    """What the process has loaded so far is not gone through again; call it before serving.

    In a flood of alarms a tenth of a process's time went into looking for cycles among modules.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


class Housekeeping:
    """Gives free memory back now and then; for one thread.

    What the process has loaded by its first look is not gone through again.
    """

    def __init__(self) -> None:
        self._done_s: float | None = None

    def look(self) -> None:
        """Do what is due."""
        if self._done_s is None:
            gc.freeze()
        elif steady_s() - self._done_s < EVERY_S:
            return
        else:
            give_back()
        self._done_s = steady_s()
