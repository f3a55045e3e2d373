"""What falls due is reminded of, before and after: measures, certificates, maintenance contracts.

Each day and thing once, whoever asks and however often: the reminder is a row, written with its
notice in one transaction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from psycopg.rows import class_row

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId
from analytics.supervision.notice import MeasureNotice, Told, tell
from analytics.supervision.review import supervisor_at
from analytics.supervision.store import today
from gateway.catalogue import asset_class
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "reminder.sql")
BATCH: Final = 200


class About(StrEnum):
    """What can fall due."""

    MEASURE = "measure"
    CERTIFICATE = "certificate"
    CONTRACT = "contract"


AHEAD: Final = {
    About.MEASURE: timedelta(days=3),
    About.CERTIFICATE: timedelta(days=30),
    About.CONTRACT: timedelta(days=30),
}
"""How long before its last day something is reminded of (site rule)."""
_KINDS: Final = {
    About.MEASURE: (MeasureNotice.DUE_SOON, MeasureNotice.OVERDUE),
    About.CERTIFICATE: (MeasureNotice.CERTIFICATE_SOON, MeasureNotice.CERTIFICATE_OVER),
    About.CONTRACT: (MeasureNotice.CONTRACT_SOON, MeasureNotice.CONTRACT_OVER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Falling:
    """Something whose last day is near or over, and that nobody was reminded of.

    Attributes:
        subject: By which it is known again.
        number: What messages show.
        words: What it is about.
        kind: The asset class of a contract, the skill of a certificate; else empty.
        count: Assets of a contract; else 1.
        first: Whose business it is.
        second: Who shall know too; None: nobody.
        is_over: Whether its last day is over.
    """

    subject: str
    number: int
    words: str
    kind: str
    count: int
    place_path: PlacePath
    due: date
    first: OrganisationId | None
    second: OrganisationId | None
    is_over: bool


def remind(connection: Connection, now: datetime) -> int:
    """Remind of whatever falls due, a transaction each; how many reminders."""
    return sum(
        in_transaction(connection, lambda held: _one(held, about, one, now))  # noqa: B023 - called now
        for about in About
        for one in falling(connection, about, now)
    )


def falling(connection: Connection, about: About, now: datetime) -> list[Falling]:
    """What falls due and was not reminded of, the oldest first."""
    day = today(now)
    named = {"today": day, "until": day + AHEAD[about], "limit": BATCH}
    with connection.cursor(row_factory=class_row(Falling)) as cursor:
        return cursor.execute(_QUERIES[f"falling_{about}s"], named).fetchall()


def _one(connection: Connection, about: About, one: Falling, now: datetime) -> int:
    row = {
        "about": about,
        "subject": one.subject,
        "due": one.due,
        "kind": "over" if one.is_over else "soon",
        "now": now,
    }
    if connection.execute(_QUERIES["note_reminder"], row).fetchone() is None:
        return 0
    for organisation in _told(connection, about, one, now):
        told = Told(
            kind=_KINDS[about][one.is_over],
            number=one.number,
            subject=words_of(about, one),
            place_path=one.place_path,
            to=organisation,
        )
        tell(connection, told, now)
    return 1


def words_of(about: About, one: Falling) -> str:
    """What a reminder says: the thing and its last day."""
    match about:
        case About.CONTRACT:
            return f"{one.words} {asset_class(one.kind).label.zh}{one.count}台 至{one.due}"
        case _:
            return f"{one.words} 至{one.due}"


def _told(
    connection: Connection, about: About, one: Falling, now: datetime
) -> Sequence[OrganisationId]:
    def everybody() -> Iterator[OrganisationId | None]:
        yield one.first
        yield one.second
        if about is About.MEASURE and one.is_over:
            yield supervisor_at(connection, one.place_path, now)

    return tuple(dict.fromkeys(to for to in everybody() if to is not None))
