"""What administrators look at: devices to be tested, weeks, users, gateways, and who did what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from dashboards.console.role import User
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "admin.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkLine:
    """A device and its newest walk test.

    Attributes:
        state: not_commissioned, never_heard, silent or reporting.
        said_event: The newest event that it raised within its open walk test.
    """

    id: int
    code: str
    asset_class: str
    name_zh: str
    name_en: str
    state: str
    commissioned_at: datetime | None
    heard_at: datetime | None
    walk_id: int | None
    walk_state: str | None
    begun_at: datetime | None
    begun_by: str | None
    until_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    evidence: str
    note: str
    said_event: str | None
    said_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicianWeek:
    """A technician's shifts, each such as `1 08:00 20:00`."""

    name: str
    display_name: str
    firm_zh: str
    firm_en: str
    shifts: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskWeek:
    """A person's shifts at the desk of a compound; without a person: nobody is named."""

    code: str
    name_zh: str
    name_en: str
    person: str | None
    shifts: list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLine:
    """A user as an administrator sees it."""

    name: str
    role: str
    display_name: str
    organisation: str
    organisation_zh: str
    organisation_en: str
    places: list[str]
    places_zh: list[str]
    places_en: list[str]
    language: str
    disabled_at: datetime | None
    sessions: int
    seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLine:
    """What an administrator did."""

    at: datetime
    actor: str
    kind: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLine:
    """A gateway as an administrator sees it."""

    id: str
    place: str
    place_zh: str
    place_en: str
    note: str
    registered_at: datetime
    revoked_at: datetime | None
    heard_at: datetime | None
    software: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementLine:
    """An agreement with another platform."""

    code: str
    party: str
    dataset: str
    ends_at: datetime
    ended_at: datetime | None


def fetch_walks(connection: Connection, place: str, *, limit: int) -> list[WalkLine]:
    """Devices of a place, those under test first, then those that are not monitored."""
    with connection.cursor(row_factory=class_row(WalkLine)) as cursor:
        values = {"place": place, "limit": limit}
        return cursor.execute(_QUERIES["walk_devices"], values).fetchall()


def fetch_walk_path(connection: Connection, walk_id: int) -> str | None:
    """Where the device of a walk test stands."""
    row = connection.execute(_QUERIES["walk_place"], {"id": walk_id}).fetchone()
    return None if row is None else str(row[0])


def fetch_device_path(connection: Connection, code: str) -> str | None:
    """Where a registered device stands."""
    row = connection.execute(_QUERIES["device_path"], {"code": code}).fetchone()
    return None if row is None else str(row[0])


def fetch_technician_weeks(connection: Connection, *, limit: int) -> list[TechnicianWeek]:
    """Technicians with their weeks, by firm."""
    with connection.cursor(row_factory=class_row(TechnicianWeek)) as cursor:
        return cursor.execute(_QUERIES["technician_weeks"], {"limit": limit}).fetchall()


def fetch_desk_weeks(connection: Connection, *, limit: int) -> list[DeskWeek]:
    """Compounds with who is at their desks."""
    with connection.cursor(row_factory=class_row(DeskWeek)) as cursor:
        return cursor.execute(_QUERIES["desk_weeks"], {"limit": limit}).fetchall()


def fetch_compound_path(connection: Connection, code: str) -> str | None:
    """The path of a compound of the scope."""
    row = connection.execute(_QUERIES["compound_path"], {"code": code}).fetchone()
    return None if row is None else str(row[0])


def fetch_users(
    connection: Connection, *, name: str | None = None, limit: int = 1
) -> list[UserLine]:
    """Users whose whole scope the reader sees; of a name, or all."""
    with connection.cursor(row_factory=class_row(UserLine)) as cursor:
        return cursor.execute(_QUERIES["users"], {"name": name, "limit": limit}).fetchall()


def is_user(connection: Connection, name: str) -> bool:
    """Whether somebody has that name, whoever may see it."""
    row = connection.execute(_QUERIES["is_user"], {"name": name}).fetchone()
    return row is not None and bool(row[0])


def visible_places(connection: Connection, codes: Sequence[str]) -> set[str]:
    """Which of some places lie in the scope."""
    rows = connection.execute(_QUERIES["visible_places"], {"codes": list(codes)}).fetchall()
    return {str(row[0]) for row in rows}


def note(  # noqa: PLR0913, PLR0917 - the columns of a line, each by name
    connection: Connection, user: User, kind: str, subject: str, detail: str, now: datetime
) -> None:
    """Write down what an administrator did, in the transaction in which it is done."""
    connection.execute(
        _QUERIES["note"],
        {
            "now": now,
            "actor": user.name,
            "kind": kind,
            "subject": subject,
            "detail": detail,
            "scope": list(user.scope),
        },
    )


def fetch_notes(connection: Connection, *, limit: int, kind: str | None = None) -> list[NoteLine]:
    """What administrators of the scope did, newest first; of one kind, or of all."""
    with connection.cursor(row_factory=class_row(NoteLine)) as cursor:
        return cursor.execute(_QUERIES["noted"], {"limit": limit, "kind": kind}).fetchall()


def fetch_gateways(connection: Connection, *, limit: int) -> list[GatewayLine]:
    """Gateways of the scope, the revoked ones last."""
    with connection.cursor(row_factory=class_row(GatewayLine)) as cursor:
        return cursor.execute(_QUERIES["gateways"], {"limit": limit}).fetchall()


def fetch_agreements(connection: Connection, *, limit: int) -> list[AgreementLine]:
    """Agreements of the scope, the ended ones last."""
    with connection.cursor(row_factory=class_row(AgreementLine)) as cursor:
        return cursor.execute(_QUERIES["agreements"], {"limit": limit}).fetchall()
