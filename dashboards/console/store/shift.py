"""Shifts of the desk: what stood when somebody handed over, and who signed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, Self

import msgspec
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from analytics.digest import digest_of
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "shift.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What stands at the desk.

    Attributes:
        held: Alarms that are kept from the desk.
        silent: Devices that are silent.
        urgent: Open alarms of life safety and of the two worst severities.
    """

    life_safety: int = 0
    other: int = 0
    unacknowledged: int = 0
    held: int = 0
    orders: int = 0
    silent: int = 0
    urgent: list[int]

    @classmethod
    def read(cls, value: object) -> Self:
        """The summary as it was stored."""
        return msgspec.convert(value, cls)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverLine:
    """One handing over of the desk; without `taken_by` it waits for the other's signature.

    Attributes:
        begun_at: When the giver's own shift began, as far as it was signed for.
        digest: SHA-256 of what was offered, hexadecimal.
    """

    id: int
    desk: str
    begun_at: datetime | None
    offered_at: datetime
    given_by: str
    giver: str
    taken_by: str | None
    taker: str | None
    taken_at: datetime | None
    notes: str
    reply: str
    summary: object
    digest: str

    @property
    def stood(self) -> Summary:
        """What stood at the desk when it was offered."""
        return Summary.read(self.summary)


def fetch_summary(connection: Connection) -> Summary:
    """What stands at the desk now."""
    with connection.cursor(row_factory=class_row(Summary)) as cursor:
        row = cursor.execute(_QUERIES["summary"]).fetchone()
    return row or Summary(urgent=[])


def offer_handover(  # noqa: PLR0913 - the parts of what is signed
    connection: Connection,
    *,
    desk: str,
    paths: Sequence[str],
    by: str,
    notes: str,
    stood: Summary,
    now: datetime,
) -> int:
    """Fix what stands, for the other to sign; the number of the handover."""
    summary = asdict(stood)
    text = msgspec.json.encode(summary, order="sorted").decode()
    row = connection.execute(
        _QUERIES["offer"],
        {
            "desk": desk,
            "paths": list(paths),
            "by": by,
            "notes": notes,
            "now": now,
            "summary": Jsonb(summary),
            "digest": digest_of(desk, by, now, notes, text),
        },
    ).fetchone()
    return int(str(row[0])) if row is not None else 0


def take_handover(
    connection: Connection, handover_id: int, *, by: str, reply: str, now: datetime
) -> bool:
    """Sign for having taken it; False: it is signed already, or one's own."""
    named = {"id": handover_id, "by": by, "reply": reply, "now": now}
    return connection.execute(_QUERIES["take"], named).fetchone() is not None


def fetch_handovers(connection: Connection, *, limit: int) -> list[HandoverLine]:
    """Handovers of the scope, the newest first."""
    with connection.cursor(row_factory=class_row(HandoverLine)) as cursor:
        return cursor.execute(_QUERIES["handovers"], {"limit": limit}).fetchall()
