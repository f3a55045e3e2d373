"""Alarms as values: the nine states of ISA-18.2, and what each word of a device does to them.

Nothing here touches the world. Two delivery paths may turn the order of a raise and its clear
round, so a word is judged by its number, never by its arrival: the newest word on a condition
says whether it is active, and a raise that comes after its own clear still becomes an alarm.

References:
    ANSI/ISA-18.2-2016, alarm state transition diagram (read through secondary sources,
    unverified); GB 4717 for latching fire alarms (unverified).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NewType

from gateway.catalogue import Ending, EventKind, Group, Severity

AlarmId = NewType("AlarmId", int)
AssetId = NewType("AssetId", int)


class State(StrEnum):
    """Where an alarm stands."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged"
    LATCHED_UNACKNOWLEDGED = "latched_unacknowledged"
    LATCHED_ACKNOWLEDGED = "latched_acknowledged"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"


class Trigger(StrEnum):
    """What can move an alarm."""

    RAISE = "raise"
    """The condition is there, by the newest word, or by one more raise while it is active."""
    MISSED_RAISE = "missed_raise"
    """A raise came after its own clear: it was there and is over, and nobody has seen it."""
    CLEAR = "clear"
    """The newest word says that it is over."""
    LATE_CLEAR = "late_clear"
    """An older clear shows that an active condition had gone away and come back."""
    OFF_DELAY_OVER = "off_delay_over"
    """It has been gone for the whole off-delay."""
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    """A person ends a latched alarm."""
    SHELVE = "shelve"
    SUPPRESS = "suppress"
    TAKE_OUT = "take_out"
    RESUME_ACTIVE = "resume_active"
    """Shelving, suppression or being out of service ends while the condition is active."""
    RESUME_NORMAL = "resume_normal"
    """The same while it is not."""
    RE_ALARM = "re_alarm"
    """It was acknowledged and sounds again: it has stood for so long, or nobody can be reached."""
    WRITE_OFF = "write_off"
    """Two people end the alarm of something that is not there any more."""
    CONFIRM_REAL = "confirm_real"
    """This and the following stand in the history and move no state."""
    CONFIRM_FALSE = "confirm_false"
    UNANSWERED = "unanswered"
    CORROBORATED = "corroborated"
    GO_ON = "go_on"
    DECLARE_REAL = "declare_real"
    DRILL_OVER = "drill_over"
    COMMENT = "comment"
    BUREAU_RECEIVE = "bureau_receive"
    TAKE_OVER = "take_over"
    BUREAU_SET_OUT = "bureau_set_out"
    BUREAU_CLOSE = "bureau_close"
    HAND_OVER = "hand_over"
    """Its compound changed hands: another organisation answers for it."""
    FOLD = "fold"
    """It joined others of one cause."""
    UNFOLD = "unfold"
    """Its cause is over and it is not: it stands for itself again."""
    TAKE_BACK_ACKNOWLEDGE = "take_back_acknowledge"
    """A person acknowledged it by a slip of the hand: nobody has seen it."""
    TAKE_BACK_JUDGEMENT = "take_back_judgement"
    """The same of a judgement; moves no state."""


_S = State
_T = Trigger
HIDDEN: Final = (_S.SHELVED, _S.SUPPRESSED, _S.OUT_OF_SERVICE)
"""States in which an alarm makes no demand: listed and counted apart, never away."""
_OF_WORDS: Final = (_T.RAISE, _T.MISSED_RAISE, _T.CLEAR, _T.LATE_CLEAR, _T.OFF_DELAY_OVER)
_Table = dict[tuple[State, Trigger], State]

_CLEARING: Final[_Table] = {
    (_S.NORMAL, _T.RAISE): _S.UNACKNOWLEDGED,
    (_S.NORMAL, _T.MISSED_RAISE): _S.RETURNED_UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, _T.RAISE): _S.UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, _T.MISSED_RAISE): _S.UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, _T.LATE_CLEAR): _S.UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, _T.CLEAR): _S.RETURNED_UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, _T.OFF_DELAY_OVER): _S.RETURNED_UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, _T.ACKNOWLEDGE): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _T.RAISE): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _T.MISSED_RAISE): _S.UNACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _T.LATE_CLEAR): _S.UNACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _T.CLEAR): _S.NORMAL,
    (_S.ACKNOWLEDGED, _T.OFF_DELAY_OVER): _S.NORMAL,
    (_S.RETURNED_UNACKNOWLEDGED, _T.RAISE): _S.UNACKNOWLEDGED,
    (_S.RETURNED_UNACKNOWLEDGED, _T.MISSED_RAISE): _S.RETURNED_UNACKNOWLEDGED,
    (_S.RETURNED_UNACKNOWLEDGED, _T.CLEAR): _S.RETURNED_UNACKNOWLEDGED,
    (_S.RETURNED_UNACKNOWLEDGED, _T.ACKNOWLEDGE): _S.NORMAL,
}
_LATCHING: Final[_Table] = {
    (_S.NORMAL, _T.RAISE): _S.UNACKNOWLEDGED,
    (_S.NORMAL, _T.MISSED_RAISE): _S.LATCHED_UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, _T.RAISE): _S.UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, _T.MISSED_RAISE): _S.UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, _T.LATE_CLEAR): _S.UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, _T.CLEAR): _S.LATCHED_UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, _T.OFF_DELAY_OVER): _S.LATCHED_UNACKNOWLEDGED,
    (_S.UNACKNOWLEDGED, _T.ACKNOWLEDGE): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _T.RAISE): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _T.MISSED_RAISE): _S.UNACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _T.LATE_CLEAR): _S.UNACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _T.CLEAR): _S.LATCHED_ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _T.OFF_DELAY_OVER): _S.LATCHED_ACKNOWLEDGED,
    (_S.LATCHED_UNACKNOWLEDGED, _T.RAISE): _S.UNACKNOWLEDGED,
    (_S.LATCHED_UNACKNOWLEDGED, _T.MISSED_RAISE): _S.LATCHED_UNACKNOWLEDGED,
    (_S.LATCHED_UNACKNOWLEDGED, _T.CLEAR): _S.LATCHED_UNACKNOWLEDGED,
    (_S.LATCHED_UNACKNOWLEDGED, _T.ACKNOWLEDGE): _S.LATCHED_ACKNOWLEDGED,
    (_S.LATCHED_ACKNOWLEDGED, _T.RAISE): _S.UNACKNOWLEDGED,
    (_S.LATCHED_ACKNOWLEDGED, _T.MISSED_RAISE): _S.LATCHED_UNACKNOWLEDGED,
    (_S.LATCHED_ACKNOWLEDGED, _T.CLEAR): _S.LATCHED_ACKNOWLEDGED,
    (_S.LATCHED_ACKNOWLEDGED, _T.RESET): _S.NORMAL,
}
_MOMENT: Final[_Table] = {
    (_S.NORMAL, _T.RAISE): _S.RETURNED_UNACKNOWLEDGED,
    (_S.NORMAL, _T.MISSED_RAISE): _S.RETURNED_UNACKNOWLEDGED,
    (_S.RETURNED_UNACKNOWLEDGED, _T.RAISE): _S.RETURNED_UNACKNOWLEDGED,
    (_S.RETURNED_UNACKNOWLEDGED, _T.MISSED_RAISE): _S.RETURNED_UNACKNOWLEDGED,
    (_S.RETURNED_UNACKNOWLEDGED, _T.ACKNOWLEDGE): _S.NORMAL,
}


_VISIBLE: Final = (_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED, _S.RETURNED_UNACKNOWLEDGED)
_LATCHED: Final = (_S.LATCHED_UNACKNOWLEDGED, _S.LATCHED_ACKNOWLEDGED)


def _hiding(enter: Trigger, hidden: State, visible: tuple[State, ...] = _VISIBLE) -> _Table:
    return (
        {(state, enter): hidden for state in visible}
        | {(hidden, word): hidden for word in _OF_WORDS}
        | {(hidden, _T.RESUME_ACTIVE): _S.UNACKNOWLEDGED, (hidden, _T.RESUME_NORMAL): _S.NORMAL}
    )


_OUT_OF_SERVICE: Final = _hiding(
    _T.TAKE_OUT, _S.OUT_OF_SERVICE, (*_VISIBLE, *_LATCHED, _S.SHELVED, _S.SUPPRESSED)
)
_HIDING: Final = (
    _hiding(_T.SHELVE, _S.SHELVED) | _hiding(_T.SUPPRESS, _S.SUPPRESSED) | _OUT_OF_SERVICE
)
_BACK: Final = (_S.OUT_OF_SERVICE, _T.RESUME_NORMAL)
_LIFE_SAFETY: Final = MappingProxyType(
    {
        Ending.CLEARS: _OUT_OF_SERVICE | {_BACK: _S.RETURNED_UNACKNOWLEDGED},
        Ending.LATCHES: _OUT_OF_SERVICE | {_BACK: _S.LATCHED_UNACKNOWLEDGED},
        Ending.MOMENT: _OUT_OF_SERVICE | {_BACK: _S.RETURNED_UNACKNOWLEDGED},
    }
)
"""What an asset out of service said about life safety is over only when a person has seen it."""
_HIDING_BY_ENDING: Final = MappingProxyType(
    {
        Ending.CLEARS: _HIDING,
        Ending.LATCHES: _HIDING | {_BACK: _S.LATCHED_UNACKNOWLEDGED},
        Ending.MOMENT: _HIDING,
    }
)
_ANY: Final[_Table] = {
    **{(state, _T.WRITE_OFF): _S.NORMAL for state in set(_S) - {_S.NORMAL}},
    (_S.ACKNOWLEDGED, _T.RE_ALARM): _S.UNACKNOWLEDGED,
    (_S.LATCHED_ACKNOWLEDGED, _T.RE_ALARM): _S.LATCHED_UNACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _T.TAKE_BACK_ACKNOWLEDGE): _S.UNACKNOWLEDGED,
    (_S.LATCHED_ACKNOWLEDGED, _T.TAKE_BACK_ACKNOWLEDGE): _S.LATCHED_UNACKNOWLEDGED,
}
TRANSITIONS: Final = MappingProxyType(
    {Ending.CLEARS: _CLEARING, Ending.LATCHES: _LATCHING, Ending.MOMENT: _MOMENT}
)
"""What moves an alarm where, by the way its condition ends."""


def advance(state: State, trigger: Trigger, kind: EventKind) -> State | None:
    """The state after a trigger; None when the trigger is not permitted there.

    Life safety is never shelved nor suppressed; only its asset can be taken out of service.
    """
    found = TRANSITIONS[kind.ending].get((state, trigger))
    if found is not None:
        return found
    hiding = _LIFE_SAFETY[kind.ending] if kind.is_life_safety else _HIDING_BY_ENDING[kind.ending]
    return hiding.get((state, trigger)) or _ANY.get((state, trigger))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Number:
    """Where a word stands in the order in which things happened; compared field by field.

    Attributes:
        age: Time-ordered number of the opening of the outbox that sent it: its stream, or where
            that cannot tell (a new disk and a clock that is behind) what ingest made of it.
        seq: Number of the message in the stream.
        position: Place of the event in the message.
        gateway: Breaks a tie between two gateways that speak of one asset.
    """

    age: int
    seq: int
    position: int
    gateway: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One event of one condition, as it arrived.

    Attributes:
        at: When it happened, by the device.
        received_at: When the platform had it.
        text: What the device said in words.
        event_id: Its row; None for what the platform itself decides.
        is_of_placeholder: Whether nobody registered the asset; then even a record is an alarm.
        has_stood: Whether the word is heard again because its on-delay is over.
    """

    number: Number
    is_raise: bool
    at: datetime
    received_at: datetime
    text: str = ""
    event_id: int | None = None
    is_of_placeholder: bool = False
    has_stood: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The newest word on a condition."""

    newest: Number
    is_active: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A condition that needs a person, from its first raise to its return to normal.

    Attributes:
        id: Its row; None until it has one.
        raised_at: The earliest raise of this episode, by the device.
        raises: Raises counted in this episode.
        version: Grows with every change.
    """

    state: State
    raised_at: datetime
    received_at: datetime
    opened_at: datetime
    text: str = ""
    id: AlarmId | None = None
    returned_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    closed_at: datetime | None = None
    raises: int = 1
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One change of an alarm, for its history."""

    trigger: Trigger
    from_state: State
    to_state: State
    at: datetime
    event_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a word did.

    Attributes:
        condition: The newest word now.
        alarm: The alarm as it is now; None when the word opens none.
        move: The change for the history; None when nothing changed.
        waits_off_delay: Whether an off-delay must run before the alarm returns.
        waits_on_delay: Whether an on-delay must run before the word is an alarm.
    """

    condition: Condition
    alarm: Alarm | None
    move: Move | None = None
    waits_off_delay: bool = False
    waits_on_delay: bool = False


def hear(
    condition: Condition | None, word: Word, kind: EventKind
) -> tuple[Condition, Trigger | None]:
    """The newest word after this one, and what the word triggers, if anything."""
    is_newest = condition is None or word.number > condition.newest
    if condition is None or is_newest:
        is_active = word.is_raise and kind.ending is not Ending.MOMENT
        heard = Condition(newest=word.number, is_active=is_active, changed_at=word.at)
        return heard, _T.RAISE if word.is_raise else _T.CLEAR
    if word.is_raise:
        return condition, _T.RAISE if condition.is_active else _T.MISSED_RAISE
    return condition, _T.LATE_CLEAR if condition.is_active else None


def is_alarming(word: Word, kind: EventKind) -> bool:
    """Whether a raise opens an alarm: by the catalogue, and always on an unregistered asset."""
    return kind.opens_alarm or word.is_of_placeholder


def take(
    condition: Condition | None, alarm: Alarm | None, word: Word, kind: EventKind, now: datetime
) -> Step:
    """What one word does to its condition and to the open alarm.

    Args:
        condition: Newest word so far; None when this is the first.
        alarm: The open alarm of the condition; None when there is none.
        word: What arrived.
        kind: What the catalogue says about the event.
        now: The platform's clock.
    """
    heard, trigger = hear(condition, word, kind)
    if trigger is None or (alarm is None and not (word.is_raise and is_alarming(word, kind))):
        return Step(condition=heard, alarm=alarm)
    if alarm is None and kind.on_delay_s > 0 and not _has_stood(heard, word, kind):
        return Step(condition=heard, alarm=None, waits_on_delay=heard.is_active)
    if trigger is _T.CLEAR and kind.off_delay_s > 0:
        return Step(condition=heard, alarm=alarm, waits_off_delay=True)
    before = alarm or _newborn(word, now)
    after = advance(before.state, trigger, kind)
    if after is None:
        return Step(condition=heard, alarm=alarm)
    moved = _moved(
        before,
        after,
        word,
        returned_at=_returned_at(before, word, heard, kind),
        is_newest=word.number == heard.newest,
    )
    move = Move(
        trigger=trigger, from_state=before.state, to_state=after, at=now, event_id=word.event_id
    )
    return Step(condition=heard, alarm=settle(moved, now), move=move)


def _has_stood(heard: Condition, word: Word, kind: EventKind) -> bool:
    """Whether a raise stood for its on-delay; one that came after its own clear tells by itself.

    What the platform itself decides (no event) waits for nothing: it has nothing to be heard
    again by.
    """
    if word.has_stood:
        return heard.is_active
    if heard.is_active:
        return word.event_id is None
    return (heard.changed_at - word.at).total_seconds() >= kind.on_delay_s


def act_on(alarm: Alarm, trigger: Trigger, kind: EventKind, now: datetime) -> Alarm | None:
    """The alarm after something that no word brought (a person, a clock); None: not permitted."""
    after = advance(alarm.state, trigger, kind)
    if after is None:
        return None
    is_again = after is _S.UNACKNOWLEDGED
    changed = replace(
        alarm,
        state=after,
        returned_at=now if trigger is _T.OFF_DELAY_OVER else alarm.returned_at,
        acknowledged_at=None if is_again else alarm.acknowledged_at,
        acknowledged_by=None if is_again else alarm.acknowledged_by,
        version=alarm.version + 1,
    )
    return settle(changed, now)


def settle(alarm: Alarm, now: datetime) -> Alarm:
    """The alarm, closed when it is back to normal."""
    return replace(alarm, closed_at=now if alarm.state is _S.NORMAL else None)


def _newborn(word: Word, now: datetime) -> Alarm:
    return Alarm(
        state=_S.NORMAL,
        raised_at=word.at,
        received_at=word.received_at,
        opened_at=now,
        text=word.text,
        raises=0,
        version=0,
    )


def _returned_at(before: Alarm, word: Word, heard: Condition, kind: EventKind) -> datetime | None:
    """When the condition went away by the words so far; a moment is over as it happens."""
    if kind.ending is Ending.MOMENT:
        return max(before.returned_at or word.at, word.at)
    return None if heard.is_active else heard.changed_at


def _moved(
    before: Alarm, after: State, word: Word, *, returned_at: datetime | None, is_newest: bool
) -> Alarm:
    """The alarm after a word; what the newest raise says goes before what older ones said."""
    is_again = after is _S.UNACKNOWLEDGED and before.state is not _S.UNACKNOWLEDGED
    says_more = word.is_raise and is_newest and word.text
    return replace(
        before,
        state=after,
        raised_at=min(before.raised_at, word.at) if word.is_raise else before.raised_at,
        returned_at=returned_at,
        acknowledged_at=None if is_again else before.acknowledged_at,
        acknowledged_by=None if is_again else before.acknowledged_by,
        raises=before.raises + word.is_raise,
        text=word.text if says_more else before.text or word.text,
        version=before.version + 1,
    )


def severity_of(word: Word, kind: EventKind) -> Severity:
    """How urgent the alarm is; a mere record of an unregistered asset still needs a look."""
    if kind.severity is Severity.NONE and word.is_of_placeholder:
        return Severity.MINOR
    return kind.severity


def group_of(kind: EventKind) -> Group:
    """The group under which the alarm is sorted."""
    return Group.SUPERVISORY if kind.group in (Group.RECORD, Group.MODE) else kind.group
