"""Technicians and the orders that wait for them, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, NewType
from zoneinfo import ZoneInfo

from analytics.duties.matrix import OrganisationId
from analytics.orders.work_order import OrderId

TechnicianName = NewType("TechnicianName", str)

ZONE: Final = ZoneInfo("Asia/Shanghai")


class Skill(StrEnum):
    """What a certificate allows; an order may need none."""

    LIFT = "lift"
    FIRE = "fire"
    ELECTRICAL = "electrical"


_SKILLS: Final[Mapping[str, Skill]] = {
    "lift": Skill.LIFT,
    "escalator": Skill.LIFT,
    "electrical_monitor": Skill.ELECTRICAL,
    "fire_panel": Skill.FIRE,
    "detector": Skill.FIRE,
    "manual_call_point": Skill.FIRE,
    "gas_detector": Skill.FIRE,
    "fire_water": Skill.FIRE,
    "pump": Skill.FIRE,
    "fire_output": Skill.FIRE,
}


def skill_for(asset_class: str) -> Skill | None:
    """The certificate that work on a class of assets needs; None: none."""
    return _SKILLS.get(asset_class)


class Position(NamedTuple):
    """Where somebody or something is [degrees, WGS 84]."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A part of the weekly roster, in the zone of the places.

    Attributes:
        weekday: 1 is Monday.
        ends_at: Not after `starts_at`: on the next day.
    """

    weekday: int
    starts_at: time
    ends_at: time

    def covers(self, now: datetime) -> bool:
        """Whether somebody with this shift is on duty."""
        local = now.astimezone(ZONE)
        clock = local.time().replace(tzinfo=None)
        is_over_midnight = self.ends_at <= self.starts_at
        if local.isoweekday() == self.weekday and clock >= self.starts_at:
            return is_over_midnight or clock < self.ends_at
        yesterday = (local - timedelta(days=1)).isoweekday()
        return is_over_midnight and yesterday == self.weekday and clock < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Technician:
    """Somebody who works orders off.

    Attributes:
        certificates: Last day of validity, by skill.
        position: The last place known from the work itself, else where the person sets out from.
        load: Open orders in hand.
        recent: Orders of the last seven days.
        capacity: Most open orders at a time.
    """

    name: TechnicianName
    organisation: OrganisationId
    certificates: Mapping[Skill, date]
    shifts: tuple[Shift, ...]
    position: Position | None = None
    load: int = 0
    recent: int = 0
    capacity: int = 3

    def may(self, skill: Skill | None, now: datetime) -> bool:
        """Whether a certificate for the work is valid today."""
        if skill is None:
            return True
        until = self.certificates.get(skill)
        return until is not None and now.astimezone(ZONE).date() <= until

    def is_on_duty(self, now: datetime) -> bool:
        """Whether the roster has the person on duty."""
        return any(shift.covers(now) for shift in self.shifts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An order that waits for a technician.

    Attributes:
        organisation: Who owns it.
        excluded: Who declined it or did not answer.
    """

    order_id: OrderId
    organisation: OrganisationId
    skill: Skill | None = None
    position: Position | None = None
    is_life_safety: bool = False
    excluded: frozenset[TechnicianName] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An order and who gets it.

    Attributes:
        travel: Estimated way; None: a coordinate is unknown.
    """

    order_id: OrderId
    technician: TechnicianName
    travel: timedelta | None
