"""Weekly rosters: which hours of the week nobody covers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Final

from analytics.errors import BadRoster
from analytics.orders.technician import Shift

DAY_MIN: Final = 24 * 60
WEEK_MIN: Final = 7 * DAY_MIN
MOST_SHIFTS: Final = 42
"""Six a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A stretch of the week without anybody.

    Attributes:
        starts_min: Minutes after Monday 00:00 in the zone of the places [min].
        ends_min: Where it ends [min]; after the week's end where it goes over Sunday's midnight.
    """

    starts_min: int
    ends_min: int

    @property
    def minutes(self) -> int:
        """How long it is [min]."""
        return self.ends_min - self.starts_min


def parse_shift(text: str) -> Shift:
    """A shift as `1 08:00 20:00`: weekday (1 Monday), from, until.

    Raises:
        BadRoster: It is none.
    """
    try:
        weekday, starts, ends = text.split()
        shift = Shift(
            weekday=int(weekday),
            starts_at=time.fromisoformat(starts),
            ends_at=time.fromisoformat(ends),
        )
    except ValueError as error:
        raise BadRoster(f"{text!r}: a shift is such as 1 08:00 20:00") from error
    if not 1 <= shift.weekday <= 7:
        raise BadRoster(f"{text!r}: a weekday is 1 (Monday) to 7")
    return shift


def holes_of(shifts: Iterable[Shift]) -> list[Hole]:
    """What no shift covers, in the order of the week; one over Sunday's midnight is one hole."""
    covered = sorted(span for shift in shifts for span in _spans(shift))
    found = []
    reached = 0
    for starts, ends in covered:
        if starts > reached:
            found.append(Hole(starts_min=reached, ends_min=starts))
        reached = max(reached, ends)
    if reached < WEEK_MIN:
        found.append(Hole(starts_min=reached, ends_min=WEEK_MIN))
    return _joined(found)


def _spans(shift: Shift) -> list[tuple[int, int]]:
    """The shift as minutes of the week; cut where the week ends."""
    starts = (shift.weekday - 1) * DAY_MIN + shift.starts_at.hour * 60 + shift.starts_at.minute
    length = _minute(shift.ends_at) - _minute(shift.starts_at)
    ends = starts + (length if length > 0 else length + DAY_MIN)
    if ends <= WEEK_MIN:
        return [(starts, ends)]
    return [(starts, WEEK_MIN), (0, ends - WEEK_MIN)]


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _joined(holes: Sequence[Hole]) -> list[Hole]:
    is_over_the_end = len(holes) > 1 and holes[0].starts_min == 0 and holes[-1].ends_min == WEEK_MIN
    if not is_over_the_end:
        return list(holes)
    last = Hole(starts_min=holes[-1].starts_min, ends_min=WEEK_MIN + holes[0].ends_min)
    return [*holes[1:-1], last]
