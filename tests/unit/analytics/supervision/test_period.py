"""Periods in local time."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import BadPeriod
from analytics.supervision.period import Period, Rhythm

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2050, 12, 31))


@pytest.mark.parametrize(
    ("name", "first", "until"),
    [
        ("2026-11-22", date(2026, 11, 22), date(2026, 11, 23)),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 4)),
        ("2026-02", date(2026, 2, 1), date(2026, 3, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026-H2", date(2026, 7, 1), date(2027, 1, 1)),
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_name_is_a_stretch_of_days(name: str, first: date, until: date) -> None:
    period = Period.parse(name)

    assert (period.first, period.until) == (first, until)
    assert str(period) == name


@pytest.mark.parametrize(
    "name", ["", "26-11", "2026-13", "2026-Q5", "2026-H3", "2026-W54", "2026-1", "2026-02-30", "x"]
)
def test_what_is_no_period_is_refused_with_examples(name: str) -> None:
    with pytest.raises(BadPeriod, match="2026-W47"):
        Period.parse(name)


def test_a_period_begins_on_its_first_day_only() -> None:
    with pytest.raises(BadPeriod):
        Period(first=date(2026, 11, 2), rhythm=Rhythm.MONTH)


def test_a_day_begins_at_local_midnight() -> None:
    month = Period.parse("2026-11")

    assert month.begins_at == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert month.ends_at == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert month.days == 30


@given(day=DAYS, rhythm=st.sampled_from(Rhythm))
def test_every_day_lies_in_one_period_and_periods_leave_no_gap(day: date, rhythm: Rhythm) -> None:
    period = Period.around(day, rhythm)

    assert period.first <= day < period.until
    assert period.before.until == period.first
    assert Period.parse(str(period)) == period
