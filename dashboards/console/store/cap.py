"""CAP documents of a scope, as the feed hands them out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from dashboards.feeds.atom import CapEntry
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "cap.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class CapAfter:
    """The document after which a page begins."""

    sent_at: datetime
    identifier: str


def fetch_entries(connection: Connection, after: CapAfter | None, *, limit: int) -> list[CapEntry]:
    """Documents, newest first."""
    asked = {
        "after_sent_at": None if after is None else after.sent_at,
        "after_identifier": None if after is None else after.identifier,
        "limit": limit,
    }
    with connection.cursor(row_factory=class_row(CapEntry)) as cursor:
        return cursor.execute(_QUERIES["entries"], asked).fetchall()


def fetch_newest(connection: Connection) -> datetime | None:
    """When the newest document was sent."""
    row = connection.execute(_QUERIES["newest"]).fetchone()
    return row[0] if row is not None and isinstance(row[0], datetime) else None


def fetch_document(connection: Connection, identifier: str) -> str | None:
    """One document, byte for byte; None: there is none in the scope."""
    row = connection.execute(_QUERIES["document"], {"identifier": identifier}).fetchone()
    return None if row is None else str(row[0])
