"""Who gets which order: the optimum by brute force, and who may never get it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.duties.matrix import OrganisationId
from analytics.orders.assignment import (
    Round,
    assign,
    cost,
    is_candidate,
    left_over_cost,
    travel_time,
)
from analytics.orders.technician import (
    Position,
    Shift,
    Skill,
    Task,
    Technician,
    TechnicianName,
    skill_for,
)
from analytics.orders.work_order import OrderId
from gateway.catalogue import ASSET_CLASSES

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""Monday, 11:00 in China."""
FIRM, OTHER = OrganisationId(1), OrganisationId(2)
ALWAYS = tuple(Shift(weekday=day, starts_at=time(0), ends_at=time(0)) for day in range(1, 8))
HERE = Position(31.8, 117.2)
WANG = Technician(
    name=TechnicianName("wang"),
    organisation=FIRM,
    certificates={Skill.LIFT: date(2027, 1, 1)},
    shifts=ALWAYS,
    position=HERE,
)
LI = replace(WANG, name=TechnicianName("li"))
LIFT = Task(order_id=OrderId(1), organisation=FIRM, skill=Skill.LIFT, position=HERE)


def total(round_: Round, tasks: list[Task], technicians: list[Technician]) -> float:
    """The sum of costs of what a round gave out."""
    by_name = {item.name: item for item in technicians}
    by_order = {item.order_id: item for item in tasks}
    seen: dict[str, int] = {}
    found = sum(left_over_cost(by_order[order]) for order in round_.left)
    ordinary = sorted(round_.given, key=lambda item: not by_order[item.order_id].is_life_safety)
    for item in ordinary:
        extra = seen.get(item.technician, 0)
        found += cost(by_order[item.order_id], by_name[item.technician], extra)
        seen[item.technician] = extra + 1
    return found


def best_by_brute_force(tasks: list[Task], technicians: list[Technician]) -> float:
    """The least sum over every way of giving out; each technician once."""
    found = float("inf")
    for choice in product([None, *technicians], repeat=len(tasks)):
        named = [item.name for item in choice if item is not None]
        if len(set(named)) < len(named):
            continue
        pairs = list(zip(tasks, choice, strict=True))
        if any(item is not None and not is_candidate(task, item, NOW) for task, item in pairs):
            continue
        found = min(
            found,
            sum(left_over_cost(task) if item is None else cost(task, item) for task, item in pairs),
        )
    return found


positions = st.builds(
    Position, st.floats(31.7, 31.9, allow_nan=False), st.floats(117.1, 117.3, allow_nan=False)
)
technicians_ = st.builds(
    Technician,
    name=st.just(TechnicianName("x")),
    organisation=st.sampled_from([FIRM, OTHER]),
    certificates=st.dictionaries(
        st.sampled_from(Skill), st.sampled_from([date(2026, 11, 22), date(2027, 1, 1)])
    ),
    shifts=st.sampled_from([ALWAYS, ()]),
    position=st.none() | positions,
    load=st.integers(0, 3),
    recent=st.integers(0, 30),
    capacity=st.just(1),
)
tasks_ = st.builds(
    Task,
    order_id=st.just(OrderId(0)),
    organisation=st.sampled_from([FIRM, OTHER]),
    skill=st.sampled_from([None, *Skill]),
    position=st.none() | positions,
    is_life_safety=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(tasks_, max_size=4), st.lists(technicians_, max_size=4))
def test_no_other_way_of_giving_out_costs_less(
    tasks: list[Task], technicians: list[Technician]
) -> None:
    tasks = [replace(task, order_id=OrderId(n)) for n, task in enumerate(tasks)]
    technicians = [
        replace(item, name=TechnicianName(f"t{n}")) for n, item in enumerate(technicians)
    ]
    found = assign(tasks, technicians, NOW)
    assert {item.order_id for item in found.given} | set(found.left) == {t.order_id for t in tasks}
    assert len(found.given) + len(found.left) == len(tasks)
    best = best_by_brute_force(tasks, technicians)
    assert total(found, tasks, technicians) == pytest.approx(best, rel=1e-9, abs=1e-6)


@given(st.integers(2, 8), st.integers(1, 4))
def test_nobody_gets_more_than_he_has_room_for(count: int, capacity: int) -> None:
    tasks = [replace(LIFT, order_id=OrderId(n)) for n in range(count)]
    found = assign(tasks, [replace(WANG, capacity=capacity)], NOW)
    assert len(found.given) == min(count, capacity)
    assert len(found.left) == count - len(found.given)


def test_two_orders_of_one_round_go_to_two_people() -> None:
    tasks = [LIFT, replace(LIFT, order_id=OrderId(2))]
    found = assign(tasks, [WANG, LI], NOW)
    assert {item.technician for item in found.given} == {"wang", "li"}


@pytest.mark.parametrize(
    "other",
    [
        replace(WANG, organisation=OTHER),
        replace(WANG, certificates={}),
        replace(WANG, certificates={Skill.LIFT: date(2026, 11, 22)}),
        replace(WANG, certificates={Skill.FIRE: date(2027, 1, 1)}),
        replace(WANG, shifts=()),
        replace(WANG, load=3),
    ],
)
def test_who_may_not_gets_nothing_however_near(other: Technician) -> None:
    assert assign([LIFT], [other], NOW).left == (LIFT.order_id,)


def test_who_declined_is_not_asked_again_and_the_next_best_is() -> None:
    again = replace(LIFT, excluded=frozenset({WANG.name}))
    assert assign([again], [WANG, LI], NOW).given[0].technician == "li"
    assert assign([replace(again, excluded=frozenset({WANG.name, LI.name}))], [WANG, LI], NOW).left


def test_a_trapped_person_takes_the_nearest_technician_from_everybody_else() -> None:
    far = replace(LI, position=Position(31.9, 117.4))
    trapped = replace(LIFT, order_id=OrderId(9), is_life_safety=True)
    others = [replace(LIFT, order_id=OrderId(n)) for n in range(3)]
    found = assign([*others, trapped], [WANG, far], NOW)
    assert {item.order_id: item.technician for item in found.given}[trapped.order_id] == "wang"


def test_a_trapped_person_waits_for_nobody_s_capacity() -> None:
    busy = replace(WANG, load=3)
    trapped = replace(LIFT, is_life_safety=True)
    assert assign([trapped], [busy], NOW).given[0].technician == "wang"
    assert assign([trapped], [busy, LI], NOW).given[0].technician == "li"


def test_of_equals_the_one_with_less_work_goes() -> None:
    assert assign([LIFT], [replace(WANG, load=1), LI], NOW).given[0].technician == "li"
    assert assign([LIFT], [WANG, replace(LI, recent=4)], NOW).given[0].technician == "wang"


@pytest.mark.parametrize(
    ("shift", "moment", "is_on"),
    [
        (Shift(weekday=1, starts_at=time(8), ends_at=time(20)), "2026-11-23T08:00+08:00", True),
        (Shift(weekday=1, starts_at=time(8), ends_at=time(20)), "2026-11-23T20:00+08:00", False),
        (Shift(weekday=1, starts_at=time(8), ends_at=time(20)), "2026-11-24T08:00+08:00", False),
        (Shift(weekday=1, starts_at=time(20), ends_at=time(8)), "2026-11-24T07:59+08:00", True),
        (Shift(weekday=1, starts_at=time(20), ends_at=time(8)), "2026-11-24T08:00+08:00", False),
        (Shift(weekday=7, starts_at=time(20), ends_at=time(8)), "2026-11-23T01:00+08:00", True),
        (Shift(weekday=1, starts_at=time(20), ends_at=time(8)), "2026-11-23T01:00+08:00", False),
    ],
)
def test_a_shift_is_read_in_the_zone_of_the_places(
    shift: Shift, moment: str, *, is_on: bool
) -> None:
    assert shift.covers(datetime.fromisoformat(moment)) is is_on


def test_a_way_is_estimated_from_the_distance_and_unknown_without_a_place() -> None:
    tenth = Position(HERE.latitude + 0.1, HERE.longitude)
    way = travel_time(HERE, tenth)
    # A tenth of a degree of latitude is 11.12 km on a sphere of 6,371 km.
    assert way is not None
    assert way.total_seconds() == pytest.approx(11_119.5 * 1.3 / (20 / 3.6), rel=1e-4)
    assert travel_time(None, tenth) is None
    assert travel_time(HERE, HERE) == timedelta(0)


def test_equipment_that_people_are_certified_for_needs_its_certificate() -> None:
    open_to_all = {kind.name for kind in ASSET_CLASSES if skill_for(kind.name) is None}
    assert open_to_all == {"gateway", "network", "supply_main", "unknown"}
