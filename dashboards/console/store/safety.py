"""Rescues, drills and duty checks as pages and the API show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row, scalar_row

from analytics.safety.drill import DeviceAnswer
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "safety.sql")
_MOST_DEVICES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueLine:
    """A rescue with who has it now."""

    id: int
    alarm_id: int
    stage: str
    tier: int
    owner_id: int | None
    owner_zh: str
    owner_en: str
    owner_phone: str
    due_at: datetime | None
    opened_at: datetime
    began_at: datetime | None
    legal_due_at: datetime | None
    accepted_at: datetime | None
    arrived_at: datetime | None
    released_at: datetime | None
    people: int | None
    injured: int | None
    condition: str
    checked_at: datetime | None
    checked_by: str | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueFact:
    """One thing that happened in a rescue."""

    at: datetime
    kind: str
    actor: str
    organisation_zh: str
    organisation_en: str
    is_answered: bool | None
    people_heard: int | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillLine:
    """A drill or a test."""

    id: int
    kind: str
    scope: str
    subject: str
    place_path: str
    place_zh: str
    place_en: str
    reason: str
    tells_bureau: bool
    length_s: int
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    assets: int

    def state(self, now: datetime) -> str:
        """Where it stands: proposed, running, over or dropped."""
        if self.ends_at is None:
            return "proposed" if self.ended_at is None else "dropped"
        return "running" if self.ended_at is None and now < self.ends_at else "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDrill:
    """A drill that every screen of its place names."""

    id: int
    kind: str
    scope: str
    subject: str
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCheckLine:
    """A duty check that was asked."""

    id: int
    place_path: str
    place: str
    place_zh: str
    place_en: str
    reason: str
    asked_by: str
    asked_at: datetime
    state: str
    due_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """A compound to choose."""

    code: str
    name_zh: str
    name_en: str


def fetch_rescue(connection: Connection, alarm_id: int, asset_id: int) -> RescueLine | None:
    """The rescue that an alarm belongs to; None when there is none."""
    with connection.cursor(row_factory=class_row(RescueLine)) as cursor:
        values = {"alarm_id": alarm_id, "asset_id": asset_id}
        return cursor.execute(_QUERIES["rescue"], values).fetchone()


def fetch_rescue_facts(connection: Connection, rescue_id: int) -> list[RescueFact]:
    """What happened in a rescue, oldest first."""
    with connection.cursor(row_factory=class_row(RescueFact)) as cursor:
        return cursor.execute(_QUERIES["rescue_facts"], {"rescue_id": rescue_id}).fetchall()


def fetch_drills(
    connection: Connection, *, drill_id: int | None = None, limit: int = 100
) -> list[DrillLine]:
    """Drills of the scope, or the one of that number."""
    with connection.cursor(row_factory=class_row(DrillLine)) as cursor:
        values = {"drill_id": drill_id, "limit": limit}
        return cursor.execute(_QUERIES["drills"], values).fetchall()


def fetch_running_drills(connection: Connection, now: datetime) -> list[RunningDrill]:
    """Drills of the scope that run now."""
    with connection.cursor(row_factory=class_row(RunningDrill)) as cursor:
        return cursor.execute(_QUERIES["running_drills"], {"now": now}).fetchall()


def fetch_answers(connection: Connection, drill_id: int) -> list[DeviceAnswer]:
    """What each device of a drill did."""
    with connection.cursor(row_factory=class_row(DeviceAnswer)) as cursor:
        return cursor.execute(_QUERIES["answers"], {"drill_id": drill_id}).fetchall()


def fetch_post_checks(
    connection: Connection, *, waiting: bool = False, limit: int = 100
) -> list[PostCheckLine]:
    """Duty checks of the scope, the newest first; or those alone that wait for an answer."""
    with connection.cursor(row_factory=class_row(PostCheckLine)) as cursor:
        values = {"waiting": waiting, "limit": limit}
        return cursor.execute(_QUERIES["post_checks"], values).fetchall()


def fetch_compounds(connection: Connection) -> list[Compound]:
    """The compounds of the scope."""
    with connection.cursor(row_factory=class_row(Compound)) as cursor:
        return cursor.execute(_QUERIES["compounds"], {"limit": _MOST_DEVICES}).fetchall()


def fetch_tops(connection: Connection) -> list[str]:
    """The tops of the tree of places."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return [str(path) for path in cursor.execute(_QUERIES["tops"]).fetchall()]
