"""Mergers and splits are followed up: duties, rosters and planned hand-overs go to the heirs, once.

The registry moves what names a place in its own transaction. What an heir has beside that needs the
matrix's rules; it is a row of work until it is done, and the alarm process does it before it asks who
answers for the next event.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, cast

import msgspec

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import Matrix, OrganisationId, Party, resolve
from analytics.duties.responsibility import Spot, surroundings
from analytics.duties.store import VersionId, columns_of, matrix_of
from analytics.duties.succession import (
    ChangeKind,
    Inherited,
    PlaceChange,
    inherited,
    inherited_zones,
)
from analytics.live import Announcement, Change
from analytics.notices.body import Thing, Where, Words, enveloped
from analytics.notices.notice import Target
from analytics.safety.store import OwnNotice, add_own_notice
from ingest.database import Connection, load_queries

UNITED: Final = "duties.united"
_BEFORE: Final = timedelta(microseconds=1)
_QUERIES: Final = load_queries("analytics", "succession.sql")


class _Body(msgspec.Struct):
    """As messages and pages read every notice; `alarm` is the number of the change of places."""

    alarm: int
    label: Words
    mark: Words
    title: str
    place: Where
    asset: Thing
    raised_at: datetime


def settle(connection: Connection, now: datetime) -> int:
    """Follow up every merger and split that waits, in the caller's transaction; how many."""
    count = 0
    while (change := _claim(connection)) is not None:
        _follow_up(connection, change, now)
        connection.execute(_QUERIES["drop_change"], {"change_id": change.id})
        count += 1
    return count


def _claim(connection: Connection) -> PlaceChange | None:
    row = connection.execute(_QUERIES["claim_change"]).fetchone()
    if row is None:
        return None
    found, kind, at, origins, heirs = row
    return PlaceChange(
        id=cast("int", found),
        kind=ChangeKind(str(kind)),
        at=cast("datetime", at),
        origins=tuple(cast("list[str]", origins)),
        heirs=tuple(cast("list[str]", heirs)),
    )


def _follow_up(connection: Connection, change: PlaceChange, now: datetime) -> None:
    stricter: set[str] = set()
    for version, matrix in _matrices(connection, now):
        lines = inherited(matrix, change)
        _add(connection, version, change, lines)
        for zone in inherited_zones(matrix.times, change):
            named = {"version_id": version, "place_path": zone.place_path, "zone": zone.zone.key}
            connection.execute(_QUERIES["add_zone"], named)
        stricter |= {str(one.duty.place_path) for one in lines if one.is_stricter}
    places = {"origins": list(change.origins), "heirs": list(change.heirs)}
    connection.execute(_QUERIES["share_rosters"], places)
    if change.kind is ChangeKind.SPLIT:
        connection.execute(_QUERIES["share_handovers"], places)
    else:
        _hand_over(connection, change, now)
    connection.execute(_QUERIES["end_handovers"], {"origins": list(change.origins)})
    for path in sorted(stricter):
        _tell(connection, change, PlacePath(path), now)


def _matrices(connection: Connection, now: datetime) -> list[tuple[VersionId, Matrix]]:
    rows = connection.execute(_QUERIES["versions_to_come"], {"at": now}).fetchall()
    return [(VersionId(cast("int", row[0])), matrix_of(connection, row)) for row in rows]


def _add(
    connection: Connection, version: VersionId, change: PlaceChange, lines: Sequence[Inherited]
) -> None:
    for one in lines:
        named = columns_of(version, one.duty) | {"change_id": change.id}
        row = connection.execute(_QUERIES["add_line"], named).fetchone()
        if one.replaces is not None and row is not None:
            named = {"id": one.replaces, "by": row[0]}
            connection.execute(_QUERIES["replace_line"], named)


def _hand_over(connection: Connection, change: PlaceChange, now: datetime) -> None:
    """What is open at merged places passes to who answers for their successor, each in its own moment."""
    before = min(change.at, now) - _BEFORE
    for heir in change.heirs:
        to = _manager(connection, PlacePath(heir), now)
        for number, origin in enumerate(change.origins):
            former = _manager(connection, PlacePath(origin), before)
            if former is None or former == to:
                continue
            named = {
                "at": now + number * _BEFORE,
                "from_id": former,
                "to_id": to,
                "heir": heir,
                "origin": origin.rpartition(".")[2],
            }
            connection.execute(_QUERIES["add_handover"], named)


def _tell(connection: Connection, change: PlaceChange, path: PlacePath, now: datetime) -> None:
    """Places that became one asked for different things: whoever answers there now has to know."""
    names = ", ".join(origin.rpartition(".")[2] for origin in change.origins)
    body = _Body(
        alarm=change.id,
        label=Words("权责清单", "Responsibility matrix"),
        mark=Words("合并后按更严的执行", "the stricter of both holds after the merger"),
        title=f"{names} 并入 {path.rpartition('.')[2]}: 权责不一致, 已取最严 (duties differed)",
        place=Where(path, zh="", address="", access=""),
        asset=Thing("", "", ""),
        raised_at=now,
    )
    notice = OwnNotice(
        place_path=path,
        organisation=_manager(connection, path, now),
        target=Target.DESK,
        kind=UNITED,
        body=enveloped(UNITED, now, body),
    )
    add_own_notice(connection, notice, now)
    told = Announcement()
    told.add(Change.NOTICE, None, path)
    told.write(connection, now)


def _manager(connection: Connection, path: PlacePath, now: datetime) -> OrganisationId | None:
    spot = Spot(None, path)
    return resolve(Party.PROPERTY_COMPANY, surroundings(connection, [spot], now)[spot])
