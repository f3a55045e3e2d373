"""A building's drawing: where storeys, shafts, cars and devices stand, and how they look."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from dashboards.console.section import (
    FLOOR_H,
    NORMAL,
    CarFrame,
    Floor,
    Look,
    Thing,
    draw_building,
    is_reporting,
    look_of,
    place_car,
    storey_of,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUSE = Floor(code="b1", parent="garden", level="building", name_zh="1号楼", name_en="Building 1")
THING = Thing(
    id=1,
    code="D-1",
    asset_class="detector",
    name_zh="2层走廊烟感",
    name_en="Corridor detector",
    place_code="b1f02",
    lowest=None,
    highest=None,
    commissioned_at=NOW - timedelta(days=400),
    heard_at=NOW - timedelta(minutes=1),
    silent_since=None,
    gateway_heard_at=NOW - timedelta(seconds=5),
    alarm_id=None,
    event=None,
    alarm_group=None,
    severity=None,
    is_unacknowledged=None,
    is_held=None,
    alarms=0,
)
LIFT = replace(THING, id=7, code="L-1", asset_class="lift", place_code="b1", lowest=-1, highest=3)


def floor(number: int) -> Floor:
    name = f"地下{-number}层" if number < 0 else f"{number}层"
    return Floor(code=f"b1f{number:02d}", parent="b1", level="floor", name_zh=name, name_en="")


def alarmed(thing: Thing, group: str, severity: str, *, loud: bool = True) -> Thing:
    return replace(
        thing,
        alarm_id=9,
        event="fire_alarm",
        alarm_group=group,
        severity=severity,
        is_unacknowledged=loud,
        is_held=False,
        alarms=1,
    )


def look(thing: Thing) -> Look:
    return look_of(thing, NOW, speaks_always=True)


@pytest.mark.parametrize(
    ("zh", "en", "storey"),
    [
        ("地下1层", "Basement 1", -1),
        ("负2层", "", -2),
        ("B2", "", -2),
        ("12层", "Floor 12", 12),
        ("3楼", "", 3),
        ("7F", "", 7),
        ("屋顶机房", "Roof", None),
        ("架空区", "Floor 4", 4),
    ],
)
def test_a_storey_is_known_by_its_name(zh: str, en: str, storey: int | None) -> None:
    assert storey_of(zh, en) == storey


def test_storeys_stand_from_the_top_without_a_storey_0() -> None:
    drawn = draw_building(HOUSE, [floor(1), floor(2), floor(-1)], [LIFT], {7: NORMAL})
    assert [band.number for band in drawn.bands] == [3, 2, 1, -1]
    assert all(below.top - above.top == FLOOR_H for above, below in pairwise(drawn.bands))
    shaft = drawn.shafts[0]
    assert (shaft.top, shaft.bottom) == (drawn.bands[0].top, drawn.bands[-1].top + FLOOR_H)


def test_the_most_urgent_device_of_a_storey_comes_first_and_the_rest_is_counted() -> None:
    things = [replace(THING, id=n, code=f"D-{n:02d}") for n in range(1, 12)]
    things[10] = alarmed(things[10], "fire", "critical")
    looks = {one.id: look(one) for one in things}
    drawn = draw_building(HOUSE, [floor(2)], things, looks)
    band = drawn.bands[0]
    assert band.worst is not None
    assert band.worst.thing.id == band.marks[0].thing.id == 11
    assert len(band.marks) + band.more == 11
    assert drawn.worst.tone == "fire"


def test_a_device_at_the_building_itself_has_a_band_at_the_foot() -> None:
    gauge = replace(THING, id=3, place_code="b1", asset_class="fire_water")
    drawn = draw_building(HOUSE, [floor(1)], [gauge], {3: look(gauge)})
    assert drawn.bands[-1].code == "b1"
    assert drawn.bands[-1].marks[0].thing.id == 3


@pytest.mark.parametrize(
    ("thing", "tone"),
    [
        (THING, "normal"),
        (alarmed(THING, "fire", "critical"), "fire"),
        (alarmed(LIFT, "entrapment", "critical"), "fire"),
        (alarmed(THING, "fault", "major"), "serious"),
        (alarmed(THING, "fault", "minor"), "warning"),
        (replace(alarmed(THING, "fault", "major"), is_held=True), "disabled"),
        (replace(THING, silent_since=NOW), "contact"),
        (replace(THING, commissioned_at=None), "unseen"),
        (replace(THING, heard_at=None), "unseen"),
        (replace(THING, heard_at=NOW - timedelta(minutes=11)), "unseen"),
        (alarmed(replace(THING, commissioned_at=None), "fire", "critical"), "fire"),
    ],
)
def test_what_is_not_watched_never_looks_normal(thing: Thing, tone: str) -> None:
    assert look(thing).tone == tone


def test_an_unacknowledged_fire_ranks_before_every_other_state() -> None:
    fire = alarmed(THING, "fire", "critical")
    seen = alarmed(THING, "fire", "critical", loud=False)
    ranks = [look(one).rank for one in (fire, seen, alarmed(THING, "fault", "major"), THING)]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


def test_a_class_that_is_silent_while_well_is_heard_through_its_gateway() -> None:
    quiet = replace(THING, heard_at=None)
    assert is_reporting(quiet, NOW, speaks_always=False)
    assert not is_reporting(quiet, NOW, speaks_always=True)
    lost = replace(quiet, gateway_heard_at=NOW - timedelta(hours=1))
    assert not is_reporting(lost, NOW, speaks_always=False)


def frame(**changed: float | datetime | None) -> CarFrame:
    still = CarFrame(
        asset_id=7,
        at=NOW,
        floor=2,
        speed=0,
        direction=0,
        door_closed=1,
        person=0,
        mode=1,
    )
    return replace(still, **changed)  # type: ignore[arg-type]  # a test names the fields it changes


def test_a_car_stands_at_its_storey_and_says_what_it_does() -> None:
    drawn = draw_building(HOUSE, [floor(1), floor(2)], [LIFT], {7: NORMAL})
    shaft = drawn.shafts[0]

    second = place_car(shaft, drawn.tops, frame(), NOW, 60)
    assert drawn.tops[2] < second.y < drawn.tops[2] + FLOOR_H
    assert (second.storey, second.direction, second.is_open, second.is_stale) == (
        2,
        0,
        False,
        False,
    )
    up = place_car(shaft, drawn.tops, frame(speed=1.5, direction=1, person=1), NOW, 60)
    assert (up.direction, up.has_person) == (1, True)
    assert place_car(shaft, drawn.tops, frame(door_closed=0), NOW, 60).is_open
    for unknown in (None, frame(floor=None)):
        silent = place_car(shaft, drawn.tops, unknown, NOW, 60)
        assert silent.storey is None
        assert shaft.top <= silent.y < shaft.bottom
    assert place_car(shaft, drawn.tops, frame(at=NOW - timedelta(minutes=2)), NOW, 60).is_stale
    for outside in (-9, 40):
        assert (
            shaft.top
            <= place_car(shaft, drawn.tops, frame(floor=outside), NOW, 60).y
            < shaft.bottom
        )


def test_telemetry_alone_does_not_make_an_asset_monitored() -> None:
    dead = replace(LIFT, gateway_heard_at=NOW - timedelta(hours=1))
    assert is_reporting(LIFT, NOW, speaks_always=True)
    assert not is_reporting(dead, NOW, speaks_always=True)
    assert is_reporting(replace(dead, gateway_heard_at=None), NOW, speaks_always=True)
