"""Rows of events, conditions and alarms: one function for each named query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from analytics.alarms.alarm import (
    Alarm,
    AlarmId,
    AssetId,
    Condition,
    Move,
    Number,
    State,
    Word,
    group_of,
    severity_of,
)
from analytics.alarms.lease import ALL
from analytics.alarms.report import ConditionKey, EventId, PlacePath, Report
from analytics.digest import digest_of
from analytics.rows import rows_of
from gateway.catalogue import EVENT_KINDS, Group, event_kind
from ingest.array import numbers, texts
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "decide.sql")
_NEVER_HEARD: Final = -1

UNDECIDED: Final = "undecided:"
"""Begins the condition of an alarm that shows an event that could not be decided."""
DEVICE: Final = "device"
PLATFORM: Final = "platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who moved an alarm or an order: a person, a device, the platform."""

    name: str
    role: str


BY_DEVICE: Final = Actor(name=DEVICE, role=DEVICE)
BY_PLATFORM: Final = Actor(name=PLATFORM, role=PLATFORM)


def claim_events(
    connection: Connection,
    *,
    limit: int,
    set_aside: Iterable[EventId] = (),
    slices: Iterable[int] = ALL,
) -> list[Report]:
    """Lock undecided events of these places that nobody else holds, life safety first."""
    rows = connection.execute(
        _QUERIES["claim_events"],
        {"limit": limit, "set_aside": numbers(set_aside), "slices": numbers(slices)},
    ).fetchall()
    return [report_of(row) for row in rows]


def claim_named(connection: Connection, events: Sequence[EventId]) -> list[Report]:
    """Lock those of the named events that are still undecided."""
    rows = connection.execute(_QUERIES["claim_named"], {"events": numbers(events)}).fetchall()
    return [report_of(row) for row in rows]


def report_of(row: tuple[object, ...]) -> Report:
    """A report from its columns, in the order of the queries."""
    (event_id, asset_id, path, event, condition, state, gateway, age, seq, position) = row[:10]
    at, received_at, text, asset_class, is_placeholder = row[10:]
    number = Number(
        age=cast("int", age),
        seq=cast("int", seq),
        position=cast("int", position),
        gateway=str(gateway),
    )
    return Report(
        key=ConditionKey(AssetId(cast("int", asset_id)), str(condition)),
        asset_class=str(asset_class),
        place_path=PlacePath(str(path)),
        kind=event_kind(str(event)),
        word=Word(
            number=number,
            is_raise=state == "raise",
            at=cast("datetime", at),
            received_at=cast("datetime", received_at),
            text=str(text),
            event_id=cast("int", event_id),
            is_of_placeholder=bool(is_placeholder),
        ),
    )


def lock_conditions(
    connection: Connection, keys: Sequence[ConditionKey]
) -> dict[ConditionKey, Condition]:
    """Lock the conditions in one order; those never heard of are absent from the answer."""
    named = _named(keys)
    connection.execute(_QUERIES["hold_conditions"], named)
    rows = connection.execute(_QUERIES["lock_conditions"], named).fetchall()
    return {key: found for key, found in map(_condition, rows) if found is not None}


def _condition(row: tuple[object, ...]) -> tuple[ConditionKey, Condition | None]:
    asset_id, condition, is_active, gateway, age, seq, position, changed_at = row
    key = ConditionKey(AssetId(cast("int", asset_id)), str(condition))
    if age == _NEVER_HEARD:
        return key, None
    newest = Number(
        age=cast("int", age),
        seq=cast("int", seq),
        position=cast("int", position),
        gateway=str(gateway),
    )
    heard_at = cast("datetime", changed_at)
    return key, Condition(newest=newest, is_active=bool(is_active), changed_at=heard_at)


def lock_open_alarms(
    connection: Connection, keys: Sequence[ConditionKey]
) -> dict[ConditionKey, Alarm]:
    """Lock the open alarms of the conditions."""
    if not keys:
        return {}
    rows = connection.execute(_QUERIES["lock_open_alarms"], _named(keys)).fetchall()
    return {
        ConditionKey(AssetId(cast("int", row[0])), str(row[1])): alarm_of(row[2:]) for row in rows
    }


def alarm_of(row: tuple[object, ...]) -> Alarm:
    """An alarm from its columns, in the order of the queries."""
    (alarm_id, state, raised_at, received_at, opened_at, text, returned_at) = row[:7]
    acknowledged_at, acknowledged_by, closed_at, raises, version = row[7:12]
    return Alarm(
        id=AlarmId(cast("int", alarm_id)),
        state=State(str(state)),
        raised_at=cast("datetime", raised_at),
        received_at=cast("datetime", received_at),
        opened_at=cast("datetime", opened_at),
        text=str(text),
        returned_at=cast("datetime | None", returned_at),
        acknowledged_at=cast("datetime | None", acknowledged_at),
        acknowledged_by=cast("str | None", acknowledged_by),
        closed_at=cast("datetime | None", closed_at),
        raises=cast("int", raises),
        version=cast("int", version),
    )


def save_conditions(connection: Connection, heard: dict[ConditionKey, Condition]) -> None:
    """Write the newest words."""
    if not heard:
        return
    connection.execute(
        _QUERIES["save_conditions"],
        rows_of(
            [
                {
                    "asset_id": key.asset_id,
                    "condition": key.condition,
                    "is_active": item.is_active,
                    "gateway": item.newest.gateway,
                    "stream": item.newest.age,
                    "seq": item.newest.seq,
                    "position": item.newest.position,
                    "changed_at": item.changed_at,
                }
                for key, item in heard.items()
            ]
        ),
    )


def save_alarms(connection: Connection, alarms: Sequence[Alarm]) -> None:
    """Write open or closing alarms as they are now."""
    if not alarms:
        return
    connection.execute(
        _QUERIES["save_alarms"],
        rows_of(
            [
                {
                    "id": alarm.id,
                    "state": alarm.state,
                    "raised_at": alarm.raised_at,
                    "text": alarm.text,
                    "returned_at": alarm.returned_at,
                    "acknowledged_at": alarm.acknowledged_at,
                    "acknowledged_by": alarm.acknowledged_by,
                    "closed_at": alarm.closed_at,
                    "raises": alarm.raises,
                    "version": alarm.version,
                }
                for alarm in alarms
            ]
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """An alarm that has no row yet, with what it is about and who answers for it."""

    report: Report
    alarm: Alarm
    duty_id: int | None = None
    responsible_id: int | None = None


def open_alarms(connection: Connection, births: Sequence[Birth]) -> list[AlarmId]:
    """Give the new alarms their rows; the ids come in the order of the births."""
    if not births:
        return []
    new = rows_of([_birth(birth) for birth in births])
    found = connection.execute(_QUERIES["open_alarms"], new).fetchall()
    ids = {
        ConditionKey(AssetId(cast("int", asset)), str(condition)): AlarmId(cast("int", alarm_id))
        for alarm_id, asset, condition in found
    }
    return [ids[birth.report.key] for birth in births]


def _birth(birth: Birth) -> dict[str, object]:
    report, alarm, kind = birth.report, birth.alarm, birth.report.kind
    return {
        "asset_id": report.key.asset_id,
        "place_path": report.place_path,
        "condition": report.key.condition,
        "event": kind.name,
        "alarm_group": group_of(kind),
        "severity": severity_of(report.word, kind),
        "is_life_safety": kind.is_life_safety,
        "state": alarm.state,
        "text": alarm.text,
        "raised_at": alarm.raised_at,
        "received_at": alarm.received_at,
        "opened_at": alarm.opened_at,
        "returned_at": alarm.returned_at,
        "closed_at": alarm.closed_at,
        "raises": alarm.raises,
        "version": alarm.version,
        "duty_id": birth.duty_id,
        "responsible_id": birth.responsible_id,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A line of an alarm's history."""

    alarm_id: AlarmId
    move: Move
    version: int
    actor: Actor
    reason: str = ""


def add_transitions(connection: Connection, lines: Sequence[Transition]) -> None:
    """Append to the alarms' history; each line carries the digest of its content."""
    if lines:
        connection.execute(_QUERIES["add_transitions"], rows_of([_line(line) for line in lines]))


def _line(line: Transition) -> dict[str, object]:
    move = line.move
    fields = (line.alarm_id, move.at, move.trigger, move.from_state, move.to_state, line.version)
    who = (line.actor.name, line.actor.role, line.reason, move.event_id)
    return {
        "alarm_id": line.alarm_id,
        "at": move.at,
        "trigger": move.trigger,
        "from_state": move.from_state,
        "to_state": move.to_state,
        "version": line.version,
        "actor": line.actor.name,
        "actor_role": line.actor.role,
        "reason": line.reason,
        "event_id": move.event_id,
        "digest": digest_of(*fields, *who).hex(),
    }


def drop_work(connection: Connection, events: Sequence[int]) -> None:
    """The events are decided."""
    connection.execute(_QUERIES["drop_work"], {"events": numbers(events)})


def waiting_events(
    connection: Connection,
    *,
    limit: int,
    set_aside: Iterable[EventId] = (),
    slices: Iterable[int] = ALL,
) -> list[EventId]:
    """Numbers of undecided events, in the order in which they are claimed."""
    rows = connection.execute(
        _QUERIES["waiting_events"],
        {"limit": limit, "set_aside": numbers(set_aside), "slices": numbers(slices)},
    ).fetchall()
    return [EventId(cast("int", row[0])) for row in rows]


def is_somebody_late(connection: Connection, slices: Iterable[int], before: datetime) -> bool:
    """Whether events outside some slices, received before a time, are still undecided."""
    asked = {"slices": numbers(slices), "before": before}
    row = connection.execute(_QUERIES["is_somebody_late"], asked).fetchone()
    return bool(row and row[0])


def open_fallback_alarm(connection: Connection, event: EventId, now: datetime) -> None:
    """Show an event that could not be decided as an alarm of the worst kind it can be."""
    connection.execute(
        _QUERIES["open_fallback_alarm"],
        {
            "event_id": event,
            "known": [kind.name for kind in EVENT_KINDS],
            "fire": [kind.name for kind in EVENT_KINDS if kind.group is Group.FIRE],
            "entrapment": [kind.name for kind in EVENT_KINDS if kind.group is Group.ENTRAPMENT],
            "now": now,
        },
    )


def fallback_alarm(connection: Connection, event: EventId) -> tuple[AlarmId, str] | None:
    """The alarm that shows an undecided event, and the class of its asset."""
    row = connection.execute(_QUERIES["fallback_alarm"], {"event_id": event}).fetchone()
    return None if row is None else (AlarmId(cast("int", row[0])), str(row[1]))


def set_answer(
    connection: Connection, alarm_id: AlarmId, duty_id: int | None, responsible_id: int | None
) -> None:
    """Note which line of the matrix is about an alarm, and who answers for it."""
    named = {"alarm_id": alarm_id, "duty_id": duty_id, "responsible_id": responsible_id}
    connection.execute(_QUERIES["set_answer"], named)


def backlog(connection: Connection) -> int:
    """How many events wait for a decision, counted up to 100,000."""
    row = connection.execute(_QUERIES["backlog"]).fetchone()
    return 0 if row is None else cast("int", row[0])


def _named(keys: Sequence[ConditionKey]) -> dict[str, object]:
    ordered = sorted(set(keys))
    return {
        "assets": numbers(key.asset_id for key in ordered),
        "conditions": texts(key.condition for key in ordered),
    }
