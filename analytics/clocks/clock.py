"""Clocks as values: deadlines that run on alarms and work orders, and what a missed one means."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from analytics.alarms.alarm import AlarmId
from analytics.duties.matrix import Duty, Limit
from analytics.orders.work_order import OrderId
from gateway.catalogue import Group

ClockId = NewType("ClockId", int)


class ClockKind(StrEnum):
    """What a clock waits for."""

    ACKNOWLEDGE = "acknowledge"
    CONFIRM = "confirm"
    ACCEPT = "accept"
    ARRIVE = "arrive"
    RESTORE = "restore"
    CLOSE = "close"
    OFF_DELAY = "off_delay"
    ONWARD = "onward"
    """The next rung of an alarm that nobody confirms."""
    ON_DELAY = "on_delay"
    """A raise that becomes an alarm when it has stood so long."""
    HOLD = "hold"
    """The limit of a shelving, a suppression or a time out of service."""


class ClockState(StrEnum):
    """How a clock ended."""

    RUNNING = "running"
    KEPT = "kept"
    MISSED = "missed"
    STOPPED = "stopped"


OF_ALARM: Final = (
    ClockKind.ACKNOWLEDGE,
    ClockKind.CONFIRM,
    ClockKind.OFF_DELAY,
    ClockKind.ONWARD,
)
OF_ORDER: Final = (ClockKind.ACCEPT, ClockKind.ARRIVE, ClockKind.RESTORE, ClockKind.CLOSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A deadline of one alarm or one order.

    Attributes:
        step: Link of the escalation chain that is told when it is missed; 0 is the first.
    """

    kind: ClockKind
    due_at: datetime
    started_at: datetime
    step: int = 0
    alarm_id: AlarmId | None = None
    order_id: OrderId | None = None
    id: ClockId | None = None

    @property
    def length(self) -> timedelta:
        """How long it ran."""
        return self.due_at - self.started_at


def alarm_clock(duty: Duty, kind: ClockKind, alarm_id: AlarmId, now: datetime) -> Clock | None:
    """The clock that a line sets on an alarm; None when it sets none."""
    length = duty.limits.get(Limit(kind))
    if length is None:
        return None
    return Clock(kind=kind, due_at=now + length, started_at=now, alarm_id=alarm_id)


def order_clocks(duty: Duty, order_id: OrderId, now: datetime) -> list[Clock]:
    """The clocks that a line sets on a new order."""
    lengths = [(kind, duty.limits.get(Limit(kind))) for kind in OF_ORDER]
    return [
        Clock(kind=kind, due_at=now + length, started_at=now, order_id=order_id)
        for kind, length in lengths
        if length is not None
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """What follows from a missed clock.

    Attributes:
        link: Place in the chain of whoever is told; None: the chain has ended.
        is_unanswered: Whether the alarm goes on by itself as unconfirmed, nobody answering.
        following: The clock that runs next; None: none does.
    """

    link: int | None
    is_unanswered: bool
    following: Clock | None


HASTENED: Final = (ClockKind.ACKNOWLEDGE, ClockKind.ACCEPT)
"""Clocks that end early where nobody of whoever was told can be reached."""


def escalate(
    missed: Clock, *, group: Group, links: int, now: datetime, duty: Duty | None = None
) -> Escalation:
    """What a missed clock of an alarm or an order leads to.

    The following clock is measured from now, not from when the missed one was due: after a stop
    of the platform each clock is missed once, and not once for every length of it.

    Args:
        missed: The clock.
        group: Group of the alarm.
        links: Length of the chain of organisations.
        now: The platform's clock.
        duty: The line that set the clock: whoever is next has its whole time, also after a clock
            that was hastened.
    """
    whole = duty.limits.get(Limit(missed.kind)) if duty and missed.kind in HASTENED else None
    length = max(missed.length, whole or missed.length)
    is_life_safety = group in (Group.FIRE, Group.ENTRAPMENT)
    is_unanswered = is_life_safety and missed.kind in (ClockKind.ACKNOWLEDGE, ClockKind.CONFIRM)
    has_link = missed.step < links
    goes_on = missed.step + 1 < links
    following = Clock(
        kind=missed.kind,
        due_at=now + length,
        started_at=now,
        step=missed.step + 1,
        alarm_id=missed.alarm_id,
        order_id=missed.order_id,
    )
    return Escalation(
        link=missed.step if has_link else None,
        is_unanswered=is_unanswered and missed.step == 0,
        following=following if goes_on else None,
    )
