"""Acts of rescues, drills and duty checks, each to the office that carries it out."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from analytics import loop_store
from analytics.act.alarm_act import AlarmOffice
from analytics.act.drill_act import DrillOffice
from analytics.act.kind import AcceptOrder, ArriveOnSite, ConfirmReal
from analytics.act.rescue_act import RescueOffice
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.act.safety_kind import (
    AcceptRescue,
    AnswerPost,
    ApproveDrill,
    ArriveRescue,
    AskPost,
    CallCar,
    CheckLift,
    DeclareReal,
    EndDrill,
    ProposeDrill,
    ReleasePeople,
    SafetyAct,
)
from analytics.alarms.store import Actor
from analytics.alarms.subject import Line, lock_subject
from analytics.duties.responsibility import Responsibility
from analytics.orders.work_order import OrderId
from analytics.safety import rescue_store, roll_call
from analytics.safety.plan import SafetyPlan
from analytics.safety.rescue_run import RescueDesk
from analytics.safety.store import Plans
from gateway.catalogue import Group
from ingest.database import Connection


class SafetyOffice:
    """Carries out acts of life safety inside the caller's transaction.

    Args:
        responsibility: Says who answers for what.
        alarms: Confirms an entrapment whose people were heard.
    """

    def __init__(self, responsibility: Responsibility, alarms: AlarmOffice) -> None:
        self._alarms = alarms
        self._drills = DrillOffice(responsibility)
        self._desk = RescueDesk(responsibility)
        self._rescues = RescueOffice(self._desk)
        self._plans = Plans()

    def carry_out(self, connection: Connection, act: SafetyAct, now: datetime) -> ActResult:
        """Do what is asked, or say why not."""
        plan = self._plans.at(connection, now)
        match act:
            case CallCar():
                return self._call(connection, plan, act, now)
            case AcceptRescue() | ArriveRescue() | ReleasePeople() | CheckLift():
                return self._rescues.carry_out(connection, plan, act, now)
            case ProposeDrill() | ApproveDrill() | EndDrill() | DeclareReal():
                return self._drills.carry_out(connection, plan, act, now)
            case AskPost():
                return _ask_post(connection, plan, act, now)
            case AnswerPost():
                return _answer_post(connection, act, now)
            case _:
                assert_never(act)

    def must_be_checked(self, connection: Connection, order_id: OrderId) -> bool:
        """Whether the order is about a lift that has trapped somebody and was not checked since."""
        stored = loop_store.lock_order(connection, order_id)
        if stored is None:
            return False
        return rescue_store.lock_of_asset(connection, stored.asset_id) is not None

    def follow_order(
        self, connection: Connection, act: AcceptOrder | ArriveOnSite, now: datetime
    ) -> None:
        """Whoever takes the order of an entrapment has the rescue too."""
        stored = loop_store.lock_order(connection, act.order_id)
        if stored is None or stored.order.alarm_id is None:
            return
        subject = lock_subject(connection, stored.order.alarm_id)
        if subject is None or subject.kind.group is not Group.ENTRAPMENT:
            return
        line = Line(actor=Actor(name=act.by.name, role=act.by.role), at=now, reason=act.text)
        is_there = isinstance(act, ArriveOnSite)
        self._desk.follow_order(connection, stored, line, is_there=is_there)

    def _call(
        self, connection: Connection, plan: SafetyPlan, act: CallCar, now: datetime
    ) -> ActResult:
        """A call that heard people confirms the entrapment: nobody has to press twice."""
        result = self._rescues.carry_out(connection, plan, act, now)
        subject = lock_subject(connection, act.alarm_id)
        is_news = subject is not None and subject.confirmation not in ("real", "false")
        if not (result.is_done and act.people and is_news):
            return result
        heard = f"对讲听到{act.people}人 {act.text}".strip()
        real = ConfirmReal(id=act.id, by=act.by, alarm_id=act.alarm_id, text=heard)
        confirmed = self._alarms.carry_out(connection, replace(real, cause="trapped"), now)
        return result if confirmed.is_done else confirmed


def _ask_post(connection: Connection, plan: SafetyPlan, act: AskPost, now: datetime) -> ActResult:
    desk = roll_call.desk_of(connection, act.place, now)
    if desk is None:
        return refused(Refusal.UNKNOWN)
    if not act.by.may_see(desk.place_path):
        return refused(Refusal.SCOPE)
    if roll_call.is_waiting(connection, desk.place_path):
        return refused(Refusal.NOT_NOW)
    roll_call.ask_now(connection, desk, act.by.name, plan.post_check, now)
    return CARRIED_OUT


def _answer_post(connection: Connection, act: AnswerPost, now: datetime) -> ActResult:
    asked = roll_call.lock_waiting(connection, act.check_id)
    if asked is None or (asked.due_at is not None and asked.due_at <= now):
        return refused(Refusal.NOT_NOW)
    if not act.by.may_see(asked.place_path):
        return refused(Refusal.SCOPE)
    roll_call.answer(connection, asked, act.by.name, now)
    return CARRIED_OUT
