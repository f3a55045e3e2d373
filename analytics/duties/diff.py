"""What changes between two versions of the matrix: for which events, where and when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from analytics.duties.calendar import Calendar, Holidays, LocalMoment, atoms
from analytics.duties.check import every_event
from analytics.duties.matrix import Duty, Limit, Matrix, first_holding, ranked


class Part(StrEnum):
    """What of an answer can change."""

    RESPONSIBLE = "responsible"
    ORDER_TO = "order_to"
    JOINT = "joint"
    CHAIN = "chain"
    CLOCKS = "limits_s"
    OPENS_ORDER = "opens_order"
    TELLS_BUREAU = "tells_bureau"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One part of an answer, before and after; as it stands in a file."""

    part: Part
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A change of what holds.

    Attributes:
        before: Key of the line that held; None: none did.
        after: Key of the line that will hold; None: none will.
        events: Events with their classes, such as `entrapment on lift`.
        moments: Kinds of moments; empty: at all times.
    """

    before: str | None
    after: str | None
    place: str
    changes: tuple[Changed, ...]
    events: tuple[str, ...]
    moments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What two versions differ in.

    Attributes:
        added: Keys of lines that only the later one has.
        removed: Keys of lines that only the earlier one has.
        rewritten: Keys of lines that both have and that say something else.
        effects: What follows for events, places and times.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    rewritten: tuple[str, ...]
    effects: tuple[Effect, ...]

    @property
    def is_empty(self) -> bool:
        """Whether they say the same."""
        return not (self.added or self.removed or self.rewritten or self.effects)


def compare(before: Matrix, after: Matrix) -> Difference:
    """What changes from one version to another, for every event of the catalogue."""
    old = {duty.key: _content(duty) for duty in before.duties}
    new = {duty.key: _content(duty) for duty in after.duties}
    return Difference(
        added=tuple(key for key in new if key not in old),
        removed=tuple(key for key in old if key not in new),
        rewritten=tuple(key for key in new if key in old and old[key] != new[key]),
        effects=tuple(_effects(before, after)),
    )


def changes_between(before: Duty | None, after: Duty | None) -> tuple[Changed, ...]:
    """The parts in which two answers differ."""
    old, new = _parts(before), _parts(after)
    return tuple(
        Changed(part=part, before=old[part], after=new[part])
        for part in Part
        if old[part] != new[part]
    )


_Key = tuple[str | None, str | None, str, tuple[Changed, ...]]


def _effects(before: Matrix, after: Matrix) -> Iterator[Effect]:
    moments = tuple(_moments(before, after))
    found: dict[_Key, dict[str, list[str]]] = {}
    for kind, of_class in every_event():
        old, new = (ranked(one.duties, kind, of_class.name) for one in (before, after))
        paths = {duty.place_path or "" for duty in (*old, *new)} | {""}
        for path in sorted(paths):
            for moment in moments:
                was = first_holding(old, path, before.times, moment)
                will = first_holding(new, path, after.times, moment)
                changes = changes_between(was, will)
                if changes:
                    key = _key_of(was), _key_of(will), path, changes
                    event = f"{kind.name} on {of_class.name}"
                    found.setdefault(key, {}).setdefault(event, []).append(str(moment))
    for (was_key, will_key, path, changes), events in found.items():
        when = max(events.values(), key=len)
        yield Effect(
            before=was_key,
            after=will_key,
            place=path or "*",
            changes=changes,
            events=tuple(events),
            moments=() if len(when) == len(moments) else tuple(when),
        )


def _key_of(duty: Duty | None) -> str | None:
    return None if duty is None else duty.key


def _moments(before: Matrix, after: Matrix) -> Iterator[LocalMoment]:
    calendars: Mapping[str, Calendar] = {
        f"{side}/{name}": one
        for side, matrix in (("before", before), ("after", after))
        for name, one in matrix.times.calendars.items()
    }
    holidays: Holidays = before.times.holidays.joined(after.times.holidays)
    return atoms(calendars, holidays)


def _parts(duty: Duty | None) -> Mapping[Part, str]:
    if duty is None:
        return dict.fromkeys(Part, "")
    clocks = [
        f"{limit}: {round(duty.limits[limit].total_seconds())}"
        for limit in Limit
        if limit in duty.limits
    ]
    return {
        Part.RESPONSIBLE: str(duty.responsible),
        Part.ORDER_TO: str(duty.order_to) if duty.opens_order else "",
        Part.JOINT: ", ".join(sorted(duty.joint)),
        Part.CHAIN: " -> ".join(duty.chain),
        Part.CLOCKS: ", ".join(clocks),
        Part.OPENS_ORDER: str(duty.opens_order).lower(),
        Part.TELLS_BUREAU: str(duty.tells_bureau).lower(),
    }


def _content(duty: Duty) -> tuple[object, ...]:
    scope = duty.event, duty.asset_class, duty.place_path, duty.calendar
    return (*scope, *_parts(duty).values(), duty.note, duty.basis)
