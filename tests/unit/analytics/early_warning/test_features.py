"""Features of a day: traffic cancels, gaps are gaps, and the columns are those of the views."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from analytics.features.formula import above, middle, ratio, scatter, while_running
from analytics.features.hours import Hours, mean_of, middle_of
from analytics.features.store import begin_of, day_of, schema_key
from analytics.features.table import FEATURES, carried, columns_of, days_of
from gateway.catalogue import asset_class
from simulators.history import hour_columns

RNG = np.random.default_rng(6)


def hours(**columns: "np.ndarray | float") -> Hours:
    whole = {
        name: np.broadcast_to(np.asarray(value, dtype=np.float32), (2, 48)).copy()
        for name, value in columns.items()
    }
    return Hours(asset_class="lift", columns=whole)


def test_a_ratio_does_not_see_traffic() -> None:
    traffic = RNG.uniform(0.1, 1.0, 48)
    found = ratio("vibration_mean", "speed_mean").value(
        hours(vibration_mean=0.3 * traffic, speed_mean=traffic)
    )
    assert found == pytest.approx(np.full((2, 2), 0.3))


def test_a_lift_that_stands_still_has_nothing_per_travel() -> None:
    found = ratio("vibration_mean", "speed_mean").value(hours(vibration_mean=0.1, speed_mean=0.0))
    assert np.isnan(found).all()


def test_only_hours_that_have_both_count_in_a_ratio() -> None:
    part, whole = np.full(48, 2.0), np.full(48, 4.0)
    part[3], whole[7] = np.nan, np.nan
    part[7], whole[3] = 900.0, 900.0
    assert ratio("a", "b").value(hours(a=part, b=whole))[0, 0] == pytest.approx(0.5)


def test_a_wild_hour_leaves_the_usual_hour_alone() -> None:
    values = np.full(48, 5.0)
    values[4] = 1e6
    assert middle("a").value(hours(a=values))[0].tolist() == [5.0, 5.0]


def test_a_day_with_few_hours_says_nothing() -> None:
    values = np.full(48, 5.0)
    values[:19] = np.nan
    found = middle("a").value(hours(a=values))
    assert np.isnan(found[0, 0])
    assert found[0, 1] == 5.0


def test_the_usual_hour_is_the_median_and_the_mean_is_weighted() -> None:
    cube = np.array([[[1.0, 2.0, 3.0, 4.0, 5.0, 99.0, *[np.nan] * 18]]])
    assert middle_of(cube)[0, 0] == 3.5
    weights = np.where(np.isnan(cube), np.nan, [[[1.0, 0, 0, 0, 0, 1.0, *[0] * 18]]])
    assert mean_of(cube, weights)[0, 0] == 50.0


def test_scatter_and_distance_are_of_the_same_hour() -> None:
    wave = RNG.uniform(20, 30, 48)
    shown = hours(m_max=wave + 3, m_min=wave - 1, room=wave - 10)
    assert scatter("m").value(shown) == pytest.approx(np.full((2, 2), 4.0), abs=1e-4)
    assert above("m_min", "room").value(shown) == pytest.approx(np.full((2, 2), 9.0), abs=1e-4)


def test_an_absent_column_is_an_unknown_feature_and_no_failure() -> None:
    found = days_of(hours(speed_mean=0.5, vibration_max=0.1))
    names = [feature.name for feature in FEATURES["lift"]]
    assert found.shape == (2, 2, len(names))
    assert found[0, 0, names.index("shake_peak")] == pytest.approx(np.log(0.1))
    assert np.isnan(found[:, :, names.index("door_peak")]).all()


def test_a_relative_feature_at_or_below_zero_is_unknown() -> None:
    names = [feature.name for feature in FEATURES["lift"]]
    assert np.isnan(days_of(hours(vibration_max=0.0))[:, :, names.index("shake_peak")]).all()


@pytest.mark.parametrize("of_class", sorted(FEATURES))
def test_features_speak_of_metrics_and_columns_that_exist(of_class: str) -> None:
    assert set(columns_of(of_class)) <= set(hour_columns(of_class))
    for feature in FEATURES[of_class]:
        assert asset_class(of_class).metric(feature.metric) is not None, feature.name
    names = [feature.name for feature in FEATURES[of_class]]
    assert len(set(names)) == len(names)
    assert 0 <= schema_key(of_class) < 2**31


def test_hours_that_are_no_whole_days_are_refused() -> None:
    with pytest.raises(ValueError, match="whole parts of 24 h"):
        Hours(asset_class="lift", columns={"a": np.zeros((1, 30), dtype=np.float32)})
    with pytest.raises(ValueError, match="one shape"):
        Hours(
            asset_class="lift",
            columns={
                "a": np.zeros((1, 24), dtype=np.float32),
                "b": np.zeros((2, 24), dtype=np.float32),
            },
        )


def test_a_day_begins_at_midnight_in_china() -> None:
    late_in_china = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    assert day_of(late_in_china) == date(2026, 11, 22)
    assert begin_of(date(2026, 11, 22)) == datetime(2026, 11, 21, 16, tzinfo=UTC)


def test_vibration_counts_only_while_the_pump_runs_and_one_hour_is_enough() -> None:
    shake, running = np.full(48, 0.005), np.zeros(48)
    shake[9], running[9] = 0.3, 1.0
    found = while_running("vibration_drive_max").value(
        hours(vibration_drive_max=shake, running_max=running)
    )
    assert found[0, 0] == pytest.approx(0.3)
    assert np.isnan(found[0, 1])


def test_the_newest_test_of_a_pump_stands_until_the_next_is_overdue() -> None:
    names = [feature.name for feature in FEATURES["pump"]]
    place, other = names.index("vibration_drive_running"), names.index("motor_temp")
    days = np.full((1, 20, len(names)), np.nan, dtype=np.float32)
    days[0, 2, place] = days[0, 2, other] = 1.5
    found = carried(days, "pump")
    assert np.isnan(found[0, :2, place]).all()
    assert (found[0, 2:11, place] == 1.5).all()
    assert np.isnan(found[0, 11:, place]).all()
    assert np.isnan(found[0, 3:, other]).all()
    assert np.isnan(days[0, 3, place]), "the days that were given stay as they are"
