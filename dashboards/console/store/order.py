"""Work orders as pages and the API show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row
from psycopg.sql import Composed

from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "order.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One work order with what it is about, where, and the clock that runs on it."""

    id: int
    number: str
    version: int
    state: str
    title: str
    alarm_id: int | None
    assignee: str | None
    result: str
    opened_at: datetime
    accepted_at: datetime | None
    arrived_at: datetime | None
    restored_at: datetime | None
    verified_at: datetime | None
    closed_at: datetime | None
    owner_id: int | None
    place_path: str
    owner_zh: str
    owner_en: str
    owner_phone: str
    asset_id: int
    asset_code: str
    asset_class: str
    asset_name_zh: str
    asset_name_en: str
    event: str | None
    alarm_group: str | None
    severity: str | None
    is_life_safety: bool | None
    is_drill: bool | None
    raised_at: datetime | None
    place_names_zh: list[str]
    place_names_en: list[str]
    address: str
    access_note: str
    clock_kind: str | None
    clock_due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders a list wants, newest first."""

    owner_id: int | None = None
    is_open: bool | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """One step of an order's history."""

    at: datetime
    trigger: str
    from_state: str
    to_state: str
    actor: str
    note: str


def _lines(name: str) -> Composed:
    return _QUERIES[name].format(lines=_QUERIES["lines"])


def fetch_orders(connection: Connection, wanted: OrderFilter, *, limit: int) -> list[OrderLine]:
    """Orders of the scope, newest first."""
    parameters = {
        "owner_id": wanted.owner_id,
        "is_open": wanted.is_open,
        "after": wanted.after,
        "limit": limit,
    }
    with connection.cursor(row_factory=class_row(OrderLine)) as cursor:
        return cursor.execute(_lines("order_lines"), parameters).fetchall()


def fetch_order(connection: Connection, order_id: int) -> OrderLine | None:
    """One order, if the scope shows it."""
    with connection.cursor(row_factory=class_row(OrderLine)) as cursor:
        return cursor.execute(_lines("order_by_id"), {"id": order_id}).fetchone()


def fetch_steps(connection: Connection, order_id: int) -> list[OrderStep]:
    """What happened to an order, oldest first."""
    with connection.cursor(row_factory=class_row(OrderStep)) as cursor:
        return cursor.execute(_QUERIES["order_steps"], {"id": order_id}).fetchall()
