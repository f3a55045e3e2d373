"""Rows of technicians and of what each was given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, cast

from analytics.duties.matrix import OrganisationId
from analytics.orders.technician import (
    ZONE,
    Given,
    Position,
    Shift,
    Skill,
    Task,
    Technician,
    TechnicianName,
    skill_for,
)
from analytics.orders.work_order import OrderId
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "assign.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long somebody who was given an order may be silent before it goes to the next one."""

    life_safety: timedelta = timedelta(seconds=60)
    other: timedelta = timedelta(minutes=30)


def waiting_tasks(connection: Connection, *, limit: int) -> list[Task]:
    """Orders that wait for a technician, trapped people first."""
    rows = connection.execute(_QUERIES["waiting_orders"], {"limit": limit}).fetchall()
    return [
        Task(
            order_id=OrderId(cast("int", order_id)),
            organisation=OrganisationId(cast("int", owner)),
            skill=skill_for(str(asset_class)),
            is_life_safety=bool(is_life_safety),
            position=_position(where),
            excluded=frozenset(map(TechnicianName, cast("list[str]", excluded))),
        )
        for order_id, owner, asset_class, is_life_safety, where, excluded in rows
    ]


def technicians_of(
    connection: Connection, organisations: Iterable[OrganisationId], now: datetime
) -> list[Technician]:
    """Everybody of some organisations, with what they have in hand."""
    values = {"organisations": sorted(set(organisations)), "now": now}
    rows = connection.execute(_QUERIES["technicians"], values).fetchall()
    return [
        Technician(
            name=TechnicianName(str(name)),
            organisation=OrganisationId(cast("int", organisation)),
            capacity=cast("int", capacity),
            position=_position(where),
            load=cast("int", load),
            recent=cast("int", recent),
            certificates=dict(map(_certificate, cast("list[str]", certificates))),
            shifts=tuple(map(_shift, cast("list[str]", shifts))),
        )
        for name, organisation, capacity, where, load, recent, certificates, shifts in rows
    ]


def _position(found: object) -> Position | None:
    return None if found is None else Position(*cast("list[float]", found))


def _certificate(text: str) -> tuple[Skill, date]:
    skill, until = text.split(" ")
    return Skill(skill), date.fromisoformat(until)


def _shift(text: str) -> Shift:
    weekday, starts_at, ends_at = text.split(" ")
    return Shift(
        weekday=int(weekday),
        starts_at=time.fromisoformat(starts_at),
        ends_at=time.fromisoformat(ends_at),
    )


def holder_of(connection: Connection, order_id: OrderId) -> TechnicianName | None:
    """Who has an order in hand; the assignment is locked."""
    row = connection.execute(_QUERIES["open_assignment"], {"order_id": order_id}).fetchone()
    return None if row is None else TechnicianName(str(row[0]))


def begin_assignment(
    connection: Connection, given: Given, by: str, now: datetime, reason: str = ""
) -> None:
    """A technician gets an order."""
    travel_s = None if given.travel is None else round(given.travel.total_seconds())
    connection.execute(
        _QUERIES["begin_assignment"],
        {
            "order_id": given.order_id,
            "technician": given.technician,
            "now": now,
            "by": by,
            "travel_s": travel_s,
            "reason": reason,
        },
    )


def end_assignment(
    connection: Connection, order_id: OrderId, ending: str, now: datetime, reason: str = ""
) -> bool:
    """A technician no longer has an order; whether anybody had it."""
    return end_assignments(connection, [order_id], ending, now, reason) > 0


def end_assignments(
    connection: Connection, orders: Sequence[OrderId], ending: str, now: datetime, reason: str = ""
) -> int:
    """Technicians no longer have these orders; how many had one."""
    values = {"orders": list(orders), "ending": ending, "now": now, "reason": reason}
    return connection.execute(_QUERIES["end_assignments"], values).rowcount


def is_certified(
    connection: Connection, name: TechnicianName, order_id: OrderId, now: datetime
) -> bool:
    """Whether a technician's certificate for the work of an order is valid today."""
    values = {"technician": name, "order_id": order_id}
    row = connection.execute(_QUERIES["certificate_for_order"], values).fetchone()
    if row is None:
        return False
    skill = skill_for(str(row[0]))
    until = dict(map(_certificate, cast("list[str]", row[1]))).get(skill) if skill else None
    return skill is None or (until is not None and now.astimezone(ZONE).date() <= until)


def silent_orders(
    connection: Connection, patience: Patience, now: datetime, *, limit: int
) -> list[OrderId]:
    """Orders whose technician has not answered for too long."""
    values = {
        "now": now,
        "patience": patience.other,
        "patience_of_life": patience.life_safety,
        "limit": limit,
    }
    rows = connection.execute(_QUERIES["silent_assignments"], values).fetchall()
    return [OrderId(cast("int", row[0])) for row in rows]


def note_no_technician(connection: Connection, order_id: OrderId, at: datetime | None) -> bool:
    """Since when nobody suitable is found (None: somebody was); whether that is new."""
    values = {"order_id": order_id, "at": at}
    return connection.execute(_QUERIES["set_no_technician"], values).rowcount > 0


def organisation_of(connection: Connection, name: str) -> OrganisationId | None:
    """The organisation of a registered technician; None: nobody of that name is registered."""
    row = connection.execute(_QUERIES["organisation_of"], {"name": name}).fetchone()
    return None if row is None else OrganisationId(cast("int", row[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate of a file."""

    skill: Skill
    number: str
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A technician as a file names him.

    Attributes:
        organisation: Code of the organisation.
        home: Where he sets out from.
    """

    name: TechnicianName
    display_name: str
    organisation: str
    capacity: int
    certificates: tuple[Certificate, ...]
    shifts: tuple[Shift, ...]
    home: Position | None = None


def put_technicians(connection: Connection, entries: Sequence[Entry], now: datetime) -> list[str]:
    """Write what a file says; the names whose organisation is not registered.

    Whoever is no longer in the file, of the organisations that it names, has left.
    """
    unknown = [entry.name for entry in entries if not _put(connection, entry)]
    connection.execute(
        _QUERIES["leave"],
        {
            "now": now,
            "organisations": sorted({entry.organisation for entry in entries}),
            "names": [entry.name for entry in entries],
        },
    )
    return list(unknown)


def _put(connection: Connection, entry: Entry) -> bool:
    home = entry.home or (None, None)
    put = connection.execute(
        _QUERIES["put_technician"],
        {
            "name": entry.name,
            "display_name": entry.display_name,
            "organisation": entry.organisation,
            "capacity": entry.capacity,
            "latitude": home[0],
            "longitude": home[1],
        },
    )
    if not put.rowcount:
        return False
    connection.execute(_QUERIES["drop_certificates"], {"name": entry.name})
    connection.execute(_QUERIES["drop_shifts"], {"name": entry.name})
    cursor = connection.cursor()
    cursor.executemany(
        _QUERIES["put_certificate"],
        [
            {
                "name": entry.name,
                "skill": item.skill,
                "number": item.number,
                "valid_until": item.valid_until,
            }
            for item in entry.certificates
        ],
    )
    cursor.executemany(
        _QUERIES["put_shift"],
        [
            {
                "name": entry.name,
                "weekday": item.weekday,
                "starts_at": item.starts_at,
                "ends_at": item.ends_at,
            }
            for item in entry.shifts
        ],
    )
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A technician as the command line shows him."""

    name: str
    display_name: str
    organisation: str
    certificates: str
    in_hand: int


def listed_technicians(connection: Connection) -> list[Listed]:
    """Everybody who has not left."""
    rows = connection.execute(_QUERIES["listed_technicians"]).fetchall()
    return [
        Listed(
            name=str(name),
            display_name=str(display_name),
            organisation=str(organisation),
            certificates=str(certificates),
            in_hand=cast("int", in_hand),
        )
        for name, display_name, organisation, certificates, in_hand in rows
    ]
