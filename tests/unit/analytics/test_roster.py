from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import BadRoster
from analytics.orders.roster import DAY_MIN, WEEK_MIN, Hole, holes_of, parse_shift
from analytics.orders.technician import Shift

_DAY = 24 * 60


def _covered(shifts: list[Shift]) -> set[int]:
    """Minute by minute, slow and obvious."""
    found: set[int] = set()
    for shift in shifts:
        starts = (shift.weekday - 1) * _DAY + shift.starts_at.hour * 60 + shift.starts_at.minute
        ends_at = shift.ends_at.hour * 60 + shift.ends_at.minute
        length = (ends_at - (starts % _DAY)) % _DAY or _DAY
        found |= {minute % WEEK_MIN for minute in range(starts, starts + length)}
    return found


_shifts = st.lists(
    st.builds(
        lambda day, starts, ends: Shift(
            weekday=day, starts_at=time(starts, 30), ends_at=time(ends, 30)
        ),
        st.integers(1, 7),
        st.integers(0, 23),
        st.integers(0, 23),
    ),
    max_size=8,
)


@given(_shifts)
def test_holes_and_shifts_make_the_whole_week(shifts: list[Shift]) -> None:
    holes = holes_of(shifts)
    open_minutes = {
        minute % WEEK_MIN for hole in holes for minute in range(hole.starts_min, hole.ends_min)
    }
    assert open_minutes == set(range(WEEK_MIN)) - _covered(shifts)
    assert sum(hole.minutes for hole in holes) == len(open_minutes)


def test_a_week_without_shifts_is_one_hole() -> None:
    assert holes_of([]) == [Hole(starts_min=0, ends_min=WEEK_MIN)]


def test_a_hole_over_sundays_midnight_is_one() -> None:
    days = [parse_shift(f"{day} 08:00 20:00") for day in range(1, 8)]
    holes = holes_of(days)
    assert len(holes) == 7
    assert holes[-1] == Hole(starts_min=6 * DAY_MIN + 20 * 60, ends_min=WEEK_MIN + 8 * 60)


def test_equal_ends_are_a_day_and_a_night() -> None:
    assert holes_of(parse_shift(f"{day} 00:00 00:00") for day in range(1, 8)) == []


@pytest.mark.parametrize("text", ["", "8 08:00 20:00", "1 25:00 26:00", "1 08:00", "x y z"])
def test_what_is_no_shift_is_refused(text: str) -> None:
    with pytest.raises(BadRoster):
        parse_shift(text)
