"""What telemetry says about a repair."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from analytics.orders.rating import Rating
from analytics.orders.report import LABELS, LIFE_SAFETY, REPORTED, Category
from analytics.orders.verification import Evidence, Fault, Movement, Verdict, evidence_json, judge
from gateway.catalogue import asset_class, event_kind

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TESTED = Movement(samples=600, moving=90, runs=6.0, floors=5)
STOOD = Movement(samples=600, moving=0, runs=0.0, floors=1)
NOTHING = Movement(samples=0, moving=0, runs=None, floors=0)
LIFT = Evidence(
    asset_class="lift",
    since=NOW - timedelta(minutes=30),
    until=NOW,
    condition="overspeed",
    is_active=False,
    events=3,
    movement=TESTED,
)
DETECTOR = replace(LIFT, asset_class="detector", condition="fault", movement=None)


def test_a_fault_that_cleared_and_test_trips_prove_a_repair() -> None:
    assert judge(LIFT).verdict is Verdict.VERIFIED
    assert judge(DETECTOR).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("found", "faults"),
    [
        (replace(LIFT, is_active=True), (Fault.STILL_ACTIVE,)),
        (replace(LIFT, is_active=True, raised_again=2), (Fault.STILL_ACTIVE,)),
        (replace(LIFT, raised_again=1), (Fault.CAME_BACK,)),
        (replace(LIFT, movement=STOOD), (Fault.NO_TEST_TRIPS,)),
        (replace(LIFT, is_active=True, movement=STOOD), (Fault.STILL_ACTIVE, Fault.NO_TEST_TRIPS)),
        (replace(DETECTOR, is_active=True), (Fault.STILL_ACTIVE,)),
        (replace(DETECTOR, raised_again=1), (Fault.CAME_BACK,)),
    ],
)
def test_a_repair_that_telemetry_contradicts_is_not_believed(
    found: Evidence, faults: tuple[Fault, ...]
) -> None:
    judgement = judge(found)
    assert (judgement.verdict, judgement.faults) == (Verdict.NOT_VERIFIED, faults)
    assert all(fault in evidence_json(found, judgement) for fault in faults)


@pytest.mark.parametrize(
    "found",
    [
        replace(LIFT, movement=NOTHING),
        replace(LIFT, is_active=None),
        replace(DETECTOR, is_active=None),
        replace(DETECTOR, condition=""),
    ],
)
def test_where_nothing_is_said_nothing_is_proven(found: Evidence) -> None:
    assert judge(found).verdict is Verdict.SILENT


def test_maintenance_of_a_lift_is_proven_by_its_test_trips_alone() -> None:
    maintained = replace(LIFT, condition="", is_active=None)
    assert judge(maintained).verdict is Verdict.VERIFIED
    assert judge(replace(maintained, movement=STOOD)).verdict is Verdict.NOT_VERIFIED


@pytest.mark.parametrize(
    ("movement", "has_tested"),
    [
        (Movement(samples=9, moving=0, runs=3.0, floors=1), True),
        (Movement(samples=9, moving=0, runs=2.0, floors=1), False),
        (Movement(samples=9, moving=3, runs=None, floors=3), True),
        (Movement(samples=9, moving=9, runs=None, floors=2), False),
    ],
)
def test_three_trips_are_counted_by_the_counter_or_seen(
    movement: Movement, *, has_tested: bool
) -> None:
    assert movement.has_tested is has_tested


@pytest.mark.parametrize(("stars", "comment"), [(0, ""), (6, ""), (3, "x" * 501)])
def test_a_rating_has_one_to_five_stars_and_few_words(stars: int, comment: str) -> None:
    with pytest.raises(ValueError, match=r"stars|characters"):
        Rating(stars=stars, comment=comment)


def test_every_kind_of_report_has_words_and_life_safety_its_event_and_bearers() -> None:
    assert set(LABELS) == set(Category)
    for urgent in LIFE_SAFETY.values():
        assert event_kind(urgent.event).is_life_safety
        assert urgent.condition.startswith(REPORTED)
        assert [asset_class(name) for name in urgent.classes]
