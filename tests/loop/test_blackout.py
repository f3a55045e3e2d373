"""A black-out is one incident, and a trapped person in it stands alone."""

from tests.loop.blackout import Extent, measure
from towerwatch.services.database import DatabaseUrls


def test_a_building_without_power_is_a_few_lines_and_the_trapped_person_one_of_them(
    database: DatabaseUrls,
) -> None:
    found = measure(database, Extent(lifts=6, detectors=40))

    assert found.raw >= 3 + 6 + 1 + 40
    assert found.folded <= 5
    assert found.trapped == 1
