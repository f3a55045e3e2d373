"""Rows of the life-safety plan, of alarms whose workflow has to begin, and of zones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

import structlog

from analytics.alarms.alarm import AlarmId
from analytics.errors import BadPlan
from analytics.loop_store import lock_free
from analytics.safety.plan import (
    Heir,
    RescuePlan,
    SafetyPlan,
    default_plan_source,
    parse_plan,
)
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "safety.sql")

_log = structlog.get_logger("analytics.safety")


class Plans:
    """The plan in force; asked for once a moment, and a text that was read is not read again."""

    def __init__(self) -> None:
        self._plan: SafetyPlan | None = None
        self._mark: tuple[str, int] | None = None
        self._asked_at: datetime | None = None

    def at(self, connection: Connection, now: datetime) -> SafetyPlan:
        """The plan that holds now; the product's own where none was loaded or it cannot be read.

        It names places as they were when it was loaded, and is read anew when the tree has changed.
        """
        if self._plan is not None and self._asked_at == now:
            return self._plan
        row = connection.execute(_QUERIES["plan_in_force"], {"at": now}).fetchone()
        mark = None if row is None else (str(row[1]), cast("int", row[4]))
        if self._plan is not None and mark in (None, self._mark):
            self._asked_at = now
            return self._plan
        source = default_plan_source() if row is None else str(row[2])
        try:
            plan = parse_plan(source)
        except BadPlan:
            _log.exception("plan_unreadable", why="the product's own holds instead")
            return parse_plan(default_plan_source())
        through = 0 if row is None else cast("int", row[3])
        self._plan = replace(plan, rescue=_where_places_are(connection, plan.rescue, through))
        self._mark, self._asked_at = mark, now
        return self._plan


def _where_places_are(connection: Connection, plan: RescuePlan, through: int) -> RescuePlan:
    if not plan.arrive_at:
        return plan
    named = {"paths": sorted(plan.arrive_at), "through": through}
    return plan.moved(
        [
            Heir(named=str(path), path=str(now_at), is_joined=bool(is_joined))
            for path, now_at, is_joined in connection.execute(
                _QUERIES["heirs_of_places"], named
            ).fetchall()
        ]
    )


def load_plan(connection: Connection, plan: SafetyPlan, source: str) -> bool:
    """Store a plan, in the caller's transaction; whether it was new."""
    row = connection.execute(
        _QUERIES["add_plan"],
        {
            "name": plan.name,
            "valid_from": plan.valid_from,
            "checksum": plan.checksum,
            "source": source,
        },
    ).fetchone()
    return row is not None


def add_work(connection: Connection, alarms: Sequence[AlarmId], now: datetime) -> None:
    """Note alarms whose workflow has to begin, in the transaction that raised them."""
    if alarms:
        connection.execute(_QUERIES["add_work"], {"alarms": list(alarms), "now": now})


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """An alarm whose workflow has to begin; `since` is when it was raised."""

    alarm_id: AlarmId
    since: datetime


def claim_work(
    connection: Connection, set_aside: Iterable[int], slices: Iterable[int], late: datetime
) -> Work | None:
    """Lock the alarm that has waited longest; None when none waits.

    Args:
        slices: Of the places whose alarms are taken.
        late: One that was raised before is taken wherever it is.
    """
    asked = {"set_aside": list(set_aside), "slices": list(slices), "late": late}
    row = connection.execute(_QUERIES["claim_work"], asked).fetchone()
    if row is None:
        return None
    return Work(alarm_id=AlarmId(cast("int", row[0])), since=cast("datetime", row[1]))


def drop_work(connection: Connection, alarm_id: AlarmId) -> None:
    """Its workflow has begun."""
    connection.execute(_QUERIES["drop_work"], {"alarm_id": alarm_id})


@dataclass(frozen=True, slots=True, kw_only=True)
class FireSide:
    """How far a fire alarm has gone, beside its state.

    Attributes:
        went_on_at: When it left the desk by itself.
        corroborated_at: When a second device of its zone spoke.
    """

    is_drill: bool
    went_on_at: datetime | None
    corroborated_at: datetime | None


def fire_side(connection: Connection, alarm_id: AlarmId) -> FireSide:
    """How far an alarm has gone; the alarm is locked by the caller."""
    row = connection.execute(_QUERIES["fire_side"], {"alarm_id": alarm_id}).fetchone()
    if row is None:
        raise LookupError(f"there is no alarm {alarm_id}")
    return FireSide(
        is_drill=bool(row[0]),
        went_on_at=cast("datetime | None", row[1]),
        corroborated_at=cast("datetime | None", row[2]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mate:
    """Another open fire alarm of the same zone."""

    id: AlarmId
    confirmation: str
    went_on: bool
    name_zh: str


def zone_mates(connection: Connection, alarm_id: AlarmId) -> list[Mate]:
    """The other open fire alarms of an alarm's zone, oldest first."""
    rows = connection.execute(_QUERIES["zone_mates"], {"alarm_id": alarm_id}).fetchall()
    return [
        Mate(
            id=AlarmId(cast("int", mate)),
            confirmation=str(confirmation),
            went_on=bool(went_on),
            name_zh=str(name),
        )
        for mate, confirmation, went_on, name in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """The other open fire alarms of an alarm's zone, as far as they could be locked.

    Attributes:
        free: Those that nobody else holds; they are locked.
        is_whole: Whether that is all of them.
    """

    free: frozenset[AlarmId]
    is_whole: bool


def lock_zone(connection: Connection, alarm_id: AlarmId) -> Zone:
    """Lock the open fire alarms of an alarm's zone that nobody else holds.

    Nobody is waited for: whoever decides events holds several alarms of a zone at once.
    """
    mates = [mate.id for mate in zone_mates(connection, alarm_id)]
    free = lock_free(connection, mates)
    return Zone(free=frozenset(free), is_whole=len(free) == len(mates))


def mark_corroborated(connection: Connection, alarm_id: AlarmId, now: datetime) -> None:
    """A second device of the zone has spoken."""
    connection.execute(_QUERIES["mark_corroborated"], {"alarm_id": alarm_id, "now": now})


def mark_went_on(connection: Connection, alarm_id: AlarmId, now: datetime) -> bool:
    """Note that it left the desk by itself; whether this was the first time."""
    done = connection.execute(_QUERIES["mark_went_on"], {"alarm_id": alarm_id, "now": now})
    return done.rowcount == 1


def is_bureau_told(connection: Connection, alarm_id: AlarmId) -> bool:
    """Whether the bureau was told that the alarm left the desk, since it did."""
    row = connection.execute(_QUERIES["is_bureau_told"], {"alarm_id": alarm_id}).fetchone()
    return row is not None and bool(row[0])


def set_cause(connection: Connection, alarm_id: AlarmId, cause: str) -> None:
    """Why the alarm was found real or false."""
    connection.execute(_QUERIES["set_cause"], {"alarm_id": alarm_id, "cause": cause or None})


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNotice:
    """What is told that belongs to no alarm; `body` is JSON."""

    place_path: str
    organisation: int | None
    target: str
    kind: str
    body: bytes


def add_own_notice(connection: Connection, notice: OwnNotice, now: datetime) -> None:
    """Put it into the outbox; what the console shows is delivered by being there."""
    connection.execute(
        _QUERIES["add_own_notice"],
        {
            "place_path": notice.place_path,
            "organisation_id": notice.organisation,
            "target": notice.target,
            "kind": notice.kind,
            "body": notice.body.decode(),
            "now": now,
        },
    )


def organisation_name(connection: Connection, organisation: int) -> str:
    """What an organisation is called; empty when there is none of that number."""
    row = connection.execute(
        _QUERIES["organisation_name"], {"organisation": organisation}
    ).fetchone()
    return "" if row is None else str(row[0])
