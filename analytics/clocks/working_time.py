"""When the time of a deadline counts: always, or in working hours of working days only.

Clocks of life safety always run; a complaint about a scratched panel need not be answered on the
first day of the Spring Festival.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

CHINA: Final = ZoneInfo("Asia/Shanghai")
_SATURDAY: Final = 5
_MOST_DAYS: Final = 400
"""A calendar without a working day for longer than this is a mistake."""


def is_weekday(day: date) -> bool:
    """Monday to Friday, where no calendar of holidays is given."""
    return day.weekday() < _SATURDAY


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTime:
    """Hours that count.

    Attributes:
        starts_at: Beginning of a working day; None: every hour of every day counts.
        ends_at: Its end.
        is_workday: What the calendar says: weekends, holidays, make-up working days.
    """

    starts_at: time | None = None
    ends_at: time | None = None
    is_workday: Callable[[date], bool] = field(default=is_weekday)

    def __post_init__(self) -> None:
        if (self.starts_at is None) != (self.ends_at is None):
            raise ValueError("working hours have a beginning and an end")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("working hours end on the day on which they begin")

    def due(self, start: datetime, length: timedelta, *, is_life_safety: bool) -> datetime:
        """When so much time that counts has gone by.

        Args:
            start: When the clock begins, with a zone.
            length: Time that counts.
            is_life_safety: Whether every minute counts, whatever the calendar says.
        """
        if is_life_safety or self.starts_at is None or self.ends_at is None:
            return start + length
        left, moment = length, start.astimezone(CHINA)
        for _ in range(_MOST_DAYS):
            opens = datetime.combine(moment.date(), self.starts_at, CHINA)
            closes = datetime.combine(moment.date(), self.ends_at, CHINA)
            begins = max(moment, opens)
            if self.is_workday(moment.date()) and begins < closes:
                if begins + left <= closes:
                    return (begins + left).astimezone(start.tzinfo)
                left -= closes - begins
            moment = datetime.combine(moment.date() + timedelta(days=1), time(0), CHINA)
        raise ValueError("the calendar has no working day")


ALWAYS: Final = WorkingTime()
"""Every minute counts."""
OFFICE_HOURS: Final = WorkingTime(starts_at=time(8), ends_at=time(18))
"""Of a property company's service desk, Monday to Friday: a product rule."""
