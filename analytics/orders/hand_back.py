"""A technician's part in an order ends before the work is done; the organisation keeps the order."""

from analytics.alarms.subject import Line
from analytics.clocks.clock import ClockKind
from analytics.duties.responsibility import Responsibility
from analytics.live import Announcement
from analytics.loop_store import StoredOrder
from analytics.orders.move import Start, begin_clocks, move_locked
from analytics.orders.technician_store import end_assignment
from analytics.orders.work_order import OrderAct, OrderState, OrderTrigger, WorkOrder
from ingest.database import Connection


def hand_back_locked(  # noqa: PLR0913, PLR0917 - a move with how the assignment ended
    connection: Connection,
    who: Responsibility,
    stored: StoredOrder,
    ending: str,
    told: Announcement,
    line: Line,
) -> WorkOrder | None:
    """Take a locked order from its technician; the next round gives it to somebody else.

    An order that had been accepted must be accepted anew, so its clock runs again; one that had
    not keeps the clock that runs.
    """
    act = OrderAct(trigger=OrderTrigger.HAND_BACK, actor=line.actor.name, note=line.reason)
    after = move_locked(connection, stored, act, told, line)
    if after is None:
        return None
    end_assignment(connection, stored.id, ending, line.at, line.reason)
    if stored.order.state is not OrderState.DISPATCHED:
        begin_clocks(connection, who, Start(order_id=stored.id, kinds=(ClockKind.ACCEPT,)), line.at)
    return after
