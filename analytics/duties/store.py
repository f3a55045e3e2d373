"""Versions of the responsibility matrix in the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NewType, cast
from zoneinfo import ZoneInfo

from analytics.duties.calendar import Calendar, DayKind, Holidays, HolidayYear, Hours
from analytics.duties.file import public_holidays
from analytics.duties.matrix import Duty, DutyId, Limit, Matrix, Party, PlaceZone, Times
from analytics.errors import NoDuties
from gateway.catalogue import Text
from ingest.database import Connection, load_queries

VersionId = NewType("VersionId", int)
_QUERIES: Final = load_queries("analytics", "duty.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of the matrix.

    Attributes:
        valid_from: From then on it is in force by itself, until a newer one is.
        lines: How many lines it has.
        withdrawn_at: When it was taken back; None: it was not.
    """

    id: VersionId
    name: str
    valid_from: datetime
    checksum: str
    loaded_at: datetime
    loaded_by: str
    withdrawn_at: datetime | None
    lines: int


def load_matrix(connection: Connection, matrix: Matrix, source: str, *, actor: str = "") -> bool:
    """Store a matrix, in the caller's transaction; whether it was new."""
    row = connection.execute(
        _QUERIES["add_version"],
        {
            "name": matrix.name,
            "valid_from": matrix.valid_from,
            "checksum": matrix.checksum,
            "source": source,
            "loaded_by": actor,
        },
    ).fetchone()
    if row is None:
        return False
    version = VersionId(cast("int", row[0]))
    cursor = connection.cursor()
    cursor.executemany(_QUERIES["add_line"], [columns_of(version, duty) for duty in matrix.duties])
    cursor.executemany(_QUERIES["add_calendar"], list(_calendars(version, matrix.times)))
    cursor.executemany(_QUERIES["add_zone"], list(_zones(version, matrix.times)))
    cursor.executemany(_QUERIES["add_holidays"], list(_holidays(version, matrix.times)))
    return True


def withdraw(connection: Connection, version: VersionId, actor: str, now: datetime) -> bool:
    """Take a version back that is not in force yet; whether there was such a one."""
    named = {"version_id": version, "actor": actor, "now": now}
    return connection.execute(_QUERIES["withdraw"], named).fetchone() is not None


def versions(connection: Connection) -> list[Version]:
    """Every version, in the order in which they come into force."""
    return [
        Version(
            id=VersionId(cast("int", found)),
            name=str(name),
            valid_from=cast("datetime", valid_from),
            checksum=str(checksum),
            loaded_at=cast("datetime", loaded_at),
            loaded_by=str(loaded_by),
            withdrawn_at=cast("datetime | None", withdrawn_at),
            lines=cast("int", lines),
        )
        for (
            found,
            name,
            valid_from,
            checksum,
            loaded_at,
            loaded_by,
            withdrawn_at,
            lines,
        ) in connection.execute(_QUERIES["versions"]).fetchall()
    ]


def version_in_force(connection: Connection, at: datetime) -> tuple[VersionId, str] | None:
    """Number and checksum of the version that holds at a time; None when none does."""
    row = connection.execute(_QUERIES["version_in_force"], {"at": at}).fetchone()
    return None if row is None else (VersionId(cast("int", row[0])), str(row[3]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the lines in force are known by.

    Attributes:
        place_change: The newest change of the tree of places: lines name places by their paths, which
            go with a place that is moved.
        is_settled: Whether the heirs of merged and split places have their lines.
    """

    checksum: str
    place_change: int
    is_settled: bool


def mark_in_force(connection: Connection, at: datetime) -> Mark | None:
    """What the lines in force are known by; None when no version is."""
    row = connection.execute(_QUERIES["version_in_force"], {"at": at}).fetchone()
    if row is None:
        return None
    return Mark(checksum=str(row[3]), place_change=cast("int", row[4]), is_settled=bool(row[5]))


def source_of(connection: Connection, version: VersionId) -> str | None:
    """The text of a version as it was read; None when there is no such version."""
    row = connection.execute(_QUERIES["source"], {"version_id": version}).fetchone()
    return None if row is None else str(row[0])


def matrix_in_force(connection: Connection, at: datetime) -> Matrix:
    """The matrix that holds at a time.

    Raises:
        NoDuties: None does.
    """
    row = connection.execute(_QUERIES["version_in_force"], {"at": at}).fetchone()
    if row is None:
        raise NoDuties(f"no responsibility matrix is in force at {at.isoformat()}")
    return matrix_of(connection, row)


def holidays_in_force(connection: Connection, at: datetime) -> Holidays:
    """The public holidays of the matrix that holds at a time; the product's where none does."""
    found = version_in_force(connection, at)
    return public_holidays() if found is None else _times(connection, found[0]).holidays


def matrix_of(connection: Connection, version: tuple[object, ...]) -> Matrix:
    """The matrix of a version, given its number, name, beginning and checksum."""
    version_id, name, valid_from, checksum = version[:4]
    of_version = {"version_id": version_id, "duty_id": None}
    lines = connection.execute(_QUERIES["lines"], of_version).fetchall()
    return Matrix(
        name=str(name),
        valid_from=cast("datetime", valid_from),
        checksum=str(checksum),
        duties=tuple(map(_duty, lines)),
        times=_times(connection, VersionId(cast("int", version_id))),
    )


def duty_by_id(connection: Connection, duty_id: DutyId) -> Duty | None:
    """One line, of whichever version."""
    row = connection.execute(_QUERIES["lines"], {"version_id": None, "duty_id": duty_id}).fetchone()
    return None if row is None else _duty(row)


def columns_of(version: VersionId, duty: Duty) -> dict[str, object]:
    """A line as the columns of its row."""
    limits = {f"{limit}_s": _seconds(duty.limits.get(limit)) for limit in Limit}
    return limits | {
        "version_id": version,
        "line": duty.line,
        "key": duty.key,
        "event": duty.event,
        "asset_class": duty.asset_class,
        "place_path": duty.place_path,
        "calendar": duty.calendar,
        "responsible": duty.responsible,
        "order_to": duty.order_to,
        "joint": list(map(str, duty.joint)),
        "chain": list(map(str, duty.chain)),
        "opens_order": duty.opens_order,
        "tells_bureau": duty.tells_bureau,
        "note_zh": duty.note.zh,
        "note_en": duty.note.en,
        "basis": duty.basis,
    }


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else round(length.total_seconds())


def _calendars(version: VersionId, times: Times) -> Iterator[dict[str, object]]:
    for name, one in times.calendars.items():
        yield {
            "version_id": version,
            "name": name,
            "day_kinds": sorted(map(str, one.days)),
            "dates": sorted(one.dates),
            "begin_minutes": [part.begin for part in one.hours],
            "end_minutes": [part.end for part in one.hours],
        }


def _zones(version: VersionId, times: Times) -> Iterator[dict[str, object]]:
    for one in times.zones:
        yield {"version_id": version, "place_path": one.place_path, "zone": one.zone.key}


def _holidays(version: VersionId, times: Times) -> Iterator[dict[str, object]]:
    for one in times.brought.years.values():
        yield {
            "version_id": version,
            "year": one.year,
            "is_published": one.is_published,
            "basis": one.basis,
            "holidays": sorted(one.holidays),
            "workdays": sorted(one.workdays),
        }


def _times(connection: Connection, version: VersionId) -> Times:
    of_version = {"version_id": version}
    calendars = connection.execute(_QUERIES["calendars"], of_version).fetchall()
    zones = connection.execute(_QUERIES["zones"], of_version).fetchall()
    years = connection.execute(_QUERIES["holidays"], of_version).fetchall()
    brought = Holidays(years={one.year: one for one in map(_year, years)})
    return Times(
        calendars={one.name: one for one in map(_calendar, calendars)},
        zones=tuple(
            PlaceZone(place_path=str(path), zone=ZoneInfo(str(zone))) for path, zone in zones
        ),
        holidays=public_holidays().joined(brought),
        brought=brought,
    )


def _calendar(row: tuple[object, ...]) -> Calendar:
    name, days, dates, begins, ends = row
    hours = zip(cast("list[int]", begins), cast("list[int]", ends), strict=True)
    return Calendar(
        name=str(name),
        days=frozenset(map(DayKind, cast("list[str]", days))),
        dates=frozenset(cast("list[date]", dates)),
        hours=tuple(Hours(begin=begin, end=end) for begin, end in hours),
    )


def _year(row: tuple[object, ...]) -> HolidayYear:
    year, is_published, basis, holidays, workdays = row
    return HolidayYear(
        year=cast("int", year),
        is_published=bool(is_published),
        basis=str(basis),
        holidays=frozenset(cast("list[date]", holidays)),
        workdays=frozenset(cast("list[date]", workdays)),
    )


def _duty(row: tuple[object, ...]) -> Duty:
    (duty_id, line, key, event, asset_class, place_path, calendar, responsible, order_to) = row[:9]
    joint, chain = row[9:11]
    lengths = zip(Limit, row[11:17], strict=True)
    opens_order, tells_bureau, note_zh, note_en, basis = row[17:]
    return Duty(
        id=DutyId(cast("int", duty_id)),
        line=cast("int", line),
        key=str(key),
        event=str(event),
        asset_class=str(asset_class),
        place_path=cast("str | None", place_path),
        calendar=str(calendar),
        responsible=Party(str(responsible)),
        order_to=Party(str(order_to)),
        joint=tuple(map(Party, cast("list[str]", joint))),
        chain=tuple(map(Party, cast("list[str]", chain))),
        limits={
            limit: timedelta(seconds=cast("int", length))
            for limit, length in lengths
            if length is not None
        },
        opens_order=bool(opens_order),
        tells_bureau=bool(tells_bureau),
        note=Text(zh=str(note_zh), en=str(note_en)),
        basis=str(basis),
    )
