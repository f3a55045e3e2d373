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
    asset_id: int | None
    asset_code: str
    asset_class: str
    asset_name_zh: str
    asset_name_en: str
    source: str
    detail: str
    not_fixed_at: datetime | None
    no_technician_at: datetime | None
    merged_into: int | None
    repeat_of: int | None
    parent_id: int | None
    technician: str | None
    verification: str | None
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
    """Which orders a list wants, newest first.

    Attributes:
        technician: Only what this person has in hand or accepted.
    """

    owner_id: int | None = None
    technician: str | None = None
    is_open: bool | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAfter:
    """The open order after which a page begins.

    Attributes:
        due_at: When its clock runs out; None: none runs.
    """

    is_life_safety: bool
    due_at: datetime | None
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFilter:
    """Which open orders a list wants, most urgent first.

    Attributes:
        technician: Only what this person has in hand or accepted.
    """

    state: str | None = None
    owner_id: int | None = None
    technician: str | None = None
    after: OrderAfter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrders:
    """How many orders of a state are open, and how many of those are about life safety."""

    state: str
    orders: int
    life_safety: int


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
        "technician": wanted.technician,
        "is_open": wanted.is_open,
        "after": wanted.after,
        "limit": limit,
    }
    with connection.cursor(row_factory=class_row(OrderLine)) as cursor:
        return cursor.execute(_lines("order_lines"), parameters).fetchall()


def fetch_open_orders(connection: Connection, wanted: OpenFilter, *, limit: int) -> list[OrderLine]:
    """Open orders of the scope, life safety first, then by the clock that runs out first."""
    after = wanted.after
    parameters = {
        "state": wanted.state,
        "owner_id": wanted.owner_id,
        "technician": wanted.technician,
        "after_id": None if after is None else after.id,
        "after_life_safety": None if after is None else after.is_life_safety,
        "after_due_at": None if after is None else after.due_at,
        "limit": limit,
    }
    with connection.cursor(row_factory=class_row(OrderLine)) as cursor:
        return cursor.execute(_lines("order_lines_urgent"), parameters).fetchall()


def count_open_orders(connection: Connection, owner_id: int | None = None) -> list[OpenOrders]:
    """Open orders of the scope by state; of one organisation, or all."""
    with connection.cursor(row_factory=class_row(OpenOrders)) as cursor:
        return cursor.execute(_QUERIES["count_open_orders"], {"owner_id": owner_id}).fetchall()


def fetch_order(connection: Connection, order_id: int) -> OrderLine | None:
    """One order, if the scope shows it."""
    with connection.cursor(row_factory=class_row(OrderLine)) as cursor:
        return cursor.execute(_lines("order_by_id"), {"id": order_id}).fetchone()


def fetch_steps(connection: Connection, order_id: int) -> list[OrderStep]:
    """What happened to an order, oldest first."""
    with connection.cursor(row_factory=class_row(OrderStep)) as cursor:
        return cursor.execute(_QUERIES["order_steps"], {"id": order_id}).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody who may be named for an order."""

    name: str
    display_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingLine:
    """What somebody thought of the work."""

    rater: str
    stars: int
    comment: str
    rated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    """A department's part of a joint call."""

    id: int
    number: str
    state: str
    owner_zh: str
    owner_en: str
    accepted_at: datetime | None
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FundLine:
    """What the maintenance fund has to do with an order."""

    item: str
    list_version: str
    applied_by: str
    applied_at: datetime
    decided_by: str | None
    is_approved: bool | None
    amount_fen: int | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoLine:
    """A photo of a report or of the work.

    Attributes:
        digest: SHA-256 of the file, hexadecimal.
        note: What was said with it; where it came late, when it was taken.
    """

    digest: str
    added_at: datetime
    added_by: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside an order on its page."""

    ratings: tuple[RatingLine, ...]
    parts: tuple[PartLine, ...]
    photos: tuple[PhotoLine, ...]
    fund: FundLine | None


def fetch_beside(connection: Connection, order_id: int) -> Beside:
    """Ratings, parts, photos and the fund's part of an order."""
    about = {"id": order_id}
    with connection.cursor(row_factory=class_row(RatingLine)) as cursor:
        ratings = tuple(cursor.execute(_QUERIES["ratings"], about).fetchall())
    with connection.cursor(row_factory=class_row(PartLine)) as cursor:
        parts = tuple(cursor.execute(_QUERIES["parts"], about).fetchall())
    with connection.cursor(row_factory=class_row(FundLine)) as cursor:
        fund = cursor.execute(_QUERIES["fund"], about).fetchone()
    with connection.cursor(row_factory=class_row(PhotoLine)) as cursor:
        photos = tuple(cursor.execute(_QUERIES["photos"], about).fetchall())
    return Beside(ratings=ratings, parts=parts, photos=photos, fund=fund)


def fetch_colleagues(connection: Connection, organisation_id: int) -> list[Colleague]:
    """Technicians of an organisation."""
    with connection.cursor(row_factory=class_row(Colleague)) as cursor:
        values = {"organisation_id": organisation_id}
        return cursor.execute(_QUERIES["technicians"], values).fetchall()


def is_technician(connection: Connection, name: str) -> bool:
    """Whether somebody is registered as a technician."""
    row = connection.execute(_QUERIES["is_registered"], {"name": name}).fetchone()
    return row is not None and bool(row[0])


def fetch_place_path(connection: Connection, code: str) -> str | None:
    """The path of a place of a code."""
    row = connection.execute(_QUERIES["place_path"], {"code": code}).fetchone()
    return None if row is None else str(row[0])


def shows_photo(connection: Connection, digest: str) -> bool:
    """Whether a photo belongs to a report that the scope shows."""
    row = connection.execute(_QUERIES["shows_photo"], {"digest": digest}).fetchone()
    return row is not None and bool(row[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a place is, for who has to find it.

    Attributes:
        access_notes: Entrances and fire lanes, the compound's first.
    """

    address: str
    latitude: float | None
    longitude: float | None
    access_notes: list[str]


def fetch_spot(connection: Connection, place_path: str) -> Spot | None:
    """The nearest address and coordinates at or above a place."""
    with connection.cursor(row_factory=class_row(Spot)) as cursor:
        return cursor.execute(_QUERIES["spot"], {"path": place_path}).fetchone()
