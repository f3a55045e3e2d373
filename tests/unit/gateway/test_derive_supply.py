"""The water main's gauge as a timeline of values: when its pressure is called lost, low, back."""

from math import nan

import pytest

from gateway.catalogue import asset_class
from gateway.derive_supply import DERIVED_SUPPLY, SUPPLY_LOST, SUPPLY_LOW, SupplyWatch
from gateway.sample import Sample


def told(watch: SupplyWatch, *story: tuple[float, float | None]) -> list[tuple[float, str, bool]]:
    """What is said to (time [s], pressure [kPa]); None is time that passes without a sample."""
    found = []
    for at_s, kpa in story:
        if kpa is None:
            changes = watch.tick(at_s)
        else:
            sample = Sample(asset="S-1", at_ms=round(at_s * 1000), values={"pressure": kpa})
            changes = watch.observe(sample, at_s)
        found += [(at_s, change.event, change.is_raised) for change in changes]
    return found


def test_the_names_are_the_catalogue_s() -> None:
    assert set(DERIVED_SUPPLY) <= {kind.name for kind in asset_class("supply_main").events}


def test_a_main_that_breaks_is_lost_after_half_a_minute_and_low_after_five() -> None:
    story = [(0, 300.0), (60, 20.0), (89, None), (90, None), (120, 20.0), (180, 18.0)]
    story += [(n, 15.0) for n in range(240, 421, 60)]
    assert told(SupplyWatch(), *story) == [(90, SUPPLY_LOST, True), (360, SUPPLY_LOW, True)]


def test_it_is_back_when_it_has_been_well_above_for_a_minute() -> None:
    watch = SupplyWatch(raised={SUPPLY_LOST})
    story = [(0, 60.0), (60, 71.0), (100, 60.0), (110, 71.0), (169, 75.0), (170, 75.0)]
    assert told(watch, *story) == [(170, SUPPLY_LOST, False)]


@pytest.mark.parametrize("dip_s", [5, 29])
def test_a_short_dip_is_no_loss(dip_s: int) -> None:
    assert told(SupplyWatch(), (0, 300.0), (10, 0.0), (10 + dip_s, 300.0), (600, None)) == []


def test_a_sensor_that_breaks_says_nothing_and_a_silent_gauge_raises_nothing() -> None:
    assert told(SupplyWatch(), (0, nan), (60, nan), (120, None)) == []
    assert told(SupplyWatch(), (0, 139.0), (170, None), (1000, None)) == []
    assert told(SupplyWatch(), (0, 139.0), (1000, 139.0), (1100, 139.0)) == []


def test_what_could_not_be_stored_is_said_again() -> None:
    watch = SupplyWatch()
    sample = Sample(asset="S-1", at_ms=0, values={"pressure": 0.0})
    watch.observe(sample, 0)
    changes = watch.tick(30)
    assert [change.event for change in changes] == [SUPPLY_LOST]
    watch.take_back(changes)
    assert [change.event for change in watch.tick(31)] == [SUPPLY_LOST]
    assert watch.tick(32) == []


def test_a_step_back_of_time_counts_as_nothing() -> None:
    assert told(SupplyWatch(), (100, 0.0), (50, 0.0), (129, None), (130, None)) == [
        (130, SUPPLY_LOST, True)
    ]
