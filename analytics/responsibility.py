"""Who answers for what: lines from the tables, organisations from the registry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, cast

from analytics.alarm import AssetId
from analytics.duty import (
    Answer,
    Duty,
    DutyId,
    Limit,
    Matrix,
    OrganisationId,
    Party,
    Surroundings,
    answer,
    line_for,
)
from analytics.duty_file import default_source, parse_matrix
from analytics.errors import NoDuties
from analytics.report import PlacePath
from gateway.catalogue import EventKind, Text
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "duty.sql")


class Spot(NamedTuple):
    """An asset where it stands."""

    asset_id: AssetId | None
    place_path: PlacePath


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who answers for an event on such an asset there?"""

    kind: EventKind
    asset_class: str
    spot: Spot


def load_matrix(connection: Connection, matrix: Matrix, source: str) -> bool:
    """Store a matrix, in the caller's transaction; whether it was new."""
    row = connection.execute(
        _QUERIES["add_version"],
        {
            "name": matrix.name,
            "valid_from": matrix.valid_from,
            "checksum": matrix.checksum,
            "source": source,
        },
    ).fetchone()
    if row is None:
        return False
    connection.cursor().executemany(
        _QUERIES["add_line"], [_columns(cast("int", row[0]), duty) for duty in matrix.duties]
    )
    return True


def ensure_matrix(connection: Connection, now: datetime) -> None:
    """See that a matrix is in force: the product's own, where no other was loaded."""
    source = default_source()
    default = parse_matrix(source)
    row = connection.execute(_QUERIES["version_in_force"], {"at": now}).fetchone()
    if row is None or (row[1] == default.name and row[3] != default.checksum):
        in_transaction(connection, lambda held: load_matrix(held, default, source))


def _columns(version: int, duty: Duty) -> dict[str, object]:
    limits = {f"{limit}_s": _seconds(duty.limits.get(limit)) for limit in Limit}
    return limits | {
        "version_id": version,
        "line": duty.line,
        "key": duty.key,
        "event": duty.event,
        "asset_class": duty.asset_class,
        "place_path": duty.place_path,
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


def matrix_in_force(connection: Connection, at: datetime) -> Matrix:
    """The matrix that holds at a time.

    Raises:
        NoDuties: None does.
    """
    row = connection.execute(_QUERIES["version_in_force"], {"at": at}).fetchone()
    if row is None:
        raise NoDuties(f"no responsibility matrix is in force at {at.isoformat()}")
    version_id, name, valid_from, checksum = row
    lines = connection.execute(
        _QUERIES["lines"], {"version_id": version_id, "duty_id": None}
    ).fetchall()
    return Matrix(
        name=str(name),
        valid_from=cast("datetime", valid_from),
        checksum=str(checksum),
        duties=tuple(map(_duty, lines)),
    )


def _duty(row: tuple[object, ...]) -> Duty:
    (duty_id, line, key, event, asset_class, place_path, responsible, order_to) = row[:8]
    joint, chain = row[8:10]
    lengths = zip(Limit, row[10:16], strict=True)
    opens_order, tells_bureau, note_zh, note_en, basis = row[16:]
    return Duty(
        id=DutyId(cast("int", duty_id)),
        line=cast("int", line),
        key=str(key),
        event=str(event),
        asset_class=str(asset_class),
        place_path=cast("str | None", place_path),
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


def surroundings(
    connection: Connection, spots: Sequence[Spot], at: datetime
) -> dict[Spot, Surroundings]:
    """Who is there, at each spot."""
    paths = sorted({spot.place_path for spot in spots})
    named = {"paths": paths, "at": at}
    managers = {
        path: cast("OrganisationId | None", found)
        for path, found in connection.execute(_QUERIES["managers"], named).fetchall()
    }
    nearest: dict[str, dict[str, OrganisationId]] = {path: {} for path in paths}
    for path, kind, found in connection.execute(_QUERIES["nearest"], named).fetchall():
        nearest[str(path)][str(kind)] = OrganisationId(cast("int", found))
    assets = [spot.asset_id for spot in spots if spot.asset_id is not None]
    rows = connection.execute(_QUERIES["maintainers"], {"assets": assets, "at": at}).fetchall()
    maintainers = {asset: OrganisationId(cast("int", found)) for asset, found in rows}
    return {
        spot: Surroundings(
            place_path=spot.place_path,
            manager=managers.get(spot.place_path),
            maintainer=maintainers.get(spot.asset_id),
            nearest=nearest[spot.place_path],
        )
        for spot in spots
    }


class Responsibility:
    """Answers who is responsible; remembers lines, which never change, but not organisations."""

    def __init__(self) -> None:
        self._matrix: Matrix | None = None
        self._lines: dict[DutyId, Duty] = {}

    def who(
        self, connection: Connection, questions: Sequence[Question], at: datetime
    ) -> list[Answer | None]:
        """An answer for each question; None where no line or no matrix holds."""
        if not questions:
            return []
        duties = self._duties(connection, at)
        there = surroundings(connection, [question.spot for question in questions], at)
        found = []
        for question in questions:
            spot = question.spot
            duty = line_for(duties, question.kind, question.asset_class, spot.place_path)
            found.append(None if duty is None else answer(duty, there[spot]))
        return found

    def by_line(
        self, connection: Connection, duty_id: DutyId, spot: Spot, at: datetime
    ) -> Answer | None:
        """Whom a known line means now; None when there is no such line."""
        if duty_id not in self._lines:
            rows = connection.execute(
                _QUERIES["lines"], {"version_id": None, "duty_id": duty_id}
            ).fetchall()
            self._lines |= {duty.id: duty for duty in map(_duty, rows) if duty.id is not None}
        duty = self._lines.get(duty_id)
        if duty is None:
            return None
        return answer(duty, surroundings(connection, [spot], at)[spot])

    def _duties(self, connection: Connection, at: datetime) -> tuple[Duty, ...]:
        row = connection.execute(_QUERIES["version_in_force"], {"at": at}).fetchone()
        if row is None:
            return ()
        if self._matrix is None or self._matrix.checksum != row[3]:
            self._matrix = matrix_in_force(connection, at)
        return self._matrix.duties
