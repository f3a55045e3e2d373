"""Alarms as pages and the API show them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Final

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import class_row
from psycopg.sql import Composed

from dashboards.console import metrics
from dashboards.console.store.standing import standing
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "alarm.sql")
DESK: Final = "desk"
"""What the desk has before it."""
HELD: Final = ("shelved", "suppressed", "out_of_service")
"""States in which an alarm is kept from the desk."""


class Turn(IntEnum):
    """What comes first among real life safety: what nobody has, whatever came after it."""

    WAITING = 0
    TAKEN = 1
    FREED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmLine:
    """One alarm as a list shows it, with where it stands, who answers and its three ticks.

    Attributes:
        place_names_zh: Compound, building, floor, as far as the alarm's place reaches.
        seen_at: When it first stood on a person's screen.
        bureau_state: State of the notice to the bureau; None: none was due.
        bureau_receipt: The bureau's own number; its presence is the third tick.
        is_folded: Whether it stands behind the head of its incident.
        folded_count: How many open alarms stand behind it.
        hold_until: When the hold that keeps it from the desk ends by itself.
        marks: chattering, fleeting, stale.
        order_version: Of its open order; 0: it has none.
        freed: Stage of the lift's last rescue if all are out of it: released, closed; None:
            somebody may be in it.
        rescues_version: Grows with every change of a rescue of the lift; 0: it has none.
        is_readable: Whether all of it could be read; of the others times may be wrong, and who
            answers and what was sent is absent.
    """

    id: int
    version: int
    state: str
    alarm_group: str
    severity: str
    is_life_safety: bool
    is_drill: bool
    confirmation: str
    event: str
    condition: str
    text: str
    raised_at: datetime
    opened_at: datetime
    returned_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    raises: int
    place_path: str
    asset_id: int
    asset_code: str
    asset_class: str
    asset_name_zh: str
    asset_name_en: str
    place_names_zh: list[str]
    place_names_en: list[str]
    order_id: int | None
    order_number: str | None
    order_state: str | None
    responsible_zh: str
    responsible_en: str
    responsible_phone: str
    seen_at: datetime | None
    bureau_state: str | None
    bureau_receipt: str | None
    is_folded: bool = False
    incident_id: int | None = None
    incident_zh: str = ""
    incident_en: str = ""
    head_id: int | None = None
    folded_count: int = 0
    hold_reason: str | None = None
    hold_by: str | None = None
    hold_until: datetime | None = None
    marks: list[str] = field(default_factory=list)
    order_version: int = 0
    freed: str | None = None
    rescues_version: int = 0
    is_readable: bool = True

    @property
    def is_held(self) -> bool:
        """Whether a hold keeps it from the desk."""
        return self.closed_at is None and self.state in HELD

    @property
    def is_on_desk(self) -> bool:
        """Whether the desk has it before it: open, and not held nor folded; life safety always."""
        is_shown = self.is_life_safety or not (self.is_held or self.is_folded)
        return self.closed_at is None and is_shown

    @property
    def is_unacknowledged(self) -> bool:
        """Whether nobody has acknowledged it yet."""
        return self.state in (
            "unacknowledged",
            "returned_unacknowledged",
            "latched_unacknowledged",
        )

    @property
    def turn(self) -> Turn:
        """When it is looked at among life safety."""
        if self.freed is not None:
            return Turn.FREED
        return Turn.WAITING if self.is_unacknowledged else Turn.TAKEN

    @property
    def row_version(self) -> int:
        """Grows with every change of what a row shows; `version` is the alarm's own, for acts."""
        return self.version + self.rescues_version


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmAfter:
    """The row after which a page begins."""

    is_life_safety: bool
    severity: str
    opened_at: datetime
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFilter:
    """Which open alarms a list wants; never a time: an open alarm is never too old."""

    life_safety: bool | None = None
    is_drill: bool | None = None
    group: str | None = None
    is_unacknowledged: bool = False
    shown: str | None = None
    after: AlarmAfter | None = None
    severity: str | None = None
    is_working: bool = False
    is_returned: bool = False
    place_path: str | None = None
    turn: Turn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCount:
    """How many alarms are open; `other` is what the desk has before it beside life safety."""

    life_safety: int
    other: int
    unacknowledged: int
    shelved: int = 0
    suppressed: int = 0
    out_of_service: int = 0
    folded: int = 0
    proposals: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounding:
    """An open alarm that nobody has acknowledged."""

    id: int
    alarm_group: str
    severity: str
    is_drill: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One thing that happened to an alarm.

    Attributes:
        kind: step, notice, receipt, order or seen.
        what: Trigger of a step, or target of a notice.
    """

    at: datetime
    kind: str
    what: str
    from_state: str
    to_state: str
    who: str
    who_en: str
    note: str
    receipt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningClock:
    """A deadline that is running."""

    kind: str
    due_at: datetime


def _fetch(connection: Connection, name: str, values: Mapping[str, object]) -> list[AlarmLine]:
    """Alarms as a list shows them; one that cannot be read whole stands in its place, marked."""
    try:
        with connection.cursor(row_factory=class_row(AlarmLine)) as cursor:
            return cursor.execute(_lines(name), values).fetchall()
    except psycopg.DataError:
        if connection.info.transaction_status is TransactionStatus.INERROR:
            raise
    with connection.cursor(row_factory=class_row(AlarmLine)) as cursor:
        bare = cursor.execute(_lines(name, "bare_lines"), values).fetchall()
    return [_whole(connection, line) for line in bare]


def _whole(connection: Connection, bare: AlarmLine) -> AlarmLine:
    try:
        with connection.cursor(row_factory=class_row(AlarmLine)) as cursor:
            found = cursor.execute(_lines("alarm_lines_by_id"), {"ids": [bare.id]})
            return found.fetchone() or bare
    except psycopg.DataError:
        if connection.info.transaction_status is TransactionStatus.INERROR:
            raise
        metrics.UNREADABLE_ALARMS.inc()
        return bare


def _lines(name: str, columns: str = "lines") -> Composed:
    freed = _QUERIES["freed"].format()
    lines = _QUERIES[columns].format(standing=standing("alarms"), freed=freed)
    return _QUERIES[name].format(lines=lines, freed=freed)


def fetch_open_alarms(
    connection: Connection, wanted: AlarmFilter, *, limit: int
) -> list[AlarmLine]:
    """Open alarms, most urgent first."""
    after = wanted.after
    return _fetch(
        connection,
        "alarm_lines",
        {
            "life_safety": wanted.life_safety,
            "drill": wanted.is_drill,
            "group": wanted.group,
            "unacknowledged": wanted.is_unacknowledged,
            "shown": wanted.shown,
            "severity": wanted.severity,
            "working": wanted.is_working,
            "returned": wanted.is_returned,
            "place": wanted.place_path,
            "turn": wanted.turn,
            "after_id": None if after is None else after.id,
            "after_life_safety": None if after is None else after.is_life_safety,
            "after_severity": None if after is None else after.severity,
            "after_opened_at": None if after is None else after.opened_at,
            "limit": limit,
        },
    )


def fetch_alarms(connection: Connection, ids: list[int]) -> list[AlarmLine]:
    """The named alarms that the scope shows, open or closed."""
    return _fetch(connection, "alarm_lines_by_id", {"ids": ids})


def fetch_folded_alarms(connection: Connection, head_id: int, *, limit: int) -> list[AlarmLine]:
    """Open alarms that stand behind the head of an incident, most urgent first."""
    parameters = {"head_id": head_id, "limit": limit}
    return _fetch(connection, "alarm_lines_behind", parameters)


def fetch_bureau_alarms(connection: Connection, *, limit: int) -> list[AlarmLine]:
    """What the bureau looks at: open ones first, then the newest."""
    return _fetch(connection, "alarm_lines_for_bureau", {"limit": limit})


def count_bureau(connection: Connection) -> int:
    """How many life-safety alarms are open that are no drill: what the bureau must not miss."""
    row = connection.execute(_QUERIES["count_bureau"]).fetchone()
    return 0 if row is None else int(str(row[0]))


def fetch_asset_alarms(connection: Connection, asset_id: int, *, limit: int) -> list[AlarmLine]:
    """The last alarms of an asset."""
    parameters = {"asset_id": asset_id, "limit": limit}
    return _fetch(connection, "alarm_lines_of_asset", parameters)


def count_open(connection: Connection) -> OpenCount:
    """How many alarms of the scope are open."""
    with connection.cursor(row_factory=class_row(OpenCount)) as cursor:
        row = cursor.execute(_QUERIES["count_open"]).fetchone()
    return row or OpenCount(life_safety=0, other=0, unacknowledged=0)


def fetch_sounding(connection: Connection) -> list[Sounding]:
    """What a control room hears, most urgent first."""
    with connection.cursor(row_factory=class_row(Sounding)) as cursor:
        return cursor.execute(_QUERIES["sounding"]).fetchall()


def fetch_last_closed(connection: Connection) -> datetime | None:
    """When the last alarm ended."""
    row = connection.execute(_QUERIES["last_closed"]).fetchone()
    return row[0] if row is not None and isinstance(row[0], datetime) else None


def fetch_timeline(connection: Connection, alarm_id: int) -> list[TimelineRow]:
    """What happened to an alarm, oldest first."""
    with connection.cursor(row_factory=class_row(TimelineRow)) as cursor:
        return cursor.execute(_QUERIES["timeline"], {"alarm_id": alarm_id}).fetchall()


def fetch_running_clocks(connection: Connection, alarm_id: int) -> list[RunningClock]:
    """Deadlines that are running on an alarm and its orders."""
    with connection.cursor(row_factory=class_row(RunningClock)) as cursor:
        return cursor.execute(_QUERIES["running_clocks"], {"alarm_id": alarm_id}).fetchall()


def record_sightings(connection: Connection, ids: list[int], user_name: str, now: datetime) -> None:
    """Note the first time that alarms stood on a person's screen."""
    connection.execute(
        _QUERIES["record_sightings"], {"ids": ids, "user_name": user_name, "now": now}
    )
