"""A clock of an order is due: the next in the chain is told, and no ownerless order is let go."""

from dataclasses import dataclass
from datetime import datetime

from analytics import loop_store
from analytics.alarms.consequence import bureau_notices
from analytics.alarms.subject import facts_of
from analytics.clocks.clock import Clock, ClockKind, ClockState, Escalation, escalate
from analytics.duties.matrix import Answer
from analytics.duties.responsibility import Responsibility
from analytics.live import Announcement, Change
from analytics.loop_store import StoredOrder
from analytics.notices.notice import Notice, NoticeKind, Target
from analytics.orders.facts import OrderFacts, OrderNotice, Told, order_facts, tell
from analytics.orders.move import answer_for
from gateway.catalogue import Group, event_kind
from ingest.database import Connection


def carry_out(
    connection: Connection, who: Responsibility, clock: Clock, now: datetime
) -> ClockState:
    """Carry out one claimed clock of an order, in the caller's transaction; how it ended."""
    stored = None if clock.order_id is None else loop_store.lock_order(connection, clock.order_id)
    if stored is None or stored.order.closed_at is not None:
        loop_store.end_clock(connection, clock, ClockState.STOPPED, now)
        return ClockState.STOPPED
    loop_store.end_clock(connection, clock, ClockState.MISSED, now)
    facts = order_facts(connection, [stored.id])[stored.id]
    found = answer_for(connection, who, facts, now)
    group = _group(connection, facts)
    next_step = escalate(clock, group=group, links=len(found.chain), now=now, duty=found.duty)
    following = next_step.following or _for_ever(stored, clock, now)
    loop_store.start_clocks(connection, [following] if following else [])
    _tell_link(connection, _Missed(clock=clock, step=next_step, facts=facts, answer=found), now)
    told = Announcement()
    told.add(Change.ORDER, stored.id, stored.place_path)
    told.write(connection, now)
    return ClockState.MISSED


def _for_ever(stored: StoredOrder, clock: Clock, now: datetime) -> Clock | None:
    """An order without an owner keeps a clock when its chain has ended; the last link hears it."""
    if stored.order.owner is not None or clock.kind is not ClockKind.ACCEPT:
        return None
    return Clock(
        kind=clock.kind,
        due_at=now + clock.length,
        started_at=now,
        step=clock.step,
        order_id=stored.id,
    )


def _group(connection: Connection, facts: OrderFacts) -> Group:
    if facts.alarm_id is None:
        return Group.FAULT
    return event_kind(facts_of(connection, facts.alarm_id).event).group


@dataclass(frozen=True, slots=True, kw_only=True)
class _Missed:
    """A missed clock with all that it is about."""

    clock: Clock
    step: Escalation
    facts: OrderFacts
    answer: Answer


def _tell_link(connection: Connection, missed: _Missed, now: datetime) -> None:
    facts, found, note = missed.facts, missed.answer, str(missed.clock.kind)
    if missed.step.link is None:
        return
    organisation = found.chain[missed.step.link]
    if facts.alarm_id is None:
        told = Told(kind=OrderNotice.OVERDUE, facts=facts, to=organisation, note=note)
        tell(connection, told, now)
        return
    of_alarm = facts_of(connection, facts.alarm_id)
    notices = [
        Notice(
            kind=NoticeKind.OVERDUE,
            target=Target.DESK,
            facts=of_alarm,
            organisation=organisation,
            order_id=facts.order_id,
            note=note,
        )
    ]
    if organisation == found.bureau:
        notices += bureau_notices(of_alarm, found, NoticeKind.OVERDUE, note)
    loop_store.add_notices(connection, notices, now)
