"""What follows when alarms open, come back or end: clocks, work orders, notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from analytics import loop_store
from analytics.alarms.alarm import AlarmId
from analytics.alarms.store import BY_PLATFORM
from analytics.clocks.clock import OF_ALARM, Clock, ClockKind, ClockState, alarm_clock, order_clocks
from analytics.duties.matrix import Answer, OrganisationId
from analytics.live import Announcement, Change
from analytics.loop_store import OrderLine, Stop
from analytics.notices.notice import AlarmFacts, Notice, NoticeKind, Target
from analytics.orders.work_order import OrderId, OrderState, OrderTrigger, WorkOrder
from analytics.safety import store as safety_store
from ingest.database import Connection

UNDECIDED: Final = "系统未能判定,按原始报文显示 (shown as it came, not decided)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An alarm that has just opened, or was raised again after somebody had seen it.

    Attributes:
        answer: Who answers for it; None where the matrix has no line.
        is_new: Whether it has just opened.
        joins_work: Whether it belongs to an incident whose order does its work too.
        note: What those who answer are told beside it.
    """

    facts: AlarmFacts
    answer: Answer | None
    is_new: bool = True
    joins_work: bool = False
    note: str = ""


def follow_opened(
    connection: Connection, opened: Sequence[Opened], told: Announcement, now: datetime
) -> None:
    """Start the clocks, give out the work, tell those who answer."""
    if not opened:
        return
    fresh = [item for item in opened if item.is_new and not item.joins_work]
    orders = _give_out(connection, fresh, told, now)
    clocks = [_acknowledge_clock(item, now) for item in opened]
    loop_store.start_clocks(connection, [clock for clock in clocks if clock is not None])
    notices = [
        notice
        for item in opened
        for notice in _opening_notices(item, orders.get(item.facts.alarm_id))
    ]
    loop_store.add_notices(connection, notices, now)
    urgent = [item.facts.alarm_id for item in opened if item.facts.is_life_safety]
    safety_store.add_work(connection, urgent, now)


def _acknowledge_clock(item: Opened, now: datetime) -> Clock | None:
    if item.answer is None:
        return None
    return alarm_clock(item.answer.duty, ClockKind.ACKNOWLEDGE, item.facts.alarm_id, now)


def _give_out(
    connection: Connection, opened: Sequence[Opened], told: Announcement, now: datetime
) -> dict[AlarmId, OrderId]:
    work = [
        (_order(item.facts, item.answer, now), item.facts)
        for item in opened
        if item.answer is not None and item.answer.duty.opens_order
    ]
    ids = loop_store.open_orders(connection, work, now)
    lines = []
    for order_id, (order, facts) in zip(ids, work, strict=True):
        told.add(Change.ORDER, order_id, facts.place_path)
        lines.append(
            OrderLine(
                order_id=order_id,
                trigger=OrderTrigger.DISPATCH,
                from_state=OrderState.PROPOSED,
                to_state=order.state,
                version=order.version,
                at=now,
                actor=BY_PLATFORM,
            )
        )
    loop_store.add_order_lines(connection, lines)
    orders = {facts.alarm_id: order_id for order_id, (_, facts) in zip(ids, work, strict=True)}
    clocks = [
        clock
        for item in opened
        if item.answer is not None and item.facts.alarm_id in orders
        for clock in order_clocks(item.answer.duty, orders[item.facts.alarm_id], now)
    ]
    loop_store.start_first_clocks(connection, clocks)
    return orders


def give_out_late(
    connection: Connection, opened: Sequence[Opened], told: Announcement, now: datetime
) -> None:
    """Give out the work of alarms that are told already and stand for themselves only now."""
    orders = _give_out(connection, opened, told, now)
    notices = [
        _dispatched(item, orders[item.facts.alarm_id], item.answer.worker)
        for item in opened
        if item.answer is not None
        and item.answer.worker is not None
        and item.facts.alarm_id in orders
    ]
    loop_store.add_notices(connection, notices, now)


def _order(facts: AlarmFacts, answer: Answer, now: datetime) -> WorkOrder:
    state = OrderState.PROPOSED if answer.worker is None else OrderState.DISPATCHED
    return WorkOrder(state=state, title=facts.title, opened_at=now, owner=answer.worker)


def _opening_notices(item: Opened, order_id: OrderId | None) -> list[Notice]:
    answer, facts = item.answer, item.facts
    kind = NoticeKind.OPENED if item.is_new else NoticeKind.RAISED_AGAIN
    notices = []
    if answer is not None and answer.responsible is not None:
        notices.append(
            Notice(
                kind=kind,
                target=Target.DESK,
                facts=facts,
                organisation=answer.responsible,
                note=item.note,
            )
        )
    if answer is not None and order_id is not None and answer.worker is not None:
        notices.append(_dispatched(item, order_id, answer.worker))
    return notices + _joint_notices(item) + bureau_notices(facts, answer, kind, item.note)


def _dispatched(item: Opened, order_id: OrderId, worker: OrganisationId) -> Notice:
    return Notice(
        kind=NoticeKind.DISPATCHED,
        target=Target.DESK,
        facts=item.facts,
        organisation=worker,
        order_id=order_id,
    )


def _joint_notices(item: Opened) -> list[Notice]:
    """Those who take part hear of life safety and of whatever becomes work."""
    answer = item.answer
    if answer is None or not (item.facts.is_life_safety or answer.duty.opens_order):
        return []
    told = (answer.responsible, answer.worker)
    return [
        Notice(kind=NoticeKind.JOINT, target=Target.DESK, facts=item.facts, organisation=one)
        for one in answer.joint
        if one not in told
    ]


def tell_undecided(connection: Connection, alarm_id: AlarmId, now: datetime) -> None:
    """Tell the bureau about life safety for which nothing else could be begun."""
    facts = loop_store.alarm_facts(connection, [alarm_id])[alarm_id]
    notices = bureau_notices(facts, None, NoticeKind.OPENED, UNDECIDED)
    loop_store.add_notices(connection, notices, now)


def bureau_notices(
    facts: AlarmFacts, answer: Answer | None, kind: NoticeKind, note: str = ""
) -> list[Notice]:
    """The notice to the bureau, when it is to be told: life safety always.

    A drill is never told as real; to a bureau that takes part, as Exercise or Test.
    """
    is_told = facts.is_life_safety or (answer is not None and answer.duty.tells_bureau)
    if (facts.is_drill and not facts.drill_tells_bureau) or not is_told:
        return []
    bureau = None if answer is None else answer.bureau
    return [Notice(kind=kind, target=Target.BUREAU, facts=facts, organisation=bureau, note=note)]


def follow_closed(connection: Connection, closed: Sequence[AlarmFacts], now: datetime) -> None:
    """Stop the clocks of alarms that are over, and tell the bureau about life safety."""
    stops = [stop_alarm(facts.alarm_id, ClockState.STOPPED) for facts in closed]
    loop_store.stop_clocks(connection, stops, now)
    notices = [
        notice for facts in closed for notice in bureau_notices(facts, None, NoticeKind.CLOSED)
    ]
    loop_store.add_notices(connection, notices, now)


def stop_alarm(alarm_id: AlarmId, state: ClockState) -> Stop:
    """All clocks of an alarm end."""
    return Stop(kinds=OF_ALARM, state=state, alarm_id=alarm_id)
