"""The history checker: joins what was taken with what is stored, and names every message's fate.

Pure: it takes the record and the evidence as values and touches nothing. It is strict in one
direction: whatever it cannot account for is lost.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.topic import Lane
from tests.faults.record import Item, Step, Taken

Identity = tuple[Lane, int, int]
SampleKey = tuple[str, int, str]
"""Asset, time [ms UTC], metric."""
ConditionKey = tuple[str, str]
"""Asset, condition."""


class Fate(StrEnum):
    """What became of one message."""

    OK = "ok"
    LATE = "late"
    """Stored once, but later than the limit."""
    QUARANTINED = "quarantined"
    SHED = "shed"
    IN_OUTBOX = "in_outbox"
    REFUSED = "refused"
    """The outbox said at once that it does not keep it, and it is nowhere."""
    UNPROMISED = "unpromised"
    """The gateway died before its outbox promised anything, and it is nowhere."""
    DUPLICATED = "duplicated"
    LOST = "lost"


BAD = (Fate.LOST, Fate.DUPLICATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """An event as stored.

    Attributes:
        mark: What the generator wrote into it.
        condition: Key of the alarm on the asset; "": the event itself.
        age: Place of its stream in the order of openings; None: its number.
        decided_ms: When the alarm process had decided it; None when it never did.
    """

    mark: str
    asset: str
    event: str
    state: str
    stream: int
    seq: int
    received_ms: int
    decided_ms: int | None = None
    condition: str = ""
    age: int | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Where the event stands in the order in which things happened."""
        return (self.stream if self.age is None else self.age, self.seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCount:
    """A row of the ledger, in messages."""

    lane: Lane
    stream: int
    next_seq: int
    stored: int
    quarantined: int
    shed: int
    missing: int
    in_flight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the database and the outboxes hold.

    Attributes:
        samples: Every stored value of an asset at a time, as often as it is stored.
        duplicates: Messages that came again and changed nothing, by the ledger.
        conditions: What holds now by the alarm process: whether it is active.
        alarms: How many alarms each condition ever had.
        open_alarms: How many are open.
        undecided: Events that no decision has seen.
        unnumbered: Changes that no page has been shown.
        unshown: Alarms without any line in the live stream.
        undelivered: Notices that the bureau does not hold, and life-safety alarms without one.
        bureau_missing: Notices that are called delivered and that the bureau does not hold.
    """

    events: Sequence[EventRow] = ()
    samples: Mapping[SampleKey, Sequence[float]] = field(default_factory=dict)
    quarantine: frozenset[Identity] = frozenset()
    shed: frozenset[Identity] = frozenset()
    outbox: frozenset[Identity] = frozenset()
    ledgers: Sequence[StreamCount] = ()
    duplicates: int = 0
    conditions: Mapping[ConditionKey, bool] = field(default_factory=dict)
    alarms: Mapping[ConditionKey, int] = field(default_factory=dict)
    open_alarms: Mapping[ConditionKey, int] = field(default_factory=dict)
    undecided: int = 0
    unnumbered: int = 0
    unshown: int = 0
    undelivered: int = 0
    bureau_missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One message and its fate, with the reason when it is bad."""

    taken: Taken
    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the checker found.

    Attributes:
        failures: A sentence for everything that must not be.
        oldest_wait_ms: Longest time that a promised alarm waited for its decision [ms].
    """

    judgements: tuple[Judgement, ...]
    failures: tuple[str, ...]
    oldest_wait_ms: int

    def count(self, lane: Lane, *fates: Fate) -> int:
        """How many messages of a lane have one of the fates."""
        return sum(one.fate in fates and one.taken.lane is lane for one in self.judgements)

    def promised(self, lane: Lane) -> int:
        """How many messages of a lane the outbox promised to keep."""
        return sum(
            one.taken.step is Step.PROMISED and one.taken.lane is lane for one in self.judgements
        )


def check(record: Iterable[Taken], evidence: Evidence, *, late_ms: int = 60_000) -> Verdict:
    """Judge every message of the record, and everything that hangs on it."""
    taken = tuple(record)
    stored = _Stored.of(evidence)
    judgements = tuple(_judge(one, stored, evidence, late_ms) for one in taken)
    failures = [
        *(
            f"{one.fate}: {one.taken.lane} {one.taken.stream}/{one.taken.seq}: {one.reason}"
            for one in judgements
            if one.fate in BAD
        ),
        *_foreign(taken, evidence),
        *_ledger_failures(evidence),
        *_condition_failures(evidence),
        *_leftovers(evidence),
    ]
    waits = [
        event.decided_ms - one.promised_ms
        for one in taken
        if one.step is Step.PROMISED
        for item in one.items
        for event in stored.events.get(item.mark, ())
        if item.mark and event.decided_ms is not None
    ]
    return Verdict(
        judgements=judgements, failures=tuple(failures), oldest_wait_ms=max(waits, default=0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    events: Mapping[str, Sequence[EventRow]]
    samples: Mapping[SampleKey, Sequence[float]]

    @classmethod
    def of(cls, evidence: Evidence) -> "_Stored":
        events: dict[str, list[EventRow]] = {}
        for row in evidence.events:
            events.setdefault(row.mark, []).append(row)
        return cls(events=events, samples=evidence.samples)

    def count(self, item: Item) -> int:
        if item.mark:
            return len(self.events.get(item.mark, ()))
        return len(self.samples.get((item.asset, item.at_ms, item.key), ()))

    def differs(self, item: Item) -> str:
        """What is stored otherwise than it was taken; "" when nothing is."""
        for row in self.events.get(item.mark, ()) if item.mark else ():
            if (row.asset, row.event, row.state) != (item.asset, item.key, item.state):
                return f"{item.mark} is stored as {row.asset} {row.event} {row.state}"
        if item.mark or item.value is None:
            return ""
        for value in self.samples.get((item.asset, item.at_ms, item.key), ()):
            if value != _single(item.value):
                return f"{item.asset} {item.at_ms} {item.key} is {value}, not {item.value}"
        return ""


def _judge(one: Taken, stored: _Stored, evidence: Evidence, late_ms: int) -> Judgement:
    items = [item for item in one.items if item.mark or item.value is not None]
    counts = Counter(min(stored.count(item), 2) for item in items)
    if counts[2]:
        twice = next(item for item in items if stored.count(item) > 1)
        return Judgement(taken=one, fate=Fate.DUPLICATED, reason=f"{twice} is stored twice")
    altered = next((text for item in items if (text := stored.differs(item))), "")
    if altered:
        return Judgement(taken=one, fate=Fate.LOST, reason=altered)
    if items and not counts[0]:
        return Judgement(taken=one, fate=_pace(one, stored, late_ms))
    gone = f"{counts[0]} of {len(items)} values or events are gone"
    fate = _elsewhere(one, evidence)
    if one.step is not Step.PROMISED and counts[1]:
        fate = Fate.LOST
    return Judgement(taken=one, fate=fate, reason=gone if fate is Fate.LOST else "")


def _elsewhere(one: Taken, evidence: Evidence) -> Fate:
    """The fate of a message that is not stored, or not wholly."""
    if one.step is not Step.PROMISED:
        return Fate.UNPROMISED if one.step is Step.INTENDED else Fate.REFUSED
    identity = (one.lane, one.stream, one.seq)
    for fate, known in (
        (Fate.QUARANTINED, evidence.quarantine),
        (Fate.IN_OUTBOX, evidence.outbox),
        (Fate.SHED, evidence.shed),
    ):
        if identity in known:
            return fate
    return Fate.LOST


def _pace(one: Taken, stored: _Stored, late_ms: int) -> Fate:
    if one.step is not Step.PROMISED:
        return Fate.OK
    marks = [item.mark for item in one.items if item.mark]
    received = [row.received_ms for mark in marks for row in stored.events.get(mark, ())]
    return Fate.LATE if max(received, default=0) - one.promised_ms > late_ms else Fate.OK


def _foreign(taken: Sequence[Taken], evidence: Evidence) -> list[str]:
    """Events that nobody took: invented, or stored under a mark that was altered."""
    known = {item.mark for one in taken for item in one.items}
    return [
        f"foreign: event {row.mark!r} of {row.asset} was never taken"
        for row in evidence.events
        if row.mark and row.mark not in known
    ]


def _ledger_failures(evidence: Evidence) -> list[str]:
    failures = []
    for one in evidence.ledgers:
        name = f"ledger of {one.lane} {one.stream}"
        accounted = one.stored + one.quarantined + one.shed + one.missing + one.in_flight
        if accounted != one.next_seq - 1:
            failures.append(f"{name}: {one.next_seq - 1} were sent, {accounted} are accounted for")
        if one.missing:
            failures.append(f"{name}: {one.missing} are called missing")
    return failures


def _condition_failures(evidence: Evidence) -> list[str]:
    """The newest word (age, seq) decides; a raise always leaves an alarm behind."""
    newest: dict[ConditionKey, EventRow] = {}
    raised: set[ConditionKey] = set()
    for row in sorted(evidence.events, key=lambda row: row.order):
        key = (row.asset, row.condition or row.event)
        newest[key] = row
        if row.state == "raise":
            raised.add(key)
    failures = []
    for key, row in newest.items():
        is_active = row.state == "raise"
        if evidence.conditions.get(key) is not is_active:
            failures.append(f"condition {key}: last word is {row.state}, the platform disagrees")
        if is_active and evidence.open_alarms.get(key, 0) != 1:
            failures.append(
                f"condition {key} holds and has {evidence.open_alarms.get(key, 0)} open"
            )
    failures += [
        f"condition {key} was raised and never shown"
        for key in sorted(raised)
        if not evidence.alarms.get(key)
    ]
    failures += [
        f"condition {key} has {count} open alarms"
        for key, count in evidence.open_alarms.items()
        if count > 1
    ]
    return failures


def _leftovers(evidence: Evidence) -> list[str]:
    left = {
        "events wait for a decision": evidence.undecided,
        "changes were shown to nobody": evidence.unnumbered,
        "alarms have no line in the live stream": evidence.unshown,
        "notices still wait": evidence.undelivered,
        "delivered notices are not with the bureau": evidence.bureau_missing,
        "messages still stand in an outbox": len(evidence.outbox),
    }
    return [f"{count} {words}" for words, count in left.items() if count]


def _single(value: float) -> float:
    """The value as a column of single precision holds it."""
    return float(struct.unpack("f", struct.pack("f", value))[0])
