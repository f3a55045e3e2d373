"""Limits that people set: the nearest holds, none is laxer than the catalogue lets it be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms.alarm import AssetId
from analytics.detectors.limit import LIMITS
from analytics.limits.book import (
    CATALOGUE_BOOK,
    Fault,
    LimitBook,
    Setting,
    SettingId,
    Target,
    bounds_of,
    fault_of,
    target_of,
)
from analytics.limits.crossing import Back, cross
from analytics.warnings.warning import reason_of
from analytics.warnings.window import Span, Window
from gateway.catalogue import ASSET_CLASSES, asset_class

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
GAUGE, OTHER = AssetId(7), AssetId(8)
LOW = Target(asset_class="fire_water", metric="pressure", is_floor=True, standard=150.0)
WARM = Target(asset_class="fire_water", metric="temperature", is_floor=False)
PATHS = {GAUGE: "city.garden.b1", OTHER: "city.gardens.b1"}


def setting(number: int, value: float, place: str = "city", **changes: object) -> Setting:
    made = Setting(
        id=SettingId(number),
        target=LOW,
        place_path=place,
        asset=None,
        value=value,
        reason="试压",
        set_by="admin",
        valid_from=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def lows(*settings: Setting, asset: AssetId = GAUGE) -> list[float]:
    book = LimitBook(settings=settings, paths=PATHS)
    return [one.value for one in book.limits_of("fire_water", asset, "pressure", is_floor=True)]


def test_without_settings_the_catalogue_holds_in_the_order_of_a_fall() -> None:
    assert lows() == [150.0, 70.0]


def test_the_nearest_setting_holds_and_the_neighbour_keeps_his_own() -> None:
    of_city, of_garden = setting(1, 200.0), setting(2, 220.0, "city.garden")
    of_gauge = setting(3, 240.0, "city", asset=GAUGE)
    assert lows(of_garden, of_city) == [220.0, 70.0]
    assert lows(of_garden, of_city, of_gauge) == [240.0, 70.0]
    assert lows(of_garden, of_city, of_gauge, asset=OTHER) == [200.0, 70.0]


def test_of_two_for_one_place_the_later_holds_and_its_end_brings_the_former_back() -> None:
    first, second = setting(1, 200.0), setting(2, 180.0, valid_from=NOW + timedelta(days=1))
    assert lows(first, second) == [180.0, 70.0]
    assert lows(first) == [200.0, 70.0]


@pytest.mark.parametrize("limit", LIMITS, ids=lambda one: f"{one.asset_class}.{one.metric}")
def test_no_limit_of_a_fire_device_can_be_set_laxer(limit: object) -> None:
    assert limit in LIMITS
    one = LIMITS[LIMITS.index(limit)]
    assert one.least <= one.value <= one.most
    laxer = one.least - 1 if one.is_floor else one.most + 1
    assert fault_of(target_of(one), laxer, None, NOW) is Fault.OUT_OF_BOUNDS
    if one.asset_class in {"detector", "fire_water"}:
        strictest_is_the_standard = one.least if one.is_floor else one.most
        assert strictest_is_the_standard == one.value


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_what_may_be_set_lies_within_the_bounds(value: float) -> None:
    bounds = bounds_of(LOW)
    assert bounds is not None
    is_free = fault_of(LOW, value, None, NOW) is None
    assert is_free == (bounds[0] <= value <= bounds[1])


def test_a_side_with_a_standard_takes_no_second_limit_beside_it() -> None:
    beside = replace(LOW, standard=None)
    assert fault_of(beside, 200.0, None, NOW) is Fault.UNKNOWN
    assert fault_of(replace(LOW, standard=151.0), 200.0, None, NOW) is Fault.UNKNOWN
    assert fault_of(replace(LOW, metric="warmth"), 200.0, None, NOW) is Fault.UNKNOWN
    assert fault_of(replace(LOW, asset_class="teapot"), 200.0, None, NOW) is Fault.UNKNOWN


def test_an_own_limit_lies_within_what_the_metric_can_be() -> None:
    assert fault_of(WARM, 45.0, None, NOW) is None
    assert fault_of(WARM, 500.0, None, NOW) is Fault.OUT_OF_BOUNDS
    assert fault_of(WARM, 45.0, NOW + timedelta(days=91), NOW) is Fault.NOT_THEN


def test_the_catalogue_knows_the_metric_of_every_standard() -> None:
    for limit in LIMITS:
        metric = asset_class(limit.asset_class).metric(limit.metric)
        assert metric is not None
        assert metric.low <= limit.least <= limit.most <= metric.high
    assert set(CATALOGUE_BOOK.watched_classes) <= {kind.name for kind in ASSET_CLASSES}


def look(book: LimitBook, metric: str, *rows: tuple[float, float]):  # type: ignore[no-untyped-def]
    span = Span(end=NOW, length=timedelta(minutes=10), bins=2)
    assets = (GAUGE, OTHER)[: len(rows)]
    values = {metric: np.array(rows)}
    return cross(Window(asset_class="fire_water", span=span, assets=assets, values=values), book)


HOT = LimitBook(settings=[setting(1, 40.0, "city.garden", target=WARM)], paths=PATHS)
NAN = float("nan")


def test_a_value_counts_when_it_stays_beyond_and_where_the_limit_was_set() -> None:
    found = look(HOT, "temperature", (41.0, 42.0), (41.0, 42.0))
    assert [one.asset for one in found.beyond] == [GAUGE]
    text = reason_of(found.beyond[0], "fire_water")
    assert text.zh == "温度42 °C,高于设定的限值40 °C(设定人与原因:admin: 试压)"
    assert text.en.startswith("Temperature is 42 °C, above the limit of 40 °C")


@pytest.mark.parametrize("row", [(39.0, 42.0), (NAN, 42.0), (42.0, NAN), (NAN, NAN)])
def test_one_flicker_or_a_silence_is_no_crossing(row: tuple[float, float]) -> None:
    assert look(HOT, "temperature", row).beyond == ()


def test_it_is_back_inside_by_the_deadband_and_a_silence_says_nothing() -> None:
    assert look(HOT, "temperature", (42.0, 39.8)).back == frozenset()
    assert look(HOT, "temperature", (42.0, 39.5)).back == {Back(asset=GAUGE, metric="temperature")}
    assert look(HOT, "temperature", (42.0, NAN)).back == frozenset()


def test_of_two_floors_the_one_that_was_passed_last_is_named() -> None:
    critical = replace(LOW, standard=70.0)
    book = LimitBook(settings=[setting(1, 200.0), setting(2, 100.0, target=critical)], paths=PATHS)
    assert [one.limit.value for one in look(book, "pressure", (90.0, 90.0)).beyond] == [100.0]
    assert [one.limit.value for one in look(book, "pressure", (150.0, 150.0)).beyond] == [200.0]
