"""Times of the standard: second, minute, hour, day, month and year since 2000, a byte each.

They carry no zone; China's (UTC+8, no summer time) is meant. Some devices write the digits as
BCD; their profile says so.
"""

from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import Final

TIME_BYTES: Final = 6
ZONE: Final = timezone(timedelta(hours=8))
_ZONE_MS: Final = 8 * 3_600_000


class TimeCoding(StrEnum):
    """How the six numbers are written."""

    BINARY = "binary"
    BCD = "bcd"


def _months() -> dict[tuple[int, int], tuple[int, int]]:
    """(year - 2000, month) to the month's first moment [ms since 1970, UTC+8] and its days."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for year in range(100):
        for month in range(1, 13):
            first = datetime(2000 + year, month, 1, tzinfo=UTC)
            began_ms = round(first.timestamp() * 1000) - _ZONE_MS
            found[year, month] = began_ms, monthrange(2000 + year, month)[1]
    return found


_MONTHS: Final = _months()
_FROM_BCD: Final = {(n // 10) << 4 | n % 10: n for n in range(100)}
_TO_BCD: Final = {n: byte for byte, n in _FROM_BCD.items()}


def read_time(six: bytes, coding: TimeCoding = TimeCoding.BINARY) -> int | None:
    """The moment [ms since 1970, UTC]; None when the bytes are no time that can be."""
    if len(six) != TIME_BYTES:
        return None
    is_bcd = coding is TimeCoding.BCD
    digits = [_FROM_BCD.get(byte, 0xFF) for byte in six] if is_bcd else six
    second, minute, hour, day, month, year = digits
    found = _MONTHS.get((year, month))
    if found is None or second > 59 or minute > 59 or hour > 23:
        return None
    began_ms, days = found
    if not 1 <= day <= days:
        return None
    return began_ms + (((day - 1) * 24 + hour) * 60 + minute) * 60_000 + second * 1000


def write_time(at_ms: int, coding: TimeCoding = TimeCoding.BINARY) -> bytes:
    """Six bytes for a moment [ms since 1970, UTC] of this century."""
    return _written(at_ms // 1000, coding)


@lru_cache(maxsize=64)
def _written(at_s: int, coding: TimeCoding) -> bytes:
    at = datetime.fromtimestamp(at_s, ZONE)
    numbers = (at.second, at.minute, at.hour, at.day, at.month, at.year - 2000)
    if coding is TimeCoding.BCD:
        return bytes(_TO_BCD[number] for number in numbers)
    return bytes(numbers)


def local_text(six: bytes, coding: TimeCoding = TimeCoding.BINARY) -> str | None:
    """The moment as the device's wall clock shows it; None when it is no time."""
    at_ms = read_time(six, coding)
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms / 1000, ZONE).strftime("%Y-%m-%dT%H:%M:%S")
