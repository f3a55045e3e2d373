"""A part of the alarm process's round, which rests by itself while it fails.

One loop decides events, carries out acts and runs clocks. What is broken in one of these keeps no
other waiting: the part alone is tried less and less often, and whoever runs the platform is told.
"""

from collections.abc import Callable
from typing import Final

import structlog

from analytics import metrics
from gateway.clock import steady_s
from ingest.database import Connection

RESTS_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Rest after the first failure in a row, the second and so on; the last one stays [s]."""
RESTS_OF_LIFE_SAFETY_S: Final = (0.0, 0.1, 0.2, 0.5, 1.0)
"""Tried again at once first; with ingest's own pauses an alarm stays within 10 s of the database's
return."""
ROW_S: Final = 60.0
"""A row that fails is tried every 30 s; so long it counts as broken after each time [s]."""

_log = structlog.get_logger("analytics.part")


class Part:
    """Something that every round does.

    Args:
        name: In the log, in metrics and in the alarm about it.
        is_life_safety: Whether fires, rescues or deadlines wait for it: it rests for a second at most.
    """

    def __init__(self, name: str, *, is_life_safety: bool = False) -> None:
        self.name = name
        self.is_life_safety = is_life_safety
        self._rests_s = RESTS_OF_LIFE_SAFETY_S if is_life_safety else RESTS_S
        self._rests_until_s = 0.0
        self._failing_since_s: float | None = None
        self._row_since_s = self._row_failed_s = -ROW_S
        self.failures = 0
        metrics.PART_FAILING.labels(name).set(0)

    @property
    def failing_s(self) -> float | None:
        """How long it, or a row of it, has been failing [s]; None: it is well."""
        steady = steady_s()
        if self._failing_since_s is not None:
            return steady - self._failing_since_s
        return steady - self._row_since_s if steady - self._row_failed_s < ROW_S else None

    def take(self, connection: Connection, work: Callable[[], int]) -> int:
        """What the part did; 0 while it rests and when it fails.

        Raises:
            Exception: The connection is lost: the round ends there.
        """
        if steady_s() < self._rests_until_s:
            return 0
        while True:
            try:
                done = work()
            except Exception as error:  # the edge of a part: clocks run though acts cannot be read
                if connection.broken:
                    raise
                self._note_failure(error)
                if steady_s() < self._rests_until_s:
                    return 0
            else:
                self._note_success()
                return done

    def note_broken_row(self) -> None:
        """One of its rows cannot be worked on; the others go on."""
        steady = steady_s()
        if steady - self._row_failed_s >= ROW_S:
            self._row_since_s = steady
        self._row_failed_s = steady

    def _note_failure(self, error: Exception) -> None:
        rest_s = self._rests_s[min(self.failures, len(self._rests_s) - 1)]
        self._rests_until_s = steady_s() + rest_s
        metrics.FAILURES.labels(self.name).inc()
        self.failures += 1
        if self._failing_since_s is None:
            self._failing_since_s = steady_s()
            metrics.PART_FAILING.labels(self.name).set(1)
            _log.error("part_failed", part=self.name, exc_info=error)

    def _note_success(self) -> None:
        if self._failing_since_s is None:
            return
        _log.info("part_goes_on", part=self.name, failures=self.failures)
        self._failing_since_s = None
        self.failures = 0
        metrics.PART_FAILING.labels(self.name).set(0)
