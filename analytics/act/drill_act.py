"""What people do to drills: propose, agree, end; and say that something in one is real."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from analytics import loop_store
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.act.safety_kind import ApproveDrill, DeclareReal, DrillAct, EndDrill, ProposeDrill
from analytics.alarms.alarm import Trigger, act_on
from analytics.alarms.consequence import bureau_notices
from analytics.alarms.report import PlacePath
from analytics.alarms.store import Actor
from analytics.alarms.subject import Line, answer_of, facts_of, lock_subject, note, save_move
from analytics.clocks.clock import ClockKind, ClockState
from analytics.duties.responsibility import Responsibility
from analytics.live import Announcement, Change
from analytics.loop_store import Stop
from analytics.notices.notice import NoticeKind
from analytics.safety import drill_store
from analytics.safety import store as safety_store
from analytics.safety.drill import is_too_long
from analytics.safety.drill_store import Proposal
from analytics.safety.plan import SafetyPlan
from ingest.database import Connection


class DrillOffice:
    """Carries out acts on drills inside the caller's transaction.

    Args:
        responsibility: Says who answers for what.
    """

    def __init__(self, responsibility: Responsibility) -> None:
        self._responsibility = responsibility

    def carry_out(
        self, connection: Connection, plan: SafetyPlan, act: DrillAct, now: datetime
    ) -> ActResult:
        """Do what is asked, or say why not."""
        match act:
            case ProposeDrill():
                return _propose(connection, plan, act, now)
            case ApproveDrill():
                return _approve(connection, act, now)
            case EndDrill():
                return _end(connection, act, now)
            case DeclareReal():
                return self._declare(connection, act, now)
            case _:
                assert_never(act)

    def _declare(self, connection: Connection, act: DeclareReal, now: datetime) -> ActResult:
        subject = lock_subject(connection, act.alarm_id)
        if subject is None:
            return refused(Refusal.UNKNOWN)
        if not act.by.may_see(subject.place_path):
            return refused(Refusal.SCOPE)
        if not subject.is_open:
            return refused(Refusal.NOT_NOW)
        line = Line(actor=Actor(name=act.by.name, role=act.by.role), at=now, reason=act.text)
        seen = act_on(subject.alarm, Trigger.ACKNOWLEDGE, subject.kind, now)
        if seen is not None and seen.closed_at is None:
            seen = replace(seen, acknowledged_at=now, acknowledged_by=act.by.name)
            save_move(connection, subject, seen, Trigger.ACKNOWLEDGE, line)
        if not drill_store.make_real(connection, subject.id, "real"):
            return refused(Refusal.NOT_NOW)
        fresh = lock_subject(connection, subject.id) or subject
        note(connection, fresh.alarm, Trigger.DECLARE_REAL, line)
        kinds = (ClockKind.ACKNOWLEDGE, ClockKind.CONFIRM, ClockKind.ONWARD)
        stop = Stop(kinds=kinds, state=ClockState.KEPT, alarm_id=subject.id)
        loop_store.stop_clocks(connection, [stop], now)
        facts = facts_of(connection, subject.id)
        answer = answer_of(connection, self._responsibility, facts, now)
        notices = bureau_notices(facts, answer, NoticeKind.DECLARED_REAL, act.text)
        loop_store.add_notices(connection, notices, now)
        safety_store.add_work(connection, [subject.id], now)
        told = Announcement()
        told.add(Change.ALARM, subject.id, subject.place_path)
        told.write(connection, now)
        return CARRIED_OUT


def _propose(
    connection: Connection, plan: SafetyPlan, act: ProposeDrill, now: datetime
) -> ActResult:
    length = timedelta(seconds=act.length_s)
    if is_too_long(plan.drill, act.scope, length):
        return refused(Refusal.TOO_LONG)
    found = drill_store.find_scope(connection, act.scope, act.subject, now)
    if found is None:
        return refused(Refusal.NO_SCOPE)
    if not act.by.may_see(found.place_path):
        return refused(Refusal.SCOPE)
    proposal = Proposal(
        kind=act.drill,
        scope=act.scope,
        subject=act.subject,
        reason=act.text,
        tells_bureau=act.tells_bureau,
        length=length,
        by=act.by.name,
    )
    drill_store.add_drill(connection, proposal, found, now)
    _announce(connection, found.place_path, now)
    return CARRIED_OUT


def _approve(connection: Connection, act: ApproveDrill, now: datetime) -> ActResult:
    drill = drill_store.lock_drill(connection, act.drill_id)
    if drill is None:
        return refused(Refusal.UNKNOWN)
    if not act.by.may_see(drill.place_path):
        return refused(Refusal.SCOPE)
    if not drill.may_begin(now):
        return refused(Refusal.NOT_NOW)
    if act.by.name == drill.proposed_by:
        return refused(Refusal.SAME_PERSON)
    drill_store.approve(connection, drill, act.by.name, now)
    _announce(connection, drill.place_path, now)
    return CARRIED_OUT


def _end(connection: Connection, act: EndDrill, now: datetime) -> ActResult:
    drill = drill_store.lock_drill(connection, act.drill_id)
    if drill is None:
        return refused(Refusal.UNKNOWN)
    if not act.by.may_see(drill.place_path):
        return refused(Refusal.SCOPE)
    if drill.ended_at is not None:
        return refused(Refusal.NOT_NOW)
    drill_store.end(connection, drill.id, act.by.name, now)
    _announce(connection, drill.place_path, now)
    return CARRIED_OUT


def _announce(connection: Connection, place_path: str, now: datetime) -> None:
    told = Announcement()
    told.add(Change.NOTICE, None, PlacePath(place_path))
    told.write(connection, now)
