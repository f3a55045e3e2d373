"""Turns of plans become orders, each once, and the test call of a lift does its own turn."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, cast

import structlog

from analytics import loop_store
from analytics.alarms.alarm import AssetId
from analytics.alarms.report import PlacePath
from analytics.clocks.clock import Clock, ClockKind
from analytics.duties.matrix import answer
from analytics.duties.responsibility import Spot, surroundings
from analytics.live import Announcement
from analytics.orders.duty import duty_for
from analytics.orders.plan import (
    ZONE,
    Every,
    Plan,
    PlanId,
    PlanKind,
    Turn,
    detail_of,
    key_of,
    title_of,
    turn_at,
)
from analytics.orders.store import NewOrder, open_order
from analytics.orders.work_order import OrderId
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "plan.sql")
_CLOSE: Final = timedelta(days=7)
SOURCE: Final = "plan"

_log = structlog.get_logger("analytics.orders")


def plan_turns(connection: Connection, now: datetime) -> int:
    """Plan the turns that are running and not planned yet; how many orders or calls there were."""
    rows = connection.execute(_QUERIES["planned"]).fetchall()
    planned = {PlanId(cast("int", plan)): cast("int", number) for plan, number in rows}
    count = 0
    for plan in _plans(connection):
        running = turn_at(plan, now)
        if running is None or planned.get(plan.id, -1) >= running.number:
            continue
        if now < running.opens_at:
            continue
        count += in_transaction(connection, lambda held: _take(held, plan, running, now))  # noqa: B023
    return count


def _plans(connection: Connection) -> list[Plan]:
    rows = connection.execute(_QUERIES["plans"]).fetchall()
    return [
        Plan(
            id=PlanId(cast("int", plan_id)),
            kind=PlanKind(str(kind)),
            every=Every(str(every)),
            starts_on=cast("date", starts_on),
            place_path=PlacePath(str(path)),
            asset_id=cast("AssetId | None", asset_id),
            name_zh=str(name),
        )
        for plan_id, kind, every, starts_on, path, asset_id, name in rows
    ]


def _take(connection: Connection, plan: Plan, running: Turn, now: datetime) -> int:
    called_at = _called_at(connection, plan, running)
    evidence = "" if called_at is None else "收到试呼 (test call received)"
    taken = connection.execute(
        _QUERIES["take_turn"],
        {
            "plan_id": plan.id,
            "number": running.number,
            "class": running.depth or "",
            "begins_on": running.begins_on,
            "due_at": running.due_at,
            "evidence": evidence,
            "done_at": called_at,
        },
    )
    if not taken.rowcount:
        return 0
    if called_at is None:
        _open(connection, plan, running, now)
    return 1


def _called_at(connection: Connection, plan: Plan, running: Turn) -> datetime | None:
    if plan.kind is not PlanKind.ALARM_TEST_CALL:
        return None
    since = datetime.combine(running.begins_on, time(0), ZONE)
    values = {"asset_id": plan.asset_id, "since": since}
    row = connection.execute(_QUERIES["test_call"], values).fetchone()
    return None if row is None else cast("datetime", row[0])


def _open(connection: Connection, plan: Plan, running: Turn, now: datetime) -> None:
    spot = Spot(plan.asset_id, plan.place_path)
    found = answer(duty_for(plan.kind), surroundings(connection, [spot], now)[spot])
    told = Announcement()
    new = NewOrder(
        title=title_of(plan, running),
        detail=detail_of(plan, running),
        source=SOURCE,
        source_key=key_of(plan, running),
        cause=plan.kind,
        place_path=plan.place_path,
        asset_id=plan.asset_id,
    )
    opened = open_order(connection, new, found, told, now)
    if opened.is_new:
        loop_store.start_clocks(connection, _clocks(opened.id, running, now))
    values = {"order_id": opened.id, "plan_id": plan.id, "number": running.number}
    connection.execute(_QUERIES["set_order"], values)
    told.write(connection, now)
    _log.info("turn_planned", plan=plan.id, turn=running.number, order=opened.id)


def _clocks(order_id: OrderId, running: Turn, now: datetime) -> list[Clock]:
    """Accepted when half of the time is over, done when all of it is, closed a week later."""
    half = now + (running.due_at - now) / 2
    ends = (
        (ClockKind.ACCEPT, half),
        (ClockKind.RESTORE, running.due_at),
        (ClockKind.CLOSE, running.due_at + _CLOSE),
    )
    return [
        Clock(kind=kind, due_at=max(due_at, now), started_at=now, order_id=order_id)
        for kind, due_at in ends
    ]


def begin_plans(
    connection: Connection, place: str, starts_on: date, rhythms: tuple[Every, ...]
) -> int:
    """Begin the plans that lifts and compounds below a place do not have; how many there were.

    Raises:
        LookupError: There is no place of that code.
    """
    row = connection.execute(_QUERIES["path_of"], {"code": place}).fetchone()
    if row is None:
        raise LookupError(f"there is no place {place}")
    values = {"path": row[0], "starts_on": starts_on, "rhythms": list(map(str, rhythms))}
    lifts = connection.execute(_QUERIES["begin_lift_plans"], values).rowcount
    return lifts + connection.execute(_QUERIES["begin_round_plans"], values).rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A turn that is due and not done."""

    kind: PlanKind
    subject: str
    due_at: datetime
    order_number: str


def overdue_turns(connection: Connection, now: datetime) -> list[Overdue]:
    """Turns that are due and not done, the longest overdue first."""
    rows = connection.execute(_QUERIES["overdue"], {"now": now}).fetchall()
    return [
        Overdue(
            kind=PlanKind(str(kind)),
            subject=str(subject),
            due_at=cast("datetime", due_at),
            order_number=str(number),
        )
        for kind, subject, due_at, number in rows
    ]
