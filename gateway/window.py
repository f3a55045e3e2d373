"""Which messages of a lane are outstanding: the oldest, and the newest alarms beside a backlog.

After a long outage thousands of alarms wait; a fire of this moment must not stand behind them. The
platform takes messages in any order: the newest of a condition decides whether it stands.
"""

from dataclasses import dataclass
from typing import Final

import structlog

from gateway.metrics import Metrics
from gateway.outbox import Outbox, Stored
from gateway.topic import Lane

WINDOW: Final = {Lane.ALARM: 256, Lane.DATA: 32}
"""Messages outstanding without a receipt, the oldest."""
FRESH: Final = {Lane.ALARM: 32, Lane.DATA: 0}
"""Messages outstanding beside them, the newest."""
_LOG = structlog.get_logger(__name__)


@dataclass(slots=True)
class Waiting:
    """A message without a receipt: since when, and how it was sent on this connection."""

    stored: Stored
    since_s: float
    mid: int | None = None
    due_s: float = 0.0
    tries: int = 0
    ever_sent: bool = False


class Window:
    """The outstanding messages of one lane.

    Attributes:
        waiting: Id of a message to how it stands.
    """

    def __init__(self, outbox: Outbox, lane: Lane, metrics: Metrics) -> None:
        self.waiting: dict[int, Waiting] = {}
        self._outbox = outbox
        self._lane = lane
        self._metrics = metrics
        self._cursor = 0
        self._stream = 0
        self._shed_seen = 0

    def fill(self, now_s: float) -> None:
        """Take up what there is room for."""
        if self._stream != self._outbox.stream:
            # The outbox was opened anew, perhaps with another file: its ids begin again.
            self._stream, self._cursor, self._shed_seen = self._outbox.stream, 0, 0
            self.waiting.clear()
        self._forget_shed()
        fresh = sum(1 for message_id in self.waiting if message_id > self._cursor)
        room = WINDOW[self._lane] - len(self.waiting) + fresh
        if room > 0:
            found = self._outbox.fetch_after(self._cursor, room)
            self._take(found, now_s)
            self._cursor = found[-1].id if found else self._cursor
            if len(found) < room:
                return
            fresh = sum(1 for message_id in self.waiting if message_id > self._cursor)
        if fresh < FRESH[self._lane]:
            self._take(
                self._outbox.fetch_after(
                    self._cursor, FRESH[self._lane] - fresh, newest_first=True
                ),
                now_s,
            )

    def _take(self, found: list[Stored], now_s: float) -> None:
        for stored in found:
            self.waiting.setdefault(stored.id, Waiting(stored=stored, since_s=now_s))

    def _forget_shed(self) -> None:
        shed = self._outbox.shed_count
        if shed == self._shed_seen:
            return
        self._metrics.shed.labels(self._lane).inc(shed - self._shed_seen)
        if self._shed_seen == 0:
            _LOG.error("outbox full: oldest messages are given up", lane=self._lane)
        self._shed_seen = shed
        oldest = self._outbox.fetch_after(0, 1)
        first = oldest[0].id if oldest else self._cursor + 1
        for message_id in [one for one in self.waiting if one < first]:
            del self.waiting[message_id]
