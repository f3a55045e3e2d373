"""Early warnings become alarms at the desk, one bad one aside."""

from datetime import datetime, timedelta
from math import inf
from typing import Final

import structlog

from analytics.alarms.desk import Desk
from analytics.patience import briefly
from analytics.warnings import store as warning_store
from gateway.clock import steady_s
from ingest.database import Connection

SET_ASIDE: Final = timedelta(seconds=30)
BATCH: Final = 32
"""Most warnings of one turn, a transaction each."""

_log = structlog.get_logger("analytics.warnings")


class WarningQueue:
    """Takes early warnings up.

    Args:
        desk: Decides and records.
        slice_s: How long one call may go on [s]; what waits then waits for the next one, since
            alarms wait meanwhile.
    """

    def __init__(self, desk: Desk, slice_s: float = inf) -> None:
        self._desk = desk
        self._slice_s = slice_s
        self._aside: dict[int, datetime] = {}

    def handle(self, connection: Connection, now: datetime) -> int:
        """Take up what waits, a transaction each; how many there were.

        Raises:
            StoreUnavailable: The database is away or too busy.
        """
        self._aside = {work: until for work, until in self._aside.items() if until > now}
        began_s = steady_s()
        for count in range(BATCH):
            if count and steady_s() - began_s >= self._slice_s:
                return count
            seen: list[int] = []
            try:
                if not briefly(connection, lambda held: self._take(held, seen, now)):  # noqa: B023
                    return count
            except Exception:  # the edge of a loop: one bad row stops no other
                if connection.broken or not seen:
                    raise
                _log.exception("warning_refused", work=seen[-1], again_in_s=SET_ASIDE.seconds)
                self._aside[seen[-1]] = now + SET_ASIDE
        return BATCH

    def _take(self, connection: Connection, seen: list[int], now: datetime) -> bool:
        works = warning_store.claim_work(connection, now, limit=1, set_aside=self._aside)
        for work in works:
            seen.append(work.id)
            self._desk.take_up(connection, [work.report], now)
        if works:
            warning_store.drop_work(connection, works)
        return bool(works)
