"""The outer loop of every process of analytics: connect, go round, outlast what fails."""

from collections.abc import Callable, Sequence
from contextlib import closing
from threading import Event

import structlog

from analytics import metrics
from ingest.database import Connection

_log = structlog.get_logger("analytics.rounds")


class Rounds:
    """Serves on a connection until told to stop; a lost database is waited for.

    Every failure is counted; it is logged when it begins and when it is over.

    Args:
        name: Of the loop, in logs and metrics.
        connect: Opens a connection of the role tw_analytics.
        pauses_s: After the first failure in a row, the second and so on; the last one stays [s].
        failed: Told of every failure.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Connection],
        pauses_s: Sequence[float],
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._failed = failed
        self._connect = connect
        self._pauses_s = pauses_s
        self._failures = 0

    def run(self, serve: Callable[[Connection, Event], None], stop: Event) -> None:
        """Let `serve` go round; when it raises, begin anew on another connection."""
        while not stop.is_set():
            try:
                with closing(self._connect()) as connection:
                    serve(connection, stop)
            except Exception:  # noqa: BLE001 - the edge of the loop
                self._note_failure()
                stop.wait(self._pauses_s[min(self._failures, len(self._pauses_s)) - 1])

    def went_well(self) -> None:
        """A round has come to its end."""
        if self._failures:
            _log.info("rounds_go_on", loop=self._name, failures=self._failures)
            self._failures = 0

    def _note_failure(self) -> None:
        metrics.FAILURES.labels(self._name).inc()
        self._failed()
        self._failures += 1
        if self._failures == 1:
            _log.exception("round_failed", loop=self._name)
