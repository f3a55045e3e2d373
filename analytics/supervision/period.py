"""Periods of supervision in local time: day, week, month, quarter, half-year, year."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from analytics.errors import BadPeriod

ZONE = ZoneInfo("Asia/Shanghai")
"""Where a day begins: the whole country keeps one time, without summer time since 1992."""


class Rhythm(StrEnum):
    """How long a period is; the rhythm of reports that the public documents ask for.

    References:
        Kuiwen district, plan of 2021: 每日一分析, 每周一通报, 每月一打分, 半年一考核
        (read through secondary sources, unverified).
    """

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


_MONTHS = {Rhythm.MONTH: 1, Rhythm.QUARTER: 3, Rhythm.HALF_YEAR: 6, Rhythm.YEAR: 12}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Period:
    """A stretch of whole local days.

    Attributes:
        first: First day.
        rhythm: How long it is.
    """

    first: date
    rhythm: Rhythm

    def __post_init__(self) -> None:
        if self.first != _beginning(self.first, self.rhythm):
            raise BadPeriod(f"no {self.rhythm} begins on {self.first}")

    @classmethod
    def around(cls, day: date, rhythm: Rhythm) -> Self:
        """The period in which a day lies."""
        return cls(first=_beginning(day, rhythm), rhythm=rhythm)

    @classmethod
    def parse(cls, text: str) -> Self:
        """A period by its name: 2026-11-22, 2026-W47, 2026-11, 2026-Q4, 2026-H2 or 2026.

        Raises:
            BadPeriod: The text names no period.
        """
        try:
            first, rhythm = _parsed(text)
            return cls(first=first, rhythm=rhythm)
        except ValueError as error:
            raise BadPeriod(
                f"{text!r} is no period; write 2026-11-22, 2026-W47, 2026-11, 2026-Q4, 2026-H2"
                " or 2026"
            ) from error

    @property
    def until(self) -> date:
        """The day after the last one."""
        match self.rhythm:
            case Rhythm.DAY:
                return self.first + timedelta(days=1)
            case Rhythm.WEEK:
                return self.first + timedelta(days=7)
        return _months_later(self.first, _MONTHS[self.rhythm])

    @property
    def begins_at(self) -> datetime:
        """Its first moment [UTC]."""
        return _midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it [UTC]."""
        return _midnight(self.until)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.first).days

    @property
    def before(self) -> "Period":
        """The period just before."""
        return Period.around(self.first - timedelta(days=1), self.rhythm)

    def __str__(self) -> str:
        year, month = self.first.year, self.first.month
        match self.rhythm:
            case Rhythm.DAY:
                return self.first.isoformat()
            case Rhythm.WEEK:
                iso = self.first.isocalendar()
                return f"{iso.year}-W{iso.week:02}"
            case Rhythm.MONTH:
                return f"{year}-{month:02}"
            case Rhythm.QUARTER:
                return f"{year}-Q{(month + 2) // 3}"
            case Rhythm.HALF_YEAR:
                return f"{year}-H{1 if month == 1 else 2}"
            case Rhythm.YEAR:
                return str(year)


def _beginning(day: date, rhythm: Rhythm) -> date:
    match rhythm:
        case Rhythm.DAY:
            return day
        case Rhythm.WEEK:
            return day - timedelta(days=day.weekday())
    months = _MONTHS[rhythm]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _months_later(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def _parsed(text: str) -> tuple[date, Rhythm]:
    year, _, rest = text.partition("-")
    if len(year) != 4:
        raise ValueError(text)
    match rest[:1], rest[1:]:
        case "", "":
            return date(int(year), 1, 1), Rhythm.YEAR
        case "W", week:
            return date.fromisocalendar(int(year), int(week), 1), Rhythm.WEEK
        case "Q", quarter:
            return date(int(year), int(quarter) * 3 - 2, 1), Rhythm.QUARTER
        case "H", half:
            return date(int(year), int(half) * 6 - 5, 1), Rhythm.HALF_YEAR
    if len(rest) == 2:
        return date(int(year), int(rest), 1), Rhythm.MONTH
    return date.fromisoformat(text), Rhythm.DAY
