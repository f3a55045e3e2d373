"""Rows of drills: their scope, their run, and the alarms that are born in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from analytics import metrics
from analytics.alarms.alarm import AlarmId
from analytics.safety.drill import DeviceAnswer, Drill, compound_and_zone
from analytics.safety.plan import Scope
from gateway.catalogue import EVENT_KINDS
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "drill.sql")
_FIRE: Final = ("fire_panel", "detector", "manual_call_point", "gas_detector", "fire_output")
_LIFT: Final = ("lift", "escalator")
_WATER: Final = ("fire_water", "supply_main", "pump", "electrical_monitor")
_CLASSES: Final = {
    Scope.PANEL: _FIRE,
    Scope.ZONE: _FIRE,
    Scope.LIFT: _LIFT,
    Scope.COMPOUND: _FIRE + _LIFT + _WATER,
}
_LIFE_SAFETY: Final = [kind.name for kind in EVENT_KINDS if kind.is_life_safety]

_log = structlog.get_logger("analytics.drill")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeFound:
    """Where a scope is and which assets are in it."""

    place_path: str
    assets: tuple[int, ...]


def find_scope(
    connection: Connection, scope: Scope, subject: str, now: datetime
) -> ScopeFound | None:
    """The assets that a drill of that subject is about; None when there are none, or not clearly."""
    values: dict[str, object] = {"subject": subject, "now": now, "classes": list(_CLASSES[scope])}
    if scope is Scope.ZONE:
        parts = compound_and_zone(subject)
        if parts is None:
            return None
        values |= {"subject": parts[0], "zone": parts[1]}
    rows = connection.execute(_QUERIES[f"{scope}_scope"], values).fetchall()
    if not rows:
        return None
    return ScopeFound(
        place_path=str(rows[0][0]), assets=tuple(cast("int", asset) for _, asset in rows)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What one person proposes."""

    kind: str
    scope: Scope
    subject: str
    reason: str
    tells_bureau: bool
    length: timedelta
    by: str


def add_drill(connection: Connection, proposal: Proposal, found: ScopeFound, now: datetime) -> int:
    """Store a proposal with its assets; its number."""
    row = connection.execute(
        _QUERIES["add_drill"],
        {
            "kind": proposal.kind,
            "scope": proposal.scope,
            "subject": proposal.subject,
            "place_path": found.place_path,
            "reason": proposal.reason,
            "tells_bureau": proposal.tells_bureau,
            "length_s": round(proposal.length.total_seconds()),
            "by": proposal.by,
            "now": now,
        },
    ).fetchone()
    if row is None:
        raise LookupError("the statement returns a row")
    drill_id = cast("int", row[0])
    named = {"drill_id": drill_id, "assets": list(found.assets)}
    connection.execute(_QUERIES["add_drill_assets"], named)
    return drill_id


def lock_drill(connection: Connection, drill_id: int) -> Drill | None:
    """Lock one drill; None when there is none of that number."""
    row = connection.execute(_QUERIES["lock_drill"], {"drill_id": drill_id}).fetchone()
    return None if row is None else _drill(row)


def _drill(row: tuple[object, ...]) -> Drill:
    (drill_id, kind, scope, subject, path, length_s, proposed_by, proposed_at) = row[:8]
    approved_by, starts_at, ends_at, ended_at, version = row[8:]
    return Drill(
        id=cast("int", drill_id),
        kind=str(kind),
        scope=Scope(str(scope)),
        subject=str(subject),
        place_path=str(path),
        length=timedelta(seconds=cast("int", length_s)),
        proposed_by=str(proposed_by),
        proposed_at=cast("datetime", proposed_at),
        approved_by=cast("str | None", approved_by),
        starts_at=cast("datetime | None", starts_at),
        ends_at=cast("datetime | None", ends_at),
        ended_at=cast("datetime | None", ended_at),
        version=cast("int", version),
    )


def approve(connection: Connection, drill: Drill, by: str, now: datetime) -> None:
    """A second person begins it."""
    values = {"drill_id": drill.id, "by": by, "now": now, "ends_at": now + drill.length}
    connection.execute(_QUERIES["approve_drill"], values)


def end(connection: Connection, drill_id: int, by: str, at: datetime) -> None:
    """It is over."""
    connection.execute(_QUERIES["end_drill"], {"drill_id": drill_id, "by": by, "now": at})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A drill whose time is up."""

    id: int
    ends_at: datetime
    place_path: str


def claim_expired(
    connection: Connection, set_aside: Iterable[int], now: datetime
) -> Expired | None:
    """Lock a drill whose time is up; None when there is none."""
    values = {"now": now, "set_aside": list(set_aside)}
    row = connection.execute(_QUERIES["claim_expired"], values).fetchone()
    if row is None:
        return None
    return Expired(id=cast("int", row[0]), ends_at=cast("datetime", row[1]), place_path=str(row[2]))


def stamp_births(connection: Connection, alarms: Sequence[AlarmId], now: datetime) -> None:
    """Mark new alarms that belong to a drill, in the transaction of their birth.

    When that cannot be found out they are real: the lookup stands in a savepoint of its own, and
    only a lost connection ends the birth itself.
    """
    if not alarms:
        return
    try:
        with connection.transaction():
            connection.execute(_QUERIES["stamp_births"], {"alarms": list(alarms), "now": now})
    except Exception:  # the edge of the lookup: what is not known to be a drill is real
        if connection.broken:
            raise
        metrics.FAILURES.labels("drill").inc()
        _log.exception("drill_lookup_failed", alarms=len(alarms), held="real")


def claim_left_over(
    connection: Connection, set_aside: Iterable[int], settle: timedelta, now: datetime
) -> AlarmId | None:
    """Lock an alarm of a drill that is over and which is real now; None when there is none."""
    values = {"now": now, "settled": now - settle, "set_aside": list(set_aside)}
    row = connection.execute(_QUERIES["claim_left_over"], values).fetchone()
    return None if row is None else AlarmId(cast("int", row[0]))


def make_real(connection: Connection, alarm_id: AlarmId, confirmation: str) -> bool:
    """An alarm of a drill is none; whether it was marked as one."""
    values = {"alarm_id": alarm_id, "confirmation": confirmation}
    return connection.execute(_QUERIES["make_real"], values).fetchone() is not None


def fetch_drills(
    connection: Connection, *, drill_id: int | None = None, limit: int = 50
) -> list[Drill]:
    """Drills, the newest first; or the one of that number."""
    values = {"drill_id": drill_id, "limit": limit}
    return [_drill(row) for row in connection.execute(_QUERIES["drills_at"], values).fetchall()]


def fetch_answers(connection: Connection, drill_id: int) -> list[DeviceAnswer]:
    """What each device of a drill did."""
    values = {"drill_id": drill_id, "life_safety": _LIFE_SAFETY}
    rows = connection.execute(_QUERIES["device_answers"], values).fetchall()
    return [
        DeviceAnswer(
            code=str(code),
            name_zh=str(name),
            asset_class=str(kind),
            zone=str(zone),
            raised_at=cast("datetime | None", raised_at),
            acknowledged_at=cast("datetime | None", acknowledged_at),
            confirmation=str(confirmation),
        )
        for code, name, kind, zone, raised_at, acknowledged_at, confirmation in rows
    ]
