"""Charts of many quantities: their limits follow how much is known, and a hidden fault stays told."""

import numpy as np
import pytest

from analytics.detectors.chart_model import (
    Recipe,
    farthest,
    fitted,
    many_out,
    repeated,
    together,
)
from analytics.detectors.charts import Charts
from analytics.detectors.contract import Flags, Values, score
from analytics.detectors.default import TableStream

COLUMNS = 20


def noise(rows: int, seed: int = 3, columns: int = COLUMNS) -> Values:
    return np.random.default_rng(seed).normal(0, 1, (rows, columns))


def plant(rows: int, columns: int = COLUMNS) -> Values:
    """Quantities in pairs, as a loop ties a valve to what it holds."""
    values = noise(rows, columns=columns)
    values[:, 1::2] = 0.6 * values[:, ::2] + 0.8 * values[:, 1::2]
    return values


def alarms_of(values: Values, detector: Charts | None = None) -> Flags:
    charts = detector or Charts()
    state = charts.start(1, values.shape[1])
    said = score(charts, state, np.arange(float(len(values))), values[:, None, :])
    alarm: Flags = said.alarm[:, 0]
    return alarm


def test_the_joint_chart_is_the_mahalanobis_distance() -> None:
    random = np.random.default_rng(4)
    mixed = random.normal(0, 1, (30, 5)) @ random.normal(0, 1, (5, 5))
    inverse: Values = np.linalg.inv(np.cov(mixed.T)).astype(np.float64)
    slow = [np.cbrt(row @ inverse @ row / 5) for row in mixed]
    assert together(mixed, inverse) == pytest.approx(slow)


def test_the_farthest_of_many_is_no_farther_than_many_reach_anyway() -> None:
    deviates = np.zeros((3, 50))
    deviates[1, 7], deviates[2, 7] = 2.5, -6.0
    assert farthest(deviates) == pytest.approx([0.0, 0.0, np.sqrt(36 - 2 * np.log(50))])


def test_many_quantities_a_little_off_are_far_out_together() -> None:
    usual = noise(2000, columns=52)
    found = many_out(usual, 20)
    assert abs(found.mean()) < 0.15
    assert found.std() == pytest.approx(1.0, abs=0.15)
    assert many_out(1.6 * usual, 20).mean() > 4
    assert many_out(np.full((1, 2), 1.0), 20).shape == (1,)


def test_many_quantities_that_shake_a_little_are_told() -> None:
    """What many quantities shake by is told although each alone hardly shows it."""
    values = plant(1000, columns=30)
    values[600:] *= 1.5
    alarm = alarms_of(values)
    assert not alarm[:600].any()
    assert alarm[660:].all()


def test_a_value_that_never_stood_still_is_strange_after_three_rows() -> None:
    same, longest = np.array([3.0, 2.0, 9.0, 90.0]), np.array([1.0, 2.0, 5.0, 100.0])
    found = repeated(same, longest, np.array([100.0, 50.0, 20.0, 1.0]))
    nats = np.array([3 * np.log(101), 0.0, 9 / 5 * np.log(21), 0.0])
    assert found == pytest.approx(np.sqrt(2 * np.maximum(nats - np.log(4), 0)))


@pytest.mark.parametrize(("held", "within"), [(1, 12), (2, 30), (5, 50)])
def test_a_reading_that_stays_the_same_for_too_long_is_told(held: int, within: int) -> None:
    """Analyses hold their value between two of them: that is usual."""
    values = noise(900)
    values[:, 3] = np.repeat(values[::held, 3], held)[:900]
    values[600:700, 3] = values[600, 3]
    alarm = alarms_of(values)
    assert not alarm[:600].any()
    assert alarm[600 + within : 700].all()
    assert not alarm[760:].any()


def test_a_quantity_that_never_changes_and_one_that_rests_for_long_are_usual() -> None:
    values = noise(2500)
    values[:, 2] = 7.0
    values[:, 4] = np.cumsum(np.random.default_rng(5).random(2500) < 0.02) % 2
    assert not alarms_of(values).any()


def test_more_calm_rows_make_a_sharper_chart() -> None:
    grain = np.zeros(COLUMNS)
    few, many = (fitted(noise(rows), grain, Recipe()) for rows in (100, 500))
    assert (many.freedom > few.freedom).all()
    assert many.scale[2].mean() < few.scale[2].mean()
    assert many.tension_freedom > few.tension_freedom


def test_a_quantity_that_wanders_between_the_blocks_has_a_wider_chart() -> None:
    rows = noise(300)
    rows[:, 4] += 0.2 * np.cumsum(noise(300, seed=9)[:, 0])
    model = fitted(rows, np.zeros(COLUMNS), Recipe())
    usual = rows.std(axis=0)
    wide = model.scale[2] / usual
    assert wide[4] > 2 * np.delete(wide, 4).max()
    assert model.freedom[2, 4] < np.delete(model.freedom[2], 4).min()


def test_quiet_quantities_raise_no_alarm_and_a_small_lasting_shift_does() -> None:
    values = plant(1100)
    values[700:, 6] += 1.5
    alarm = alarms_of(values)
    assert not alarm[:700].any()
    assert alarm[790:].all()


def test_what_a_controller_hides_in_one_valve_stays_an_alarm() -> None:
    """Most quantities are back after a while; the valve is not."""
    values = plant(900)
    values[400:470, :8] += 4.0
    values[400:, 12] += 3.0
    alarm = alarms_of(values)
    assert not alarm[:400].any()
    assert alarm[410:].all()


def test_a_plant_that_is_back_is_no_longer_in_alarm() -> None:
    values = plant(900)
    values[400:600, 3] += 4.0
    alarm = alarms_of(values)
    assert alarm[420:600].all()
    assert not alarm[770:].any()


@pytest.mark.parametrize("factor", [0.02, 3.0])
def test_a_quantity_that_falls_quiet_or_shakes_is_told(factor: float) -> None:
    values = noise(900)
    values[600:, 5] *= factor
    alarm = alarms_of(values)
    assert not alarm[:600].any()
    assert alarm[700:].all()


def test_a_correlation_that_breaks_is_told() -> None:
    values = noise(1000)
    values[:, 1:6] = values[:, :1] + 0.3 * values[:, 1:6]
    values[700:, 2] = -values[700:, 2]
    alarm = alarms_of(values)
    assert not alarm[:700].any()
    assert alarm[740:].all()


def test_a_crowd_of_quantities_is_told_from_a_plant() -> None:
    """However many rows, and whatever never changes."""
    grain = np.zeros(COLUMNS)
    for rows in (100, 300):
        tables = noise(rows), plant(rows)
        for values in tables:
            values[:, 4] = 7.0
        crowd, tied = (fitted(values, grain, Recipe()).tied for values in tables)
        assert crowd < 2.75
        assert tied > 3.0


def test_one_quantity_a_little_off_is_an_alarm_in_a_plant_and_usual_in_a_crowd() -> None:
    values = plant(1100), noise(1100)
    for each in values:
        each[700:, 6] += 1.5
    tied, crowd = (alarms_of(each) for each in values)
    assert tied[790:].all()
    assert not crowd.any()


def test_an_alarm_that_nobody_ends_is_learned_anew() -> None:
    values = plant(900)
    values[200:, 2] += 20.0
    detector = Charts(warm_up=60, patience=150, again=2)
    state = detector.start(1, COLUMNS)
    said = score(detector, state, np.arange(900.0), values[:, None, :])
    began = int(said.alarm[:, 0].argmax())
    assert 200 <= began < 210
    assert said.alarm[began : began + 150, 0].all()
    assert not said.is_known[began + 150 : began + 269, 0].any()
    assert said.is_known[began + 271 :, 0].all()
    assert not said.alarm[began + 150 :, 0].any()


def test_a_warm_up_that_does_not_fit_into_the_room_is_refused() -> None:
    with pytest.raises(ValueError, match="fit into the room"):
        Charts(warm_up=100, room=200)


@pytest.mark.parametrize(("columns", "name"), [(1, "rhythm"), (12, "joint"), (20, "charts")])
def test_a_wide_table_is_judged_by_charts(columns: int, name: str) -> None:
    assert TableStream(columns).detector.name == name
