"""Local time of a history: hour, weekday, season and the long holidays, from UTC milliseconds."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.growth import Array
from simulators.model import LOCAL_OFFSET_S

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
        holiday=np.isin(days, _holidays(int(days.min()), int(days.max()))),
        season_k=np.asarray(11.0 * np.cos(turn)),
        damp=np.asarray(0.5 + 0.4 * np.cos(turn + 0.35)),
    )


def _holidays(first_day: int, last_day: int) -> NDArray[np.int64]:
    epoch = date(1970, 1, 1)
    years = range(_date(first_day).year, _date(last_day).year + 1)
    begins = [(date(year, 10, 1), 7) for year in years]
    begins += [(day - timedelta(days=3), 12) for day in _SPRING_FESTIVALS]
    found = [(begin - epoch).days + k for begin, length in begins for k in range(length)]
    return np.asarray(sorted(found), dtype=np.int64)


def _date(day: int) -> date:
    return datetime.fromtimestamp(day * _DAY_S, UTC).date()
