"""When a line of the matrix holds: nights, weekends, public holidays and make-up working days.

A moment is an instant; what the clock on the wall says there follows from the zone of the place.
Only that direction is ever computed, so an hour that a change of summer time skips or repeats is
no question: each instant has exactly one local day and minute.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from analytics.clocks.working_time import OFFICE_HOURS, WorkingTime

ALWAYS_NAME: Final = "always"
CHINA: Final = ZoneInfo("Asia/Shanghai")
MINUTES_OF_A_DAY: Final = 24 * 60
_SATURDAY: Final = 5


class DayKind(StrEnum):
    """What kind of day it is; each day is one of them."""

    WORKDAY = "workday"
    """Monday to Friday, or a weekend day that makes up for a holiday (调休上班)."""
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayYear:
    """The public holidays of one year.

    Attributes:
        is_published: Whether the State Council's notice for the year is known here.
        basis: The notice, or why there is none.
        workdays: Weekend days on which people work (调休).
    """

    year: int
    is_published: bool
    basis: str
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if any(day.year != self.year for day in self.holidays | self.workdays):
            raise ValueError(f"a day of the list of {self.year} lies in another year")
        if both := self.holidays & self.workdays:
            raise ValueError(f"{min(both)} is a holiday and a working day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """The years that are known."""

    years: Mapping[int, HolidayYear] = field(default_factory=dict)

    def kind(self, day: date) -> DayKind:
        """What kind of day it is; in a year without a list, by the weekday alone."""
        year = self.years.get(day.year)
        if year is not None and day in year.holidays:
            return DayKind.HOLIDAY
        if year is not None and day in year.workdays:
            return DayKind.WORKDAY
        return DayKind.WEEKEND if day.weekday() >= _SATURDAY else DayKind.WORKDAY

    def knows(self, year: int) -> bool:
        """Whether the notice for a year is known."""
        found = self.years.get(year)
        return found is not None and found.is_published

    def joined(self, more: "Holidays") -> "Holidays":
        """These years, the others' before them."""
        return Holidays(years={**self.years, **more.years})


def office_hours(holidays: Holidays) -> WorkingTime:
    """Hours of a service desk on the days on which people work: holidays and 调休 count."""
    return replace(OFFICE_HOURS, is_workday=lambda day: holidays.kind(day) is DayKind.WORKDAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalMoment:
    """What calendar and clock on the wall say at a place.

    Attributes:
        minute: Minutes since midnight by the clock on the wall, 0 to 1439.
    """

    day: date
    minute: int
    kind: DayKind

    def __str__(self) -> str:
        return f"{self.day.isoformat()} {self.minute // 60:02d}:{self.minute % 60:02d} {self.kind}"


def local_moment(at: datetime, zone: ZoneInfo, holidays: Holidays) -> LocalMoment:
    """An instant as a place sees it.

    Args:
        at: An instant, with a zone.
        zone: Of the place.
        holidays: Of the country.
    """
    if at.tzinfo is None:
        raise ValueError("a moment without a zone is no instant")
    local = at.astimezone(zone)
    day = local.date()
    return LocalMoment(day=day, minute=local.hour * 60 + local.minute, kind=holidays.kind(day))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A part of the day; one that ends before it begins goes over midnight.

    Attributes:
        begin: First minute that belongs to it.
        end: First minute after it; 1440 is midnight.
    """

    begin: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.begin < MINUTES_OF_A_DAY and 0 < self.end <= MINUTES_OF_A_DAY):
            raise ValueError("hours lie between 00:00 and 24:00")
        if self.begin == self.end:
            raise ValueError("hours begin and end at the same minute")

    def hold(self, minute: int) -> bool:
        """Whether a minute of the day belongs to it."""
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end

    def __str__(self) -> str:
        return "-".join(f"{one // 60:02d}:{one % 60:02d}" for one in (self.begin, self.end))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A named set of moments.

    The day is that of the moment itself: 02:00 on a Saturday is Saturday's, also for hours that
    began on Friday night.

    Attributes:
        days: Kinds of days; together with `dates` none means every day.
        dates: Days beside them, whatever their kind.
        hours: Parts of the day; none means the whole day.
    """

    name: str
    days: frozenset[DayKind] = frozenset()
    dates: frozenset[date] = frozenset()
    hours: tuple[Hours, ...] = ()

    @property
    def is_always(self) -> bool:
        """Whether it holds at every moment by its very form."""
        return not (self.days or self.dates or self.hours)

    def holds(self, moment: LocalMoment) -> bool:
        """Whether a moment belongs to it."""
        is_any_day = not (self.days or self.dates)
        is_day = is_any_day or moment.kind in self.days or moment.day in self.dates
        return is_day and (not self.hours or any(part.hold(moment.minute) for part in self.hours))


ALWAYS: Final = Calendar(name=ALWAYS_NAME)
_NO_DATE: Final = date(1970, 1, 1)


def atoms(calendars: Mapping[str, Calendar], holidays: Holidays) -> Iterator[LocalMoment]:
    """Moments such that each calendar is constant between them: one of each kind that exists.

    What holds at all of them holds always, whatever days the State Council makes holidays of: a
    day that no calendar names stands there as each kind of day. A named day is of its own kind
    where the year's list is known, and of each kind where it is not.
    """
    named = sorted({day for one in calendars.values() for day in one.dates})
    edges = {0} | {
        minute % MINUTES_OF_A_DAY
        for one in calendars.values()
        for part in one.hours
        for minute in (part.begin, part.end)
    }
    days = [(_NO_DATE, kind) for kind in DayKind]
    for day in named:
        is_known = holidays.knows(day.year)
        kinds = (holidays.kind(day),) if is_known else tuple(DayKind)
        days += [(day, kind) for kind in kinds]
    for day, kind in days:
        for minute in sorted(edges):
            yield LocalMoment(day=day, minute=minute, kind=kind)
