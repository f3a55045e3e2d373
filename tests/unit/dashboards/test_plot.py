"""The curve behind an early warning: where everything stands, and what cannot be drawn."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.console.plot import HEIGHT, LEFT, WIDTH, plot_of
from dashboards.console.present import Presenter
from dashboards.console.store.warning import Evidence, WarningLine

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
DAY_MS = 86_400_000
LINE = WarningLine(
    id=1,
    asset_id=1,
    asset_name_zh="最不利点",
    asset_name_en="Hydrant",
    asset_class="fire_water",
    detector="trend",
    metric="pressure",
    raised_at=AT,
    refreshed_at=AT,
    expected_from=AT + timedelta(days=2),
    expected_until=AT + timedelta(days=5),
    score=0.8,
    reason_zh="压力下降",
    reason_en="Pressure falls",
    settled_at=None,
    settlement=None,
    place_names_zh=[],
    place_names_en=[],
)


def falling(days: int = 10) -> Evidence:
    now = round(AT.timestamp() * 1000)
    points = tuple((now - (days - day) * DAY_MS, 200.0 - day) for day in range(days + 1))
    return Evidence(unit="kPa", limit=150.0, points=points)


def test_the_curve_the_limit_and_the_expected_time_stand_in_order() -> None:
    plot = plot_of(LINE, falling())
    assert plot is not None
    assert plot.window is not None
    assert plot.limit is not None
    first, *_, last = [tuple(map(float, pair.split(","))) for pair in plot.curve.split()]
    assert first[0] == LEFT < last[0] < plot.window[0]
    assert last[0] == pytest.approx(plot.raised, abs=0.1), "raised with the newest value"
    assert first[1] < last[1] < plot.limit, "a falling value goes down, towards its limit"
    assert [tick.label for tick in plot.up] == ["150", "167", "183", "200"]
    assert plot.across[0].label == "11-12"


def test_a_window_that_lies_too_far_ahead_is_not_drawn() -> None:
    far = replace(
        LINE, expected_from=AT + timedelta(days=90), expected_until=AT + timedelta(days=99)
    )
    plot = plot_of(far, falling())
    assert plot is not None
    assert plot.window is None


@pytest.mark.parametrize("points", [(), ((1, 2.0),)])
def test_less_than_two_points_are_no_curve(points: tuple[tuple[int, float], ...]) -> None:
    assert plot_of(LINE, Evidence(points=points)) is None


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30),
    limit=st.none() | st.floats(-1e6, 1e6),
    ahead_s=st.integers(-(10**7), 10**7),
)
def test_nothing_is_drawn_outside(values: list[float], limit: float | None, ahead_s: int) -> None:
    now = round(AT.timestamp() * 1000)
    points = tuple((now + 60_000 * at, value) for at, value in enumerate(values))
    expected = AT + timedelta(seconds=ahead_s)
    line = replace(LINE, expected_from=expected, expected_until=expected + timedelta(hours=1))
    plot = plot_of(line, Evidence(limit=limit, points=points))
    assert plot is not None
    for pair in plot.curve.split():
        x, y = map(float, pair.split(","))
        assert LEFT <= x <= WIDTH
        assert 0 <= y <= HEIGHT
    if plot.window is not None:
        assert LEFT <= plot.window[0] <= plot.window[0] + plot.window[1] <= WIDTH


@pytest.mark.parametrize(
    ("first", "last", "now", "says"),
    [
        (49, 120, 0, "11-24 – 11-27 (还有 2 天)"),
        (5, 6, 0, "11-22 17:00 – 11-22 18:00 (还有 5 小时)"),
        (0.5, 0.5, 0, "11-22 12:30 前后 (还有 30 分钟)"),
        (-1, 1, 0, "11-22 11:00 – 11-22 13:00 (已到预计时间)"),
        (-5, -4, 0, "11-22 07:00 – 11-22 08:00 (已过预计时间)"),
        (5, 6, None, "11-22 17:00 – 11-22 18:00"),
    ],
)
def test_the_expected_time_is_told_with_what_is_left(
    first: float, last: float, now: int | None, says: str
) -> None:
    start, end = AT + timedelta(hours=first), AT + timedelta(hours=last)
    told = Presenter("zh").outlook(start, end, None if now is None else AT)
    assert told == says
