"""A new version of the matrix, run over alarms that have been: what would have been otherwise."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.report import PlacePath
from analytics.duties.diff import Part
from analytics.duties.matrix import Answer, Limit, OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAlarm:
    """An alarm that has been, and what was done about it.

    Attributes:
        done: When each step was done, as far as it was.
        ordered_at: When its work order opened; None: there was none.
        over_at: When it ended; None: it has not.
    """

    id: AlarmId
    event: str
    asset_class: str
    asset_id: AssetId
    place_path: PlacePath
    opened_at: datetime
    ordered_at: datetime | None
    over_at: datetime | None
    done: dict[Limit, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Who answered for an alarm, and who would have.

    Attributes:
        before: None: nobody was found.
        after: None: the new version has no line.
    """

    alarm: PastAlarm
    before: Answer | None
    after: Answer | None


@dataclass(slots=True, kw_only=True)
class Desk:
    """What one organisation had to do, before and after."""

    alarms: list[int] = field(default_factory=lambda: [0, 0])
    orders: list[int] = field(default_factory=lambda: [0, 0])
    notices: list[int] = field(default_factory=lambda: [0, 0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One alarm that would have gone otherwise."""

    alarm: PastAlarm
    before: str | None
    after: str | None
    parts: tuple[Part, ...]


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """What a new version would have changed.

    Attributes:
        alarms: How many alarms were looked at.
        changed: How many of them would have gone otherwise.
        unanswered: How many the new version has no line or nobody for.
        parts: In how many each part would have been another.
        lines: How many went from which line to which.
        overdue: Missed clocks, before and after, by what was really done and when.
        bureau: How many the bureau was told at once, before and after.
        desks: By organisation.
        examples: The first that would have gone otherwise.
    """

    alarms: int = 0
    changed: int = 0
    unanswered: int = 0
    parts: Counter[Part] = field(default_factory=Counter)
    lines: Counter[tuple[str, str]] = field(default_factory=Counter)
    overdue: dict[Limit, list[int]] = field(default_factory=lambda: {one: [0, 0] for one in Limit})
    bureau: list[int] = field(default_factory=lambda: [0, 0])
    desks: dict[OrganisationId, Desk] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)


def rehearse(
    replays: Iterable[Replay], now: datetime, *, examples: int = 20, into: Rehearsal | None = None
) -> Rehearsal:
    """Count what would have been otherwise.

    Args:
        replays: Alarms with both answers.
        now: Until when unfinished steps have run.
        examples: How many alarms to show.
        into: An earlier count to go on with.
    """
    found = Rehearsal() if into is None else into
    for replay in replays:
        found.alarms += 1
        parts = differing(replay.before, replay.after)
        if replay.after is None or replay.after.responsible is None:
            found.unanswered += 1
        for side, answer in enumerate((replay.before, replay.after)):
            _count(found, side, answer, replay.alarm, now)
        if not parts:
            continue
        found.changed += 1
        found.parts.update(parts)
        keys = _key(replay.before), _key(replay.after)
        found.lines[keys[0] or "", keys[1] or ""] += 1
        if len(found.examples) < examples:
            found.examples.append(
                Example(alarm=replay.alarm, before=keys[0], after=keys[1], parts=parts)
            )
    return found


def differing(before: Answer | None, after: Answer | None) -> tuple[Part, ...]:
    """The parts in which two answers differ, by organisations and lengths, not by words."""
    if before is None or after is None:
        return () if before is after else tuple(Part)
    pairs: dict[Part, tuple[object, object]] = {
        Part.RESPONSIBLE: (before.responsible, after.responsible),
        Part.ORDER_TO: (_worker(before), _worker(after)),
        Part.JOINT: (set(before.joint), set(after.joint)),
        Part.CHAIN: (before.chain, after.chain),
        Part.CLOCKS: (before.duty.limits, after.duty.limits),
        Part.OPENS_ORDER: (before.duty.opens_order, after.duty.opens_order),
        Part.TELLS_BUREAU: (before.duty.tells_bureau, after.duty.tells_bureau),
    }
    return tuple(part for part, (was, will) in pairs.items() if was != will)


def missed(alarm: PastAlarm, answer: Answer, now: datetime) -> tuple[Limit, ...]:
    """The clocks of an answer that what was really done would have missed.

    Steps of a work order count only where there was one: nobody knows when work that was not
    given out would have been done. Confirmation runs from the acknowledgement.
    """
    found = []
    for limit, length in answer.duty.limits.items():
        began = _began(alarm, limit)
        if began is None:
            continue
        ended = alarm.done.get(limit) or alarm.over_at or now
        if ended - began > length:
            found.append(limit)
    return tuple(found)


def _began(alarm: PastAlarm, limit: Limit) -> datetime | None:
    if limit is Limit.ACKNOWLEDGE:
        return alarm.opened_at
    if limit is Limit.CONFIRM:
        return alarm.done.get(Limit.ACKNOWLEDGE)
    return alarm.ordered_at


def _count(
    found: Rehearsal, side: int, answer: Answer | None, alarm: PastAlarm, now: datetime
) -> None:
    if answer is None:
        return
    worker = _worker(answer)
    told: Sequence[OrganisationId | None] = (answer.responsible, worker, *answer.joint)
    for one in {organisation for organisation in told if organisation is not None}:
        found.desks.setdefault(one, Desk()).notices[side] += 1
    if answer.responsible is not None:
        found.desks[answer.responsible].alarms[side] += 1
    if worker is not None:
        found.desks[worker].orders[side] += 1
    found.bureau[side] += int(answer.duty.tells_bureau)
    for limit in missed(alarm, answer, now):
        found.overdue[limit][side] += 1


def _worker(answer: Answer) -> OrganisationId | None:
    return answer.worker if answer.duty.opens_order else None


def _key(answer: Answer | None) -> str | None:
    return None if answer is None else answer.duty.key
