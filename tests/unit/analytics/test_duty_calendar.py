"""Nights, weekends, holidays and make-up working days, by the clock on the wall of a place."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.duties.calendar import (
    ALWAYS,
    CHINA,
    Calendar,
    DayKind,
    HolidayYear,
    Hours,
    atoms,
    local_moment,
)
from analytics.duties.check import unpublished_years
from analytics.duties.file import default_source, parse_matrix, public_holidays
from analytics.duties.lookup import LineFinder
from gateway.catalogue import event_kind

HOLIDAYS = public_holidays()
NIGHT = Calendar(name="night", hours=(Hours(begin=22 * 60, end=6 * 60),))
REST = Calendar(name="rest", days=frozenset({DayKind.WEEKEND, DayKind.HOLIDAY}))
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-01-01", DayKind.HOLIDAY),
        ("2026-01-04", DayKind.WORKDAY),
        ("2026-02-14", DayKind.WORKDAY),
        ("2026-02-17", DayKind.HOLIDAY),
        ("2026-02-23", DayKind.HOLIDAY),
        ("2026-02-24", DayKind.WORKDAY),
        ("2026-02-28", DayKind.WORKDAY),
        ("2026-05-09", DayKind.WORKDAY),
        ("2026-09-20", DayKind.WORKDAY),
        ("2026-10-07", DayKind.HOLIDAY),
        ("2026-10-10", DayKind.WORKDAY),
        ("2026-10-11", DayKind.WEEKEND),
        ("2026-11-22", DayKind.WEEKEND),
        ("2027-02-06", DayKind.WEEKEND),
        ("2027-10-01", DayKind.WORKDAY),
    ],
)
def test_each_day_is_what_the_state_council_said(day: str, kind: DayKind) -> None:
    assert HOLIDAYS.kind(date.fromisoformat(day)) is kind


def test_2026_has_33_free_days_of_holidays_and_six_that_make_up() -> None:
    year = HOLIDAYS.years[2026]
    assert (len(year.holidays), len(year.workdays)) == (33, 6)
    assert all(day.weekday() >= 5 for day in year.workdays)


def test_a_year_without_a_notice_is_said_to_be_unknown() -> None:
    assert HOLIDAYS.knows(2026)
    assert not HOLIDAYS.knows(2027)
    assert not HOLIDAYS.knows(2031)
    matrix = parse_matrix(default_source())
    assert unpublished_years(matrix, date(2026, 11, 22)) == (2027,)


def test_a_matrix_brings_a_year_that_was_published_later() -> None:
    text = default_source().replace(
        "lines:\n",
        "holidays:\n"
        "  2027:\n"
        "    published: true\n"
        "    basis: a notice that was published after this release\n"
        "    holidays: [{name: 国庆节, first: 2027-10-01, last: 2027-10-07}]\n"
        "    workdays: [2027-10-09]\n"
        "lines:\n",
        1,
    )
    matrix = parse_matrix(text)
    assert unpublished_years(matrix, date(2026, 11, 22)) == ()
    assert matrix.times.holidays.kind(date(2027, 10, 4)) is DayKind.HOLIDAY
    assert matrix.times.holidays.kind(date(2027, 10, 9)) is DayKind.WORKDAY
    assert matrix.times.holidays.kind(date(2026, 2, 17)) is DayKind.HOLIDAY


@pytest.mark.parametrize(
    ("when", "is_night"),
    [
        ("2026-11-25 21:59", False),
        ("2026-11-25 22:00", True),
        ("2026-11-25 23:59", True),
        ("2026-11-26 00:00", True),
        ("2026-11-26 05:59", True),
        ("2026-11-26 06:00", False),
    ],
)
def test_a_night_goes_over_midnight(when: str, is_night: bool) -> None:
    assert NIGHT.holds(local_moment(at(when), CHINA, HOLIDAYS)) is is_night


def test_the_clock_of_the_place_counts_not_that_of_the_server() -> None:
    instant = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)
    assert NIGHT.holds(local_moment(instant, CHINA, HOLIDAYS))
    assert not NIGHT.holds(local_moment(instant, ZoneInfo("America/New_York"), HOLIDAYS))
    urumqi = local_moment(instant, ZoneInfo("Asia/Urumqi"), HOLIDAYS)
    assert (urumqi.day, urumqi.minute) == (date(2026, 11, 25), 3 * 60 + 30)


def test_a_place_with_its_own_zone_gets_its_own_night() -> None:
    text = default_source().replace(
        "lines:\n", "zones:\n  - {place: west, zone: Asia/Urumqi}\nlines:\n", 1
    )
    finder = LineFinder(parse_matrix(text))
    instant = at("2026-11-25 23:00")
    kind = event_kind("asset_silent")
    keys = [
        found.key
        for path in ("east.a", "west.a", "westward")
        if (found := finder.find(kind, "gateway", path, instant))
    ]
    assert keys == ["contact_night", "contact", "contact_night"]


def test_summer_time_skips_and_repeats_hours_and_every_instant_has_one_answer() -> None:
    for change in (datetime(2026, 3, 29, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, tzinfo=UTC)):
        found = [
            NIGHT.holds(local_moment(change + timedelta(minutes=30 * n), BERLIN, HOLIDAYS))
            for n in range(16)
        ]
        # One run of night, then one of day: no instant falls between.
        assert found == sorted(found, reverse=True)
        assert True in found
        assert False in found


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no instant"):
        local_moment(datetime(2026, 1, 1), CHINA, HOLIDAYS)  # noqa: DTZ001


def test_a_day_cannot_be_a_holiday_and_a_working_day() -> None:
    day = frozenset({date(2026, 1, 1)})
    with pytest.raises(ValueError, match="holiday and a working day"):
        HolidayYear(year=2026, is_published=True, basis="x", holidays=day, workdays=day)


@given(st.integers(0, 4 * 366 * 1440).map(lambda n: FIRST + timedelta(minutes=n)))
def test_what_holds_at_an_atom_holds_at_each_moment_that_it_stands_for(when: datetime) -> None:
    dated = Calendar(name="dated", dates=frozenset({date(2026, 2, 17), date(2027, 2, 6)}))
    calendars = {one.name: one for one in (NIGHT, REST, dated, ALWAYS)}
    moment = local_moment(when, CHINA, HOLIDAYS)
    shape = tuple(one.holds(moment) for one in calendars.values())
    shapes = {
        tuple(one.holds(atom) for one in calendars.values()) for atom in atoms(calendars, HOLIDAYS)
    }
    assert shape in shapes
