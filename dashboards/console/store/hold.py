"""Holds, proposals and the load of desks as pages and the API show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "hold.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """What keeps alarms from the desk, by whom, until when.

    Attributes:
        asset_id: The first of its assets.
        assets: How many it covers.
        alarms: How many open alarms it hides.
    """

    id: int
    kind: str
    condition: str | None
    reason: str
    begun_at: datetime
    begun_by: str
    approved_by: str | None
    due_at: datetime
    asset_id: int
    asset_code: str
    asset_name_zh: str
    asset_name_en: str
    assets: int
    alarms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalLine:
    """What waits for a second person."""

    id: int
    kind: str
    alarm_id: int | None
    minutes: int
    reason: str
    proposed_at: datetime
    proposed_by: str
    lapses_at: datetime
    place_path: str
    asset_id: int
    asset_code: str
    asset_name_zh: str
    asset_name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadLine:
    """Alarms of one desk in 10 minutes, before and after folding."""

    bucket: datetime
    desk_zh: str
    desk_en: str
    raised: int
    shown: int
    life_safety: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BadActorLine:
    """A condition that was raised often."""

    asset_id: int
    asset_code: str
    asset_name_zh: str
    asset_name_en: str
    event: str
    alarms: int
    raises: int
    chattering: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCount:
    """How many alarms bear each mark."""

    chattering: int
    stale: int
    fleeting: int


def fetch_holds(connection: Connection, *, limit: int) -> list[HoldLine]:
    """What keeps alarms from the desk now."""
    with connection.cursor(row_factory=class_row(HoldLine)) as cursor:
        return cursor.execute(_QUERIES["holds"], {"limit": limit}).fetchall()


def is_out_of_service(connection: Connection, asset_id: int) -> bool:
    """Whether an asset of the scope is out of service now."""
    row = connection.execute(_QUERIES["is_out_of_service"], {"asset_id": asset_id}).fetchone()
    return row is not None and bool(row[0])


def fetch_proposals(
    connection: Connection, now: datetime, *, limit: int, only: int | None = None
) -> list[ProposalLine]:
    """What waits for a second person; one of it, when it is named."""
    values = {"now": now, "limit": limit, "id": only}
    with connection.cursor(row_factory=class_row(ProposalLine)) as cursor:
        return cursor.execute(_QUERIES["proposals"], values).fetchall()


def fetch_place(connection: Connection, asset_id: int) -> str | None:
    """The path of an asset's place; None when the scope shows no such asset."""
    row = connection.execute(_QUERIES["asset_place"], {"asset_id": asset_id}).fetchone()
    return None if row is None else str(row[0])


def fetch_load(connection: Connection, since: datetime, *, limit: int) -> list[LoadLine]:
    """Alarms of desks by 10 minutes, the newest first."""
    with connection.cursor(row_factory=class_row(LoadLine)) as cursor:
        return cursor.execute(_QUERIES["load"], {"since": since, "limit": limit}).fetchall()


def fetch_bad_actors(connection: Connection, since: datetime, *, limit: int) -> list[BadActorLine]:
    """The conditions that were raised most often."""
    values = {"since": since, "limit": limit}
    with connection.cursor(row_factory=class_row(BadActorLine)) as cursor:
        return cursor.execute(_QUERIES["bad_actors"], values).fetchall()


def count_marks(connection: Connection, since: datetime) -> MarkCount:
    """How many alarms bear each mark."""
    with connection.cursor(row_factory=class_row(MarkCount)) as cursor:
        row = cursor.execute(_QUERIES["marks"], {"since": since}).fetchone()
    return row or MarkCount(chattering=0, stale=0, fleeting=0)
