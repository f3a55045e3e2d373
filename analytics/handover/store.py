"""Hand-overs in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from psycopg.rows import class_row

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId, Party, Surroundings, resolve
from analytics.duties.responsibility import Spot, surroundings
from analytics.handover.checklist import Checklist, Equipment
from analytics.handover.model import (
    Condition,
    Handover,
    HandoverId,
    Item,
    Passed,
    Side,
    Signature,
)
from gateway.catalogue import asset_class
from ingest.database import Connection, load_queries

QUERIES: Final = load_queries("analytics", "handover.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """A compound as the registry has it."""

    id: int
    path: PlacePath
    name_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A hand-over that is to be planned."""

    compound: Compound
    at: datetime
    kind: str
    from_id: OrganisationId | None
    to_id: OrganisationId | None
    reason: str
    planned_by: str
    unsigned_reason: str = ""


def compound_of(connection: Connection, code: str) -> Compound | None:
    """The compound of a code; None when there is none."""
    row = connection.execute(QUERIES["compound"], {"code": code}).fetchone()
    if row is None:
        return None
    return Compound(id=cast("int", row[0]), path=PlacePath(str(row[1])), name_zh=str(row[2]))


def equipment_of(connection: Connection, path: PlacePath) -> list[Equipment]:
    """The assets in service below a compound."""
    return [
        Equipment(
            code=str(code),
            name_zh=str(name),
            class_zh=asset_class(str(of_class)).label.zh,
            open_alarms=cast("int", count),
        )
        for code, name, of_class, count in connection.execute(
            QUERIES["equipment"], {"path": path}
        ).fetchall()
    ]


def stand_in(connection: Connection, path: PlacePath, at: datetime) -> OrganisationId | None:
    """Who stands for the property company of a place at a time."""
    spot = Spot(None, path)
    there: Surroundings = surroundings(connection, [spot], at)[spot]
    return resolve(Party.PROPERTY_COMPANY, there)


def add_handover(
    connection: Connection, wish: Wish, checklist: Checklist, now: datetime
) -> HandoverId | None:
    """Plan a hand-over with its check list; None when it is planned already."""
    row = connection.execute(
        QUERIES["add_handover"],
        {
            "place_id": wish.compound.id,
            "place_path": wish.compound.path,
            "at": wish.at,
            "kind": wish.kind,
            "from_id": wish.from_id,
            "to_id": wish.to_id,
            "reason": wish.reason,
            "planned_at": now,
            "planned_by": wish.planned_by,
            "checklist_digest": checklist.digest,
            "unsigned_reason": wish.unsigned_reason,
        },
    ).fetchone()
    if row is None:
        return None
    handover = HandoverId(cast("int", row[0]))
    connection.cursor().executemany(
        QUERIES["add_item"],
        [
            {
                "handover_id": handover,
                "position": position,
                "asset": one.asset,
                "item": one.item,
                "condition": one.condition,
                "note": one.note,
            }
            for position, one in enumerate(checklist.items, start=1)
        ],
    )
    for signature in checklist.signatures:
        add_signature(connection, handover, signature)
    return handover


def add_signature(connection: Connection, handover: HandoverId, signature: Signature) -> bool:
    """Keep a signature; False when that side has signed already."""
    row = connection.execute(
        QUERIES["add_signature"],
        {
            "handover_id": handover,
            "side": signature.side,
            "signer": signature.signer,
            "role": signature.role,
            "signed_at": signature.signed_at,
            "digest": signature.digest,
        },
    ).fetchone()
    return row is not None


def handovers(connection: Connection, handover: HandoverId | None = None) -> list[Handover]:
    """All hand-overs, the newest first, or the one of a number."""
    rows = connection.execute(QUERIES["handovers"], {"id": handover}).fetchall()
    return [_handover(row) for row in rows]


def _handover(row: tuple[object, ...]) -> Handover:
    found, place_id, path, code, name, at, kind, from_id, to_id, reason = row[:10]
    planned_at, planned_by, state, done_at, digest, unsigned = row[10:]
    return Handover(
        id=HandoverId(cast("int", found)),
        place_id=cast("int", place_id),
        place_path=PlacePath(str(path)),
        compound=str(code),
        compound_zh=str(name),
        at=cast("datetime", at),
        kind=str(kind),
        from_id=cast("OrganisationId | None", from_id),
        to_id=cast("OrganisationId | None", to_id),
        reason=str(reason),
        planned_at=cast("datetime", planned_at),
        planned_by=str(planned_by),
        state=str(state),
        done_at=cast("datetime | None", done_at),
        checklist_digest=bytes(cast("bytes", digest)),
        unsigned_reason=str(unsigned),
    )


def items_of(connection: Connection, handover: HandoverId) -> list[Item]:
    """The check list."""
    return [
        Item(asset=str(asset), item=str(item), condition=Condition(str(condition)), note=str(note))
        for asset, item, condition, note in connection.execute(
            QUERIES["items"], {"id": handover}
        ).fetchall()
    ]


def signatures_of(connection: Connection, handover: HandoverId) -> list[Signature]:
    """Who signed."""
    return [
        Signature(
            side=Side(str(side)),
            signer=str(signer),
            role=str(role),
            signed_at=cast("datetime", signed_at),
            digest=bytes(cast("bytes", digest)),
        )
        for side, signer, role, signed_at, digest in connection.execute(
            QUERIES["signatures"], {"id": handover}
        ).fetchall()
    ]


def passed(connection: Connection, handover: HandoverId) -> Sequence[Passed]:
    """What passed to the new organisation."""
    with connection.cursor(row_factory=class_row(Passed)) as cursor:
        return cursor.execute(QUERIES["moves"], {"id": handover}).fetchall()


def cancel(connection: Connection, handover: HandoverId, now: datetime) -> bool:
    """Call a hand-over off that has not come; whether it could be."""
    row = connection.execute(QUERIES["cancel"], {"id": handover, "now": now}).fetchone()
    return row is not None
