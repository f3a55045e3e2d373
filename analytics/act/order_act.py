"""What people do to work orders: accept, decline, arrive, restore, verify, close."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from analytics import loop_store
from analytics.act.kind import (
    CARRIED_OUT,
    ActResult,
    OrderAct,
    Refusal,
    may_touch,
    refused,
)
from analytics.alarm import AlarmId
from analytics.clock import ClockKind, ClockState, order_clocks
from analytics.duty import Answer, OrganisationId
from analytics.live import Announcement, Change
from analytics.loop_store import OrderLine, Stop, StoredOrder
from analytics.notice import Notice, NoticeKind, Target
from analytics.responsibility import Responsibility
from analytics.store import BY_PLATFORM, Actor
from analytics.subject import FirstMove, Line, answer_of, facts_of
from analytics.work_order import KEEPS, OrderId, OrderState, OrderTrigger, WorkOrder, move
from analytics.work_order import OrderAct as Step
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "loop.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    """An order before and after a step."""

    stored: StoredOrder
    after: WorkOrder
    trigger: OrderTrigger


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
        if why_not is not None:
            return refused(why_not)
        line = Line(actor=Actor(name=act.by.name, role=act.by.role), at=now, reason=act.text)
        moved = _Moved(stored=stored, after=after, trigger=act.trigger)
        told = Announcement()
        _save(connection, moved, told, line)
        if act.trigger is OrderTrigger.DECLINE:
            self._give_on(connection, moved, told, now)
        told.write(connection, now)
        return CARRIED_OUT

    def _give_on(
        self, connection: Connection, declined: _Moved, told: Announcement, now: datetime
    ) -> None:
        """A declined order goes to the next who answers; without one it keeps its clock."""
        alarm_id = declined.after.alarm_id
        if alarm_id is None:
            return
        facts = facts_of(connection, alarm_id)
        answer = answer_of(connection, self._responsibility, facts, now)
        if answer is None:
            return
        acceptance = [
            clock
            for clock in order_clocks(answer.duty, declined.stored.id, now)
            if clock.kind is ClockKind.ACCEPT
        ]
        loop_store.start_clocks(connection, acceptance)
        following = next_owner(answer, declined.stored.order.owner)
        given = Step(trigger=OrderTrigger.DISPATCH, actor=BY_PLATFORM.name, owner=following)
        after = move(declined.after, given, now)
        if after is None:
            return
        stored = loop_store.lock_order(connection, declined.stored.id) or declined.stored
        moved = _Moved(stored=stored, after=after, trigger=OrderTrigger.DISPATCH)
        _save(connection, moved, told, Line(actor=BY_PLATFORM, at=now))
        notice = Notice(
            kind=NoticeKind.DISPATCHED,
            target=Target.DESK,
            facts=facts,
            organisation=following,
            order_id=declined.stored.id,
        )
        loop_store.add_notices(connection, [notice], now)


def next_owner(answer: Answer, declined_by: OrganisationId | None) -> OrganisationId | None:
    """Who gets an order that somebody declined: the responsible one, then along the chain."""
    candidates = [answer.responsible, *answer.chain]
    return next((item for item in candidates if item is not None and item != declined_by), None)


def refute_order(connection: Connection, alarm_id: AlarmId, told: Announcement, line: Line) -> None:
    """The alarm was false: its order ends, unless the work is already done."""
    order_id = loop_store.open_order_of(connection, alarm_id)
    stored = None if order_id is None else loop_store.lock_order(connection, order_id)
    if stored is None:
        return
    step = Step(trigger=OrderTrigger.REFUTE, actor=line.actor.name, note=f"误报: {line.reason}")
    after = move(stored.order, step, line.at)
    if after is not None:
        moved = _Moved(stored=stored, after=after, trigger=OrderTrigger.REFUTE)
        _save(connection, moved, told, line)


def _save(connection: Connection, moved: _Moved, told: Announcement, line: Line) -> None:
    stored, after = moved.stored, moved.after
    loop_store.save_order(connection, after)
    order_line = OrderLine(
        order_id=stored.id,
        trigger=moved.trigger,
        from_state=stored.order.state,
        to_state=after.state,
        version=after.version,
        at=line.at,
        actor=line.actor,
        note=line.reason,
    )
    loop_store.add_order_lines(connection, [order_line])
    kept = tuple(map(str, KEEPS.get(moved.trigger, ())))
    if after.state in (OrderState.CLOSED, OrderState.MERGED):
        stops = [
            Stop(kinds=kept, state=ClockState.KEPT, order_id=stored.id),
            Stop(kinds=tuple(map(str, ClockKind)), state=ClockState.STOPPED, order_id=stored.id),
        ]
    else:
        stops = [Stop(kinds=kept, state=ClockState.KEPT, order_id=stored.id)]
    loop_store.stop_clocks(connection, stops, line.at)
    told.add(Change.ORDER, stored.id, stored.place_path)


def _last_move(connection: Connection, order_id: OrderId) -> FirstMove | None:
    row = connection.execute(_QUERIES["last_order_move"], {"order_id": order_id}).fetchone()
    return None if row is None else FirstMove(actor=str(row[0]), at=cast("datetime", row[2]))
