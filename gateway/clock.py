"""The gateway's two clocks: the wall clock for what happened when, the steady one for how long."""

import time
from dataclasses import dataclass

NOTABLE_STEP_MS = 2000
"""A wall clock that leaves the steady one by more than this between two looks has stepped [ms]."""


def now_ms() -> int:
    """Wall clock [ms since 1970, UTC]; it may be wrong and may jump."""
    return time.time_ns() // 1_000_000


def steady_s() -> float:
    """Time that only goes forward [s]; its zero means nothing."""
    return time.monotonic()


@dataclass(slots=True)
class StepWatch:
    """Notices that the wall clock was set, by comparing it with the steady clock.

    Attributes:
        wall_ms: Wall clock at the last look [ms].
        steady_at_s: Steady clock at the last look [s].
    """

    wall_ms: int
    steady_at_s: float

    def look(self, wall_ms: int, steady_at_s: float) -> int:
        """How far the wall clock jumped since the last look [ms]; 0 when it only ran.

        Slow drift between two looks stays below NOTABLE_STEP_MS and is not a step.
        """
        ran_ms = round((steady_at_s - self.steady_at_s) * 1000)
        step_ms = (wall_ms - self.wall_ms) - ran_ms
        self.wall_ms, self.steady_at_s = wall_ms, steady_at_s
        return step_ms if abs(step_ms) > NOTABLE_STEP_MS else 0
