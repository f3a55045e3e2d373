"""Clocks that are due: each is claimed, carried out once, and followed by the next."""

from datetime import datetime, timedelta
from math import inf
from typing import Final

import structlog

from analytics import loop_store, metrics
from analytics.alarms import on_delay
from analytics.alarms.alarm import State, Trigger, act_on
from analytics.alarms.consequence import bureau_notices, follow_closed
from analytics.alarms.desk import Desk
from analytics.alarms.part import Part
from analytics.alarms.store import BY_PLATFORM
from analytics.alarms.subject import (
    Line,
    Subject,
    answer_of,
    facts_of,
    is_condition_active,
    lock_subject,
    save_move,
)
from analytics.clocks.clock import Clock, ClockId, ClockKind, ClockState, Escalation, escalate
from analytics.duties.matrix import Answer
from analytics.duties.responsibility import Responsibility
from analytics.holds.holding import Holding
from analytics.holds.store import LIMIT, Ending
from analytics.live import Announcement, Change
from analytics.notices.notice import AlarmFacts, Notice, NoticeKind, Target
from analytics.orders import deadline as order_deadline
from analytics.patience import briefly, is_held
from analytics.safety.fire_onward import Onward
from analytics.safety.store import Plans
from gateway.clock import steady_s
from ingest.database import Connection, in_transaction
from ingest.errors import StoreUnavailable

BATCH: Final = 64
"""Most clocks of one turn, so that a fire waits for no more."""
SLICE_S: Final = 0.05
"""Longest that clocks hold up new events [s]; after an outage, or when the machine's clock is set
forward, hundreds are due at once."""
SET_ASIDE: Final = timedelta(seconds=30)
LOOK: Final = 8
"""Due clocks that are looked at together for one that nobody holds."""
LOOKS: Final = 16
"""So often in one turn: a worker that stands still holds the clocks of a whole flood."""
HELD: Final = timedelta(milliseconds=200)
"""A clock that somebody else holds, or what it is about, is looked at again after this."""
BUSY: Final = timedelta(seconds=2)
"""One that had waited in vain for something else that it needs, after this."""
_SEEN: Final = (State.ACKNOWLEDGED, State.LATCHED_ACKNOWLEDGED)

_log = structlog.get_logger("analytics.deadlines")


class Deadlines:
    """Carries out clocks that are due.

    Args:
        responsibility: Says who is next.
        slice_s: How long one call may go on [s]; what is due then stays due.

    Attributes:
        part: Of the round; it knows of clocks that could not be carried out.
    """

    def __init__(self, responsibility: Responsibility, slice_s: float = inf) -> None:
        self.part = Part("clocks", is_life_safety=True)
        self._slice_s = slice_s
        self._responsibility = responsibility
        self._desk = Desk(responsibility)
        self._holding = Holding(responsibility)
        self._onward = Onward(responsibility)
        self._plans = Plans()
        self._aside: dict[ClockId, datetime] = {}
        self._last_at: datetime | None = None

    def handle(self, connection: Connection, now: datetime) -> int:
        """Carry out clocks that are due, one transaction each; how many there were.

        Raises:
            StoreUnavailable: The database is away or too busy; the clocks stay due.
        """
        self._aside = {
            clock: until for clock, until in self._aside.items() if now < until <= now + SET_ASIDE
        }
        self._watch_clock(connection, now)
        began_s = steady_s()
        for count in range(BATCH):
            if count and steady_s() - began_s >= self._slice_s:
                return count
            claimed: list[Clock] = []
            try:
                if not briefly(connection, lambda held: self._next(held, claimed, now)):  # noqa: B023
                    return count
            except StoreUnavailable as error:
                if connection.broken or not claimed:
                    raise
                if is_held(error):
                    self._leave(claimed[-1], now)
                else:
                    self._put_aside(claimed[-1], now)
            except Exception:  # the edge of a loop: one bad row stops no other
                if not claimed:
                    raise
                self._put_aside(claimed[-1], now)
        return BATCH

    def _watch_clock(self, connection: Connection, now: datetime) -> None:
        """A clock set forward makes deadlines due at once; one set back makes none wait longer."""
        if self._last_at is None or now < self._last_at:
            count = in_transaction(connection, lambda held: loop_store.restart_clocks(held, now))
            if count:
                _log.warning(
                    "clocks_begun_anew", count=count, why="the platform's clock was set back"
                )
            if loop_store.are_clocks_ahead(connection, now):
                return  # somebody holds one: it begins anew with the next look
        self._last_at = now

    def _leave(self, clock: Clock, now: datetime) -> None:
        """What it needs is held by somebody else: others go first for a moment."""
        if clock.id is not None:
            self._aside[clock.id] = now + BUSY

    def _put_aside(self, clock: Clock, now: datetime) -> None:
        _log.exception("clock_failed", clock_id=clock.id, again_in_s=SET_ASIDE.seconds)
        metrics.FAILURES.labels("clocks").inc()
        self.part.note_broken_row()
        if clock.id is not None:
            self._aside[clock.id] = now + SET_ASIDE

    def _next(self, connection: Connection, seen: list[Clock], now: datetime) -> bool:
        clock = self._claim(connection, now)
        if clock is None:
            return False
        seen.append(clock)
        state = self._carry_out(connection, clock, now)
        if state is ClockState.MISSED:
            metrics.CLOCKS_MISSED.labels(str(clock.kind)).inc()
        return True

    def _claim(self, connection: Connection, now: datetime) -> Clock | None:
        """The clock that is longest overdue of those that nobody holds, locked."""
        for _ in range(LOOKS):
            due = loop_store.look_due(connection, now, limit=LOOK, set_aside=self._aside)
            for clock in due:
                if loop_store.claim_clock(connection, clock, now):
                    return clock
                if clock.id is not None:
                    self._aside[clock.id] = now + HELD
            if len(due) < LOOK:
                return None
        return None

    def _carry_out(self, connection: Connection, clock: Clock, now: datetime) -> ClockState:
        if clock.kind in (ClockKind.HOLD, ClockKind.ON_DELAY):
            return self._of_hold_or_delay(connection, clock, now)
        if clock.order_id is not None:
            return order_deadline.carry_out(connection, self._responsibility, clock, now)
        subject = None if clock.alarm_id is None else lock_subject(connection, clock.alarm_id)
        state = self._outcome(connection, clock, subject, now)
        loop_store.end_clock(connection, clock, state, now)
        is_missed = state is ClockState.MISSED and clock.kind is not ClockKind.ONWARD
        if is_missed and subject is not None:
            self._escalate_alarm(connection, clock, subject, now)
        return state

    def _outcome(
        self, connection: Connection, clock: Clock, subject: Subject | None, now: datetime
    ) -> ClockState:
        """How the clock of an alarm ends."""
        if subject is None or not subject.is_open:
            return ClockState.STOPPED
        match clock.kind:
            case ClockKind.OFF_DELAY:
                return _return(connection, subject, now)
            case ClockKind.ONWARD:
                return self._climb(connection, clock, subject, now)
            case ClockKind.ACKNOWLEDGE if subject.alarm.state in _SEEN:
                return ClockState.STOPPED
            case _:
                return ClockState.MISSED

    def _climb(
        self, connection: Connection, clock: Clock, subject: Subject, now: datetime
    ) -> ClockState:
        plan = self._plans.at(connection, now)
        return self._onward.next_rung(connection, plan, clock, subject, now)

    def _of_hold_or_delay(self, connection: Connection, clock: Clock, now: datetime) -> ClockState:
        loop_store.end_clock(connection, clock, ClockState.KEPT, now)
        if clock.id is None:
            return ClockState.STOPPED
        if clock.kind is ClockKind.HOLD:
            hold = on_delay.hold_of_clock(connection, clock.id)
            ending = Ending(by=LIMIT, at=now)
            is_ended = hold is not None and self._holding.end(connection, hold, ending)
            return ClockState.KEPT if is_ended else ClockState.STOPPED
        report = on_delay.report_that_stood(connection, clock.id)
        if report is not None:
            self._desk.take_up(connection, [report], now)
        return ClockState.KEPT

    def _escalate_alarm(
        self, connection: Connection, clock: Clock, subject: Subject, now: datetime
    ) -> None:
        facts = facts_of(connection, subject.id)
        answer = answer_of(connection, self._responsibility, facts, now)
        links = 0 if answer is None else len(answer.chain)
        duty = None if answer is None else answer.duty
        found = escalate(clock, group=subject.kind.group, links=links, now=now, duty=duty)
        told = Announcement()
        told.add(Change.ALARM, subject.id, subject.place_path)
        notices = _link_notices(found, facts, answer, NoticeKind.ESCALATED)
        if found.is_unanswered and subject.confirmation == "unconfirmed":
            plan = self._plans.at(connection, now)
            self._onward.go_on_unanswered(connection, plan, subject, now)
        loop_store.start_clocks(connection, [found.following] if found.following else [])
        loop_store.add_notices(connection, notices, now)
        told.write(connection, now)


def _return(connection: Connection, subject: Subject, now: datetime) -> ClockState:
    """The off-delay is over: the alarm returns, unless the condition came back."""
    if is_condition_active(connection, subject):
        return ClockState.STOPPED
    after = act_on(subject.alarm, Trigger.OFF_DELAY_OVER, subject.kind, now)
    if after is None:
        return ClockState.STOPPED
    line = Line(actor=BY_PLATFORM, at=now)
    save_move(connection, subject, after, Trigger.OFF_DELAY_OVER, line)
    told = Announcement()
    told.add(Change.ALARM, subject.id, subject.place_path)
    told.write(connection, now)
    if after.closed_at is not None:
        follow_closed(connection, [facts_of(connection, subject.id)], now)
    return ClockState.KEPT


def _link_notices(
    found: Escalation, facts: AlarmFacts, answer: Answer | None, kind: NoticeKind
) -> list[Notice]:
    if found.link is None or answer is None:
        return []
    organisation = answer.chain[found.link]
    notices = [Notice(kind=kind, target=Target.DESK, facts=facts, organisation=organisation)]
    if organisation == answer.bureau:
        notices += bureau_notices(facts, answer, kind)
    return notices
