"""The measure of scale works, on a small database."""

from tests.loop.scale import Extent, measure
from towerwatch.services.database import DatabaseUrls


def test_a_small_district_is_filled_changed_and_listed(database: DatabaseUrls) -> None:
    found = measure(database, Extent(compounds=4, assets=20, each=2, acts=10, reads=3))

    assert found.open_alarms == 160
    assert 0 < found.state_change_p99_ms < 5000
    assert 0 < found.list_p95_ms < 5000
    assert 0 < found.first_paint_p95_ms < 5000
