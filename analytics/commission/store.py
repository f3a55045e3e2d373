"""Rows of walk tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType, cast

from psycopg.sql import SQL, Identifier

from analytics.commission.walk import LIMIT, Evidence, Moved, Said, evidence_of
from gateway.catalogue import AssetClass, asset_class
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "commission.sql")
WalkId = NewType("WalkId", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A registered asset that is to be set off."""

    id: int
    code: str
    place_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A walk test of one asset."""

    id: WalkId
    asset_id: int
    kind: AssetClass
    place_path: str
    begun_at: datetime
    until_at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a walk test ended.

    Attributes:
        evidence: What was heard; None: it failed.
    """

    by: str
    note: str
    evidence: Evidence | None


def fetch_devices(connection: Connection, codes: Sequence[str]) -> list[Device]:
    """Registered assets by their codes; what is not registered is not among them."""
    rows = connection.execute(_QUERIES["assets"], {"codes": list(codes)}).fetchall()
    return [
        Device(id=cast("int", number), code=str(code), place_path=str(path))
        for number, code, _, path in rows
    ]


def begin_walks(
    connection: Connection, devices: Sequence[Device], by: str, note: str, now: datetime
) -> None:
    """A walk test of each; one that is open goes on."""
    assets = [device.id for device in devices]
    connection.execute(_QUERIES["end_lapsed"], {"assets": assets, "now": now})
    values = {"assets": assets, "now": now, "until": now + LIMIT, "by": by, "note": note}
    connection.execute(_QUERIES["begin"], values)


def lock_walk(connection: Connection, walk_id: WalkId) -> Walk | None:
    """A walk test, locked."""
    row = connection.execute(_QUERIES["lock"], {"id": walk_id}).fetchone()
    if row is None:
        return None
    number, asset_id, class_name, path, begun_at, until_at, state = row
    return Walk(
        id=WalkId(cast("int", number)),
        asset_id=cast("int", asset_id),
        kind=asset_class(str(class_name)),
        place_path=str(path),
        begun_at=cast("datetime", begun_at),
        until_at=cast("datetime", until_at),
        is_open=state == "open",
    )


def fetch_evidence(connection: Connection, walk: Walk) -> Evidence | None:
    """What the platform has heard of the asset since it began; None: nothing that proves it."""
    values = {"asset_id": walk.asset_id, "since": walk.begun_at, "until": walk.until_at}
    rows = connection.execute(_QUERIES["said"], values).fetchall()
    said = [Said(event=str(event), at=cast("datetime", at)) for event, at in rows]
    return evidence_of(walk.kind, said, _moved(connection, walk.kind, values))


def _moved(connection: Connection, kind: AssetClass, values: dict[str, object]) -> list[Moved]:
    if kind.table is None:
        return []
    names = [metric.name for metric in kind.metrics]
    query = _QUERIES["values"].format(
        columns=SQL(", ").join(map(Identifier, names)), table=Identifier(kind.table)
    )
    rows = connection.execute(query, values).fetchall()
    return [
        Moved(metric=name, at=cast("datetime", rows[-1][0]), span=max(seen) - min(seen))
        for number, name in enumerate(names, start=1)
        if (seen := [cast("float", row[number]) for row in rows if row[number] is not None])
    ]


def end_walk(connection: Connection, walk: Walk, ending: Ending, now: datetime) -> None:
    """End it; one that was passed commissions its asset."""
    heard = ending.evidence
    connection.execute(
        _QUERIES["end"],
        {
            "id": walk.id,
            "state": "failed" if heard is None else "passed",
            "now": now,
            "by": ending.by,
            "note": ending.note,
            "heard_at": None if heard is None else heard.at,
            "evidence": "" if heard is None else heard.name,
        },
    )
    if heard is not None:
        connection.execute(_QUERIES["commission"], {"asset_id": walk.asset_id, "now": now})
