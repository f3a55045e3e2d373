"""Who may do the work of an alarm, and whom the responsibility matrix proposes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from psycopg.rows import class_row

from analytics.alarms.alarm import AssetId
from analytics.alarms.report import PlacePath
from analytics.duties.matrix import Answer, DutyId
from analytics.duties.responsibility import Responsibility, Spot
from dashboards.console.store.alarm import AlarmLine
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "dispatch.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Somebody who could do the work."""

    id: int
    code: str
    kind: str
    name_zh: str
    name_en: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A technician of an organisation."""

    organisation_id: int
    name: str
    display_name: str


def fetch_organisations(
    connection: Connection, path: str, named: Sequence[int]
) -> list[Organisation]:
    """Who may do the work of a place, in the reader's scope.

    Args:
        named: Who must not be missing, however many there are.
    """
    asked = {"path": path, "named": list(named)}
    with connection.cursor(row_factory=class_row(Organisation)) as cursor:
        return cursor.execute(_QUERIES["organisations"], asked).fetchall()


def fetch_hands(connection: Connection, organisations: Sequence[int]) -> list[Hand]:
    """Technicians of some organisations."""
    with connection.cursor(row_factory=class_row(Hand)) as cursor:
        named = {"organisations": list(organisations)}
        return cursor.execute(_QUERIES["technicians"], named).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Who answers for an alarm's work.

    Attributes:
        answer: Whom the alarm's line of the matrix means now; None: no line holds.
        owner_id: Who has its open order; None: nobody, or there is none.
        version: Of its open order; 0: there is none.
    """

    answer: Answer | None
    owner_id: int | None
    version: int = 0


def fetch_work(connection: Connection, line: AlarmLine, now: datetime) -> Work:
    """Who answers for an alarm's work now."""
    row = connection.execute(_QUERIES["work_of"], {"alarm_id": line.id}).fetchone()
    if row is None:
        return Work(answer=None, owner_id=None)
    duty_id, owner_id, version = cast("tuple[int | None, int | None, int]", row)
    if duty_id is None:
        return Work(answer=None, owner_id=owner_id, version=version)
    spot = Spot(AssetId(line.asset_id), PlacePath(line.place_path))
    answer = Responsibility().by_line(connection, DutyId(duty_id), spot, now)
    return Work(answer=answer, owner_id=owner_id, version=version)
