"""A fire alarm that nobody confirms goes on by itself, rung by rung.

Nothing here touches the world. The rungs and their times are the plan's.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.alarms.alarm import AlarmId
from analytics.safety.plan import FirePlan, Rung

UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """What happens when the next rung is due.

    Attributes:
        rungs: Told now, in their order.
        following: Place of the rung that comes next; None: all have been told.
        due_at: When that one is due.
    """

    rungs: tuple[Rung, ...]
    following: int | None
    due_at: datetime | None


def climb(plan: FirePlan, step: int, now: datetime) -> Climb:
    """The rung at that place, those that follow in the same moment, and when the next is due.

    A step beyond the end tells nobody: the plan has become shorter meanwhile.
    """
    rungs = plan.onward
    end = step + 1
    while end < len(rungs) and rungs[end].after == timedelta(0):
        end += 1
    is_over = end >= len(rungs)
    return Climb(
        rungs=rungs[step:end],
        following=None if is_over else end,
        due_at=None if is_over else now + rungs[end].after,
    )


def begin(plan: FirePlan, now: datetime) -> Climb:
    """The first rung: in the same moment, unless the plan lets it wait."""
    if plan.onward[0].after > timedelta(0):
        return Climb(rungs=(), following=0, due_at=now + plan.onward[0].after)
    return climb(plan, 0, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneAlarm:
    """One open fire alarm of a zone."""

    id: AlarmId
    confirmation: str
    went_on: bool


def goes_on(zone: Sequence[ZoneAlarm], free: Container[AlarmId]) -> AlarmId | None:
    """Which alarm carries the zone onward when two devices speak; None: one does already.

    The oldest that nobody has judged, of those that are `free`: a fire waits for nobody who holds
    another alarm of its zone. Where one was confirmed, or has gone on, those who must know are
    told: a tenth detector of the same fire rings no telephone again.
    """
    if len(zone) < 2:
        return None
    if any(one.went_on or one.confirmation not in (UNCONFIRMED, "false") for one in zone):
        return None
    open_ones = [one.id for one in zone if one.confirmation == UNCONFIRMED and one.id in free]
    return min(open_ones, default=None)
