"""An order moves: its row, its history, its clocks, who has it in hand, and who sees it."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from analytics import loop_store
from analytics.alarms.subject import Line
from analytics.clocks.clock import OF_ORDER, Clock, ClockKind, ClockState
from analytics.clocks.working_time import ALWAYS, WorkingTime
from analytics.duties.matrix import Answer, Limit, OrganisationId, answer
from analytics.duties.responsibility import Responsibility, Spot, surroundings
from analytics.live import Announcement, Change
from analytics.loop_store import OrderLine, Stop, StoredOrder
from analytics.orders.duty import FALLBACK, duty_for
from analytics.orders.facts import OrderFacts, order_facts
from analytics.orders.technician_store import end_assignment
from analytics.orders.work_order import (
    DONE,
    KEEPS,
    OrderAct,
    OrderId,
    OrderTrigger,
    WorkOrder,
    move,
)
from ingest.database import Connection

_T = OrderTrigger
_ENDS_ASSIGNMENT: Final = {
    _T.DISPATCH: "moved",
    _T.DECLINE: "moved",
    _T.RESTORE: "done",
    _T.REFUTE: "done",
    _T.MERGE: "done",
    _T.CLOSE: "done",
    _T.REOPEN: "reopened",
}
"""How a technician's part ends with a move of the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An order before and after a step."""

    stored: StoredOrder
    after: WorkOrder
    trigger: OrderTrigger


def save_move(connection: Connection, moved: Moved, told: Announcement, line: Line) -> None:
    """Write the order, a line of its history, and what the move means for clocks and people."""
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
    stops = [Stop(kinds=kept, state=ClockState.KEPT, order_id=stored.id)]
    if after.state in DONE or moved.trigger is _T.REOPEN:
        every = tuple(map(str, ClockKind))
        stops.append(Stop(kinds=every, state=ClockState.STOPPED, order_id=stored.id))
    loop_store.stop_clocks(connection, stops, line.at)
    ending = _ENDS_ASSIGNMENT.get(moved.trigger)
    if ending is not None:
        end_assignment(connection, stored.id, ending, line.at, line.reason)
    told.add(Change.ORDER, stored.id, stored.place_path)


def move_locked(
    connection: Connection, stored: StoredOrder, act: OrderAct, told: Announcement, line: Line
) -> WorkOrder | None:
    """Move a locked order and write it; None when the move is not permitted now."""
    after = move(stored.order, act, line.at)
    if after is None:
        return None
    save_move(connection, Moved(stored=stored, after=after, trigger=act.trigger), told, line)
    return after


def answer_for(
    connection: Connection, who: Responsibility, facts: OrderFacts, now: datetime
) -> Answer:
    """Who answers for an order now: by its line of the matrix, else by the product's own."""
    spot = Spot(facts.asset_id, facts.place_path)
    if facts.duty_id is not None:
        found = who.by_line(connection, facts.duty_id, spot, now)
        if found is not None:
            return found
    return answer(duty_for(facts.cause), surroundings(connection, [spot], now)[spot])


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Which clocks of an order begin.

    Attributes:
        working: Which time counts; life safety counts every minute.
    """

    order_id: OrderId
    kinds: tuple[ClockKind, ...] = OF_ORDER
    working: WorkingTime = ALWAYS


def begin_clocks(connection: Connection, who: Responsibility, start: Start, now: datetime) -> None:
    """Start clocks of an order by its line; one that runs already goes on."""
    facts = order_facts(connection, [start.order_id])[start.order_id]
    limits = answer_for(connection, who, facts, now).duty.limits
    lengths = [(kind, limits.get(Limit(kind))) for kind in start.kinds]
    loop_store.start_clocks(
        connection,
        [
            Clock(
                kind=kind,
                due_at=start.working.due(now, length, is_life_safety=facts.is_life_safety),
                started_at=now,
                order_id=start.order_id,
            )
            for kind, length in lengths
            if length is not None
        ],
    )


def waiting_clock(order_id: OrderId, now: datetime) -> Clock:
    """The clock of an order that nobody owns, where its line sets none: it never ends."""
    return Clock(
        kind=ClockKind.ACCEPT,
        due_at=now + FALLBACK.limits[Limit.ACCEPT],
        started_at=now,
        order_id=order_id,
    )


def next_owner(found: Answer, before: Container[OrganisationId | None]) -> OrganisationId | None:
    """Who gets a declined order: the responsible one, then along the chain; nobody twice."""
    candidates = [found.responsible, *found.chain]
    return next((item for item in candidates if item is not None and item not in before), None)
