"""The queue of undecided events: bounded batches, and a bad event never stops a good one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from analytics import metrics
from analytics.alarms import store
from analytics.alarms.consequence import tell_undecided
from analytics.alarms.desk import Desk
from analytics.alarms.lease import ALL
from analytics.alarms.part import Part
from analytics.alarms.report import EventId
from ingest.database import Connection, in_transaction
from ingest.errors import StoreUnavailable

BATCH: Final = 128
"""Most events decided in one transaction, as long as no more than that wait."""
FLOOD_BATCH: Final = 512
"""The same in a flood, when commits wait for a busy disk: a fire waits for one batch at most."""
SET_ASIDE: Final = timedelta(seconds=30)
"""How long an event rests that could be neither decided nor shown."""
PATIENCE: Final = 3
"""Refusals of a database that is well, after which the batch itself is suspected."""

_log = structlog.get_logger("analytics.queue")


class EventQueue:
    """Takes events from the queue until it is empty.

    Args:
        desk: Decides and records.

    Attributes:
        slices: Of the places whose events it takes.
        part: Of the round; it knows of events that could not even be shown.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.slices = ALL
        self.part = Part("decisions", is_life_safety=True)
        self._aside: dict[EventId, datetime] = {}
        self._refusals = 0
        self._limit = BATCH

    def handle(self, connection: Connection, now: datetime) -> int:
        """Decide one batch; how many events left the queue.

        Raises:
            StoreUnavailable: The database is away or too busy; nothing is lost.
        """
        self._aside = {
            event: until for event, until in self._aside.items() if now < until <= now + SET_ASIDE
        }
        try:
            count = in_transaction(connection, lambda held: self._decide_next(held, now))
        except StoreUnavailable as error:
            self._limit = BATCH
            if connection.broken or error.is_of_server:
                raise
            self._refusals += 1
            if self._refusals < PATIENCE:
                raise
            return self._search(connection, now)
        except Exception:  # noqa: BLE001 - the edge of a loop: the bad event is looked for
            _log.exception("batch_refused")
            self._limit = BATCH
            return self._search(connection, now)
        self._refusals = 0
        self._limit = min(2 * self._limit, FLOOD_BATCH) if count == self._limit else BATCH
        return count

    def _decide_next(self, connection: Connection, now: datetime) -> int:
        reports = store.claim_events(
            connection, limit=self._limit, set_aside=self._aside, slices=self.slices
        )
        if reports:
            self._desk.take_up(connection, reports, now, is_bulk=True)
            store.drop_work(connection, [item.word.event_id or 0 for item in reports])
            metrics.note_decided(reports, now)
        return len(reports)

    def _search(self, connection: Connection, now: datetime) -> int:
        """Halve the batch until the event is found that cannot be decided."""
        self._refusals = 0
        events = store.waiting_events(
            connection, limit=BATCH, set_aside=self._aside, slices=self.slices
        )
        self._settle(connection, events, now)
        return len(events)

    def _settle(self, connection: Connection, events: Sequence[EventId], now: datetime) -> None:
        if not events:
            return
        try:
            in_transaction(connection, lambda held: self._decide_named(held, events, now))
        except Exception as error:  # the edge of a loop: halve the batch
            if connection.broken or _is_of_server(error):
                raise
            if len(events) == 1:
                self._show_undecided(connection, events[0], now)
                return
            half = len(events) // 2
            self._settle(connection, events[:half], now)
            self._settle(connection, events[half:], now)

    def _decide_named(
        self, connection: Connection, events: Sequence[EventId], now: datetime
    ) -> None:
        reports = store.claim_named(connection, events)
        self._desk.take_up(connection, reports, now)
        store.drop_work(connection, events)
        metrics.note_decided(reports, now)

    def _show_undecided(self, connection: Connection, event: EventId, now: datetime) -> None:
        _log.exception("event_undecided", event_id=event)
        metrics.UNDECIDED.inc()
        try:
            in_transaction(connection, lambda held: store.open_fallback_alarm(held, event, now))
        except Exception as error:  # the edge of a loop: others go on
            if _is_of_server(error):
                raise
            _log.exception("event_not_even_shown", event_id=event, again_in_s=SET_ASIDE.seconds)
            self._aside[event] = now + SET_ASIDE
            self.part.note_broken_row()
            return
        self._tell(connection, event, now)

    def _tell(self, connection: Connection, event: EventId, now: datetime) -> None:
        """Tell whoever answers for it; where even that fails, the bureau of life safety."""
        for follow in (self._follow, _tell_bureau):
            try:
                in_transaction(connection, lambda held: follow(held, event, now))  # noqa: B023
            except Exception:  # noqa: BLE001 - the edge of a loop: it is on the page already
                _log.exception("undecided_event_not_told", event_id=event)
            else:
                return

    def _follow(self, connection: Connection, event: EventId, now: datetime) -> None:
        found = store.fallback_alarm(connection, event)
        if found is not None:
            self._desk.follow_undecided(connection, *found, now)


def _is_of_server(error: Exception) -> bool:
    return isinstance(error, StoreUnavailable) and error.is_of_server


def _tell_bureau(connection: Connection, event: EventId, now: datetime) -> None:
    found = store.fallback_alarm(connection, event)
    if found is not None:
        tell_undecided(connection, found[0], now)
