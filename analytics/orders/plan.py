"""Duties by the calendar: which turn of a plan is running, how deep it goes, and when it is due.

A lift is cleaned, oiled, adjusted and checked at least every 15 days (special-equipment safety
ordinance art. 31); the classes half-month, quarter, half-year and year contain each other (TSG
T5002-2017 art. 6; working defaults 15, 92, 183 and 365 days, secondary source). An alarm system
calls the rescue service by itself at least every 72 h (EN 81-28:2022). Fire rounds: daily in key
fire-safety units (order 61 of the public-security ministry art. 25), weekly in others, monthly
the single functions (GB 25201-2010, unverified).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, NewType
from zoneinfo import ZoneInfo

from analytics.alarms.alarm import AssetId
from analytics.alarms.report import PlacePath
from gateway.catalogue import Text

PlanId = NewType("PlanId", int)
ZONE: Final = ZoneInfo("Asia/Shanghai")
_QUARTER_DAYS: Final = 92
_HALF_YEAR_DAYS: Final = 183
_YEAR_DAYS: Final = 365


class PlanKind(StrEnum):
    """What has to be done again and again."""

    LIFT_MAINTENANCE = "lift_maintenance"
    ALARM_TEST_CALL = "alarm_test_call"
    FIRE_ROUND = "fire_round"


class Every(StrEnum):
    """How often."""

    HALF_MONTH = "half_month"
    THREE_DAYS = "three_days"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Depth(StrEnum):
    """How deep a maintenance of a lift goes; each contains the one before."""

    HALF_MONTH = "half_month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


_DAYS: Final = {
    Every.HALF_MONTH: 15,
    Every.THREE_DAYS: 3,
    Every.DAY: 1,
    Every.WEEK: 7,
    Every.MONTH: 30,
}
_WAITS: Final = timedelta(days=2)
"""A lift has so long to call by itself before somebody is sent to press the button."""
_TERMS: Final = (
    (Depth.YEAR, _YEAR_DAYS),
    (Depth.HALF_YEAR, _HALF_YEAR_DAYS),
    (Depth.QUARTER, _QUARTER_DAYS),
)
_LABELS: Final = {
    PlanKind.LIFT_MAINTENANCE: Text(zh="电梯维护保养", en="Lift maintenance"),
    PlanKind.ALARM_TEST_CALL: Text(zh="紧急报警装置试呼", en="Test call of the alarm system"),
    PlanKind.FIRE_ROUND: Text(zh="防火巡查", en="Fire round"),
}
_EVERY_LABELS: Final = {
    Every.HALF_MONTH: Text(zh="每15日", en="every 15 days"),
    Every.THREE_DAYS: Text(zh="每72小时", en="every 72 h"),
    Every.DAY: Text(zh="每日", en="daily"),
    Every.WEEK: Text(zh="每周", en="weekly"),
    Every.MONTH: Text(zh="每月", en="monthly"),
}
_DEPTH_LABELS: Final = {
    Depth.HALF_MONTH: Text(zh="半月", en="half-month"),
    Depth.QUARTER: Text(zh="季度", en="quarter"),
    Depth.HALF_YEAR: Text(zh="半年", en="half-year"),
    Depth.YEAR: Text(zh="年度", en="year"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Something that has to be done again and again.

    Attributes:
        starts_on: First day of the first turn.
    """

    id: PlanId
    kind: PlanKind
    every: Every
    starts_on: date
    place_path: PlacePath
    asset_id: AssetId | None = None
    name_zh: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a plan.

    Attributes:
        number: Turns since the plan began, from 0.
        depth: How deep a maintenance goes; None for other duties.
        opens_at: From when an order asks for it; a lift that calls by itself is waited for.
        due_at: Until when it must be done: the end of its last day at the place.
    """

    number: int
    begins_on: date
    opens_at: datetime
    due_at: datetime
    depth: Depth | None = None


def turn_at(plan: Plan, now: datetime) -> Turn | None:
    """The turn that is running; None before the plan begins.

    Turns that nobody planned because the platform stood still are not planned afterwards: nobody
    can make a round of last week. They stay visible as a gap in the numbers.
    """
    today = now.astimezone(ZONE).date()
    if today < plan.starts_on:
        return None
    number = (today - plan.starts_on).days // _DAYS[plan.every]
    return turn(plan, number)


def turn(plan: Plan, number: int) -> Turn:
    """A turn by its number."""
    days = _DAYS[plan.every]
    begins_on = plan.starts_on + timedelta(days=number * days)
    ends_on = begins_on + timedelta(days=days)
    waits = _WAITS if plan.kind is PlanKind.ALARM_TEST_CALL else timedelta(0)
    return Turn(
        number=number,
        begins_on=begins_on,
        opens_at=datetime.combine(begins_on, time(0), ZONE) + waits,
        due_at=datetime.combine(ends_on, time(0), ZONE),
        depth=_depth(number, days) if plan.kind is PlanKind.LIFT_MAINTENANCE else None,
    )


def _depth(number: int, days: int) -> Depth:
    """The deepest class whose term ends after this turn and not after the next one.

    So the deeper work is done before its term ends, counted from the plan's beginning.
    """
    ends = (number + 1) * days
    for depth, term in _TERMS:
        if (ends + days - 1) // term > (ends - 1) // term:
            return depth
    return Depth.HALF_MONTH


def title_of(plan: Plan, turn_: Turn) -> str:
    """What the order of a turn is called, in Chinese."""
    depth = "" if turn_.depth is None else f"({_DEPTH_LABELS[turn_.depth].zh})"
    words = f"{_LABELS[plan.kind].zh}{depth}"
    return " ".join(part for part in (plan.name_zh, words) if part)


def detail_of(plan: Plan, turn_: Turn) -> str:
    """When and how often, in both languages."""
    every = _EVERY_LABELS[plan.every]
    depth = "" if turn_.depth is None else f", {_DEPTH_LABELS[turn_.depth].en}"
    return f"{every.zh} ({_LABELS[plan.kind].en}, {every.en}{depth})"


def key_of(plan: Plan, turn_: Turn) -> str:
    """The key that lets a turn open one order only."""
    return f"plan:{plan.id}:{turn_.number}"
