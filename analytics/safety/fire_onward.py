"""Fire alarms that nobody confirms, or that a second device bears out, go on by themselves.

The rows are looked at again in each transaction, so a process that dies between two rungs, or
two processes at once, lead to the same: each rung is told once.
"""

from collections.abc import Container
from dataclasses import replace
from datetime import datetime
from typing import Final

from analytics import loop_store
from analytics.alarms.alarm import AlarmId, Trigger
from analytics.alarms.consequence import bureau_notices
from analytics.alarms.store import BY_PLATFORM
from analytics.alarms.subject import (
    Line,
    Subject,
    answer_of,
    facts_of,
    lock_subject,
    note,
    set_confirmation,
)
from analytics.clocks.clock import Clock, ClockKind, ClockState
from analytics.duties.matrix import OrganisationId, resolve
from analytics.duties.responsibility import Responsibility, Spot, surroundings
from analytics.live import Announcement, Change
from analytics.loop_store import Stop
from analytics.notices.notice import AlarmFacts, Notice, NoticeKind, Target
from analytics.safety import store as safety_store
from analytics.safety.fire import UNCONFIRMED, Climb, ZoneAlarm, begin, climb, goes_on
from analytics.safety.plan import Rung, SafetyPlan, Way
from gateway.catalogue import Group
from ingest.database import Connection

UNANSWERED: Final = "unanswered"
_WAYS: Final = {Way.DESK: "值班台", Way.CALL: "电话", Way.BUREAU: "应急局"}
_NOBODY: Final = "未确认·无人应答 (nobody answers)"
_SEEN_ONLY: Final = "未确认·已应答未核实 (answered, not confirmed in time)"


def start_confirmation(
    connection: Connection, plan: SafetyPlan, subject: Subject, begun: datetime
) -> None:
    """The confirmation clock runs from the alarm, whoever acknowledges it meanwhile."""
    if subject.confirmation != UNCONFIRMED or not subject.is_open:
        return
    clock = Clock(
        kind=ClockKind.CONFIRM,
        started_at=begun,
        due_at=begun + plan.fire.confirm,
        alarm_id=subject.id,
    )
    loop_store.start_clocks(connection, [clock])


class Onward:
    """Takes fire alarms onward inside the caller's transaction.

    Args:
        responsibility: Says who answers for what.
    """

    def __init__(self, responsibility: Responsibility) -> None:
        self._responsibility = responsibility

    def corroborate(
        self,
        connection: Connection,
        plan: SafetyPlan,
        subject: Subject,
        free: Container[AlarmId],
        now: datetime,
    ) -> None:
        """See whether another device of the zone speaks too; if so the zone goes on at once.

        Args:
            free: Other alarms of the zone that the caller has locked; nobody is waited for.
        """
        side = safety_store.fire_side(connection, subject.id)
        if side.is_drill or not subject.is_open:
            return
        mates = safety_store.zone_mates(connection, subject.id)
        own = ZoneAlarm(
            id=subject.id,
            confirmation=subject.confirmation,
            went_on=side.went_on_at is not None,
        )
        zone = [own] + [
            ZoneAlarm(id=mate.id, confirmation=mate.confirmation, went_on=mate.went_on)
            for mate in mates
        ]
        if not mates or subject.confirmation == "false":
            return
        if side.corroborated_at is None:
            self._bear_out(connection, subject, mates[0].name_zh, now)
        carrier = goes_on(zone, {subject.id} | {mate.id for mate in mates if mate.id in free})
        if carrier is not None:
            self._carry_zone(connection, plan, subject, carrier, now)

    def _carry_zone(
        self,
        connection: Connection,
        plan: SafetyPlan,
        second: Subject,
        carrier: AlarmId,
        now: datetime,
    ) -> None:
        first = second if carrier == second.id else lock_subject(connection, carrier)
        if first is None:
            return
        if first.id != second.id:
            name = facts_of(connection, second.id).asset_zh
            self._bear_out(connection, first, name, now)
        self.go_on(connection, plan, first, NoticeKind.CORROBORATED, now)

    def _bear_out(
        self, connection: Connection, subject: Subject, by_device: str, now: datetime
    ) -> None:
        safety_store.mark_corroborated(connection, subject.id, now)
        fresh = lock_subject(connection, subject.id) or subject
        line = Line(actor=BY_PLATFORM, at=now, reason=f"同一防火分区另有报警: {by_device}")
        note(connection, fresh.alarm, Trigger.CORROBORATED, line)
        told = Announcement()
        told.add(Change.ALARM, subject.id, subject.place_path)
        told.write(connection, now)

    def go_on_unanswered(
        self, connection: Connection, plan: SafetyPlan, subject: Subject, now: datetime
    ) -> None:
        """Nobody has confirmed in time: the alarm is marked so and goes on."""
        alarm = replace(subject.alarm, version=subject.alarm.version + 1)
        reason = _NOBODY if alarm.acknowledged_at is None else _SEEN_ONLY
        set_confirmation(connection, subject.id, UNANSWERED, alarm.version)
        note(connection, alarm, Trigger.UNANSWERED, Line(actor=BY_PLATFORM, at=now, reason=reason))
        if subject.kind.group is Group.FIRE:
            self.go_on(connection, plan, subject, NoticeKind.UNANSWERED, now)
            return
        facts = facts_of(connection, subject.id)
        answer = answer_of(connection, self._responsibility, facts, now)
        notices = bureau_notices(facts, answer, NoticeKind.UNANSWERED)
        loop_store.add_notices(connection, notices, now)

    def go_on(
        self,
        connection: Connection,
        plan: SafetyPlan,
        subject: Subject,
        kind: NoticeKind,
        now: datetime,
    ) -> None:
        """Begin with the first rung, once for each raise of the alarm.

        A clock that still runs is of an earlier raise, or of the drill that this is no longer: beside
        it the second rung would never come due.
        """
        if safety_store.mark_went_on(connection, subject.id, now):
            stop = Stop(kinds=(ClockKind.ONWARD,), state=ClockState.STOPPED, alarm_id=subject.id)
            loop_store.stop_clocks(connection, [stop], now)
            self._follow(connection, plan, subject, begin(plan.fire, now), kind, now)

    def next_rung(
        self,
        connection: Connection,
        plan: SafetyPlan,
        clock: Clock,
        subject: Subject,
        now: datetime,
    ) -> ClockState:
        """The next rung is due, unless somebody has confirmed meanwhile."""
        if subject.confirmation not in (UNCONFIRMED, UNANSWERED):
            return ClockState.STOPPED
        side = safety_store.fire_side(connection, subject.id)
        is_borne_out = side.corroborated_at is not None and subject.confirmation == UNCONFIRMED
        kind = NoticeKind.CORROBORATED if is_borne_out else NoticeKind.UNANSWERED
        loop_store.end_clock(connection, clock, ClockState.MISSED, now)
        self._follow(connection, plan, subject, climb(plan.fire, clock.step, now), kind, now)
        return ClockState.MISSED

    def _follow(  # noqa: PLR0913, PLR0917 - what a rung needs to know
        self,
        connection: Connection,
        plan: SafetyPlan,
        subject: Subject,
        found: Climb,
        kind: NoticeKind,
        now: datetime,
    ) -> None:
        facts = facts_of(connection, subject.id)
        is_told = self._tell(connection, facts, found, kind, now)
        while not is_told and found.rungs and found.following is not None:
            # Nobody stands on this rung at that place: the next one is not waited for.
            found = climb(plan.fire, found.following, now)
            is_told = self._tell(connection, facts, found, kind, now)
        if found.following is None and not safety_store.is_bureau_told(connection, subject.id):
            # The plan was made anew under way, and the bureau's rung was among those behind.
            last = next(rung for rung in plan.fire.onward if rung.by is Way.BUREAU)
            self._tell(connection, facts, replace(found, rungs=(last,)), kind, now)
        if found.following is not None and found.due_at is not None:
            clock = Clock(
                kind=ClockKind.ONWARD,
                started_at=now,
                due_at=found.due_at,
                step=found.following,
                alarm_id=subject.id,
            )
            loop_store.start_clocks(connection, [clock])
        told = Announcement()
        told.add(Change.ALARM, subject.id, subject.place_path)
        told.write(connection, now)

    def _tell(
        self,
        connection: Connection,
        facts: AlarmFacts,
        found: Climb,
        kind: NoticeKind,
        now: datetime,
    ) -> bool:
        spot = Spot(facts.asset_id, facts.place_path)
        there = surroundings(connection, [spot], now)[spot]
        is_told = False
        for rung in found.rungs:
            organisation = resolve(rung.to, there)
            notices = self._notices(connection, facts, rung, organisation, kind, now)
            loop_store.add_notices(connection, notices, now)
            if notices:
                is_told = True
                _note_rung(connection, facts, rung, organisation, now)
        return is_told

    def _notices(  # noqa: PLR0913, PLR0917 - what a rung needs to know
        self,
        connection: Connection,
        facts: AlarmFacts,
        rung: Rung,
        organisation: OrganisationId | None,
        kind: NoticeKind,
        now: datetime,
    ) -> list[Notice]:
        if rung.by is Way.BUREAU:
            answer = answer_of(connection, self._responsibility, facts, now)
            return bureau_notices(facts, answer, kind)
        is_first_desk = rung.by is Way.DESK and organisation == facts.responsible
        if organisation is None or is_first_desk:
            return []
        target = Target.DESK if rung.by is Way.DESK else Target.CALL
        return [Notice(kind=kind, target=target, facts=facts, organisation=organisation)]


def _note_rung(
    connection: Connection,
    facts: AlarmFacts,
    rung: Rung,
    organisation: OrganisationId | None,
    now: datetime,
) -> None:
    subject = lock_subject(connection, facts.alarm_id)
    if subject is None:
        return
    name = "" if organisation is None else safety_store.organisation_name(connection, organisation)
    reason = f"{_WAYS[rung.by]} {name}".strip()
    note(connection, subject.alarm, Trigger.GO_ON, Line(actor=BY_PLATFORM, at=now, reason=reason))
