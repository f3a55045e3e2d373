"""Weeks of a roster as people write and read them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from analytics.errors import BadRoster
from analytics.orders.roster import DAY_MIN, WEEK_MIN, Hole, holes_of, parse_shift
from dashboards.console.errors import BadRequest
from dashboards.console.language import N_, translator

_DAYS: Final = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
_MOST_LINES: Final = 42


def expand(text: str) -> tuple[str, ...]:
    """Lines such as `1-5 08:00 20:00` as shifts of single days; an empty text is an empty week.

    Raises:
        BadRequest: A line is none.
    """
    lines = [line.strip() for line in text.replace(";", "\n").splitlines() if line.strip()]
    if len(lines) > _MOST_LINES:
        raise BadRequest(f"at most {_MOST_LINES} lines")
    try:
        return tuple(dict.fromkeys(shift for line in lines for shift in _of_line(line)))
    except BadRoster as error:
        raise BadRequest(str(error)) from error


def _of_line(line: str) -> list[str]:
    days, _, hours = line.replace("-", " ", 1).partition(" ") if line[1:2] == "-" else ("", "", "")
    if not days:
        _ = parse_shift(line)
        return [line]
    last, _, times = hours.partition(" ")
    if not (days.isdigit() and last.isdigit() and 1 <= int(days) <= int(last) <= 7):
        raise BadRoster(f"{line!r}: weekdays such as 1-5")
    found = [f"{day} {times}" for day in range(int(days), int(last) + 1)]
    for one in found:
        _ = parse_shift(one)
    return found


def covered_words(shifts: Iterable[str], language: str) -> list[str]:
    """Shifts in words, days with the same hours together."""
    say = translator(language)
    by_hours: dict[str, list[int]] = {}
    for text in shifts:
        day, starts, ends = text.split()
        by_hours.setdefault(f"{starts}–{ends}", []).append(int(day))
    return [
        f"{' '.join(say(_DAYS[day - 1]) for day in days)} {hours}"
        for hours, days in by_hours.items()
    ]


def holes_words(shifts: Sequence[str], language: str) -> list[str]:
    """The hours of the week that none of the shifts covers, in words."""
    say = translator(language)
    holes = holes_of(parse_shift(text) for text in shifts)
    if holes == [Hole(starts_min=0, ends_min=WEEK_MIN)]:
        return [say(N_("整周无人"))]
    return [
        f"{_moment(hole.starts_min, language)} – {_moment(hole.ends_min, language)}"
        for hole in holes
    ]


def is_covered(shifts: Iterable[str], now: datetime) -> bool:
    """Whether somebody is on duty now."""
    return any(parse_shift(text).covers(now) for text in shifts)


def _moment(minutes: int, language: str) -> str:
    within = minutes % WEEK_MIN
    day, minute = divmod(within, DAY_MIN)
    return f"{translator(language)(_DAYS[day])} {minute // 60:02}:{minute % 60:02}"
