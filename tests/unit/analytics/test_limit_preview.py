from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms.limit_preview import Beyond, preview_of

START = datetime(2026, 11, 1, tzinfo=UTC)


def hours(asset: int, *numbers: int) -> list[Beyond]:
    return [Beyond(asset_id=asset, hour=START + timedelta(hours=number)) for number in numbers]


def test_hours_in_a_row_are_one_alarm_and_assets_are_apart() -> None:
    found = preview_of([*hours(1, 3, 4, 5, 9), *hours(2, 10)])
    assert (found.alarms, found.hours) == (3, 5)
    assert found.assets == ((1, 2), (2, 1))


def test_nothing_beyond_raises_nothing() -> None:
    assert preview_of([]).alarms == 0


@given(st.sets(st.tuples(st.integers(1, 3), st.integers(0, 40))))
def test_alarms_are_hours_without_one_before(cells: set[tuple[int, int]]) -> None:
    beyond = [one for asset, hour in sorted(cells) for one in hours(asset, hour)]
    begins = sum((asset, hour - 1) not in cells for asset, hour in cells)
    assert preview_of(beyond).alarms == begins
