"""A month of a city's lifts through the assignment: arrival and restore times.

Rates are those of public rescue platforms (96333): 0.55 entrapments per 100 lifts and month, two
daily peaks, the first at 8 to 10, the second at 18 to 20. What people do (hear, free, repair)
is drawn from distributions whose medians are assumptions, marked below; what the platform does
(whom it sends, how long the way is) is the product's own code. So the arrival says how well the
orders were given, and the restore time only that nothing was left lying.

References:
    Jiangsu 2020: monthly rate 0.55 %, arrival 13.1 min, release 4.8 min; Nanning 2020-21: arrival
    13.54 min; Wuhu 2022: peaks (all through secondary sources, unverified).
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import numpy as np
from numpy.random import Generator

from analytics.duties.matrix import OrganisationId
from analytics.orders.assignment import assign
from analytics.orders.technician import (
    Position,
    Shift,
    Skill,
    Task,
    Technician,
    TechnicianName,
)
from analytics.orders.work_order import OrderId

PUBLISHED_ARRIVAL_MIN: Final = 13.1
"""Mean arrival, Jiangsu 2020."""
PUBLISHED_RELEASE_MIN: Final = 4.8
"""Mean release, Jiangsu 2020."""
ENTRAPMENTS_PER_LIFT: Final = 0.0055
"""A month."""
FAULTS_PER_LIFT: Final = 0.12
"""A month; an assumption: other orders that keep technicians busy."""
_HEAR_S: Final = 45.0
"""Median from the order to its acceptance [s], an assumption."""
_FREE_S: Final = PUBLISHED_RELEASE_MIN * 60
_REPAIR_S: Final = 50 * 60.0
"""Median of a repair [s], an assumption."""
_SPREAD: Final = 0.6
"""Sigma of the logarithm of what people do, an assumption."""
_NIGHT: Final = (time(20), time(8))
_DAY: Final = (time(8), time(20))
_CORNER: Final = Position(34.20, 113.60)
_DEGREES_PER_KM: Final = 1 / 111.2
_BEGIN: Final = datetime(2026, 10, 31, 16, tzinfo=UTC)
_HOURS: Final = np.array(
    [1, 1, 1, 1, 1, 2, 4, 7, 12, 11, 7, 7, 7, 6, 6, 6, 7, 9, 13, 12, 8, 6, 4, 2]
)
"""Weights of the hours of a day with the two peaks, shaped after Wuhu 2022."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How large the city is.

    Attributes:
        side_km: Length of its square.
        firms: Maintenance firms; each looks after its share of the lifts, all over the city.
    """

    lifts: int = 20_000
    technicians: int = 500
    firms: int = 20
    side_km: float = 24.0
    days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How long it took.

    Attributes:
        late: Entrapments reached after more than 30 min.
        left: Orders that nobody was ever given.
    """

    entrapments: int
    faults: int
    arrival_mean_min: float
    arrival_median_min: float
    arrival_p90_min: float
    restore_median_min: float
    late: int
    left: int


@dataclass(order=True, slots=True)
class _Happening:
    at: datetime
    number: int
    task: Task | None = field(compare=False, default=None)
    done_by: TechnicianName | None = field(compare=False, default=None)


def measure(extent: Extent, seed: int) -> Figures:
    """Let a month pass."""
    random = np.random.default_rng(seed)
    staff = {one.name: one for one in _staff(extent, random)}
    queue = _month(extent, random)
    heapq.heapify(queue)
    waiting: list[tuple[datetime, Task]] = []
    arrivals, restores = [], []
    count = len(queue)
    while queue:
        now = queue[0].at
        while queue and queue[0].at <= now:
            happened = heapq.heappop(queue)
            if happened.task is not None:
                waiting.append((happened.at, happened.task))
            if happened.done_by is not None:
                one = staff[happened.done_by]
                staff[happened.done_by] = replace(one, load=one.load - 1)
        given = assign([task for _, task in waiting], list(staff.values()), now).given
        tasks = {task.order_id: (since, task) for since, task in waiting}
        for gift in given:
            since, task = tasks.pop(gift.order_id)
            way = gift.travel or timedelta()
            arrived = now + _drawn(random, _HEAR_S) + way
            done = arrived + _drawn(random, _FREE_S if task.is_life_safety else _REPAIR_S)
            if task.is_life_safety:
                arrivals.append((arrived - since).total_seconds() / 60)
                restores.append((done - since).total_seconds() / 60)
            who = staff[gift.technician]
            staff[gift.technician] = replace(who, load=who.load + 1, position=task.position)
            count += 1
            heapq.heappush(queue, _Happening(done, count, done_by=gift.technician))
        waiting = list(tasks.values())
    return _figures(arrivals, restores, extent, len(waiting))


def _figures(
    arrivals: Sequence[float], restores: Sequence[float], extent: Extent, left: int
) -> Figures:
    return Figures(
        entrapments=len(arrivals),
        faults=round(extent.lifts * FAULTS_PER_LIFT * extent.days / 30),
        arrival_mean_min=float(np.mean(arrivals)),
        arrival_median_min=float(np.median(arrivals)),
        arrival_p90_min=float(np.quantile(arrivals, 0.9)),
        restore_median_min=float(np.median(restores)),
        late=int(np.sum(np.array(arrivals) > 30)),
        left=left,
    )


def _drawn(random: Generator, median_s: float) -> timedelta:
    return timedelta(seconds=float(random.lognormal(np.log(median_s), _SPREAD)))


def _staff(extent: Extent, random: Generator) -> list[Technician]:
    """Every second one works by day and the others by night, three weeks of four."""
    found = []
    for number in range(extent.technicians):
        starts_at, ends_at = _NIGHT if number // extent.firms % 3 == 2 else _DAY
        free = int(random.integers(1, 8))
        shifts = tuple(
            Shift(weekday=weekday, starts_at=starts_at, ends_at=ends_at)
            for weekday in range(1, 8)
            if weekday != free
        )
        found.append(
            Technician(
                name=TechnicianName(f"t{number}"),
                organisation=OrganisationId(number % extent.firms + 1),
                certificates={Skill.LIFT: date(2030, 1, 1)},
                shifts=shifts,
                position=_somewhere(extent, random),
            )
        )
    return found


def _month(extent: Extent, random: Generator) -> list[_Happening]:
    share = extent.days / 30
    entrapments = int(random.poisson(extent.lifts * ENTRAPMENTS_PER_LIFT * share))
    faults = round(extent.lifts * FAULTS_PER_LIFT * share)
    found = []
    for number in range(entrapments + faults):
        task = Task(
            order_id=OrderId(number + 1),
            organisation=OrganisationId(int(random.integers(extent.firms)) + 1),
            skill=Skill.LIFT,
            position=_somewhere(extent, random),
            is_life_safety=number < entrapments,
        )
        found.append(_Happening(_moment(extent, random), number, task=task))
    return found


def _moment(extent: Extent, random: Generator) -> datetime:
    hour = int(random.choice(24, p=_HOURS / _HOURS.sum()))
    day = int(random.integers(extent.days))
    return _BEGIN + timedelta(days=day, hours=hour, seconds=float(random.uniform(0, 3600)))


def _somewhere(extent: Extent, random: Generator) -> Position:
    north, east = random.uniform(0, extent.side_km, 2)
    squeeze = float(np.cos(np.radians(_CORNER.latitude)))
    return Position(
        _CORNER.latitude + float(north) * _DEGREES_PER_KM,
        _CORNER.longitude + float(east) * _DEGREES_PER_KM / squeeze,
    )
