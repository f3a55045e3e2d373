"""A case of another platform becomes a report: an alarm where a life is at stake, else an order.

Life safety takes the path of every other alarm, whatever is under way, and no later word of the
sender takes an alarm away: a withdrawn case leaves it to the desk, with a line in its history.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

from analytics import loop_store
from analytics.act.case_kind import CaseAct, TakeCase, WithdrawCase
from analytics.act.report_act import ReportOffice, Where, keep_report, where_of
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.act.work_kind import FileReport
from analytics.alarms.alarm import AlarmId, AssetId, Trigger
from analytics.alarms.report import PlacePath
from analytics.alarms.store import Actor
from analytics.alarms.subject import Line, lock_subject, note
from analytics.duties.responsibility import Responsibility
from analytics.exchange import case_store
from analytics.exchange.case import (
    CaseState,
    CaseStep,
    CaseSystem,
    Verdict,
    judge,
    state_of,
)
from analytics.exchange.case_store import Going, StoredCase, Work
from analytics.live import Announcement, Change
from analytics.loop_store import OrderLine
from analytics.orders.facts import OrderNotice, Told, order_facts, tell
from analytics.orders.move import move_locked
from analytics.orders.report import LIFE_SAFETY, Source, cause_of
from analytics.orders.work_order import OrderAct, OrderId, OrderState, OrderTrigger
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "exchange.sql")
_NOT_BEGUN: Final = (
    OrderState.PROPOSED,
    OrderState.DISPATCHED,
    OrderState.DECLINED,
    OrderState.ACCEPTED,
)
"""Nobody is on site: the order of a case that was taken back ends."""
_UNDER_WAY: Final = (*_NOT_BEGUN, OrderState.ON_SITE)
_ANSWER: Final = {
    Verdict.SAME: CARRIED_OUT,
    Verdict.LATE: CARRIED_OUT,
    Verdict.CONFLICT: refused(Refusal.CASE_CONFLICT),
    Verdict.OVER: refused(Refusal.CASE_OVER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What is done about a message, or why nothing is."""

    work: Work | None
    why_not: ActResult | None = None


class CaseOffice:
    """Takes cases in, inside the caller's transaction."""

    def __init__(self, responsibility: Responsibility) -> None:
        self._reports = ReportOffice(responsibility)

    def carry_out(self, connection: Connection, act: CaseAct, now: datetime) -> ActResult:
        """Do what is asked, or say why not; a message that came before changes nothing."""
        system = case_store.fetch_system(connection, act.system)
        if system is None:
            return refused(Refusal.UNKNOWN)
        case_store.lock_number(connection, system.code, act.number)
        case = case_store.lock_case(connection, system.code, act.number)
        if isinstance(act, WithdrawCase):
            return _withdraw(connection, system, case, act, now)
        verdict = judge(None if case is None else case.known, act.message)
        if verdict in _ANSWER:
            return _ANSWER[verdict]
        if case is None:
            return self._take(connection, system, act, now)
        return self._correct(connection, system, case, act, now)

    def _take(
        self, connection: Connection, system: CaseSystem, act: TakeCase, now: datetime
    ) -> ActResult:
        taken = self._work(connection, system, act, now)
        if taken.work is None:
            return taken.why_not or refused(Refusal.NO_PLACE)
        case = case_store.add_case(connection, system, act.message, taken.work, now)
        is_new = taken.work.is_own or taken.work.alarm_id is not None
        going = _going(case, CaseStep.RECEIVED if is_new else CaseStep.JOINED, act, now)
        case_store.go(connection, case, replace(going, state=_state(connection, case)), system)
        return CARRIED_OUT

    def _correct(
        self,
        connection: Connection,
        system: CaseSystem,
        case: StoredCase,
        act: TakeCase,
        now: datetime,
    ) -> ActResult:
        where = where_of(connection, act.place, act.asset)
        if where is None:
            return refused(Refusal.NO_PLACE)
        if not act.by.may_see(where.place_path):
            return refused(Refusal.SCOPE)
        is_same = (where.place_path, where.asset_id, act.category) == (
            case.place_path,
            case.asset_id,
            case.category,
        )
        if is_same:
            _note_words(connection, case, act, now)
            work = _work_of(case)
        else:
            if case_store.lock_order_state(connection, case) not in (None, *_UNDER_WAY):
                return refused(Refusal.CASE_OVER)
            taken = self._work(connection, system, act, now)
            if taken.work is None:
                return taken.why_not or refused(Refusal.NO_PLACE)
            work = taken.work
            _end_order(connection, case, work.order_id, f"案件更正: {act.text}", now)
        corrected = case_store.correct_case(connection, case, act.message, work)
        going = _going(corrected, CaseStep.CORRECTED, act, now)
        if not is_same:
            going = replace(going, state=_state(connection, corrected))
        case_store.go(connection, corrected, going, system)
        return CARRIED_OUT

    def _work(
        self, connection: Connection, system: CaseSystem, act: TakeCase, now: datetime
    ) -> _Taken:
        """What is done about it: an order under way does the same, or its own is opened."""
        report = FileReport(
            id=act.id,
            by=act.by,
            text=act.text,
            category=act.category,
            source=Source.HOTLINE,
            place=act.place,
            asset=act.asset,
            case_number=_own_number(system, act),
            contact=act.contact,
        )
        where = where_of(connection, act.place, act.asset)
        if where is not None and act.category not in LIFE_SAFETY:
            if not act.by.may_see(where.place_path):
                return _Taken(work=None, why_not=refused(Refusal.SCOPE))
            joined = _join(connection, report, where, now)
            if joined is not None:
                return _Taken(work=joined)
        result = self._reports.file(connection, report, now)
        if not result.is_done:
            return _Taken(work=None, why_not=result)
        row = connection.execute(_QUERIES["made_of"], {"act_id": act.id}).fetchone()
        if row is None:
            raise LookupError("a report that was filed has its row")
        alarm_id, order_id, place_path, asset_id = row
        return _Taken(
            work=Work(
                place_path=PlacePath(str(place_path)),
                asset_id=cast("AssetId | None", asset_id),
                alarm_id=cast("AlarmId | None", alarm_id),
                order_id=cast("OrderId | None", order_id),
                is_own=alarm_id is None,
            )
        )


def _own_number(system: CaseSystem, act: TakeCase) -> str:
    """The number that our reports know it by: two platforms may count alike."""
    suffix = f":r{act.revision}" if act.revision > 1 else ""
    return f"{system.code}/{act.number}{suffix}"


def _join(connection: Connection, report: FileReport, where: Where, now: datetime) -> Work | None:
    """The order under way that does this work already, with the report beside it."""
    asked = {
        "asset_id": where.asset_id,
        "place_path": where.place_path,
        "cause": cause_of(report.category),
    }
    row = connection.execute(_QUERIES["under_way"], asked).fetchone()
    stored = None if row is None else loop_store.lock_order(connection, OrderId(int(str(row[0]))))
    if stored is None or stored.order.state not in _UNDER_WAY:
        return None
    keep_report(connection, report, where, now, order_id=stored.id)
    words = f"案件 {report.case_number} 并案: {report.text}"
    _write_line(connection, stored, Line(actor=_actor(report.by.name), at=now, reason=words))
    facts = order_facts(connection, [stored.id])[stored.id]
    told = Told(
        kind=OrderNotice.MERGED, facts=facts, to=stored.order.owner, note=report.case_number
    )
    tell(connection, told, now)
    return Work(
        place_path=where.place_path,
        asset_id=where.asset_id,
        alarm_id=None,
        order_id=stored.id,
        is_own=False,
    )


def _withdraw(
    connection: Connection,
    system: CaseSystem,
    case: StoredCase | None,
    act: WithdrawCase,
    now: datetime,
) -> ActResult:
    if case is None:
        return refused(Refusal.UNKNOWN)
    if case.known.state is CaseState.WITHDRAWN:
        return CARRIED_OUT
    if case.known.state is CaseState.CLOSED:
        return refused(Refusal.CASE_OVER)
    words = f"来件方撤回: {act.text}"
    if case.alarm_id is not None:
        subject = lock_subject(connection, case.alarm_id)
        if subject is not None:
            line = Line(actor=_actor(act.by.name), at=now, reason=words)
            note(connection, subject.alarm, Trigger.COMMENT, line)
    _end_order(connection, case, None, words, now)
    going = _going(case, CaseStep.WITHDRAWN, act, now)
    case_store.go(
        connection, case, replace(going, state=CaseState.WITHDRAWN, note=act.text), system
    )
    return CARRIED_OUT


def _end_order(
    connection: Connection, case: StoredCase, other: OrderId | None, words: str, now: datetime
) -> None:
    """End the case's own order where nobody is on site and no other case needs it."""
    is_own = case.has_own_order and case.alarm_id is None
    if not is_own or case.order_id is None or case.order_id == other:
        return
    values = {"order_id": case.order_id, "id": case.id}
    row = connection.execute(_QUERIES["has_other_case"], values).fetchone()
    stored = loop_store.lock_order(connection, case.order_id)
    if stored is None or (row is not None and bool(row[0])):
        return
    line = Line(actor=_actor(case.system), at=now, reason=words)
    if stored.order.state not in _NOT_BEGUN:
        _write_line(connection, stored, line)
        return
    told = Announcement()
    step = OrderAct(trigger=OrderTrigger.REFUTE, actor=case.system, note=words)
    move_locked(connection, stored, step, told, line)
    told.write(connection, now)


def _note_words(connection: Connection, case: StoredCase, act: TakeCase, now: datetime) -> None:
    """Whoever works on it reads what the sender says now."""
    stored = None if case.order_id is None else loop_store.lock_order(connection, case.order_id)
    if stored is not None:
        words = f"案件更正: {act.text}"
        _write_line(connection, stored, Line(actor=_actor(case.system), at=now, reason=words))


def _write_line(connection: Connection, stored: loop_store.StoredOrder, line: Line) -> None:
    """A line in the order's history that moves nothing."""
    order = stored.order
    loop_store.add_order_lines(
        connection,
        [
            OrderLine(
                order_id=stored.id,
                trigger=OrderTrigger.MERGE,
                from_state=order.state,
                to_state=order.state,
                version=order.version,
                at=line.at,
                actor=line.actor,
                note=line.reason,
            )
        ],
    )
    told = Announcement()
    told.add(Change.ORDER, stored.id, stored.place_path)
    told.write(connection, line.at)


def _work_of(case: StoredCase) -> Work:
    return Work(
        place_path=case.place_path,
        asset_id=case.asset_id,
        alarm_id=case.alarm_id,
        order_id=case.order_id,
        is_own=case.has_own_order,
    )


def _state(connection: Connection, case: StoredCase) -> CaseState:
    """How far a case is that has just got its order; an alarm without one is received."""
    word = case_store.order_word(connection, case.order_id)
    return CaseState.RECEIVED if word is None else state_of(word.state)


def _going(case: StoredCase, step: CaseStep, act: CaseAct, now: datetime) -> Going:
    return Going(
        step=step,
        state=case.known.state,
        at=now,
        actor=act.by.name,
        note="",
        order_id=case.order_id,
        order_version=case.order_version,
        has_own_order=case.has_own_order,
    )


def _actor(name: str) -> Actor:
    return Actor(name=name, role="exchange")
