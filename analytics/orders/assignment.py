"""Which technician gets which order: one optimisation a round over all that wait.

A technician is a candidate only of the own organisation, on duty, with a valid certificate for the
kind of work, below capacity, and not after having declined. Among candidates the sum of costs is
least; an order of life safety weighs so much that no other order can take its technician away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt
from typing import Final, NamedTuple, NewType
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from analytics.duty import OrganisationId
from analytics.work_order import OrderId

TechnicianName = NewType("TechnicianName", str)

ZONE: Final = ZoneInfo("Asia/Shanghai")
_EARTH_RADIUS_M: Final = 6_371_000.0
_SPEED_M_PER_S: Final = 20 / 3.6
"""An electric scooter in a city, 20 km/h: a product rule, no source."""
_DETOUR: Final = 1.3
"""Streets against the straight line: a product rule, no source."""
_UNKNOWN_WAY_S: Final = 1800.0
"""The way where a coordinate is unknown: as long as the limit for reaching trapped people."""
_LOAD_S: Final = 900.0
"""An open order costs as much as a quarter of an hour of way."""
_RECENT_S: Final = 120.0
"""An order of the last seven days costs two minutes of way, so that work is spread."""
_MOST_S: Final = 5e4
"""No way counts longer than this, so that being served always costs less than being left."""
_LEFT_OVER: Final = 1e5
"""Cost of an order that nobody gets, times its weight."""
_LIFE_SAFETY: Final = 1e6
"""A second of life safety costs more than leaving one other order."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one optimisation gave.

    Attributes:
        left: Orders for which nobody suitable is free.
    """

    given: tuple[Given, ...]
    left: tuple[OrderId, ...]


def travel_time(start: Position | None, end: Position | None) -> timedelta | None:
    """How long the way takes [s]; None where a coordinate is unknown."""
    if start is None or end is None:
        return None
    return timedelta(seconds=_distance_m(start, end) * _DETOUR / _SPEED_M_PER_S)


def _distance_m(start: Position, end: Position) -> float:
    """Great-circle distance [m] by the haversine formula."""
    phi_1, phi_2 = radians(start.latitude), radians(end.latitude)
    d_phi, d_lambda = phi_2 - phi_1, radians(end.longitude - start.longitude)
    a = sin(d_phi / 2) ** 2 + cos(phi_1) * cos(phi_2) * sin(d_lambda / 2) ** 2
    return 2 * _EARTH_RADIUS_M * asin(min(1.0, sqrt(a)))


def is_candidate(task: Task, technician: Technician, now: datetime) -> bool:
    """Whether the order may be given to the technician at all.

    Life safety is given beyond capacity: people who wait are not told that everybody is busy.
    """
    return (
        technician.organisation == task.organisation
        and technician.name not in task.excluded
        and (task.is_life_safety or technician.load < technician.capacity)
        and technician.may(task.skill, now)
        and technician.is_on_duty(now)
    )


def cost(task: Task, technician: Technician, extra: int = 0) -> float:
    """What giving the order to the technician costs [s of way], weighted for life safety.

    Args:
        task: The order.
        technician: Who would get it.
        extra: Orders that the same round gives the person before this one.
    """
    way = travel_time(technician.position, task.position)
    seconds = _UNKNOWN_WAY_S if way is None else way.total_seconds()
    if not task.is_life_safety:
        seconds += _LOAD_S * (technician.load + extra) + _RECENT_S * technician.recent
    elif extra or technician.load:
        seconds += _LOAD_S
    return min(seconds, _MOST_S) * weight(task)


def weight(task: Task) -> float:
    """How much an order counts against others."""
    return _LIFE_SAFETY if task.is_life_safety else 1.0


def left_over_cost(task: Task) -> float:
    """What it costs that nobody gets the order."""
    return _LEFT_OVER * weight(task)


def assign(tasks: Sequence[Task], technicians: Sequence[Technician], now: datetime) -> Round:
    """Give out what can be given, at the least sum of costs.

    A technician with room for several orders stands in several columns; the second column costs
    one more load. Each order has a column of its own for being left.

    Args:
        tasks: Orders that wait.
        technicians: Everybody of their organisations.
        now: The platform's clock.
    """
    slots = [
        (technician, extra)
        for technician in technicians
        for extra in range(max(1, technician.capacity - technician.load))
    ]
    if not tasks or not slots:
        return Round(given=(), left=tuple(task.order_id for task in tasks))
    matrix = _costs(tasks, slots, now)
    rows, columns = linear_sum_assignment(matrix)
    given, left = [], []
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        task = tasks[row]
        if column >= len(slots):
            left.append(task.order_id)
            continue
        technician = slots[column][0]
        travel = travel_time(technician.position, task.position)
        given.append(Given(order_id=task.order_id, technician=technician.name, travel=travel))
    return Round(given=tuple(given), left=tuple(left))


def _costs(
    tasks: Sequence[Task], slots: Sequence[tuple[Technician, int]], now: datetime
) -> NDArray[np.float64]:
    """Costs [s of way], shape (n_tasks, n_slots + n_tasks); forbidden pairs cost infinity."""
    matrix = np.full((len(tasks), len(slots) + len(tasks)), np.inf)
    for row, task in enumerate(tasks):
        matrix[row, len(slots) + row] = left_over_cost(task)
        for column, (technician, extra) in enumerate(slots):
            if is_candidate(task, technician, now):
                matrix[row, column] = cost(task, technician, extra)
    return matrix
