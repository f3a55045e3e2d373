"""How long to wait before a process that ended is started again."""

from collections.abc import Callable

FIRST_S = 0.5
LONGEST_S = 30.0
STEADY_S = 60.0
"""A process that ran this long is well again: its next failure counts as the first."""


def delay(failures: int, uniform: Callable[[float, float], float]) -> float:
    """Return the wait before the next start [s]: doubling, with jitter of a quarter.

    Args:
        failures: Ends in a row, at least 1.
        uniform: Draws a number between two (`random.uniform`).
    """
    full = min(LONGEST_S, FIRST_S * 2.0 ** min(failures - 1, 10))
    return uniform(0.75 * full, 1.25 * full)


def failures_after(former: int, ran_s: float) -> int:
    """Return how many failures in a row there are after a process ended that ran `ran_s` [s]."""
    return 1 if ran_s >= STEADY_S else former + 1
