"""What the platform's doors have shown, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from gateway.certificate import Certificate
from ingest.array import texts
from ingest.database import Connection, load_queries
from ingest.door import findings_of
from ingest.event_store import announce, tell

_QUERIES: Final = load_queries("ingest", "doors.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A door at one look.

    Attributes:
        shown: What it shows; None when it shows nothing.
        problem: Why; empty when it was seen.
    """

    door: str
    shown: Certificate | None
    problem: str = ""


def store_look(connection: Connection, looked: Sequence[Looked], now: datetime) -> int:
    """Keep what was seen, and tell when a certificate ends soon or no longer does; how many events.

    Works inside its caller's transaction.
    """
    rows = connection.execute(_QUERIES["told_doors"]).fetchall()
    connection.execute(
        _QUERIES["note_doors"],
        {
            "doors": texts(one.door for one in looked),
            "ends_at": [one.shown.ends_at if one.shown else None for one in looked],
            "warn_at": [one.shown.warn_at if one.shown else None for one in looked],
            "problems": texts(one.problem for one in looked),
            "now": now,
        },
    )
    connection.execute(_QUERIES["forget_doors"], {"doors": texts(one.door for one in looked)})
    with connection.cursor(row_factory=class_row(Certificate)) as cursor:
        known = cursor.execute(_QUERIES["known_doors"]).fetchall()
    found = findings_of(known, len(looked), {str(row[0]) for row in rows}, now)
    told = tell(connection, found, round(now.timestamp() * 1000))
    if told:
        announce(connection)
    return told
