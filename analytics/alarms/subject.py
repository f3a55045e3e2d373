"""One alarm, locked, with what decides what may be done to it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

from analytics import loop_store
from analytics.alarms import store
from analytics.alarms.alarm import Alarm, AlarmId, AssetId, Move, State, Trigger
from analytics.alarms.report import PlacePath
from analytics.alarms.store import Actor, Transition
from analytics.duties.matrix import Answer, DutyId
from analytics.duties.responsibility import Responsibility, Spot
from analytics.notices.notice import AlarmFacts
from analytics.orders.report import REPORTED
from gateway.catalogue import Ending, EventKind, event_kind
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "loop.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An alarm that this transaction has locked.

    Attributes:
        confirmation: unconfirmed, real, false or unanswered.
    """

    id: AlarmId
    alarm: Alarm
    kind: EventKind
    place_path: PlacePath
    confirmation: str
    duty_id: DutyId | None
    asset_id: AssetId
    condition: str

    @property
    def is_open(self) -> bool:
        """Whether it still needs a person."""
        return self.alarm.closed_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstMove:
    """Who came first."""

    actor: str
    at: datetime


def lock_subject(connection: Connection, alarm_id: AlarmId) -> Subject | None:
    """Lock an alarm; None when there is none of that number."""
    row = connection.execute(_QUERIES["lock_alarm"], {"alarm_id": alarm_id}).fetchone()
    if row is None:
        return None
    event, path, confirmation, duty_id, asset_id, condition = row[12:]
    return Subject(
        id=alarm_id,
        alarm=store.alarm_of(row[:12]),
        kind=_kind_of(str(event), str(condition)),
        place_path=PlacePath(str(path)),
        confirmation=str(confirmation),
        duty_id=cast("DutyId | None", duty_id),
        asset_id=AssetId(cast("int", asset_id)),
        condition=str(condition),
    )


def save_move(
    connection: Connection,
    before: Subject,
    after: Alarm,
    trigger: Trigger,
    line: "Line",
) -> None:
    """Write the alarm and one line of its history."""
    store.save_alarms(connection, [after])
    move = Move(
        trigger=trigger,
        from_state=before.alarm.state,
        to_state=after.state,
        at=line.at,
        event_id=None,
    )
    _add_line(connection, before.id, move, after.version, line)


def _kind_of(event: str, condition: str) -> EventKind:
    """The event's kind; what could not be decided waits for a person's reset, for no device."""
    kind = event_kind(event)
    is_undecided = condition.startswith((store.UNDECIDED, REPORTED))
    return replace(kind, ending=Ending.LATCHES) if is_undecided else kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Who did it, when and why."""

    actor: Actor
    at: datetime
    reason: str = ""


def note(connection: Connection, alarm: Alarm, trigger: Trigger, line: Line) -> None:
    """One line of history that moves no state."""
    if alarm.id is None:
        raise ValueError("an alarm that was read has an id")
    move = Move(
        trigger=trigger, from_state=alarm.state, to_state=alarm.state, at=line.at, event_id=None
    )
    _add_line(connection, alarm.id, move, alarm.version, line)


def _add_line(
    connection: Connection, alarm_id: AlarmId, move: Move, version: int, line: Line
) -> None:
    transition = Transition(
        alarm_id=alarm_id, move=move, version=version, actor=line.actor, reason=line.reason
    )
    store.add_transitions(connection, [transition])


def set_confirmation(
    connection: Connection, alarm_id: AlarmId, confirmation: str, version: int
) -> None:
    """Whether the alarm is real."""
    connection.execute(
        _QUERIES["set_confirmation"],
        {"alarm_id": alarm_id, "confirmation": confirmation, "version": version},
    )


def last_person(connection: Connection, alarm_id: AlarmId, version: int) -> FirstMove | None:
    """The last person who moved the alarm after a version."""
    row = connection.execute(
        _QUERIES["last_person"], {"alarm_id": alarm_id, "version": version}
    ).fetchone()
    return None if row is None else FirstMove(actor=str(row[0]), at=cast("datetime", row[2]))


def is_condition_active(connection: Connection, subject: Subject) -> bool:
    """Whether the newest word says that the condition is there."""
    row = connection.execute(
        _QUERIES["is_condition_active"],
        {"asset_id": subject.asset_id, "condition": subject.condition},
    ).fetchone()
    return row is not None and bool(row[0])


def facts_of(connection: Connection, alarm_id: AlarmId) -> AlarmFacts:
    """What there is to tell about one alarm, as this transaction has left it."""
    return loop_store.alarm_facts(connection, [alarm_id])[alarm_id]


def answer_of(
    connection: Connection, who: Responsibility, facts: AlarmFacts, now: datetime
) -> Answer | None:
    """Whom the alarm's line of the matrix means now."""
    if facts.duty_id is None:
        return None
    spot = Spot(facts.asset_id, facts.place_path)
    return who.by_line(connection, facts.duty_id, spot, now)


def is_active_state(state: State) -> bool:
    """Whether the device still says it in that state."""
    return state in (State.UNACKNOWLEDGED, State.ACKNOWLEDGED)
