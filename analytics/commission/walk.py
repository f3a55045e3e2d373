"""What proves that a device reports: an event that it raised, or a value that moved.

A device that is there to raise an alarm of fire has to raise one: values of its sensor do not prove
that its alarm arrives. For everything else a value that moved by more than its deadband will do; a
value that stands still proves a line, not a sensor. That contact with it was lost proves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.catalogue import AssetClass, Group, event_kind

LIMIT: Final = timedelta(minutes=60)
"""What comes later than this after the beginning proves nothing (product rule, no source)."""
MOST_ASSETS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An event that a device raised within its walk test.

    Attributes:
        at: When the platform received it.
    """

    event: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How a value went within the walk test.

    Attributes:
        at: Time of the newest value.
        span: Largest less smallest value [unit of the metric].
    """

    metric: str
    at: datetime
    span: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What proves it.

    Attributes:
        name: Of the event or the metric.
    """

    name: str
    at: datetime


def needs_fire_event(kind: AssetClass) -> bool:
    """Whether a device of the class has to raise its alarm of fire."""
    return any(event.group is Group.FIRE for event in kind.events)


def evidence_of(kind: AssetClass, said: Sequence[Said], moved: Sequence[Moved]) -> Evidence | None:
    """What proves that the device reports; None: nothing does yet.

    Args:
        said: In the order of receipt.
    """
    groups = {event.name: event.group for event in kind.events}
    of_fire = [one for one in said if groups.get(one.event) is Group.FIRE]
    heard = [one for one in said if event_kind(one.event).group is not Group.CONTACT]
    counted = of_fire if needs_fire_event(kind) else heard
    if counted:
        return Evidence(name=counted[0].event, at=counted[0].at)
    if needs_fire_event(kind):
        return None
    deadbands = {metric.name: metric.deadband for metric in kind.metrics}
    wide = [one for one in moved if one.span > deadbands.get(one.metric, 0.0)]
    return Evidence(name=wide[0].metric, at=wide[0].at) if wide else None
