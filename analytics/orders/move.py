"""An order moves: its row, its history, its clocks, who has it in hand, and who sees it."""

from collections.abc import Container, Iterator, Sequence
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
from analytics.orders.technician_store import end_assignments
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
    save_moves(connection, [moved], told, line)


def save_moves(
    connection: Connection, moves: Sequence[Moved], told: Announcement, line: Line
) -> None:
    """The same for several orders at once; a flood of alarms has as many orders."""
    loop_store.save_orders(connection, [moved.after for moved in moves])
    loop_store.add_order_lines(connection, [_history(moved, line) for moved in moves])
    loop_store.stop_clocks(connection, [stop for moved in moves for stop in _stops(moved)], line.at)
    endings: dict[str, list[OrderId]] = {}
    for moved in moves:
        if (ending := _ENDS_ASSIGNMENT.get(moved.trigger)) is not None:
            endings.setdefault(ending, []).append(moved.stored.id)
    for ending, orders in endings.items():
        end_assignments(connection, orders, ending, line.at, line.reason)
    for moved in moves:
        told.add(Change.ORDER, moved.stored.id, moved.stored.place_path)


def _history(moved: Moved, line: Line) -> OrderLine:
    return OrderLine(
        order_id=moved.stored.id,
        trigger=moved.trigger,
        from_state=moved.stored.order.state,
        to_state=moved.after.state,
        version=moved.after.version,
        at=line.at,
        actor=line.actor,
        note=line.reason,
    )


def _stops(moved: Moved) -> Iterator[Stop]:
    kept = tuple(map(str, KEEPS.get(moved.trigger, ())))
    yield Stop(kinds=kept, state=ClockState.KEPT, order_id=moved.stored.id)
    if moved.after.state in DONE or moved.trigger is _T.REOPEN:
        every = tuple(map(str, ClockKind))
        yield Stop(kinds=every, state=ClockState.STOPPED, order_id=moved.stored.id)


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
