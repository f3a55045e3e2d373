"""A slip of the hand is taken back, inside the caller's transaction: the alarm demands again."""

from dataclasses import replace
from datetime import datetime
from typing import Final, cast

from analytics import loop_store
from analytics.act.desk_kind import TakeBack
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.act.work_again import work_again
from analytics.alarms.alarm import Alarm, AlarmId, State, Trigger, act_on
from analytics.alarms.consequence import bureau_notices
from analytics.alarms.store import Actor
from analytics.alarms.subject import (
    Line,
    Subject,
    answer_of,
    facts_of,
    lock_subject,
    note,
    save_move,
    set_confirmation,
)
from analytics.alarms.taking_back import NotBack, Said, Slip, slip_of
from analytics.clocks.clock import Clock, ClockKind
from analytics.duties.responsibility import Responsibility
from analytics.live import Announcement, Change
from analytics.notices.notice import NoticeKind
from analytics.safety import store as safety_store
from analytics.safety.rescue_run import RescueDesk
from analytics.safety.store import Plans
from gateway.catalogue import Group
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "desk.sql")
_REFUSALS: Final = {
    NotBack.NOTHING: Refusal.NOTHING_TO_TAKE_BACK,
    NotBack.SOMEBODY_ELSES: Refusal.NOT_YOUR_ACT,
    NotBack.TOO_LATE: Refusal.TOO_LATE,
    NotBack.GONE_ON: Refusal.GONE_ON,
}
_KNOWN: Final = frozenset(Trigger)
_WORDS: Final = (Trigger.RAISE, Trigger.MISSED_RAISE, Trigger.LATE_CLEAR)
_SEEN: Final = (State.ACKNOWLEDGED, State.LATCHED_ACKNOWLEDGED)
_UNSEEN: Final = (State.UNACKNOWLEDGED, State.LATCHED_UNACKNOWLEDGED)
_REAL: Final = "real"
_FALSE: Final = "false"
_WHY_AGAIN: Final = "判断已撤销 (judged by mistake)"


class TakingBack:
    """Takes back an acknowledgement or a judgement.

    Args:
        responsibility: Says who answers for the alarm and its order.
    """

    def __init__(self, responsibility: Responsibility) -> None:
        self._responsibility = responsibility
        self._plans = Plans()
        self._rescues = RescueDesk(responsibility)

    def carry_out(self, connection: Connection, act: TakeBack, now: datetime) -> ActResult:
        """Take the person's last act back, or say why not."""
        subject = lock_subject(connection, act.alarm_id)
        if subject is None:
            return refused(Refusal.UNKNOWN)
        if not act.by.may_see(subject.place_path):
            return refused(Refusal.SCOPE)
        slip = slip_of(_history(connection, subject.id), act.by.name, now)
        why_not = _why_not(subject, slip)
        if why_not is not None:
            return refused(why_not)
        assert isinstance(slip, Slip), "everything else was refused"
        line = Line(actor=Actor(name=act.by.name, role=act.by.role), at=now, reason=act.text)
        told = Announcement()
        if slip.judged is not None:
            self._take_judgement_back(connection, subject, slip, told, line)
        if slip.is_acknowledged_by_it:
            _take_acknowledgement_back(connection, subject.id, slip, line)
        _run_again(connection, subject.id, slip)
        told.add(Change.ALARM, subject.id, subject.place_path)
        told.write(connection, now)
        return CARRIED_OUT

    def _take_judgement_back(
        self,
        connection: Connection,
        subject: Subject,
        slip: Slip,
        told: Announcement,
        line: Line,
    ) -> None:
        after = replace(subject.alarm, version=subject.alarm.version + 1)
        set_confirmation(connection, subject.id, slip.before, after.version)
        note(connection, after, Trigger.TAKE_BACK_JUDGEMENT, line)
        safety_store.set_cause(connection, subject.id, "")
        if subject.kind.group is Group.FIRE:
            # Its confirmation begins where no clock is left, and another device of the zone that
            # spoke meanwhile bears it out.
            safety_store.add_work(connection, [subject.id], line.at)
        facts = facts_of(connection, subject.id)
        answer = answer_of(connection, self._responsibility, facts, line.at)
        notices = bureau_notices(facts, answer, NoticeKind.JUDGEMENT_TAKEN_BACK, line.reason)
        loop_store.add_notices(connection, notices, line.at)
        why = replace(line, reason=_WHY_AGAIN)
        work_again(connection, self._responsibility, subject, told, why)
        if slip.judged == _FALSE and subject.kind.group is Group.ENTRAPMENT:
            plan = self._plans.at(connection, line.at)
            unjudged = replace(subject, confirmation=slip.before)
            self._rescues.open_for(connection, plan, unjudged, line.at)


def _why_not(subject: Subject, slip: Slip | NotBack) -> Refusal | None:
    if isinstance(slip, NotBack):
        return _REFUSALS[slip]
    if not subject.is_open:
        return Refusal.ALARM_OVER
    if slip.judged is None:
        is_seen = act_on(subject.alarm, Trigger.TAKE_BACK_ACKNOWLEDGE, subject.kind, slip.at)
        return None if is_seen is not None else Refusal.NOTHING_TO_TAKE_BACK
    if subject.confirmation != slip.judged:
        return Refusal.NOTHING_TO_TAKE_BACK
    is_rescue = subject.kind.group is Group.ENTRAPMENT and slip.judged == _REAL
    return Refusal.GONE_ON if is_rescue else None


def _take_acknowledgement_back(
    connection: Connection, alarm_id: AlarmId, slip: Slip, line: Line
) -> None:
    subject = lock_subject(connection, alarm_id)
    assert subject is not None, "it is locked by this transaction"
    after = act_on(subject.alarm, Trigger.TAKE_BACK_ACKNOWLEDGE, subject.kind, line.at)
    if after is None:
        return
    unseen: Alarm = replace(after, acknowledged_at=None, acknowledged_by=None)
    save_move(connection, subject, unseen, Trigger.TAKE_BACK_ACKNOWLEDGE, line)
    named = {"alarm_id": alarm_id, "at": slip.at, "now": line.at}
    connection.execute(_QUERIES["stop_confirmation_of"], named)


def _run_again(connection: Connection, alarm_id: AlarmId, slip: Slip) -> None:
    """The clocks that the act had ended run on to the time at which they were due."""
    named = {"alarm_id": alarm_id, "at": slip.at}
    rows = connection.execute(_QUERIES["clocks_ended_by"], named).fetchall()
    clocks = [
        Clock(
            kind=ClockKind(str(kind)),
            due_at=cast("datetime", due_at),
            started_at=cast("datetime", started_at),
            step=cast("int", step),
            alarm_id=alarm_id,
        )
        for kind, due_at, started_at, step in rows
    ]
    loop_store.start_clocks(connection, clocks)


def _history(connection: Connection, alarm_id: AlarmId) -> list[Said]:
    """What was said of an alarm, oldest first."""
    rows = connection.execute(_QUERIES["history"], {"alarm_id": alarm_id}).fetchall()
    return [
        Said(
            trigger=Trigger(str(trigger)),
            actor=str(actor),
            role=str(role),
            at=cast("datetime", at),
            is_again=trigger in _WORDS and before in _SEEN and after in _UNSEEN,
        )
        for trigger, actor, role, at, before, after in reversed(rows)
        if trigger in _KNOWN
    ]
