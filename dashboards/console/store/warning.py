"""Early warnings as pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from psycopg.rows import class_row
from psycopg.sql import Composed

from dashboards.console.store.standing import standing
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "warning.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningLine:
    """One early warning.

    Attributes:
        alarm_id: The alarm by which people say what they found; None: none was opened yet.
        confirmation: What they said.
        failed_at: When what was warned of happened, or was found and repaired.
        model_id: The model that said it; None: limits and trends, which learn nothing.
        held_since: Since then no order is opened for it, as its model has drifted; None: not held.
    """

    id: int
    asset_id: int
    asset_name_zh: str
    asset_name_en: str
    asset_class: str
    detector: str
    metric: str
    raised_at: datetime
    refreshed_at: datetime
    expected_from: datetime | None
    expected_until: datetime | None
    score: float
    reason_zh: str
    reason_en: str
    settled_at: datetime | None
    settlement: str | None
    place_names_zh: list[str]
    place_names_en: list[str]
    confidence: str | None = None
    settled_by: str | None = None
    failed_at: datetime | None = None
    model_id: int | None = None
    held_since: datetime | None = None
    alarm_id: int | None = None
    alarm_version: int | None = None
    confirmation: str | None = None
    is_alarm_open: bool | None = None

    @property
    def lead_days(self) -> float | None:
        """From the warning to what it warned of [days]."""
        if self.failed_at is None:
            return None
        return (self.failed_at - self.raised_at).total_seconds() / 86_400


class Evidence(msgspec.Struct, frozen=True):
    """The numbers behind a warning.

    Attributes:
        unit: Of the points and the limit.
        limit: What the trend runs towards; None: a model's warning has none.
        points: (ms UTC, value), oldest first.
    """

    unit: str = ""
    limit: float | None = None
    points: tuple[tuple[int, float], ...] = ()


def fetch_warnings(connection: Connection, *, limit: int) -> list[WarningLine]:
    """Early warnings of the scope, open ones first."""
    with connection.cursor(row_factory=class_row(WarningLine)) as cursor:
        return cursor.execute(_lines("warnings"), {"limit": limit}).fetchall()


def fetch_warning(connection: Connection, warning_id: int) -> WarningLine | None:
    """One early warning."""
    with connection.cursor(row_factory=class_row(WarningLine)) as cursor:
        return cursor.execute(_lines("warning"), {"id": warning_id}).fetchone()


def fetch_alike(connection: Connection, line: WarningLine, *, limit: int) -> list[WarningLine]:
    """How the last warnings alike turned out, the newest first."""
    with connection.cursor(row_factory=class_row(WarningLine)) as cursor:
        values = {
            "id": line.id,
            "detector": line.detector,
            "metric": line.metric,
            "asset_class": line.asset_class,
            "limit": limit,
        }
        return cursor.execute(_lines("alike"), values).fetchall()


def fetch_evidence(connection: Connection, warning_id: int) -> Evidence:
    """The numbers behind a warning; nothing where they cannot be read."""
    row = connection.execute(_QUERIES["evidence"], {"id": warning_id}).fetchone()
    try:
        return msgspec.json.decode(str(row[0]) if row else "{}", type=Evidence)
    except msgspec.ValidationError:
        return Evidence()


def _lines(name: str) -> Composed:
    lines = _QUERIES["lines"].format(standing=standing("warnings"))
    return _QUERIES[name].format(lines=lines)
