"""Turns of plans: when they begin, how deep they go, until when they are due."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms.alarm import AssetId
from analytics.alarms.report import PlacePath
from analytics.orders.plan import (
    ZONE,
    Depth,
    Every,
    Plan,
    PlanId,
    PlanKind,
    key_of,
    title_of,
    turn,
    turn_at,
)

BEGIN = date(2026, 12, 1)
LIFT = Plan(
    id=PlanId(1),
    kind=PlanKind.LIFT_MAINTENANCE,
    every=Every.HALF_MONTH,
    starts_on=BEGIN,
    place_path=PlacePath("city.g1"),
    asset_id=AssetId(1),
    name_zh="1号梯",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def test_a_turn_begins_at_midnight_in_china_and_is_due_when_the_next_begins() -> None:
    assert turn_at(LIFT, at("2026-11-30T23:59")) is None
    first = turn_at(LIFT, at("2026-12-01T00:00"))
    assert first is not None
    assert (first.number, first.due_at) == (0, at("2026-12-16T00:00"))
    second = turn_at(LIFT, at("2026-12-16T00:00"))
    assert second is not None
    assert (second.number, second.begins_on) == (1, date(2026, 12, 16))


@given(st.integers(0, 400))
def test_turns_follow_each_other_without_a_gap(number: int) -> None:
    this, following = turn(LIFT, number), turn(LIFT, number + 1)
    assert this.due_at == following.opens_at
    assert following.begins_on - this.begins_on == timedelta(days=15)
    assert turn_at(LIFT, this.due_at - timedelta(seconds=1)) == this


@pytest.mark.parametrize(("depth", "term"), [(Depth.QUARTER, 92), (Depth.YEAR, 365)])
def test_the_deeper_work_is_done_before_its_term_ends(depth: Depth, term: int) -> None:
    """Each deeper class contains the lower, so a year's work counts as a quarter's too."""
    ranks = list(Depth)
    done_on = [
        (number + 1) * 15
        for number in range(400)
        if ranks.index(turn(LIFT, number).depth or Depth.HALF_MONTH) >= ranks.index(depth)
    ]
    for term_ends in range(term, 15 * term, term):
        assert any(term_ends - 15 < day <= term_ends for day in done_on)


def test_a_year_has_one_year_s_one_half_year_s_and_two_quarters_of_maintenance() -> None:
    depths = [turn(LIFT, number).depth for number in range(24)]
    assert depths.count(Depth.YEAR) == 1
    assert depths.count(Depth.HALF_YEAR) == 1
    assert depths.count(Depth.QUARTER) == 2


def test_an_alarm_system_may_call_by_itself_for_two_days_before_somebody_is_sent() -> None:
    plan = Plan(
        id=PlanId(2),
        kind=PlanKind.ALARM_TEST_CALL,
        every=Every.THREE_DAYS,
        starts_on=BEGIN,
        place_path=PlacePath("city.g1"),
        asset_id=AssetId(1),
    )
    first = turn(plan, 0)
    assert first.depth is None
    assert first.opens_at == at("2026-12-03T00:00")
    assert first.due_at - first.opens_at == timedelta(days=1)


def test_an_order_says_what_it_is_and_its_key_is_its_turn_s_own() -> None:
    assert title_of(LIFT, turn(LIFT, 23)) == "1号梯 电梯维护保养(年度)"
    assert title_of(LIFT, turn(LIFT, 0)) == "1号梯 电梯维护保养(半月)"
    assert key_of(LIFT, turn(LIFT, 23)) == "plan:1:23"
