"""Rows of rosters: whole weeks, put in place of the former ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from analytics.orders.technician import Shift, TechnicianName
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "roster.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The desk of a compound."""

    place_id: int
    place_path: str


def put_week(connection: Connection, technician: TechnicianName, week: Sequence[Shift]) -> None:
    """The week of a technician, in place of the former one; dispatch reads it from then on."""
    connection.execute(_QUERIES["drop_week"], {"technician": technician})
    for shift in week:
        values = {"technician": technician, **_values(shift)}
        connection.execute(_QUERIES["put_shift"], values)


def desk_of(connection: Connection, code: str) -> Desk | None:
    """The desk of a compound that is not closed."""
    row = connection.execute(_QUERIES["desk"], {"code": code}).fetchone()
    return None if row is None else Desk(place_id=cast("int", row[0]), place_path=str(row[1]))


def put_desk_week(connection: Connection, desk: Desk, person: str, week: Sequence[Shift]) -> None:
    """The week of a person at a desk, in place of the former one."""
    named = {"place_id": desk.place_id, "person": person}
    connection.execute(_QUERIES["drop_desk_week"], named)
    for shift in week:
        connection.execute(_QUERIES["put_desk_shift"], {**named, **_values(shift)})


def _values(shift: Shift) -> dict[str, object]:
    return {
        "weekday": shift.weekday,
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
    }
