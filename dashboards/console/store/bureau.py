"""What the bureau's desk needs of an alarm beside its line, and whether its own line is alive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from analytics.alarms.alarm import Trigger
from dashboards.console.store.alarm import Sounding
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "bureau.sql")
STEPS: Final = (
    Trigger.BUREAU_RECEIVE.value,
    Trigger.TAKE_OVER.value,
    Trigger.BUREAU_SET_OUT.value,
    Trigger.BUREAU_CLOSE.value,
)
"""What the bureau says of an alarm, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where an alarm is.

    Attributes:
        access_notes: Entrances and fire access, the compound's first.
        compound: Path of the compound; empty: it stands in none.
    """

    alarm_id: int
    address: str
    latitude: float | None
    longitude: float | None
    access_notes: list[str]
    compound: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A detector or call point nearby.

    Attributes:
        is_unseen: It or its gateway is silent, or it is not commissioned: that it does not alarm
            says nothing.
    """

    code: str
    name_zh: str
    name_en: str
    is_alarming: bool
    is_unseen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Water:
    """A transmitter or pump of the compound's fire water."""

    id: int
    asset_class: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """Whom to call."""

    place_zh: str
    place_en: str
    role: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the bureau said of an alarm."""

    alarm_id: int
    trigger: str
    actor: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A bureau's desk at the platform.

    Attributes:
        beat_at: When its page last asked for anything.
    """

    name_zh: str
    name_en: str
    phone: str
    beat_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BureauPhone:
    """A bureau's telephone."""

    name_zh: str
    name_en: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """One alarm of a day: what was sent of it, and what arrived.

    Attributes:
        person_at: When somebody at the bureau's desk first took it.
    """

    alarm_id: int
    event: str
    raised_at: datetime
    place_path: str
    place_zh: str
    place_en: str
    sent: int
    received: int
    receipts: str
    person_at: datetime | None

    @property
    def is_whole(self) -> bool:
        """Whether everything that was sent has arrived, and something was."""
        return 0 < self.sent <= self.received


def fetch_sites(connection: Connection, alarms: Sequence[int]) -> dict[int, Site]:
    """Where alarms are, by their numbers."""
    with connection.cursor(row_factory=class_row(Site)) as cursor:
        rows = cursor.execute(_QUERIES["sites"], {"alarms": list(alarms)}).fetchall()
    return {row.alarm_id: row for row in rows}


def fetch_neighbours(
    connection: Connection, asset_id: int, compound: str, now: datetime
) -> list[Neighbour]:
    """Detectors around one, those that alarm first."""
    values = {"asset_id": asset_id, "compound": compound, "now": now}
    with connection.cursor(row_factory=class_row(Neighbour)) as cursor:
        return cursor.execute(_QUERIES["neighbours"], values).fetchall()


def fetch_water(connection: Connection, compound: str) -> list[Water]:
    """Hydrant transmitters and pumps of a compound."""
    with connection.cursor(row_factory=class_row(Water)) as cursor:
        return cursor.execute(_QUERIES["water"], {"compound": compound}).fetchall()


def fetch_phones(connection: Connection, at: str | None, now: datetime) -> list[Phone]:
    """Whom to call at a place, or of every compound of the scope."""
    values = {"at": at, "now": now}
    with connection.cursor(row_factory=class_row(Phone)) as cursor:
        return cursor.execute(_QUERIES["phones"], values).fetchall()


def fetch_steps(connection: Connection, alarms: Sequence[int]) -> list[Step]:
    """What the bureau has said of alarms, oldest first."""
    values = {"alarms": list(alarms), "steps": list(STEPS)}
    with connection.cursor(row_factory=class_row(Step)) as cursor:
        return cursor.execute(_QUERIES["steps"], values).fetchall()


def fetch_unheard(connection: Connection) -> list[Sounding]:
    """Open alarms of life safety that nobody at the bureau has received."""
    with connection.cursor(row_factory=class_row(Sounding)) as cursor:
        return cursor.execute(_QUERIES["unheard"], {"steps": list(STEPS)}).fetchall()


def note_beat(connection: Connection, organisation_id: int, now: datetime) -> None:
    """The bureau's page is open."""
    connection.execute(_QUERIES["beat"], {"organisation_id": organisation_id, "now": now})


def fetch_desks(connection: Connection) -> list[Desk]:
    """Bureaus that have a desk at the platform."""
    with connection.cursor(row_factory=class_row(Desk)) as cursor:
        return cursor.execute(_QUERIES["desks"]).fetchall()


def fetch_bureau_phones(connection: Connection) -> list[BureauPhone]:
    """The telephones of bureaus."""
    with connection.cursor(row_factory=class_row(BureauPhone)) as cursor:
        return cursor.execute(_QUERIES["bureau_phones"]).fetchall()


def fetch_day(connection: Connection, since: datetime, until: datetime) -> list[DayLine]:
    """A day's notices to the bureau, those with a hole first."""
    values = {"since": since, "until": until, "steps": list(STEPS)}
    with connection.cursor(row_factory=class_row(DayLine)) as cursor:
        return cursor.execute(_QUERIES["day"], values).fetchall()
