"""The proof of delivery as a report: sent = stored + quarantined + shed + missing + in flight."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("ingest", "reports.sql")
MOST_ROWS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerTotal:
    """A lane of a gateway over all its streams; numbers count messages, samples count values."""

    gateway: str
    lane: str
    sent: int
    stored: int
    quarantined: int
    shed: int
    missing: int
    in_flight: int
    duplicates: int
    samples: int
    samples_refused: int
    last_at: datetime

    @property
    def difference(self) -> int:
        """Sent minus everything accounted for; anything but 0 is a fault of the platform."""
        accounted = self.stored + self.quarantined + self.shed + self.missing + self.in_flight
        return self.sent - accounted


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHour:
    """What became of a lane's messages in one hour of receipt (UTC)."""

    hour: datetime
    gateway: str
    lane: str
    stored: int
    quarantined: int
    shed: int
    missing: int
    duplicates: int
    samples: int
    samples_refused: int


def fetch_totals(connection: Connection, gateway: str | None = None) -> Sequence[LedgerTotal]:
    """Every gateway and lane, or those of one gateway."""
    with connection.cursor(row_factory=class_row(LedgerTotal)) as cursor:
        values = {"gateway": gateway, "most": MOST_ROWS}
        return cursor.execute(_QUERIES["ledger_totals"], values).fetchall()


def fetch_hours(
    connection: Connection, since: datetime, gateway: str | None = None
) -> Sequence[LedgerHour]:
    """The hours since a time, newest first."""
    with connection.cursor(row_factory=class_row(LedgerHour)) as cursor:
        values = {"gateway": gateway, "since": since, "most": MOST_ROWS}
        return cursor.execute(_QUERIES["ledger_hours"], values).fetchall()
