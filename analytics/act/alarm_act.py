"""What people do to alarms: acknowledge, confirm, reset, comment, take over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never, cast

from analytics import loop_store
from analytics.act.kind import (
    Acknowledge,
    AlarmAct,
    BureauAct,
    BureauClose,
    BureauReceive,
    BureauSetOut,
    Comment,
    ConfirmFalse,
    ConfirmReal,
    Reset,
    TakeOver,
)
from analytics.act.order_act import refute_order
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.act.work_again import work_again
from analytics.alarms.alarm import Alarm, State, Trigger, act_on
from analytics.alarms.cause import is_cause
from analytics.alarms.consequence import bureau_notices, stop_alarm
from analytics.alarms.store import Actor
from analytics.alarms.subject import (
    Line,
    Subject,
    answer_of,
    facts_of,
    is_active_state,
    last_person,
    lock_subject,
    note,
    save_move,
    set_confirmation,
)
from analytics.clocks.clock import ClockKind, ClockState, alarm_clock
from analytics.duties.responsibility import Responsibility
from analytics.live import Announcement, Change
from analytics.loop_store import Stop
from analytics.notices.notice import NoticeKind
from analytics.safety import store as safety_store
from analytics.safety.rescue_run import RescueDesk
from analytics.safety.store import Plans
from gateway.catalogue import Group
from ingest.database import Connection, load_queries

REAL: Final = "real"
FALSE: Final = "false"
_CONFIRMED: Final = (REAL, FALSE)
_FOUND_REAL: Final = "已更正为属实 (found real after all)"
BUREAU_STEPS: Final[Mapping[type[BureauAct], Trigger]] = {
    BureauReceive: Trigger.BUREAU_RECEIVE,
    TakeOver: Trigger.TAKE_OVER,
    BureauSetOut: Trigger.BUREAU_SET_OUT,
    BureauClose: Trigger.BUREAU_CLOSE,
}
"""What the bureau says of an alarm, in its order."""
_QUERIES: Final = load_queries("analytics", "act.sql")


class AlarmOffice:
    """Carries out acts on alarms inside the caller's transaction."""

    def __init__(self, responsibility: Responsibility) -> None:
        self._responsibility = responsibility
        self._plans = Plans()
        self._rescues = RescueDesk(responsibility)

    def carry_out(self, connection: Connection, act: AlarmAct, now: datetime) -> ActResult:
        """Do what is asked, or say why not."""
        subject = lock_subject(connection, act.alarm_id)
        why_not = _why_not(connection, act, subject)
        if why_not is not None:
            return why_not
        assert subject is not None
        told = Announcement()
        told.add(Change.ALARM, subject.id, subject.place_path)
        result = self._do(connection, act, subject, told, now)
        if result.is_done:
            told.write(connection, now)
        return result

    def _do(
        self,
        connection: Connection,
        act: AlarmAct,
        subject: Subject,
        told: Announcement,
        now: datetime,
    ) -> ActResult:
        line = _line(act, now)
        match act:
            case Acknowledge():
                return self._acknowledge(connection, subject, line)
            case ConfirmReal() | ConfirmFalse():
                return self._confirm(connection, act, subject, told, line)
            case Reset():
                return self._reset(connection, subject, line)
            case Comment():
                note(connection, subject.alarm, Trigger.COMMENT, line)
                return CARRIED_OUT
            case BureauReceive() | TakeOver() | BureauSetOut() | BureauClose():
                return _of_bureau(connection, act, subject, line)
            case _:
                assert_never(act)

    def _acknowledge(self, connection: Connection, subject: Subject, line: Line) -> ActResult:
        after = act_on(subject.alarm, Trigger.ACKNOWLEDGE, subject.kind, line.at)
        if after is None:
            first = last_person(connection, subject.id, 0)
            if first is None:
                return refused(Refusal.NOT_NOW)
            return refused(Refusal.STALE, first.actor, first.at)
        after = replace(after, acknowledged_at=line.at, acknowledged_by=line.actor.name)
        save_move(connection, subject, after, Trigger.ACKNOWLEDGE, line)
        stop = Stop(kinds=(ClockKind.ACKNOWLEDGE,), state=ClockState.KEPT, alarm_id=subject.id)
        loop_store.stop_clocks(connection, [stop], line.at)
        self._after(connection, subject, after, line)
        return CARRIED_OUT

    def _after(self, connection: Connection, subject: Subject, after: Alarm, line: Line) -> None:
        """A closed alarm has no clocks; one of life safety waits for a look on site."""
        if after.closed_at is not None:
            stop = stop_alarm(subject.id, ClockState.STOPPED)
            loop_store.stop_clocks(connection, [stop], line.at)
            facts = facts_of(connection, subject.id)
            notices = bureau_notices(facts, None, NoticeKind.CLOSED, line.reason)
            loop_store.add_notices(connection, notices, line.at)
            return
        if subject.confirmation in _CONFIRMED:
            return
        facts = facts_of(connection, subject.id)
        answer = answer_of(connection, self._responsibility, facts, line.at)
        if answer is not None:
            clock = alarm_clock(answer.duty, ClockKind.CONFIRM, subject.id, line.at)
            loop_store.start_clocks(connection, [clock] if clock else [])

    def _confirm(
        self,
        connection: Connection,
        act: ConfirmReal | ConfirmFalse,
        subject: Subject,
        told: Announcement,
        line: Line,
    ) -> ActResult:
        is_real = isinstance(act, ConfirmReal)
        confirmation = REAL if is_real else FALSE
        if subject.confirmation == confirmation:
            first = last_person(connection, subject.id, 0)
            return refused(Refusal.STALE, first.actor, first.at) if first else CARRIED_OUT
        if act.cause and not is_cause(act.cause, subject.kind.group, is_real=is_real):
            return refused(Refusal.BAD_CAUSE)
        confirmed = replace(subject, confirmation=confirmation)
        if act_on(subject.alarm, Trigger.ACKNOWLEDGE, subject.kind, line.at) is not None:
            self._acknowledge(connection, confirmed, line)
        seen = lock_subject(connection, subject.id) or confirmed
        after = replace(seen.alarm, version=seen.alarm.version + 1)
        set_confirmation(connection, subject.id, confirmation, after.version)
        trigger = Trigger.CONFIRM_REAL if is_real else Trigger.CONFIRM_FALSE
        note(connection, after, trigger, line)
        safety_store.set_cause(connection, subject.id, act.cause)
        stop = Stop(
            kinds=(ClockKind.CONFIRM, ClockKind.ONWARD), state=ClockState.KEPT, alarm_id=subject.id
        )
        loop_store.stop_clocks(connection, [stop], line.at)
        facts = facts_of(connection, subject.id)
        answer = answer_of(connection, self._responsibility, facts, line.at)
        kind = NoticeKind.CONFIRMED if is_real else NoticeKind.REFUTED
        notices = bureau_notices(facts, answer, kind, line.reason)
        loop_store.add_notices(connection, notices, line.at)
        if is_real:
            why = replace(line, reason=line.reason or _FOUND_REAL)
            work_again(connection, self._responsibility, seen, told, why)
        else:
            refute_order(connection, subject.id, told, line)
        if subject.kind.group is Group.ENTRAPMENT:
            plan = self._plans.at(connection, line.at)
            self._rescues.judged(connection, plan, subject, line)
        return CARRIED_OUT

    def _reset(self, connection: Connection, subject: Subject, line: Line) -> ActResult:
        after = act_on(subject.alarm, Trigger.RESET, subject.kind, line.at)
        if after is None:
            is_active = is_active_state(subject.alarm.state)
            return refused(Refusal.STILL_ACTIVE if is_active else Refusal.NOT_NOW)
        save_move(connection, subject, after, Trigger.RESET, line)
        self._after(connection, subject, after, line)
        return CARRIED_OUT


def _of_bureau(connection: Connection, act: BureauAct, subject: Subject, line: Line) -> ActResult:
    """A step of the bureau: each once and none backwards; the alarm itself stays with its desk."""
    trigger = BUREAU_STEPS[type(act)]
    order = list(BUREAU_STEPS.values())
    values = {"alarm_id": subject.id, "steps": [str(step) for step in order]}
    row = connection.execute(_QUERIES["last_bureau_step"], values).fetchone()
    if row is not None and order.index(Trigger(str(row[0]))) >= order.index(trigger):
        return refused(Refusal.STALE, str(row[1]), cast("datetime", row[2]))
    note(connection, subject.alarm, trigger, line)
    return CARRIED_OUT


def _line(act: AlarmAct, now: datetime) -> Line:
    return Line(actor=Actor(name=act.by.name, role=act.by.role), at=now, reason=act.text)


def _why_not(connection: Connection, act: AlarmAct, subject: Subject | None) -> ActResult | None:
    if subject is None:
        return refused(Refusal.UNKNOWN)
    if not act.by.may_see(subject.place_path):
        return refused(Refusal.SCOPE)
    if isinstance(act, Comment | BureauAct):
        return None
    if act.version is not None and act.version < subject.alarm.version:
        # A device may have spoken again meanwhile; only a person who was faster stands in the way.
        first = last_person(connection, subject.id, act.version)
        if first is not None:
            return refused(Refusal.STALE, first.actor, first.at)
    is_over = subject.alarm.state is State.NORMAL
    return refused(Refusal.NOT_NOW) if is_over and isinstance(act, Reset) else None
