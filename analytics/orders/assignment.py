"""Which technician gets which order: one optimisation a round over all that wait.

A technician is a candidate only of the own organisation, on duty, with a valid certificate for the
kind of work, below capacity, and not after having declined. Among candidates the sum of costs is
least; an order of life safety weighs so much that no other order can take its technician away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.orders.technician import Given, Position, Task, Technician
from analytics.orders.work_order import OrderId

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
    # Here, because the library takes over a second to load and most processes never assign.
    from scipy.optimize import linear_sum_assignment

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
