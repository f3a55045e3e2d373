"""A new order beside those before it, working time, and files of technicians: values only."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms.alarm import AssetId
from analytics.clocks.working_time import ALWAYS, CHINA, OFFICE_HOURS, WorkingTime
from analytics.errors import BadTechnicians
from analytics.orders.link import Former, Link, Subject, link
from analytics.orders.technician_file import parse_technicians
from analytics.orders.work_order import OrderId, OrderState

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
S = OrderState
NEW = Subject(
    order_id=OrderId(9),
    asset_id=AssetId(1),
    cause="overspeed",
    opened_at=NOW,
    is_life_safety=False,
    is_drill=False,
    source="alarm",
)


def former(number: int, state: OrderState, days: float | None = None) -> Former:
    at = None if days is None else NOW - timedelta(days=days)
    return Former(order_id=OrderId(number), state=state, restored_at=at)


@pytest.mark.parametrize("state", [S.PROPOSED, S.DISPATCHED, S.ACCEPTED, S.ON_SITE, S.DECLINED])
def test_work_under_way_is_not_done_twice(state: OrderState) -> None:
    assert link(NEW, [former(3, state)]) == Link(survivor=OrderId(3))


@pytest.mark.parametrize("state", [S.RESTORED, S.VERIFIED, S.CLOSED])
def test_a_fault_that_is_back_within_thirty_days_was_not_fixed(state: OrderState) -> None:
    assert link(NEW, [former(3, state, 30)]) == Link(repeats=OrderId(3))
    assert link(NEW, [former(3, state, 30.01)]) == Link()


def test_a_false_alarm_before_is_no_repeat_since_nothing_was_repaired() -> None:
    assert link(NEW, [former(3, S.CLOSED)]) == Link()


def test_a_trapped_person_is_never_merged_and_still_counts_as_a_repeat() -> None:
    trapped = replace(NEW, is_life_safety=True)
    assert link(trapped, [former(3, S.ON_SITE)]) == Link()
    assert link(trapped, [former(4, S.ON_SITE), former(3, S.CLOSED, 2)]) == Link(repeats=OrderId(3))


def test_a_drill_and_the_real_thing_have_nothing_to_do_with_each_other() -> None:
    assert link(replace(NEW, is_drill=True), [former(3, S.ON_SITE)]) == Link()
    drill = replace(former(3, S.CLOSED, 1), is_drill=True)
    assert link(NEW, [drill]) == Link()
    assert link(replace(NEW, is_drill=True), [drill]) == Link()


@pytest.mark.parametrize("source", ["plan", "joint_call", "supervision"])
def test_duties_by_the_calendar_are_each_their_own_work(source: str) -> None:
    assert link(replace(NEW, source=source), [former(3, S.ON_SITE)]) == Link()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-20T16:00", 2, "2026-11-20T18:00"),  # Friday
        ("2026-11-20T17:00", 2, "2026-11-23T09:00"),  # over the weekend
        ("2026-11-21T12:00", 1, "2026-11-23T09:00"),  # begins on Saturday
        ("2026-11-20T06:00", 1, "2026-11-20T09:00"),  # before the doors open
        ("2026-11-20T20:00", 11, "2026-11-24T09:00"),
    ],
)
def test_office_hours_count_on_working_days_only(start: str, hours: int, due: str) -> None:
    found = OFFICE_HOURS.due(local(start), timedelta(hours=hours), is_life_safety=False)
    assert found == local(due)


def test_a_holiday_stops_the_clock_and_a_make_up_day_runs_it() -> None:
    off, made_up = date(2027, 2, 17), date(2027, 2, 20)  # a Wednesday off, a Saturday on
    calendar = replace(
        OFFICE_HOURS,
        is_workday=lambda day: day == made_up or (day != off and day.weekday() < 5),
    )
    start = local("2027-02-16T17:00")
    assert calendar.due(start, timedelta(hours=2), is_life_safety=False) == local(
        "2027-02-18T09:00"
    )
    friday = local("2027-02-19T17:00")
    assert calendar.due(friday, timedelta(hours=2), is_life_safety=False) == local(
        "2027-02-20T09:00"
    )


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_life_safety_counts_every_minute(start: datetime, length: timedelta) -> None:
    if start.year > 9990:
        return
    assert OFFICE_HOURS.due(start, length, is_life_safety=True) == start + length
    assert ALWAYS.due(start, length, is_life_safety=False) == start + length


def test_a_calendar_without_a_working_day_and_hours_that_end_first_are_refused() -> None:
    never = replace(OFFICE_HOURS, is_workday=lambda _: False)
    with pytest.raises(ValueError, match="no working day"):
        never.due(NOW, timedelta(hours=1), is_life_safety=False)
    with pytest.raises(ValueError, match="end on the day"):
        WorkingTime(starts_at=time(18), ends_at=time(8))


GOOD = """
technicians:
  - name: wang
    display_name: 王师傅
    organisation: lift_firm
    home: [31.8, 117.2]
    certificates: [{skill: lift, number: T-1, valid_until: 2027-06-30}]
    shifts: [{days: [1, 2], from: "08:00", until: "20:00"}]
"""


def test_a_file_of_technicians_is_read() -> None:
    (entry,) = parse_technicians(GOOD)
    assert (entry.name, entry.capacity, len(entry.shifts)) == ("wang", 3, 2)
    assert entry.certificates[0].valid_until == date(2027, 6, 30)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("wang", "Wang!"),
        ("skill: lift", "skill: plumbing"),
        ("2027-06-30", "soon"),
        ("[1, 2]", "[0]"),
        ("[1, 2]", "[]"),
        ('"08:00"', '"8"'),
        ("[31.8, 117.2]", "[131.8, 117.2]"),
        ("home", "house"),
        ("technicians:", "- technicians:"),
    ],
)
def test_a_file_that_says_nonsense_is_refused(old: str, new: str) -> None:
    with pytest.raises(BadTechnicians):
        parse_technicians(GOOD.replace(old, new, 1))


def test_a_name_stands_in_a_file_once() -> None:
    again = GOOD + GOOD.split("technicians:\n")[1]
    with pytest.raises(BadTechnicians, match="twice: wang"):
        parse_technicians(again)
