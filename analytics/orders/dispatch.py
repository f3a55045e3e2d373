"""Orders go to technicians: one round fetches all that wait, decides once, and writes."""

from datetime import datetime
from typing import Final

import structlog

from analytics import loop_store
from analytics.alarms.store import BY_PLATFORM
from analytics.alarms.subject import Line
from analytics.duties.responsibility import Responsibility
from analytics.live import Announcement, Change
from analytics.orders import technician_store
from analytics.orders.assignment import assign
from analytics.orders.facts import OrderNotice, Told, order_facts, tell
from analytics.orders.hand_back import hand_back_locked
from analytics.orders.move import move_locked
from analytics.orders.technician import Given
from analytics.orders.technician_store import Patience
from analytics.orders.work_order import OrderAct, OrderId, OrderState, OrderTrigger
from ingest.database import Connection, in_transaction

BATCH: Final = 200
PATIENCE: Final = Patience()

_log = structlog.get_logger("analytics.orders")


class Dispatcher:
    """Gives orders to technicians.

    Args:
        responsibility: Says which limits hold when an order has to be accepted anew.
        patience: How long somebody may be silent.
    """

    def __init__(self, responsibility: Responsibility, patience: Patience = PATIENCE) -> None:
        self._responsibility = responsibility
        self._patience = patience

    def turn(self, connection: Connection, now: datetime) -> int:
        """One round; how many orders were given, or left with their organisation anew."""
        self._take_back(connection, now)
        tasks = technician_store.waiting_tasks(connection, limit=BATCH)
        if not tasks:
            return 0
        owners = {task.organisation for task in tasks}
        technicians = technician_store.technicians_of(connection, owners, now)
        found = assign(tasks, technicians, now)
        count = 0
        for given in found.given:
            count += in_transaction(connection, lambda held: _give(held, given, now))  # noqa: B023
        for left in found.left:
            count += in_transaction(connection, lambda held: _leave(held, left, now))  # noqa: B023
        return count

    def _take_back(self, connection: Connection, now: datetime) -> None:
        """Whoever was given an order and does not answer loses it to the next one."""
        for order_id in technician_store.silent_orders(
            connection, self._patience, now, limit=BATCH
        ):
            in_transaction(
                connection,
                lambda held: self._take_one_back(held, order_id, now),  # noqa: B023
            )

    def _take_one_back(self, connection: Connection, order_id: OrderId, now: datetime) -> None:
        stored = loop_store.lock_order(connection, order_id)
        if stored is None or stored.order.state is not OrderState.DISPATCHED:
            return
        told = Announcement()
        line = Line(actor=BY_PLATFORM, at=now, reason="未及时接单,改派 (no answer in time)")
        hand_back_locked(connection, self._responsibility, stored, "silent", told, line)
        told.write(connection, now)


def _give(connection: Connection, given: Given, now: datetime) -> int:
    stored = loop_store.lock_order(connection, given.order_id)
    is_free = (
        stored is not None
        and stored.order.state is OrderState.DISPATCHED
        and technician_store.holder_of(connection, given.order_id) is None
    )
    if stored is None or not is_free:
        return 0
    way = "" if given.travel is None else f" 约 {given.travel.total_seconds() / 60:.0f} 分钟路程"
    line = Line(actor=BY_PLATFORM, at=now, reason=f"指派 {given.technician}{way}")
    told = Announcement()
    act = OrderAct(trigger=OrderTrigger.ASSIGN, actor=BY_PLATFORM.name)
    if move_locked(connection, stored, act, told, line) is None:
        return 0
    technician_store.begin_assignment(connection, given, BY_PLATFORM.name, now)
    technician_store.note_no_technician(connection, given.order_id, None)
    facts = order_facts(connection, [given.order_id])[given.order_id]
    words = Told(kind=OrderNotice.ASSIGNED, facts=facts, to=facts.owner, note=str(given.technician))
    tell(connection, words, now)
    told.write(connection, now)
    _log.info("order_assigned", order=given.order_id, technician=given.technician)
    return 1


def _leave(connection: Connection, order_id: OrderId, now: datetime) -> int:
    """Nobody suitable is free: the organisation keeps the order and its clock, and is told once."""
    if not technician_store.note_no_technician(connection, order_id, now):
        return 0
    facts = order_facts(connection, [order_id])[order_id]
    words = Told(kind=OrderNotice.NO_TECHNICIAN, facts=facts, to=facts.owner)
    tell(connection, words, now)
    told = Announcement()
    told.add(Change.ORDER, order_id, facts.place_path)
    told.write(connection, now)
    return 1
