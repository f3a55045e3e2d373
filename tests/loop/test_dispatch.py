"""A simulated month gives every entrapment to somebody, and is the same month for the same seed."""

from tests.loop.dispatch import Extent, measure

WEEK = Extent(lifts=4000, technicians=60, firms=4, side_km=12, days=7)


def test_every_entrapment_of_a_week_is_reached() -> None:
    found = measure(WEEK, seed=3)

    assert found.left == 0
    assert found.entrapments > 0
    assert 0 < found.arrival_median_min < 30
    assert found.restore_median_min > found.arrival_median_min


def test_the_same_seed_is_the_same_month() -> None:
    assert measure(WEEK, seed=3) == measure(WEEK, seed=3)
    assert measure(WEEK, seed=3) != measure(WEEK, seed=4)


def test_fewer_technicians_arrive_later() -> None:
    few = Extent(lifts=4000, technicians=12, firms=4, side_km=12, days=7)

    assert measure(few, seed=3).arrival_median_min > measure(WEEK, seed=3).arrival_median_min
