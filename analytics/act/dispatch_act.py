"""The desk gives the work of an alarm out by hand, inside the caller's transaction."""

from datetime import datetime
from typing import Final, cast

from analytics import loop_store
from analytics.act.desk_kind import DispatchByHand
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.alarms.store import Actor
from analytics.alarms.subject import FirstMove, Line, Subject, answer_of, facts_of, lock_subject
from analytics.clocks.clock import order_clocks
from analytics.duties.matrix import Answer, OrganisationId
from analytics.duties.responsibility import Responsibility
from analytics.live import Announcement, Change
from analytics.loop_store import OrderLine, StoredOrder
from analytics.notices.notice import AlarmFacts, Notice, NoticeKind, Target
from analytics.orders import technician_store
from analytics.orders.duty import FALLBACK
from analytics.orders.facts import OrderNotice, Told, order_facts, tell
from analytics.orders.move import Start, begin_clocks, move_locked
from analytics.orders.technician import Given, TechnicianName
from analytics.orders.work_order import (
    OrderAct,
    OrderId,
    OrderState,
    OrderTrigger,
    WorkOrder,
)
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "desk.sql")
_IN_HAND: Final = (OrderState.ACCEPTED, OrderState.ON_SITE)
_DONE: Final = (OrderState.RESTORED, OrderState.VERIFIED)


class HandDispatch:
    """Gives the order of an alarm to whom a person says; its clocks run on, or begin.

    Args:
        responsibility: Says whom the matrix proposes, and which limits hold.
    """

    def __init__(self, responsibility: Responsibility) -> None:
        self._responsibility = responsibility

    def carry_out(self, connection: Connection, act: DispatchByHand, now: datetime) -> ActResult:
        """Give the work out, or say why not."""
        subject = lock_subject(connection, act.alarm_id)
        if subject is None:
            return refused(Refusal.UNKNOWN)
        if not act.by.may_see(subject.place_path):
            return refused(Refusal.SCOPE)
        facts = facts_of(connection, subject.id)
        answer = answer_of(connection, self._responsibility, facts, now)
        chosen = _organisation(connection, act, subject, answer, now)
        if chosen is None:
            return refused(Refusal.NO_ORGANISATION)
        if (answer is None or chosen != answer.worker) and not act.text.strip():
            return refused(Refusal.NEEDS_REASON)
        line = Line(actor=Actor(name=act.by.name, role=act.by.role), at=now, reason=act.text)
        order_id = loop_store.open_order_of(connection, subject.id)
        stored = None if order_id is None else loop_store.lock_order(connection, order_id)
        told = Announcement()
        first = None if stored is None else _who_was_faster(connection, act, stored)
        if first is not None:
            why_not: Refusal | None = Refusal.STALE
        elif stored is None:
            why_not = _cannot_open(connection, act, subject)
            if why_not is None:
                _open(connection, facts, answer, chosen, told, line)
        else:
            why_not = _cannot_move(connection, act, stored, chosen, now)
            if why_not is None:
                self._move(connection, act, stored, facts, chosen, told, line)
        if why_not is not None:
            return refused(why_not, first.actor, first.at) if first else refused(why_not)
        told.add(Change.ALARM, subject.id, subject.place_path)
        told.write(connection, now)
        return CARRIED_OUT

    def _move(  # noqa: PLR0913, PLR0917 - what one move takes
        self,
        connection: Connection,
        act: DispatchByHand,
        stored: StoredOrder,
        facts: AlarmFacts,
        chosen: OrganisationId,
        told: Announcement,
        line: Line,
    ) -> None:
        if chosen != stored.order.owner:
            step = OrderAct(
                trigger=OrderTrigger.DISPATCH, actor=line.actor.name, note=act.text, owner=chosen
            )
            move_locked(connection, stored, step, told, line)
            begin_clocks(connection, self._responsibility, Start(order_id=stored.id), line.at)
            _tell(connection, facts, chosen, stored.id, line)
        if act.technician:
            _assign(connection, TechnicianName(act.technician), stored.id, told, line)


def _organisation(
    connection: Connection,
    act: DispatchByHand,
    subject: Subject,
    answer: Answer | None,
    now: datetime,
) -> OrganisationId | None:
    """Whom the act means; None: nobody registered who works there, or within the asker's scope."""
    line = () if answer is None else (answer.worker, answer.responsible)
    others = () if answer is None else (*answer.joint, *answer.chain)
    asked = {
        "code": act.organisation,
        "path": subject.place_path,
        "named": [one for one in (*line, *others, act.by.organisation) if one is not None],
        "scope": list(act.by.scope),
        "now": now,
    }
    row = connection.execute(_QUERIES["organisation_for"], asked).fetchone()
    return None if row is None else OrganisationId(cast("int", row[0]))


def _who_was_faster(
    connection: Connection, act: DispatchByHand, stored: StoredOrder
) -> FirstMove | None:
    """The person who moved the order since the asker saw it; a clock that did stands in no way."""
    if act.version is None or act.version >= stored.order.version:
        return None
    seen = {"order_id": stored.id, "version": act.version}
    row = connection.execute(_QUERIES["last_person_of_order"], seen).fetchone()
    return None if row is None else FirstMove(actor=str(row[0]), at=cast("datetime", row[1]))


def _cannot_open(connection: Connection, act: DispatchByHand, subject: Subject) -> Refusal | None:
    """An alarm without an order gets one, unless its work is over or another one's."""
    row = connection.execute(_QUERIES["is_work_elsewhere"], {"alarm_id": subject.id}).fetchone()
    is_elsewhere = row is not None and bool(row[0])
    return Refusal.NO_WORK if is_elsewhere or not subject.is_open or act.technician else None


def _cannot_move(
    connection: Connection,
    act: DispatchByHand,
    stored: StoredOrder,
    chosen: OrganisationId,
    now: datetime,
) -> Refusal | None:
    order = stored.order
    if order.state in _IN_HAND:
        return Refusal.IN_HAND
    if order.state in _DONE:
        return Refusal.WORK_DONE
    if not act.technician:
        return Refusal.SAME_OWNER if chosen == order.owner else None
    name = TechnicianName(act.technician)
    if technician_store.organisation_of(connection, name) != chosen:
        return Refusal.NO_TECHNICIAN
    if technician_store.is_certified(connection, name, stored.id, now):
        return None
    facts = order_facts(connection, [stored.id])[stored.id]
    return None if facts.is_life_safety else Refusal.NO_CERTIFICATE


def _open(  # noqa: PLR0913, PLR0917 - what one order takes
    connection: Connection,
    facts: AlarmFacts,
    answer: Answer | None,
    chosen: OrganisationId,
    told: Announcement,
    line: Line,
) -> None:
    """An order of its own, with the clocks of the alarm's line or of the product's."""
    order = WorkOrder(
        state=OrderState.DISPATCHED, title=facts.title, opened_at=line.at, owner=chosen
    )
    order_id = loop_store.open_orders(connection, [(order, facts)], line.at)[0]
    history = OrderLine(
        order_id=order_id,
        trigger=OrderTrigger.DISPATCH,
        from_state=OrderState.PROPOSED,
        to_state=order.state,
        version=order.version,
        at=line.at,
        actor=line.actor,
        note=line.reason,
    )
    loop_store.add_order_lines(connection, [history])
    duty = FALLBACK if answer is None or not answer.duty.opens_order else answer.duty
    loop_store.start_clocks(connection, order_clocks(duty, order_id, line.at))
    told.add(Change.ORDER, order_id, facts.place_path)
    _tell(connection, facts, chosen, order_id, line)


def _tell(
    connection: Connection, facts: AlarmFacts, to: OrganisationId, order_id: OrderId, line: Line
) -> None:
    notice = Notice(
        kind=NoticeKind.DISPATCHED,
        target=Target.DESK,
        facts=facts,
        organisation=to,
        order_id=order_id,
        note=line.reason,
    )
    loop_store.add_notices(connection, [notice], line.at)


def _assign(
    connection: Connection, name: TechnicianName, order_id: OrderId, told: Announcement, line: Line
) -> None:
    stored = loop_store.lock_order(connection, order_id)
    assert stored is not None, "the order is locked by this transaction"
    step = OrderAct(trigger=OrderTrigger.ASSIGN, actor=line.actor.name)
    technician_store.end_assignment(connection, order_id, "reassigned", line.at, line.reason)
    move_locked(connection, stored, step, told, line)
    given = Given(order_id=order_id, technician=name, travel=None)
    technician_store.begin_assignment(connection, given, line.actor.name, line.at, line.reason)
    technician_store.note_no_technician(connection, order_id, None)
    facts = order_facts(connection, [order_id])[order_id]
    words = Told(kind=OrderNotice.ASSIGNED, facts=facts, to=facts.owner, note=str(name))
    tell(connection, words, line.at)
