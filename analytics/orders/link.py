"""A new order beside those before it: the same work is done once, and a repeat is seen.

Same asset and same cause: while the former order is still being worked off, the new one merges
into it; within 30 days after the former was said to be restored, the new one stands alone and the
former counts as not fixed. Life safety is never merged: each trapped person is an order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from analytics import loop_store
from analytics.alarms.alarm import AssetId
from analytics.alarms.store import BY_PLATFORM
from analytics.alarms.subject import Line
from analytics.live import Announcement, Change
from analytics.loop_store import OrderLine, StoredOrder
from analytics.orders.facts import OrderNotice, Told, order_facts, tell
from analytics.orders.move import Moved, save_moves
from analytics.orders.work_order import OrderAct, OrderId, OrderState, OrderTrigger, move
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "order.sql")
REPEAT_WITHIN: Final = timedelta(days=30)
BATCH: Final = 50
_NAMED: Final = 3
"""Merged orders that a message names; the history names all."""
_S = OrderState
_UNDER_WAY: Final = (_S.PROPOSED, _S.DISPATCHED, _S.DECLINED, _S.ACCEPTED, _S.ON_SITE)
_NEVER_MERGED: Final = ("plan", "joint_call", "supervision")
"""Duties by the calendar and calls to several departments are each their own work."""

_log = structlog.get_logger("analytics.orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """An order before the new one, on the same asset and cause.

    Attributes:
        restored_at: When it was said to be restored; None: it never was, such as a false alarm.
    """

    order_id: OrderId
    state: OrderState
    restored_at: datetime | None
    is_drill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a new order is about."""

    order_id: OrderId
    asset_id: AssetId | None
    cause: str
    opened_at: datetime
    is_life_safety: bool
    is_drill: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a new order has to do with those before it.

    Attributes:
        survivor: The order under way that it merges into.
        repeats: The order that counts as not fixed.
    """

    survivor: OrderId | None = None
    repeats: OrderId | None = None


def link(subject: Subject, formers: Sequence[Former]) -> Link:
    """Compare a new order with those before it, newest first."""
    alike = [item for item in formers if item.is_drill == subject.is_drill]
    under_way = [item.order_id for item in alike if item.state in _UNDER_WAY]
    may_merge = not subject.is_life_safety and subject.source not in _NEVER_MERGED
    if under_way and may_merge:
        return Link(survivor=min(under_way))
    if subject.is_drill or subject.source in _NEVER_MERGED:
        return Link()
    since = subject.opened_at - REPEAT_WITHIN
    restored = [
        item.order_id
        for item in alike
        if item.restored_at is not None and since <= item.restored_at <= subject.opened_at
    ]
    return Link(repeats=max(restored, default=None))


def link_new(connection: Connection, now: datetime) -> int:
    """Compare every new order with those before it, a transaction each; how many there were."""
    rows = connection.execute(_QUERIES["unlinked"], {"limit": BATCH}).fetchall()
    for (order_id,) in rows:
        named = OrderId(cast("int", order_id))
        in_transaction(connection, lambda held: _link_one(held, named, now))  # noqa: B023
    return len(rows)


def _link_one(connection: Connection, order_id: OrderId, now: datetime) -> None:
    subject = _subject(connection, order_id)
    found = Link()
    if subject.asset_id is not None and subject.cause:
        found = link(subject, _formers(connection, subject))
    values = {"order_id": order_id, "cause": subject.cause, "now": now}
    connection.execute(_QUERIES["set_cause"], values)
    told = Announcement()
    if found.survivor is not None:
        merge(connection, [subject.order_id], found.survivor, told, now)
    elif found.repeats is not None:
        _mark_repeat(connection, subject, found.repeats, told, now)
    told.write(connection, now)


def _subject(connection: Connection, order_id: OrderId) -> Subject:
    row = connection.execute(_QUERIES["cause_of"], {"order_id": order_id}).fetchone()
    if row is None:
        raise LookupError(f"no order {order_id}")
    asset_id, cause, opened_at, is_life_safety, is_drill, source = row
    return Subject(
        order_id=order_id,
        asset_id=cast("AssetId | None", asset_id),
        cause=str(cause),
        opened_at=cast("datetime", opened_at),
        is_life_safety=bool(is_life_safety),
        is_drill=bool(is_drill),
        source=str(source),
    )


def _formers(connection: Connection, subject: Subject) -> list[Former]:
    rows = connection.execute(
        _QUERIES["formers"],
        {"asset_id": subject.asset_id, "cause": subject.cause, "order_id": subject.order_id},
    ).fetchall()
    return [
        Former(
            order_id=OrderId(cast("int", order_id)),
            state=OrderState(str(state)),
            restored_at=cast("datetime | None", restored_at),
            is_drill=bool(is_drill),
        )
        for order_id, state, _, restored_at, is_drill in rows
    ]


def merge(
    connection: Connection,
    orders: Sequence[OrderId],
    survivor: OrderId,
    told: Announcement,
    now: datetime,
) -> None:
    """Orders end in one that is under way, unless that has ended in the meantime; told once."""
    held = {item.id: item for item in loop_store.lock_orders(connection, [survivor, *orders])}
    kept = held.pop(survivor, None)
    if kept is None or kept.order.state not in _UNDER_WAY:
        return
    facts = order_facts(connection, [survivor, *held])
    reason = f"并入工单 {facts[survivor].number}"
    act = OrderAct(trigger=OrderTrigger.MERGE, actor=BY_PLATFORM.name, note=reason)
    moves = [
        Moved(stored=stored, after=after, trigger=act.trigger)
        for stored in held.values()
        if (after := move(stored.order, act, now)) is not None
    ]
    if not moves:
        return
    save_moves(connection, moves, told, Line(actor=BY_PLATFORM, at=now, reason=reason))
    merged = [moved.stored.id for moved in moves]
    connection.execute(_QUERIES["set_merged"], {"orders": merged, "survivor": survivor})
    numbers = [facts[order_id].number for order_id in merged]
    _note_merged(connection, kept, numbers, now)
    told.add(Change.ORDER, survivor, kept.place_path)
    words = Told(
        kind=OrderNotice.MERGED, facts=facts[survivor], to=kept.order.owner, note=_listed(numbers)
    )
    tell(connection, words, now)
    _log.info("orders_merged", orders=len(merged), into=survivor)


def _note_merged(
    connection: Connection, kept: StoredOrder, numbers: Sequence[str], now: datetime
) -> None:
    """A line for each in the history of the order that goes on."""
    lines = [
        OrderLine(
            order_id=kept.id,
            trigger=OrderTrigger.MERGE,
            from_state=kept.order.state,
            to_state=kept.order.state,
            version=kept.order.version,
            at=now,
            actor=BY_PLATFORM,
            note=f"工单 {number} 并入本工单",
        )
        for number in numbers
    ]
    loop_store.add_order_lines(connection, lines)


def _listed(numbers: Sequence[str]) -> str:
    """Numbers of orders for a short message: a few, and how many there are."""
    few = ", ".join(numbers[:_NAMED])
    return few if len(numbers) <= _NAMED else f"{few} … ({len(numbers)})"


def _mark_repeat(
    connection: Connection, subject: Subject, former: OrderId, told: Announcement, now: datetime
) -> None:
    connection.execute(_QUERIES["set_repeat"], {"order_id": subject.order_id, "former": former})
    connection.execute(_QUERIES["set_not_fixed"], {"former": former, "now": now})
    facts = order_facts(connection, [former, subject.order_id])
    new = facts[subject.order_id]
    words = Told(kind=OrderNotice.REPEATED, facts=new, to=new.owner, note=facts[former].number)
    tell(connection, words, now)
    told.add(Change.ORDER, subject.order_id, new.place_path)
    told.add(Change.ORDER, former, facts[former].place_path)
    _log.info("order_repeats", order=subject.order_id, former=former)
