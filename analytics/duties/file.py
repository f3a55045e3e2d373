"""The responsibility matrix as a file: YAML in, lines out, with errors that name the line."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import TypeAdapter, ValidationError

from analytics.duties.calendar import (
    ALWAYS_NAME,
    CHINA,
    Calendar,
    Holidays,
    HolidayYear,
    Hours,
)
from analytics.duties.fault import FileFault, Lines, Location, named, of_form, of_yaml
from analytics.duties.matrix import EVERYTHING, GROUP_MARK, Duty, Limit, Matrix, PlaceZone, Times
from analytics.duties.schema import (
    CalendarSection,
    HolidaySection,
    HolidaySpan,
    LineSection,
    MatrixFile,
)
from analytics.errors import BadDuties
from gateway.catalogue import ASSET_CLASSES, EVENT_KINDS, Group, Text
from gateway.catalogue.platform import UNKNOWN_EVENT

_EVENTS: Final = {kind.name for kind in (*EVENT_KINDS, UNKNOWN_EVENT)}
_GROUPS: Final = {GROUP_MARK + group for group in Group}
_CLASSES: Final = {item.name for item in ASSET_CLASSES}
_LONGEST_HOLIDAY: Final = timedelta(days=31)
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def default_source() -> str:
    """The text of the matrix that comes with the product."""
    return (files("analytics") / "duties" / "default.yaml").read_text("utf-8")


@cache
def public_holidays() -> Holidays:
    """The years that come with the product."""
    text = (files("analytics") / "duties" / "holidays.yaml").read_text("utf-8")
    years = TypeAdapter(dict[int, HolidaySection]).validate_python(yaml.load(text, _Loader))  # noqa: S506 - a safe loader
    return Holidays(years={year: _holiday_year(year, section) for year, section in years.items()})


def parse_matrix(source: str) -> Matrix:
    """A matrix from the text of its file.

    Raises:
        BadDuties: The text is no YAML, a field is wrong, a word is unknown, or two lines say the
            same thing; each fault on a line of its own, with the line of the file.
    """
    try:
        lines = Lines(yaml.compose(source, _Loader))
        content = yaml.load(source, _Loader)  # noqa: S506 - a safe loader
        file = MatrixFile.model_validate(content)
    except yaml.YAMLError as error:
        raise _bad([of_yaml(error)]) from error
    except ValueError as error:
        if not isinstance(error, ValidationError):
            raise _bad([_fault(lines, (), f"有不存在的日期({error})", str(error))]) from error
        raise _bad(of_form(error.errors(), lines)) from error
    faults = [*lines.twice(), *_wrong_words(file, lines), *_wrong_times(file, lines)]
    faults += _twins(file, lines)
    if faults:
        raise _bad(faults)
    return Matrix(
        name=file.name,
        valid_from=_zoned(file.valid_from),
        checksum=hashlib.sha256(source.encode()).hexdigest(),
        duties=tuple(_duty(number, line) for number, line in enumerate(file.lines, start=1)),
        times=_times(file),
    )


def _bad(faults: list[FileFault]) -> BadDuties:
    return BadDuties("\n".join(str(one) for one in sorted(faults, key=lambda one: one.line)))


def _zoned(at: datetime) -> datetime:
    return (at if at.tzinfo else at.replace(tzinfo=CHINA)).astimezone(UTC)


def _fault(lines: Lines, location: Location, zh: str, en: str) -> FileFault:
    return FileFault(line=lines.of(location), where=named(location), text=Text(zh=zh, en=en))


def _wrong_words(file: MatrixFile, lines: Lines) -> Iterator[FileFault]:
    calendars = {*file.calendars, ALWAYS_NAME}
    for number, line in enumerate(file.lines):
        here: Location = ("lines", number)
        if line.event not in _EVENTS | _GROUPS | {EVERYTHING}:
            zh, en = f"没有事件“{line.event}”", f"no event or @group {line.event!r}"
            yield _fault(lines, (*here, "event"), zh, en)
        if line.asset_class not in _CLASSES | {EVERYTHING}:
            zh, en = f"没有设备类别“{line.asset_class}”", f"no asset class {line.asset_class!r}"
            yield _fault(lines, (*here, "class"), zh, en)
        if line.calendar not in calendars:
            zh, en = f"没有日历“{line.calendar}”", f"no calendar {line.calendar!r}"
            yield _fault(lines, (*here, "calendar"), zh, en)
        if Limit.ACKNOWLEDGE not in line.limits_s:
            zh, en = "没有规定确认时限 acknowledge", "limits_s has no acknowledge"
            yield _fault(lines, (*here, "limits_s"), zh, en)


def _wrong_times(file: MatrixFile, lines: Lines) -> Iterator[FileFault]:
    for name, section in file.calendars.items():
        is_always = not (section.days or section.dates or section.hours)
        if name == ALWAYS_NAME or is_always:
            zh, en = "日历至少要限定日期或时段,且不能名为 always", "a calendar restricts something"
            yield _fault(lines, ("calendars", name), zh, en)
        for number, hours in enumerate(section.hours):
            begin, end = hours.split("-")
            if begin == end:
                zh, en = f"“{hours}”起止相同", f"{hours!r} begins and ends at once"
                yield _fault(lines, ("calendars", name, "hours", number), zh, en)
    for number, one in enumerate(file.zones):
        if _zone(one.zone) is None:
            zh, en = f"没有时区“{one.zone}”", f"no time zone {one.zone!r}"
            yield _fault(lines, ("zones", number, "zone"), zh, en)
    for year, listed in file.holidays.items():
        yield from _wrong_holidays(year, listed, lines)


def _wrong_holidays(year: int, listed: HolidaySection, lines: Lines) -> Iterator[FileFault]:
    here: Location = ("holidays", year)
    for number, span in enumerate(listed.holidays):
        if not timedelta(0) <= span.last - span.first < _LONGEST_HOLIDAY:
            zh, en = f"“{span.name}”的起止日期不对", f"{span.name!r} does not end after it begins"
            yield _fault(lines, (*here, "holidays", number), zh, en)
            return
    try:
        _holiday_year(year, listed)
    except ValueError as error:
        yield _fault(lines, here, f"{year}年的日期不对({error})", str(error))


def _twins(file: MatrixFile, lines: Lines) -> Iterator[FileFault]:
    keys: dict[str, int] = {}
    scopes: dict[tuple[str, str, str | None, str], int] = {}
    for number, line in enumerate(file.lines):
        scope = line.event, line.asset_class, line.place, line.calendar
        if line.key in keys:
            first = lines.of(("lines", keys[line.key]))
            zh, en = (
                f"“{line.key}”与第{first}行重名",
                f"key {line.key!r} stands on line {first} too",
            )
            yield _fault(lines, ("lines", number, "key"), zh, en)
        if scope in scopes:
            first = lines.of(("lines", scopes[scope]))
            zh = f"与第{first}行的适用范围完全相同"
            yield _fault(
                lines, ("lines", number), zh, f"the same scope as the line on line {first}"
            )
        keys.setdefault(line.key, number)
        scopes.setdefault(scope, number)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _times(file: MatrixFile) -> Times:
    own = {year: _holiday_year(year, section) for year, section in file.holidays.items()}
    return Times(
        calendars={name: _calendar(name, section) for name, section in file.calendars.items()},
        zones=tuple(PlaceZone(place_path=one.place, zone=ZoneInfo(one.zone)) for one in file.zones),
        holidays=public_holidays().joined(Holidays(years=own)),
        brought=Holidays(years=own),
    )


def _calendar(name: str, section: CalendarSection) -> Calendar:
    return Calendar(
        name=name,
        days=frozenset(section.days),
        dates=frozenset(section.dates),
        hours=tuple(_hours(text) for text in section.hours),
    )


def _hours(text: str) -> Hours:
    begin, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    # 06:00-00:00 ends at midnight as 06:00-24:00 does.
    return Hours(begin=begin, end=end or 24 * 60)


def _holiday_year(year: int, section: HolidaySection) -> HolidayYear:
    return HolidayYear(
        year=year,
        is_published=section.published,
        basis=section.basis,
        holidays=frozenset(chain.from_iterable(map(_days_of, section.holidays))),
        workdays=frozenset(section.workdays),
    )


def _days_of(span: HolidaySpan) -> Iterator[date]:
    for number in range((span.last - span.first).days + 1):
        yield span.first + timedelta(days=number)


def _duty(number: int, line: LineSection) -> Duty:
    return Duty(
        line=number,
        key=line.key,
        event=line.event,
        asset_class=line.asset_class,
        place_path=line.place,
        calendar=line.calendar,
        responsible=line.responsible,
        order_to=line.order_to or line.responsible,
        joint=line.joint,
        chain=line.chain,
        limits=_limits(line.limits_s),
        opens_order=line.opens_order,
        tells_bureau=line.tells_bureau,
        note=Text(zh=line.note.zh, en=line.note.en),
        basis=line.basis,
    )


def _limits(limits_s: Mapping[Limit, int]) -> dict[Limit, timedelta]:
    return {limit: timedelta(seconds=length) for limit, length in limits_s.items()}
