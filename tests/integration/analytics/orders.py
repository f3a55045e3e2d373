"""What tests of orders share: technicians, alarms that open orders, and rounds."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from uuid import uuid4

from analytics.act import ActId, ActResult, Person
from analytics.act.office import Office
from analytics.act.outcome import decode_result
from analytics.act.safety_kind import AnyAct
from analytics.act.store import _ask
from analytics.duties.matrix import OrganisationId
from analytics.duties.responsibility import Responsibility
from analytics.orders.dispatch import Dispatcher
from analytics.orders.link import link_new
from analytics.orders.technician import Position, Shift, Skill, TechnicianName
from analytics.orders.technician_store import Certificate, Entry, put_technicians
from analytics.orders.work_order import OrderId
from ingest.database import Connection, in_transaction
from tests.integration.analytics.site import NOW, Said, rows, say
from tests.integration.analytics.test_desk import decide_all

ALWAYS = tuple(Shift(weekday=day, starts_at=time(0), ends_at=time(0)) for day in range(1, 8))
LATER = NOW + timedelta(seconds=30)
HERE = Position(31.80, 117.20)


def technician_entry(
    name: str, organisation: str = "lift_firm", skill: Skill = Skill.LIFT, home: Position = HERE
) -> Entry:
    return Entry(
        name=TechnicianName(name),
        display_name=name,
        organisation=organisation,
        capacity=3,
        certificates=(Certificate(skill=skill, number="T-1", valid_until=date(2027, 6, 30)),),
        shifts=ALWAYS,
        home=home,
    )


def register(connection: Connection, *entries: Entry) -> None:
    in_transaction(connection, lambda held: put_technicians(held, entries, NOW))


def new_id() -> ActId:
    return ActId(uuid4())


def organisation(connection: Connection, code: str) -> OrganisationId:
    found = rows(connection, f"SELECT id FROM organisations WHERE code = '{code}'")[0][0]
    return OrganisationId(cast("int", found))


def person(
    connection: Connection, name: str, role: str = "technician", of: str = "lift_firm"
) -> Person:
    return Person(name=name, role=role, scope=("city",), organisation=organisation(connection, of))


def ask(console: Connection, analytics: Connection, act: AnyAct, at: datetime = LATER) -> ActResult:
    """Ask, and carry out in the same thread."""
    in_transaction(console, lambda held: _ask(held, act))
    office = Office(Responsibility())
    while office.handle(analytics, at):
        pass
    found = rows(console, f"SELECT outcome FROM acts WHERE id = '{act.id}'")
    return decode_result(str(found[0][0]))


def fault(
    ingest: Connection,
    analytics: Connection,
    seq: int,
    *,
    event: str = "overspeed",
    asset: str = "L-1",
    at: datetime = NOW,
) -> OrderId:
    """An alarm with its order; the newest order."""
    say(ingest, Said(seq=seq, event=event, asset=asset, at=at))
    decide_all(analytics)
    return newest_order(analytics)


def newest_order(connection: Connection) -> OrderId:
    return OrderId(cast("int", rows(connection, "SELECT max(id) FROM work_orders")[0][0]))


def round_of(connection: Connection, at: datetime = LATER) -> int:
    """Link and dispatch once."""
    link_new(connection, at)
    return Dispatcher(Responsibility()).turn(connection, at)


def holder(connection: Connection, order: OrderId) -> str | None:
    found = rows(
        connection,
        f"SELECT technician FROM order_assignments WHERE order_id = {order} AND ended_at IS NULL",
    )
    return None if not found else str(found[0][0])


def told(connection: Connection, kind: str) -> Sequence[tuple[object, ...]]:
    return rows(
        connection,
        "SELECT organisations.code, notices.body -> 'data' ->> 'note' FROM notices"
        " LEFT JOIN organisations ON organisations.id = organisation_id"
        f" WHERE notices.kind = '{kind}' ORDER BY created_at, notices.id",
    )


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
