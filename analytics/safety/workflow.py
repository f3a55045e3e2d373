"""The workflows of life safety run on: confirmations begin, rescues, drills and checks come due.

Alarms are shown by the desk before any of this begins; what fails here is put aside for half a
minute, logged, and tried again, and stops neither an alarm nor anything else of this.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from analytics import metrics
from analytics.alarms.lease import ALL
from analytics.alarms.part import Part
from analytics.alarms.subject import lock_subject
from analytics.duties.responsibility import Responsibility
from analytics.patience import briefly, is_held
from analytics.safety import store as safety_store
from analytics.safety.drill_over import DrillsOver
from analytics.safety.fire_onward import Onward, start_confirmation
from analytics.safety.rescue_open import BATCH as FRESH_BATCH
from analytics.safety.rescue_open import FreshRescues
from analytics.safety.rescue_run import RescueDesk
from analytics.safety.roll_call import RollCalls
from analytics.safety.store import Plans
from gateway.catalogue import Group
from gateway.clock import steady_s
from ingest.database import Connection

BATCH: Final = 16
"""Most of each kind in one turn and in one transaction, so that an alarm waits for few of them."""
FRESH_BATCHES: Final = 4
"""Most batches of rescues that are opened together in one turn."""
SET_ASIDE: Final = timedelta(seconds=30)
HELP_AFTER: Final = timedelta(seconds=5)
"""What another worker's places leave waiting for longer is begun by whoever has time."""
HELD: Final = timedelta(milliseconds=100)
"""A fire whose zone somebody else holds is taken up again after this, until it is late: then it goes
on with those alarms of its zone that are free."""
BUSY: Final = timedelta(seconds=2)
"""What had waited in vain for something that somebody else holds is taken up again after this."""
LOOK_S: Final = 0.5
"""How often deadlines are looked for that are minutes long [s]."""

Take = Callable[[Connection, list[int], list[int], datetime], bool]
"""Takes up the next one: (connection, set aside, seen, now); whether there was one."""

_log = structlog.get_logger("analytics.life_safety")


class Line:
    """One queue of rows: as many as wait in one transaction, and each alone when one is bad.

    Args:
        name: How the log calls it, and the part of the round that it is.
        take: Takes up the next row and notes its number in `seen` before it works on it.
        every_s: It is looked at no more often [s].
    """

    def __init__(self, name: str, take: Take, every_s: float = 0.0) -> None:
        self._name = name
        self.part = Part(name, is_life_safety=True)
        self._take = take
        self._every_s = every_s
        self._looked_s = -every_s
        self._aside: dict[int, datetime] = {}

    def handle(self, connection: Connection, now: datetime) -> int:
        """Take up what waits; how many there were. What is waiting may fail by itself.

        Raises:
            StoreUnavailable: The connection is lost; everything still waits.
        """
        return self.part.take(connection, lambda: self._handle(connection, now))

    def _handle(self, connection: Connection, now: datetime) -> int:
        if steady_s() - self._looked_s < self._every_s:
            return 0
        self._looked_s = steady_s()
        self._aside = {
            key: until for key, until in self._aside.items() if now < until <= now + SET_ASIDE
        }
        seen: list[int] = []
        try:
            return briefly(connection, lambda held: self._take_up(held, seen, now, BATCH))
        except Exception as error:  # the edge of a loop: the bad row is looked for
            if connection.broken:
                raise
            if self._leave_held(error, seen, now):
                return 1
            return self._one_by_one(connection, now)

    def _leave_held(self, error: Exception, seen: list[int], now: datetime) -> bool:
        """Leave the last one for a moment where somebody else holds what it needs."""
        if not seen or not is_held(error):
            return False
        self._aside[seen[-1]] = now + BUSY
        return True

    def _take_up(self, held: Connection, seen: list[int], now: datetime, many: int) -> int:
        for count in range(many):
            if not self._take(held, list(self._aside), seen, now):
                return count
        return many

    def _one_by_one(self, connection: Connection, now: datetime) -> int:
        """A transaction each; one that fails is left aside for a while."""
        for count in range(BATCH):
            seen: list[int] = []
            try:
                if not briefly(
                    connection,
                    lambda held: self._take_up(held, seen, now, 1),  # noqa: B023
                ):
                    return count
            except Exception as error:  # the edge of a loop: one bad row stops no other
                if connection.broken:
                    raise
                if self._leave_held(error, seen, now):
                    return count + 1
                if not seen:
                    raise  # Not a row, but the queue itself: it rests, and no other line with it.
                _log.exception("workflow_failed", of=self._name, number=seen[-1])
                metrics.FAILURES.labels(self._name).inc()
                self.part.note_broken_row()
                self._aside[seen[-1]] = now + SET_ASIDE
        return BATCH


class LifeSafety:
    """Runs every workflow of life safety, once round.

    Args:
        responsibility: Says who answers for what.

    Attributes:
        slices: Of the places whose confirmations and rescues it begins.
        parts: Of the round.
    """

    def __init__(self, responsibility: Responsibility) -> None:
        self.slices = ALL
        self._held: dict[int, datetime] = {}
        self._plans = Plans()
        self._fresh = FreshRescues(self._plans)
        self._onward = Onward(responsibility)
        self._rescues = RescueDesk(responsibility)
        drills = DrillsOver(responsibility)
        calls = RollCalls()
        self._lines = [
            Line("confirmation", self._begin),
            Line("rescue", self._rescues.take_due, LOOK_S),
            Line("drill", drills.take_expired, LOOK_S),
            Line("drill_left_over", drills.take_left_over, LOOK_S),
            Line("post_check", calls.ask, LOOK_S),
            Line("post_check_missed", calls.miss, LOOK_S),
            Line("post_check_plan", calls.plan, LOOK_S),
        ]
        self.parts = [line.part for line in self._lines]

    def handle(self, connection: Connection, now: datetime) -> int:
        """Take up what waits and what is due; how much there was."""
        fresh = 0
        for _ in range(FRESH_BATCHES):
            opened = self._fresh.handle(connection, self.slices, now)
            fresh += opened
            if opened < FRESH_BATCH:
                break
        return fresh + sum(line.handle(connection, now) for line in self._lines)

    def _begin(
        self, connection: Connection, aside: list[int], seen: list[int], now: datetime
    ) -> bool:
        """The confirmation of a fire, or the rescue of an entrapment, begins."""
        self._held = {key: until for key, until in self._held.items() if now < until <= now + HELD}
        late = now - HELP_AFTER
        work = safety_store.claim_work(connection, [*aside, *self._held], self.slices, late)
        if work is None:
            return False
        seen.append(work.alarm_id)
        subject = lock_subject(connection, work.alarm_id)
        plan = self._plans.at(connection, now)
        if subject is not None and subject.kind.group is Group.FIRE:
            zone = safety_store.lock_zone(connection, subject.id)
            if not zone.is_whole and work.since > late:
                self._held[work.alarm_id] = now + HELD
                return True
            start_confirmation(connection, plan, subject, work.since)
            self._onward.corroborate(connection, plan, subject, zone.free, now)
        elif subject is not None and subject.kind.group is Group.ENTRAPMENT:
            self._rescues.raised(connection, plan, subject, work.since)
        safety_store.drop_work(connection, work.alarm_id)
        return True
