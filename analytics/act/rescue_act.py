"""What people do in rescues: call the car, go, arrive, free the people, check the lift."""

from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never

from analytics.act.kind import Person
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.act.safety_kind import (
    AcceptRescue,
    ArriveRescue,
    CallCar,
    CheckLift,
    ReleasePeople,
    RescueAct,
)
from analytics.alarms.store import Actor
from analytics.alarms.subject import Line, Subject, lock_subject
from analytics.duties.matrix import OrganisationId
from analytics.safety import rescue, rescue_store
from analytics.safety.plan import SafetyPlan
from analytics.safety.rescue import Released, Rescue
from analytics.safety.rescue_run import RescueDesk, pace_of
from analytics.safety.rescue_store import Fact
from gateway.catalogue import Group
from ingest.database import Connection

_DESK: Final = ("operator", "project_manager", "bureau")
"""They write down what rescuers say by telephone."""


class RescueOffice:
    """Carries out acts in rescues inside the caller's transaction.

    Args:
        desk: Runs rescues.
    """

    def __init__(self, desk: RescueDesk) -> None:
        self._desk = desk

    def carry_out(
        self, connection: Connection, plan: SafetyPlan, act: RescueAct, now: datetime
    ) -> ActResult:
        """Do what is asked, or say why not."""
        subject = lock_subject(connection, act.alarm_id)
        if subject is None or subject.kind.group is not Group.ENTRAPMENT:
            return refused(Refusal.UNKNOWN)
        if not act.by.may_see(subject.place_path):
            return refused(Refusal.SCOPE)
        held = self._held(connection, plan, subject, act, now)
        why_not = Refusal.NOT_NOW if held is None else _why_not(connection, held, act)
        if held is None or why_not is not None:
            return refused(why_not or Refusal.NOT_NOW)
        line = Line(actor=Actor(name=act.by.name, role=act.by.role), at=now, reason=act.text)
        if isinstance(act, CallCar):
            return self._call(connection, held, act, line)
        after = self._after(connection, plan, held, act, now)
        if after is None:
            return refused(Refusal.NOT_NOW)
        self._desk.record(connection, held, after, _NAMES[type(act)], _said(act, line))
        if isinstance(act, ReleasePeople):
            self._desk.released(connection, plan, after, line)
        return CARRIED_OUT

    def _held(
        self,
        connection: Connection,
        plan: SafetyPlan,
        subject: Subject,
        act: RescueAct,
        now: datetime,
    ) -> Rescue | None:
        """The lift's open rescue; a call to the car opens one where none is."""
        held = rescue_store.lock_of_asset(connection, subject.asset_id)
        if held is None and isinstance(act, CallCar) and subject.is_open:
            held = self._desk.open_for(connection, plan, subject, now)
        return held

    def _call(self, connection: Connection, held: Rescue, act: CallCar, line: Line) -> ActResult:
        if held.id is None:
            return refused(Refusal.UNKNOWN)
        fact = Fact(
            rescue_id=held.id,
            at=line.at,
            kind="call",
            actor=line.actor,
            organisation=act.by.organisation,
            is_answered=act.is_answered,
            people_heard=act.people,
            words=act.text,
        )
        rescue_store.add_facts(connection, [fact])
        self._desk.announce(connection, held, line.at)
        return CARRIED_OUT

    def _after(
        self,
        connection: Connection,
        plan: SafetyPlan,
        held: Rescue,
        act: AcceptRescue | ArriveRescue | ReleasePeople | CheckLift,
        now: datetime,
    ) -> Rescue | None:
        pace = pace_of(plan, held.place_path)
        match act:
            case AcceptRescue():
                rescuers = self._desk.rescuers(connection, plan, held, now)
                return rescue.accept(held, rescuers, now)
            case ArriveRescue():
                return rescue.arrive(held, _arrived(act.by), pace, now)
            case ReleasePeople():
                released = Released(
                    at=act.released_at or now,
                    people=act.people,
                    injured=act.injured,
                    condition=act.text,
                )
                return rescue.release(held, released, pace, now)
            case CheckLift():
                by = f"{act.by.name} ({act.certificate.strip()})"
                return rescue.check(held, by, pace, now, is_fit=act.is_fit)
            case _:
                assert_never(act)


_NAMES: Final = {
    AcceptRescue: "accept",
    ArriveRescue: "arrive",
    ReleasePeople: "release",
    CheckLift: "check",
}


def _why_not(connection: Connection, held: Rescue, act: RescueAct) -> Refusal | None:
    """Going is the owner's word, or the desk's that has it by telephone.

    Whoever is there frees people; that the lift may run again is said by those who maintain it.
    """
    if isinstance(act, CheckLift):
        is_theirs = rescue_store.is_of_lift(connection, held, act.by.organisation)
        return None if is_theirs else Refusal.NOT_OWNER
    if not isinstance(act, AcceptRescue) or act.by.role in _DESK:
        return None
    return None if act.by.organisation == held.owner else Refusal.NOT_OWNER


def _arrived(by: Person) -> OrganisationId | None:
    """Whoever is there has it; a desk that writes it down is not there."""
    return None if by.role in _DESK else by.organisation


def _said(act: RescueAct, line: Line) -> Line:
    if not isinstance(act, CheckLift):
        return line
    verdict = "合格" if act.is_fit else "不合格,继续停用"
    return replace(line, reason=f"{verdict} 证书{act.certificate.strip()}: {act.text}")
