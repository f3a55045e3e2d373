"""The robust line against an obvious slow version, and the cycle against hostile series."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.alarms.alarm import AssetId
from analytics.detectors.trend import fit
from analytics.warnings.cycle import CycleConfig, Findings, ModelState, cycle
from analytics.warnings.warning import reason_of
from analytics.warnings.window import Span, Values, Window

END = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SPAN = Span(end=END, length=timedelta(seconds=120), bins=32)
CONFIG = CycleConfig(horizon=timedelta(seconds=600))
RNG = np.random.default_rng(7)


def slow_slope(times: Values, row: Values) -> float:
    """Theil and Sen, as their papers say it."""
    there = [(t, v) for t, v in zip(times, row, strict=True) if not np.isnan(v)]
    if len(there) < 3:
        return float("nan")
    return float(median((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(there, 2)))


VALUES = st.floats(-1e4, 1e4) | st.just(float("nan"))


@settings(deadline=None, max_examples=60)
@given(arrays(np.float64, (3, 9), elements=VALUES))
def test_the_slope_equals_the_obvious_one(values: Values) -> None:
    times = np.arange(9.0)
    expected = [slow_slope(times, row) for row in values]
    np.testing.assert_allclose(fit(times, values).slope, expected, rtol=1e-9, atol=1e-9)


def test_an_example_worked_by_hand() -> None:
    # The ten slopes in order: -.15 -.13 -.08 -.07 -.0575 -.055 -.045 -.0333 .01 .04
    times = np.array([1.0, 2, 3, 4, 5])
    values = np.array([[1.26, 1.27, 1.12, 1.16, 1.03]])
    assert fit(times, values).slope[0] == pytest.approx(-0.05625)


def test_the_interval_holds_the_true_slope() -> None:
    times = SPAN.middles
    values = 200 - 0.5 * times + RNG.normal(0, 2, (400, 32))
    trend = fit(times, values)
    inside = (trend.slope_low <= -0.5) & (trend.slope_high >= -0.5)
    assert inside.mean() > 0.96


def look(values: Values, metric: str = "pressure", asset_class: str = "fire_water") -> Findings:
    rows = np.atleast_2d(values)
    assets = tuple(AssetId(number) for number in range(len(rows)))
    window = Window(asset_class=asset_class, span=SPAN, assets=assets, values={metric: rows})
    return cycle(window, ModelState(), CONFIG)


def leaking(rate: float = 0.8, noise: float = 0.3) -> Values:
    """A gauge that starts to lose pressure one minute before the end [kPa/s]."""
    lost = np.maximum(0.0, SPAN.middles + 60) * rate
    values: Values = 260 - lost + RNG.normal(0, noise, 32)
    return values


def test_a_leak_is_warned_of_before_the_limit_is_reached() -> None:
    (finding,) = look(leaking()).findings
    assert finding.limit.value == 150
    truth = END + timedelta(seconds=(260 - 48 - 150) / 0.8)
    assert finding.expected_from <= truth <= finding.expected_until
    assert finding.expected_from > END
    assert finding.slope < 0
    assert 0 < finding.score <= 1


def test_below_the_first_limit_the_next_one_counts() -> None:
    (finding,) = look(leaking() - 100).findings
    assert finding.limit.value == 70


def test_below_the_last_limit_nothing_is_left_to_warn_of() -> None:
    assert look(leaking() - 200).findings == ()


@pytest.mark.parametrize(
    "values",
    [
        np.full(32, 260.0),
        np.full(32, np.nan),
        260 + RNG.normal(0, 20, 32),
        np.where(np.arange(32) < 16, 260.0, 200.0) + RNG.normal(0, 0.3, 32),
        260 - 0.02 * (SPAN.middles + 120) + RNG.normal(0, 0.3, 32),
        np.where(np.arange(32) < 24, leaking(), np.nan),
        np.where(np.arange(32) > 27, leaking(), np.nan),
        np.where(np.arange(32) == 5, 0.0, 260.0),
    ],
    ids=["constant", "nothing", "noise", "step", "slow", "silent", "few", "outlier"],
)
def test_no_warning_without_a_trend(values: Values) -> None:
    assert look(values).findings == ()


def test_noise_alone_gives_no_warning_in_twenty_thousand_windows() -> None:
    values = 260 + RNG.normal(0, 15, (20_000, 32))
    assert look(values).findings == ()


def test_a_trend_with_gaps_and_one_outlier_is_found() -> None:
    values = leaking()
    values[[3, 9, 17, 22]] = np.nan
    values[20] = 900.0
    assert len(look(values).findings) == 1


def test_a_rising_current_is_a_warning_and_a_falling_one_is_none() -> None:
    rising = 100 + 1.0 * (SPAN.middles + 120) + RNG.normal(0, 1, 32)
    assert len(look(rising, "residual_current", "electrical_monitor").findings) == 1
    assert look(rising[::-1].copy(), "residual_current", "electrical_monitor").findings == ()


def test_a_trend_that_has_ended_is_over() -> None:
    ended = np.where(SPAN.middles < -60, 340 - (SPAN.middles + 120), 280.0)
    assert look(ended + RNG.normal(0, 0.3, 32)).findings == ()


def test_later_values_change_nothing_that_was_found_before() -> None:
    row = leaking()
    before = look(row)
    both = np.vstack([row, RNG.normal(0, 1e3, 32)])
    assert look(both).findings[:1] == before.findings


def test_a_line_without_noise_is_no_clockwork() -> None:
    week = Span(end=END, length=timedelta(days=7), bins=32)
    values = np.atleast_2d(260 - 80 * (week.middles / 604_800 + 1))
    for span, least in ((week, timedelta(hours=3)), (SPAN, timedelta(seconds=30))):
        window = Window(
            asset_class="fire_water",
            span=span,
            assets=(AssetId(1),),
            values={"pressure": values},
        )
        config = CycleConfig(horizon=2 * span.length)
        (finding,) = cycle(window, ModelState(), config).findings
        assert finding.expected_until - finding.expected_from >= least
        assert finding.expected_from >= END
        told = reason_of(finding, "fire_water")
        assert "前后约" in told.zh
        assert "within about" in told.en
