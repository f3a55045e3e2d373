"""What people do to work orders: give, accept, decline, arrive, restore, verify, close, reopen."""

from datetime import datetime, timedelta
from typing import Final, cast

from analytics import loop_store
from analytics.act.fund_act import may_close
from analytics.act.kind import (
    AcceptOrder,
    ArriveOnSite,
    AssignOrder,
    CloseOrder,
    DeclineOrder,
    OrderAct,
    ReopenOrder,
    RestoreService,
    VerifyOrder,
    may_touch,
)
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.alarms.alarm import AlarmId
from analytics.alarms.store import BY_PLATFORM, Actor
from analytics.alarms.subject import FirstMove, Line, facts_of
from analytics.clocks.clock import ClockKind
from analytics.duties.responsibility import Responsibility
from analytics.live import Announcement
from analytics.loop_store import StoredOrder
from analytics.notices.notice import Notice, NoticeKind, Target
from analytics.orders import technician_store
from analytics.orders.facts import OrderFacts, OrderNotice, Told, order_facts, tell
from analytics.orders.hand_back import hand_back_locked
from analytics.orders.move import (
    Moved,
    Start,
    answer_for,
    begin_clocks,
    next_owner,
    save_move,
    waiting_clock,
)
from analytics.orders.store import organisations_before
from analytics.orders.technician import Given, TechnicianName
from analytics.orders.work_order import OrderAct as Step
from analytics.orders.work_order import OrderId, OrderState, OrderTrigger, WorkOrder, move
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "loop.sql")
REOPEN_WITHIN: Final = timedelta(days=30)


class OrderOffice:
    """Carries out acts on orders inside the caller's transaction."""

    def __init__(self, responsibility: Responsibility) -> None:
        self._responsibility = responsibility

    def carry_out(self, connection: Connection, act: OrderAct, now: datetime) -> ActResult:
        """Do what is asked, or say why not."""
        stored = loop_store.lock_order(connection, act.order_id)
        if stored is None:
            return refused(Refusal.UNKNOWN)
        if not act.by.may_see(stored.place_path):
            return refused(Refusal.SCOPE)
        why_not = may_touch(act, stored.order.owner)
        step = Step(trigger=act.trigger, actor=act.by.name, note=act.text)
        after = move(stored.order, step, now)
        is_stale = act.version is not None and act.version != stored.order.version
        if is_stale or after is None:
            first = _last_move(connection, act.order_id)
            why = Refusal.STALE if is_stale else Refusal.NOT_NOW
            return refused(why, first.actor, first.at) if first else refused(why)
        why_not = why_not or _of_technicians(connection, act, stored, now)
        if why_not is not None:
            return refused(why_not)
        line = Line(actor=Actor(name=act.by.name, role=act.by.role), at=now, reason=act.text)
        told = Announcement()
        self._do(
            connection, act, Moved(stored=stored, after=after, trigger=act.trigger), told, line
        )
        told.write(connection, now)
        return CARRIED_OUT

    def _do(
        self, connection: Connection, act: OrderAct, moved: Moved, told: Announcement, line: Line
    ) -> None:
        stored = moved.stored
        if isinstance(act, DeclineOrder) and _has_in_hand(connection, act, stored):
            hand_back_locked(connection, self._responsibility, stored, "declined", told, line)
            return
        save_move(connection, moved, told, line)
        match act:
            case AcceptOrder():
                _take_in_hand(connection, act, line)
            case AssignOrder():
                self._give(connection, act, stored, line)
            case DeclineOrder():
                self._give_on(connection, moved, told, line.at)
            case ReopenOrder():
                self._begin_again(connection, stored, line)
            case _:
                return

    def _give(
        self, connection: Connection, act: AssignOrder, stored: StoredOrder, line: Line
    ) -> None:
        """The dispatcher names a technician, whatever the optimisation would have said."""
        technician_store.end_assignment(connection, stored.id, "reassigned", line.at, act.text)
        given = Given(order_id=stored.id, technician=TechnicianName(act.technician), travel=None)
        technician_store.begin_assignment(connection, given, act.by.name, line.at, act.text)
        technician_store.note_no_technician(connection, stored.id, None)
        if stored.order.state is not OrderState.DISPATCHED:
            start = Start(order_id=stored.id, kinds=(ClockKind.ACCEPT,))
            begin_clocks(connection, self._responsibility, start, line.at)

    def _begin_again(self, connection: Connection, stored: StoredOrder, line: Line) -> None:
        begin_clocks(connection, self._responsibility, Start(order_id=stored.id), line.at)
        facts = order_facts(connection, [stored.id])[stored.id]
        told = Told(kind=OrderNotice.REOPENED, facts=facts, to=stored.order.owner, note=line.reason)
        tell(connection, told, line.at)

    def _give_on(
        self, connection: Connection, declined: Moved, told: Announcement, now: datetime
    ) -> None:
        """A declined order goes to the next who answers; without one it keeps a clock."""
        order_id = declined.stored.id
        facts = order_facts(connection, [order_id])[order_id]
        answer = answer_for(connection, self._responsibility, facts, now)
        accept = Start(order_id=order_id, kinds=(ClockKind.ACCEPT,))
        begin_clocks(connection, self._responsibility, accept, now)
        before = organisations_before(connection, order_id)
        before |= {declined.stored.order.owner}
        following = next_owner(answer, before)
        given = Step(trigger=OrderTrigger.DISPATCH, actor=BY_PLATFORM.name, owner=following)
        after = move(declined.after, given, now)
        if after is None:
            loop_store.start_clocks(connection, [waiting_clock(order_id, now)])
            return
        stored = loop_store.lock_order(connection, order_id) or declined.stored
        moved = Moved(stored=stored, after=after, trigger=OrderTrigger.DISPATCH)
        save_move(connection, moved, told, Line(actor=BY_PLATFORM, at=now))
        _tell_new_owner(connection, facts, after, now)


def _of_technicians(
    connection: Connection, act: OrderAct, stored: StoredOrder, now: datetime
) -> Refusal | None:
    """Why the person may not do this to an order that is somebody's, or that he did himself."""
    match act:
        case AssignOrder():
            return _cannot_give(connection, act, stored, now)
        case AcceptOrder() | DeclineOrder() | ArriveOnSite() | RestoreService():
            return _not_yours(connection, act, stored)
        case VerifyOrder() if act.by.name == stored.order.assignee:
            return Refusal.SAME_PERSON
        case CloseOrder() if not may_close(connection, stored.id):
            return Refusal.NOT_PUBLIC
        case ReopenOrder():
            return _cannot_reopen(connection, stored, now)
        case _:
            return None


def _cannot_give(
    connection: Connection, act: AssignOrder, stored: StoredOrder, now: datetime
) -> Refusal | None:
    """A dispatcher names anybody of his own with a valid certificate; to trapped people, anybody."""
    name = TechnicianName(act.technician)
    if technician_store.organisation_of(connection, name) != stored.order.owner:
        return Refusal.NO_TECHNICIAN
    if technician_store.is_certified(connection, name, stored.id, now):
        return None
    facts = order_facts(connection, [stored.id])[stored.id]
    return None if facts.is_life_safety else Refusal.NO_CERTIFICATE


def _not_yours(connection: Connection, act: OrderAct, stored: StoredOrder) -> Refusal | None:
    """A technician does what was given to him; whoever is there first goes to trapped people.

    His firm is the one that registered him, whatever the account says that he logs in with.
    """
    if act.by.role != "technician":
        return None
    firm = technician_store.organisation_of(connection, act.by.name)
    if firm is None:
        return None
    if firm != stored.order.owner:
        return Refusal.NOT_OWNER
    holder = technician_store.holder_of(connection, stored.id)
    if isinstance(act, DeclineOrder):
        return None if holder == act.by.name else Refusal.NOT_YOURS
    facts = order_facts(connection, [stored.id])[stored.id]
    is_free = holder in (None, act.by.name)
    return None if is_free or facts.is_life_safety else Refusal.NOT_YOURS


def _cannot_reopen(connection: Connection, stored: StoredOrder, now: datetime) -> Refusal | None:
    order = stored.order
    if order.closed_at is not None and now - order.closed_at > REOPEN_WITHIN:
        return Refusal.NOT_NOW
    if order.alarm_id is None or order.closed_at is None:
        return None
    other = loop_store.open_order_of(connection, order.alarm_id)
    return None if other is None else Refusal.NOT_NOW


def _has_in_hand(connection: Connection, act: OrderAct, stored: StoredOrder) -> bool:
    return technician_store.holder_of(connection, stored.id) == act.by.name


def _take_in_hand(connection: Connection, act: AcceptOrder, line: Line) -> None:
    """Whoever accepts has it in hand, whoever was asked before."""
    if technician_store.holder_of(connection, act.order_id) == act.by.name:
        return
    technician_store.end_assignment(connection, act.order_id, "reassigned", line.at)
    if technician_store.organisation_of(connection, act.by.name) is not None:
        given = Given(order_id=act.order_id, technician=TechnicianName(act.by.name), travel=None)
        technician_store.begin_assignment(connection, given, act.by.name, line.at)


def _tell_new_owner(
    connection: Connection, facts: OrderFacts, after: WorkOrder, now: datetime
) -> None:
    if facts.alarm_id is None:
        told = Told(kind=OrderNotice.OPENED, facts=facts, to=after.owner)
        tell(connection, told, now)
        return
    notice = Notice(
        kind=NoticeKind.DISPATCHED,
        target=Target.DESK,
        facts=facts_of(connection, facts.alarm_id),
        organisation=after.owner,
        order_id=facts.order_id,
    )
    loop_store.add_notices(connection, [notice], now)


def refute_order(connection: Connection, alarm_id: AlarmId, told: Announcement, line: Line) -> None:
    """The alarm was false: its order ends, unless the work is already done."""
    order_id = loop_store.open_order_of(connection, alarm_id)
    stored = None if order_id is None else loop_store.lock_order(connection, order_id)
    if stored is None:
        return
    step = Step(trigger=OrderTrigger.REFUTE, actor=line.actor.name, note=f"误报: {line.reason}")
    after = move(stored.order, step, line.at)
    if after is not None:
        moved = Moved(stored=stored, after=after, trigger=OrderTrigger.REFUTE)
        save_move(connection, moved, told, line)


def _last_move(connection: Connection, order_id: OrderId) -> FirstMove | None:
    row = connection.execute(_QUERIES["last_order_move"], {"order_id": order_id}).fetchone()
    return None if row is None else FirstMove(actor=str(row[0]), at=cast("datetime", row[2]))
