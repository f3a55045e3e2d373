"""Rows of rescues and of what happened in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.report import PlacePath
from analytics.alarms.store import Actor
from analytics.digest import digest_of
from analytics.duties.matrix import OrganisationId
from analytics.rows import rows_of
from analytics.safety.rescue import Point, Rescue, RescueId, Stage, Station
from gateway.catalogue import EVENT_KINDS, Ending, Group
from ingest.array import texts
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "rescue.sql")
_BUTTONS: Final = texts(
    kind.name
    for kind in EVENT_KINDS
    if kind.group is Group.ENTRAPMENT and kind.ending is Ending.MOMENT
)
"""Pressed in a lift: over as it happens, so that its closing says nothing of who is inside."""


def lock_of_asset(connection: Connection, asset_id: AssetId) -> Rescue | None:
    """Lock the open rescue of a lift; None when there is none."""
    row = connection.execute(_QUERIES["lock_rescue_of_asset"], {"asset_id": asset_id}).fetchone()
    return None if row is None else _rescue(row)


def lock_of_alarm(connection: Connection, alarm_id: AlarmId) -> Rescue | None:
    """Lock the rescue of an alarm, open or over; None when there is none."""
    row = connection.execute(_QUERIES["lock_rescue_of_alarm"], {"alarm_id": alarm_id}).fetchone()
    return None if row is None else _rescue(row)


def claim_due(connection: Connection, set_aside: Iterable[int], now: datetime) -> Rescue | None:
    """Lock the rescue that is longest overdue; None when none is."""
    values = {"now": now, "set_aside": list(set_aside)}
    row = connection.execute(_QUERIES["claim_due_rescue"], values).fetchone()
    return None if row is None else _rescue(row)


def _rescue(row: tuple[object, ...]) -> Rescue:
    (rescue_id, alarm_id, asset_id, path, stage, opened_at, owner, due_at, tier) = row[:9]
    (began_at, legal_due_at, accepted_at, arrived_at, released_at, people, injured) = row[9:16]
    condition, checked_at, checked_by, closed_at, version = row[16:]
    return Rescue(
        id=RescueId(cast("int", rescue_id)),
        alarm_id=AlarmId(cast("int", alarm_id)),
        asset_id=AssetId(cast("int", asset_id)),
        place_path=PlacePath(str(path)),
        stage=Stage(str(stage)),
        opened_at=cast("datetime", opened_at),
        owner=cast("OrganisationId | None", owner),
        due_at=cast("datetime | None", due_at),
        tier=cast("int", tier),
        began_at=cast("datetime | None", began_at),
        legal_due_at=cast("datetime | None", legal_due_at),
        accepted_at=cast("datetime | None", accepted_at),
        arrived_at=cast("datetime | None", arrived_at),
        released_at=cast("datetime | None", released_at),
        people=cast("int | None", people),
        injured=cast("int | None", injured),
        condition=str(condition),
        checked_at=cast("datetime | None", checked_at),
        checked_by=cast("str | None", checked_by),
        closed_at=cast("datetime | None", closed_at),
        version=cast("int", version),
    )


def are_others_trapped(connection: Connection, alarm_id: AlarmId) -> bool:
    """Whether another open alarm of the same lift speaks of people, and is not found false."""
    row = connection.execute(_QUERIES["others_trapped"], {"alarm_id": alarm_id}).fetchone()
    return row is not None and bool(row[0])


def trapped_since(
    connection: Connection, rescue: Rescue, moment: datetime
) -> tuple[AlarmId, datetime] | None:
    """The alarm that first spoke of people in the rescue's lift after a moment, and when it did."""
    values = {"alarm_id": rescue.alarm_id, "moment": moment, "buttons": _BUTTONS}
    row = connection.execute(_QUERIES["trapped_since"], values).fetchone()
    return None if row is None else (AlarmId(cast("int", row[0])), cast("datetime", row[1]))


def entrapments_of(connection: Connection, asset_id: AssetId) -> list[tuple[AlarmId, PlacePath]]:
    """Open alarms of a lift that speak of people, each with its place."""
    found = connection.execute(_QUERIES["entrapments_of_lift"], {"asset_id": asset_id}).fetchall()
    return [(AlarmId(cast("int", key)), PlacePath(str(path))) for key, path in found]


def is_marked(connection: Connection, asset_id: AssetId, condition: str) -> bool:
    """Whether the lift carries the condition."""
    values = {"asset_id": asset_id, "condition": condition}
    row = connection.execute(_QUERIES["is_lift_marked"], values).fetchone()
    return row is not None and bool(row[0])


def is_of_lift(connection: Connection, rescue: Rescue, organisation: OrganisationId | None) -> bool:
    """Whether an organisation maintains the lift, has the rescue, or has an order on the lift."""
    values = {"asset_id": rescue.asset_id, "organisation": organisation}
    row = connection.execute(_QUERIES["is_of_lift"], values).fetchone()
    is_own = organisation is not None and organisation == rescue.owner
    return is_own or (row is not None and bool(row[0]))


def open_rescue(connection: Connection, rescue: Rescue) -> RescueId:
    """Give a new rescue its row."""
    row = connection.execute(_QUERIES["open_rescue"], _columns(rescue)).fetchone()
    if row is None:
        raise LookupError("the statement returns a row")
    return RescueId(cast("int", row[0]))


def save(connection: Connection, rescue: Rescue) -> None:
    """Write a rescue as it is now."""
    connection.execute(_QUERIES["save_rescue"], _columns(rescue))


def _columns(rescue: Rescue) -> dict[str, object]:
    return {
        "id": rescue.id,
        "alarm_id": rescue.alarm_id,
        "asset_id": rescue.asset_id,
        "place_path": rescue.place_path,
        "stage": rescue.stage,
        "tier": rescue.tier,
        "owner_id": rescue.owner,
        "due_at": rescue.due_at,
        "opened_at": rescue.opened_at,
        "began_at": rescue.began_at,
        "legal_due_at": rescue.legal_due_at,
        "accepted_at": rescue.accepted_at,
        "arrived_at": rescue.arrived_at,
        "released_at": rescue.released_at,
        "people": rescue.people,
        "injured": rescue.injured,
        "condition": rescue.condition,
        "checked_at": rescue.checked_at,
        "checked_by": rescue.checked_by,
        "closed_at": rescue.closed_at,
        "version": rescue.version,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened in a rescue.

    Attributes:
        is_answered: Of a call to the car: whether somebody inside spoke.
        people_heard: Of a call: how many were heard; None: nobody knows.
    """

    rescue_id: RescueId
    at: datetime
    kind: str
    actor: Actor
    organisation: OrganisationId | None = None
    is_answered: bool | None = None
    people_heard: int | None = None
    words: str = ""


def add_facts(connection: Connection, facts: Sequence[Fact]) -> None:
    """Append to the history of rescues, in the order given."""
    connection.execute(_QUERIES["add_facts"], rows_of([_fact_columns(one) for one in facts]))


def _fact_columns(fact: Fact) -> dict[str, object]:
    """The row of a fact; it carries the digest of its content."""
    who = (fact.actor.name, fact.actor.role, fact.organisation)
    said = (fact.is_answered, fact.people_heard, fact.words)
    return {
        "rescue_id": fact.rescue_id,
        "at": fact.at,
        "kind": fact.kind,
        "actor": fact.actor.name,
        "actor_role": fact.actor.role,
        "organisation": fact.organisation,
        "is_answered": fact.is_answered,
        "people_heard": fact.people_heard,
        "words": fact.words,
        "digest": digest_of(fact.rescue_id, fact.at, fact.kind, *who, *said).hex(),
    }


def where_is(connection: Connection, place_path: PlacePath) -> Point | None:
    """Where a place is, as nearly as is known; None: nothing above it has coordinates."""
    row = connection.execute(_QUERIES["where_is"], {"path": place_path}).fetchone()
    if row is None:
        return None
    return Point(latitude=cast("float", row[0]), longitude=cast("float", row[1]))


def stations(connection: Connection) -> list[Station]:
    """The rescue stations whose place has coordinates."""
    return [
        Station(
            organisation=OrganisationId(cast("int", found)),
            at=Point(latitude=cast("float", latitude), longitude=cast("float", longitude)),
        )
        for found, latitude, longitude in connection.execute(_QUERIES["stations"]).fetchall()
    ]


def class_of(connection: Connection, asset_id: AssetId) -> str:
    """What the asset is; `unknown` when there is none of that number."""
    row = connection.execute(_QUERIES["class_of_asset"], {"asset_id": asset_id}).fetchone()
    return "unknown" if row is None else str(row[0])
