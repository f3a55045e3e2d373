"""Rows of orders that no alarm opened, and of what all orders have been through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from analytics import loop_store
from analytics.alarms.alarm import AssetId
from analytics.alarms.report import PlacePath
from analytics.alarms.store import BY_PLATFORM, Actor
from analytics.duties.matrix import Answer, OrganisationId
from analytics.live import Announcement, Change
from analytics.loop_store import OrderLine
from analytics.orders.facts import OrderNotice, Told, order_facts, tell
from analytics.orders.move import waiting_clock
from analytics.orders.work_order import OrderId, OrderState, OrderTrigger
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "order.sql")
_BATCH: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order that no alarm opens.

    Attributes:
        source_key: What it comes from; the same key opens one order only.
        cause: Kind of report or kind of duty.
        asset_id: None: it is about the place.
    """

    title: str
    source: str
    source_key: str
    cause: str
    place_path: PlacePath
    detail: str = ""
    asset_id: AssetId | None = None
    parent_id: OrderId | None = None
    actor: Actor = BY_PLATFORM


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedOrder:
    """The order of a key.

    Attributes:
        is_new: Whether it was opened just now.
    """

    id: OrderId
    is_new: bool


def open_order(
    connection: Connection,
    new: NewOrder,
    answer: Answer,
    told: Announcement,
    now: datetime,
) -> OpenedOrder:
    """Open an order in the caller's transaction and tell its owner; once for each key.

    Its clocks are the caller's business, since a duty by the calendar has other ones than a
    complaint; an order that nobody owns has a clock at once.
    """
    state = OrderState.PROPOSED if answer.worker is None else OrderState.DISPATCHED
    row = connection.execute(
        _QUERIES["open_order"],
        {
            "asset_id": new.asset_id,
            "place_path": new.place_path,
            "duty_id": answer.duty.id,
            "title": new.title,
            "detail": new.detail,
            "state": state,
            "owner_id": answer.worker,
            "now": now,
            "source": new.source,
            "source_key": new.source_key,
            "cause": new.cause,
            "parent_id": new.parent_id,
        },
    ).fetchone()
    if row is None:
        return OpenedOrder(id=_order_of_key(connection, new.source_key), is_new=False)
    order_id = OrderId(cast("int", row[0]))
    first = OrderLine(
        order_id=order_id,
        trigger=OrderTrigger.DISPATCH,
        from_state=OrderState.PROPOSED,
        to_state=state,
        version=1,
        at=now,
        actor=new.actor,
        note=new.detail,
    )
    loop_store.add_order_lines(connection, [first])
    told.add(Change.ORDER, order_id, new.place_path)
    facts = order_facts(connection, [order_id])[order_id]
    tell(connection, Told(kind=OrderNotice.OPENED, facts=facts, to=answer.worker), now)
    if answer.worker is None:
        loop_store.start_clocks(connection, [waiting_clock(order_id, now)])
    return OpenedOrder(id=order_id, is_new=True)


def _order_of_key(connection: Connection, key: str) -> OrderId:
    row = connection.execute(_QUERIES["order_of_key"], {"source_key": key}).fetchone()
    if row is None:
        raise LookupError(f"no order came from {key}")
    return OrderId(cast("int", row[0]))


def organisations_before(connection: Connection, order_id: OrderId) -> set[OrganisationId | None]:
    """Organisations that had an order before."""
    rows = connection.execute(_QUERIES["had_order"], {"order_id": order_id}).fetchall()
    return {OrganisationId(cast("int", row[0])) for row in rows}


def watch_ownerless(connection: Connection, now: datetime) -> int:
    """Start a clock on every open order that has neither owner nor clock; how many there were."""
    rows = connection.execute(_QUERIES["ownerless"], {"limit": _BATCH}).fetchall()
    clocks = [waiting_clock(OrderId(cast("int", row[0])), now) for row in rows]
    if clocks:
        in_transaction(connection, lambda held: loop_store.start_clocks(held, clocks))
    return len(clocks)
