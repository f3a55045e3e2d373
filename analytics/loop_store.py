"""Rows of the closed loop: orders, clocks, notices, and the facts that notices are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

import msgspec

from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.report import PlacePath
from analytics.alarms.store import Actor
from analytics.clocks.clock import Clock, ClockId, ClockKind, ClockState
from analytics.digest import digest_of
from analytics.duties.matrix import DutyId, OrganisationId
from analytics.live import Channel, notify
from analytics.notices.notice import AlarmFacts, Notice, Target, body_of
from analytics.orders.work_order import OrderId, OrderState, OrderTrigger, WorkOrder
from analytics.rows import rows_of
from ingest.array import numbers
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "loop.sql")
_CLAIMS: Final = {
    ClockKind.HOLD: "claim_clock_of_hold",
    ClockKind.ON_DELAY: "claim_clock_of_condition",
}


def alarm_facts(connection: Connection, alarms: Iterable[AlarmId]) -> dict[AlarmId, AlarmFacts]:
    """What there is to tell about alarms."""
    rows = connection.execute(_QUERIES["alarm_facts"], {"alarms": numbers(alarms)}).fetchall()
    return {found.alarm_id: found for found in map(_facts, rows)}


def _facts(row: tuple[object, ...]) -> AlarmFacts:
    (alarm_id, version, state, confirmation, event, condition, severity) = row[:7]
    (is_life_safety, is_drill, text, raised_at, received_at, place_path) = row[7:13]
    (duty_id, responsible, asset_id, code, zh, en, place_zh, address, access_note) = row[13:22]
    drill_kind, drill_tells_bureau = row[22:]
    return AlarmFacts(
        alarm_id=AlarmId(cast("int", alarm_id)),
        version=cast("int", version),
        state=str(state),
        confirmation=str(confirmation),
        event=str(event),
        condition=str(condition),
        severity=str(severity),
        is_life_safety=bool(is_life_safety),
        is_drill=bool(is_drill),
        text=str(text),
        raised_at=cast("datetime", raised_at),
        received_at=cast("datetime", received_at),
        place_path=PlacePath(str(place_path)),
        duty_id=cast("DutyId | None", duty_id),
        responsible=cast("OrganisationId | None", responsible),
        asset_id=AssetId(cast("int", asset_id)),
        asset_code=str(code),
        asset_zh=str(zh),
        asset_en=str(en),
        place_zh=str(place_zh),
        address=str(address),
        access_note=str(access_note),
        drill_kind=str(drill_kind),
        drill_tells_bureau=bool(drill_tells_bureau),
    )


def lock_free(connection: Connection, alarms: Sequence[AlarmId]) -> list[AlarmId]:
    """Lock those of some alarms that nobody else holds."""
    if not alarms:
        return []
    rows = connection.execute(_QUERIES["lock_free"], {"alarms": list(alarms)}).fetchall()
    return [AlarmId(_one(row)) for row in rows]


def unconfirm(connection: Connection, alarms: Sequence[AlarmId]) -> None:
    """Alarms that were raised again have to be looked at again."""
    if alarms:
        connection.execute(_QUERIES["unconfirm"], {"alarms": list(alarms)})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOrder:
    """A work order with what its row adds."""

    order: WorkOrder
    place_path: PlacePath
    asset_id: AssetId
    duty_id: DutyId | None

    @property
    def id(self) -> OrderId:
        """Its number in the database."""
        if self.order.id is None:
            raise ValueError("a stored order has an id")
        return self.order.id


def open_orders(
    connection: Connection, orders: Sequence[tuple[WorkOrder, AlarmFacts]], now: datetime
) -> list[OrderId]:
    """Give new orders of alarms their rows and numbers (day in UTC, running number), in order."""
    if not orders:
        return []
    count = {"count": len(orders)}
    running = connection.execute(_QUERIES["next_order_numbers"], count).fetchall()
    new = rows_of(
        [
            {
                "number": f"{now:%Y%m%d}-{_one(number):06d}",
                "alarm_id": facts.alarm_id,
                "asset_id": facts.asset_id,
                "place_path": facts.place_path,
                "duty_id": facts.duty_id,
                "title": order.title,
                "state": order.state,
                "owner_id": order.owner,
                "opened_at": order.opened_at,
            }
            for (order, facts), number in zip(orders, running, strict=True)
        ]
    )
    found = connection.execute(_QUERIES["open_orders"], new).fetchall()
    ids = {cast("AlarmId", alarm): OrderId(cast("int", order)) for order, alarm in found}
    return [ids[facts.alarm_id] for _, facts in orders]


def lock_order(connection: Connection, order_id: OrderId) -> StoredOrder | None:
    """Lock one order; None when there is none of that number."""
    return next(iter(lock_orders(connection, [order_id])), None)


def lock_alarm_of(connection: Connection, order_id: OrderId) -> None:
    """Lock the alarm of an order, before the order: whoever judges an alarm goes that way too."""
    connection.execute(_QUERIES["lock_alarm_of_order"], {"order_id": order_id})


def lock_orders(connection: Connection, orders: Sequence[OrderId]) -> list[StoredOrder]:
    """Lock orders, those that exist, in the order of their numbers."""
    rows = connection.execute(_QUERIES["lock_orders"], {"orders": list(orders)}).fetchall()
    return [_stored(row) for row in rows]


def _stored(row: tuple[object, ...]) -> StoredOrder:
    (found_id, state, title, opened_at, owner_id, assignee, alarm_id) = row[:7]
    (accepted_at, arrived_at, restored_at, verified_at, closed_at, result, version) = row[7:14]
    order = WorkOrder(
        id=OrderId(cast("int", found_id)),
        state=OrderState(str(state)),
        title=str(title),
        opened_at=cast("datetime", opened_at),
        owner=cast("OrganisationId | None", owner_id),
        assignee=cast("str | None", assignee),
        alarm_id=cast("AlarmId | None", alarm_id),
        accepted_at=cast("datetime | None", accepted_at),
        arrived_at=cast("datetime | None", arrived_at),
        restored_at=cast("datetime | None", restored_at),
        verified_at=cast("datetime | None", verified_at),
        closed_at=cast("datetime | None", closed_at),
        result=str(result),
        version=cast("int", version),
    )
    return StoredOrder(
        order=order,
        place_path=PlacePath(str(row[14])),
        asset_id=AssetId(cast("int", row[15])),
        duty_id=cast("DutyId | None", row[16]),
    )


def open_order_of(connection: Connection, alarm_id: AlarmId) -> OrderId | None:
    """The open order of an alarm."""
    row = connection.execute(_QUERIES["open_order_of"], {"alarm_id": alarm_id}).fetchone()
    return None if row is None else OrderId(_one(row))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """A line of an order's history."""

    order_id: OrderId
    trigger: OrderTrigger
    from_state: OrderState
    to_state: OrderState
    version: int
    at: datetime
    actor: Actor
    note: str = ""


def save_orders(connection: Connection, orders: Sequence[WorkOrder]) -> None:
    """Write orders as they are now."""
    if orders:
        connection.execute(_QUERIES["save_orders"], rows_of([_order_row(item) for item in orders]))


def _order_row(order: WorkOrder) -> dict[str, object]:
    return {
        "id": order.id,
        "state": order.state,
        "owner_id": order.owner,
        "assignee": order.assignee,
        "accepted_at": order.accepted_at,
        "arrived_at": order.arrived_at,
        "restored_at": order.restored_at,
        "verified_at": order.verified_at,
        "closed_at": order.closed_at,
        "result": order.result,
        "version": order.version,
    }


def add_order_lines(connection: Connection, lines: Sequence[OrderLine]) -> None:
    """Append to the orders' history; each line carries the digest of its content."""
    if lines:
        new = rows_of([_order_line(line) for line in lines])
        connection.execute(_QUERIES["add_order_transitions"], new)


def _order_line(line: OrderLine) -> dict[str, object]:
    what = (line.order_id, line.at, line.trigger, line.from_state, line.to_state, line.version)
    return {
        "order_id": line.order_id,
        "at": line.at,
        "trigger": line.trigger,
        "from_state": line.from_state,
        "to_state": line.to_state,
        "version": line.version,
        "actor": line.actor.name,
        "actor_role": line.actor.role,
        "note": line.note,
        "digest": digest_of(*what, line.actor.name, line.actor.role, line.note).hex(),
    }


def start_clocks(connection: Connection, clocks: Sequence[Clock]) -> None:
    """Start clocks; where one of the kind runs already, that one goes on."""
    if clocks:
        connection.execute(_QUERIES["start_clocks"], _clock_rows(clocks))


def start_first_clocks(connection: Connection, clocks: Sequence[Clock]) -> None:
    """Start the clocks of orders that this transaction has opened: none can run on them yet."""
    if clocks:
        connection.execute(_QUERIES["start_first_clocks"], _clock_rows(clocks))


def _clock_rows(clocks: Sequence[Clock]) -> dict[str, str]:
    return rows_of(
        [
            {
                "kind": clock.kind,
                "alarm_id": clock.alarm_id,
                "order_id": clock.order_id,
                "step": clock.step,
                "due_at": clock.due_at,
                "started_at": clock.started_at,
            }
            for clock in clocks
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Which clocks end, and how."""

    kinds: tuple[str, ...]
    state: ClockState
    alarm_id: AlarmId | None = None
    order_id: OrderId | None = None


def stop_clocks(connection: Connection, stops: Sequence[Stop], now: datetime) -> None:
    """End the running clocks of alarms or orders."""
    rows: list[dict[str, object]] = [
        {
            "alarm_id": stop.alarm_id,
            "order_id": stop.order_id,
            "kinds": stop.kinds,
            "state": stop.state,
        }
        for stop in stops
        if stop.kinds
    ]
    if rows:
        connection.execute(_QUERIES["stop_clocks"], {**rows_of(rows), "now": now})


def look_due(
    connection: Connection, now: datetime, *, limit: int, set_aside: Iterable[ClockId] = ()
) -> list[Clock]:
    """Clocks that are due, longest overdue first; none of them is locked."""
    rows = connection.execute(
        _QUERIES["look_due"], {"now": now, "limit": limit, "set_aside": list(set_aside)}
    ).fetchall()
    return [
        Clock(
            id=ClockId(cast("int", clock_id)),
            kind=ClockKind(str(kind)),
            alarm_id=cast("AlarmId | None", alarm_id),
            order_id=cast("OrderId | None", order_id),
            step=cast("int", step),
            due_at=cast("datetime", due_at),
            started_at=cast("datetime", started_at),
        )
        for clock_id, kind, alarm_id, order_id, step, due_at, started_at in rows
    ]


def claim_clock(connection: Connection, clock: Clock, now: datetime) -> bool:
    """Lock what a due clock is about, then the clock; False when somebody holds either.

    It waits for nobody: whoever decides alarms holds them while it ends their clocks.
    """
    name = _CLAIMS.get(clock.kind)
    if name is None:
        name = "claim_clock_of_alarm" if clock.order_id is None else "claim_clock_of_order"
    row = connection.execute(_QUERIES[name], {"id": clock.id, "now": now}).fetchone()
    return row is not None


def restart_clocks(connection: Connection, now: datetime) -> int:
    """Begin clocks anew that began in the future, by a clock set back since; how many.

    One that somebody else holds is left as it is, and not waited for.
    """
    return len(connection.execute(_QUERIES["restart_clocks"], {"now": now}).fetchall())


def are_clocks_ahead(connection: Connection, now: datetime) -> bool:
    """Whether a running clock began in the future still."""
    row = connection.execute(_QUERIES["are_clocks_ahead"], {"now": now}).fetchone()
    return row is not None and bool(row[0])


def end_clock(connection: Connection, clock: Clock, state: ClockState, now: datetime) -> None:
    """End one claimed clock."""
    connection.execute(_QUERIES["miss_clock"], {"id": clock.id, "state": state, "now": now})


def add_notices(connection: Connection, notices: Sequence[Notice], now: datetime) -> None:
    """Put notices into the outbox; those of the console are delivered by being there."""
    if not notices:
        return
    connection.execute(
        _QUERIES["add_notices"],
        rows_of(
            [
                {
                    "alarm_id": notice.facts.alarm_id,
                    "order_id": notice.order_id,
                    "place_path": notice.facts.place_path,
                    "organisation_id": notice.organisation,
                    "target": notice.target,
                    "kind": notice.kind,
                    "body": msgspec.Raw(body_of(notice, now)),
                    "is_life_safety": notice.facts.is_life_safety,
                    "created_at": now,
                    "state": "delivered" if notice.target is Target.DESK else "waiting",
                    "delivered_at": now if notice.target is Target.DESK else None,
                }
                for notice in notices
            ]
        ),
    )
    notify(connection, Channel.NOTICES)


def _one(row: tuple[object, ...] | None) -> int:
    if row is None:
        raise LookupError("the statement returns a row")
    return cast("int", row[0])
