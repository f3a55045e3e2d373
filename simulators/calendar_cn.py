"""Local time of a history: hour, weekday, season and the long holidays, from UTC milliseconds."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.growth import Array

LOCAL_OFFSET_S: Final = 8 * 3600
"""China has one time zone, UTC+8, without summer time [s]."""
_EPOCH: Final = date(1970, 1, 1)
_DAY_S: Final = 86_400
_YEAR_DAYS: Final = 365.2425
_WARMEST_DAY: Final = 205
"""The middle of July is the warmest time in the lower Yangtze valley."""
_SPRING_FESTIVALS: Final = (
    date(2023, 1, 22),
    date(2024, 2, 10),
    date(2025, 1, 29),
    date(2026, 2, 17),
    date(2027, 2, 6),
    date(2028, 1, 26),
    date(2029, 2, 13),
    date(2030, 2, 3),
)
"""First days of the lunar year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """Times as people in the building live them; all of one shape.

    Attributes:
        hour: Of the day, 0 to 24.
        weekday: 0 is Monday.
        holiday: Spring Festival and the first week of October.
        season_k: Outdoor temperature of the season around the year's mean [K].
        damp: Humidity of the season, 0 to 1; highest in the plum rains of June and July.
    """

    hour: Array
    weekday: NDArray[np.int64]
    holiday: NDArray[np.bool_]
    season_k: Array
    damp: Array


def local_time(at_ms: NDArray[np.int64]) -> LocalTime:
    """The local time of those instants."""
    local_s = at_ms // 1000 + LOCAL_OFFSET_S
    days = local_s // _DAY_S
    turn = 2 * np.pi * (days - _WARMEST_DAY) / _YEAR_DAYS
    return LocalTime(
        hour=(local_s % _DAY_S) / 3600,
        weekday=(days + 3) % 7,
        holiday=np.isin(days, _holidays(_year(int(days.min())), _year(int(days.max())))),
        season_k=np.asarray(11.0 * np.cos(turn)),
        damp=np.asarray(0.5 + 0.4 * np.cos(turn + 0.35)),
    )


@lru_cache(maxsize=8)
def local_minute(minute: int) -> LocalTime:
    """The local time of a minute, counted since 1970; arrays without a dimension."""
    return local_time(np.asarray(60_000 * minute, dtype=np.int64))


@lru_cache(maxsize=64)
def _holidays(first_year: int, last_year: int) -> NDArray[np.int64]:
    """Days of the long holidays, counted since 1970."""
    begins = [(date(year, 10, 1), 7) for year in range(first_year, last_year + 1)]
    begins += [(day - timedelta(days=3), 12) for day in _SPRING_FESTIVALS]
    found = [(begin - _EPOCH).days + k for begin, length in begins for k in range(length)]
    return np.asarray(sorted(found), dtype=np.int64)


def _year(day: int) -> int:
    return (_EPOCH + timedelta(days=day)).year
