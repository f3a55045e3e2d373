"""Hand-overs whose time has come: what is open passes to the new organisation, once.

A change of the management that came into the registry without a hand-over, by a file or by a command
that died half-way, passes it too. New alarms need nothing of this: who answers for them follows from the registry at their time.
What was open before has its owner in its row, and that is turned here, in one transaction, so
that each alarm and order has exactly one owner at every moment. Clocks belong to alarms and
orders and run on as they are; whom a missed one is told to follows from the registry again.
"""

from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from analytics import metrics
from analytics.duties.responsibility import Responsibility
from analytics.handover.model import HandoverId
from analytics.handover.passing import Passing
from analytics.handover.store import QUERIES, handovers
from analytics.patience import briefly, is_held
from gateway.clock import steady_s
from ingest.database import Connection
from ingest.errors import StoreUnavailable

LOOK_S: Final = 0.5
SLICE_S: Final = 0.05
"""Longest that hand-overs hold up new events [s]; a whole district may change hands with the year."""
UNPLANNED_LOOK_S: Final = 5.0
UNPLANNED_SINCE: Final = timedelta(days=30)
"""How old a change of the registry may be for which a hand-over is made up."""
SWEPT_FOR: Final = timedelta(minutes=10)
"""Afterwards, what a process opened whose clock was behind is moved too."""
REST: Final = timedelta(seconds=30)
"""Before one is looked at again: to sweep after it, or because it failed."""

HELD: Final = timedelta(seconds=2)
"""So is one of which somebody else holds an alarm or an order."""

_log = structlog.get_logger("analytics.handover")


class HandOvers:
    """Carries out hand-overs that are due.

    Args:
        responsibility: Says who answers for orders.
        every_s: How often the database is asked at most [s].
    """

    def __init__(self, responsibility: Responsibility, every_s: float = LOOK_S) -> None:
        self._responsibility = responsibility
        self._every_s = every_s
        self._looked_s = -every_s
        self._unplanned_s = -UNPLANNED_LOOK_S
        self._resting: dict[HandoverId, datetime] = {}

    def handle(self, connection: Connection, now: datetime) -> int:
        """Carry out what is due, one transaction each, for a while; how many passed to somebody else.

        Raises:
            StoreUnavailable: The database is away or too busy; the hand-overs stay due.
        """
        if steady_s() - self._looked_s < self._every_s:
            return 0
        self._looked_s = steady_s()
        self._resting = {
            one: until for one, until in self._resting.items() if now < until <= now + REST
        }
        self._look_for_unplanned(connection, now)
        moved, began_s = 0, steady_s()
        while (found := self._one(connection, now)) is not None:
            moved += found
            if steady_s() - began_s >= SLICE_S:
                self._looked_s = -self._every_s
                break
        return moved

    def _look_for_unplanned(self, connection: Connection, now: datetime) -> None:
        if steady_s() - self._unplanned_s < min(UNPLANNED_LOOK_S, self._every_s):
            return
        self._unplanned_s = steady_s()
        named = {"now": now, "since": now - UNPLANNED_SINCE}
        count = briefly(
            connection, lambda held: held.execute(QUERIES["add_unplanned"], named).rowcount
        )
        if count:
            _log.warning("unplanned_handovers", count=count, why="the registry alone knew of them")

    def _one(self, connection: Connection, now: datetime) -> int | None:
        claimed: list[HandoverId] = []
        try:
            found = briefly(connection, lambda held: self._next(held, claimed, now))
        except StoreUnavailable as error:
            if connection.broken or not claimed:
                raise
            if is_held(error):
                self._resting[claimed[-1]] = now + HELD
                return 0
            found = self._fail(claimed[-1])
        except Exception:  # the edge of a loop: one bad hand-over stops no other
            if not claimed:
                raise
            found = self._fail(claimed[-1])
        if claimed:
            self._resting[claimed[-1]] = now + REST
        return found

    def _fail(self, handover: HandoverId) -> int:
        metrics.FAILURES.labels("handover").inc()
        _log.exception("handover_failed", handover=handover, again_in_s=REST.seconds)
        return 0

    def _next(self, connection: Connection, claimed: list[HandoverId], now: datetime) -> int | None:
        named = {"now": now, "swept_since": now - SWEPT_FOR, "set_aside": list(self._resting)}
        row = connection.execute(QUERIES["claim_due"], named).fetchone()
        if row is None:
            return None
        claimed.append(HandoverId(cast("int", row[0])))
        (facts,) = handovers(connection, claimed[-1])
        passing = Passing(connection, self._responsibility, facts, now)
        moved = passing.alarms() + passing.orders()
        passing.finish()
        return moved
