"""What moves slowly by itself is followed; what stands in several quantities stays an alarm."""

import numpy as np
import pytest

from analytics.detectors.contract import Flags, Values, score
from analytics.detectors.drift import Drift, hidden
from analytics.detectors.joint import Joint
from analytics.detectors.joint_state import Lengths, nothing_learned
from tests.scoring.calm import FAULTS, calm_hours, faulty_hours

KNOWN = 1500
"""Rows after which a plant has been known for long."""


def alarms_of(values: Values) -> Flags:
    """Of one asset."""
    state = Joint().start(1, values.shape[1])
    clock = np.arange(float(len(values)))
    alarm: Flags = score(Joint(), state, clock, values[:, None, :]).alarm[:, 0]
    return alarm


def test_hours_of_calm_pumps_are_rarely_in_alarm() -> None:
    values = np.stack([calm_hours(7100 + n, "rig", 3000).values for n in range(10)], axis=1)
    detector = Joint()
    said = score(detector, detector.start(10, 8), np.arange(3000.0), values)
    assert said.alarm.mean() < 0.05


def test_a_fault_of_several_quantities_stands_until_its_end() -> None:
    recordings = [faulty_hours(7200, fault) for fault in FAULTS]
    ((first, last),) = recordings[0].windows
    values = np.stack([one.values[:last] for one in recordings], axis=1)
    state = Joint().start(len(FAULTS), values.shape[2])
    alarm = score(Joint(), state, np.arange(float(last)), values).alarm
    stands = alarm[first + 150 : min(first + 700, last - 100)].mean(axis=0)
    assert (stands > 0.95).all(), dict(zip(FAULTS, stands, strict=True))


def weak(shift: tuple[float, ...], rows: int = 600) -> Values:
    values = np.random.default_rng(6).normal(0, 1, (KNOWN + rows, 4))
    values[KNOWN:] += shift
    return values


def test_a_weak_sign_of_one_quantity_alone_is_told_and_then_usual() -> None:
    alarm = alarms_of(weak((1.1, 0, 0, 0)))
    assert alarm[KNOWN : KNOWN + 60].any()
    assert not alarm[KNOWN + 150 :].any()


@pytest.mark.parametrize("shift", [(1.7, 1.7, 0, 0), (5.0, 0, 0, 0)])
def test_what_is_plain_or_shared_goes_on(shift: tuple[float, ...]) -> None:
    assert alarms_of(weak(shift))[KNOWN + 60 :].mean() > 0.95


def test_drift_is_measured_at_the_age_of_what_is_usual() -> None:
    """A straight line goes 300 steps' rise; noise alone goes nowhere."""
    drift, steps = Drift(prior=0.0), 3000
    kept = Lengths(held=48, scales=1, spreads=1, pairs=20, blocks=drift.blocks)
    state = nothing_learned((2, 1), kept)
    noise = np.random.default_rng(2).normal(0, 0.1, (steps, 1))
    for step in range(1, steps + 1):
        state.steps[:] = step
        x = np.array([0.01 * step + noise[step - 1], noise[step - 1]])
        drift.step(state, x, np.ones(1, dtype=np.bool_))
    line, still = np.sqrt(drift.variance(state)[:, 0])
    assert line == pytest.approx(3.0, rel=0.15)
    assert still < 0.05


def test_a_quantity_is_taken_to_drift_a_little_until_it_has_been_measured() -> None:
    kept = Lengths(held=48, scales=1, spreads=1, pairs=20, blocks=15)
    state = nothing_learned((1, 2), kept)
    state.unit[:] = 5.0
    state.drifts[:, 1] = 15 * 99
    young, old = Drift(prior=0.04).variance(state)[0]
    assert young == pytest.approx(0.04 * 25)
    assert old == pytest.approx(young / 100)


def test_what_goes_on_going_in_an_alarm_is_drift_and_its_departure_is_not() -> None:
    """Two quantities depart; one of them stands, the other does not."""
    drift, steps = Drift(prior=0.0), 1000
    kept = Lengths(held=48, scales=1, spreads=1, pairs=20, blocks=drift.blocks)
    state = nothing_learned((2, 1), kept)
    for step in range(1, steps + 1):
        state.steps[:] = step
        state.alarm[:] = step > 100
        state.stood[:] = max(step - 100, 0)
        drift.part(state, np.array([step == 101]))
        out = 9.0 * (step > 100)
        drift.step(state, np.array([[out], [out + 0.01 * step]]), np.ones(1, dtype=np.bool_))
    stands, goes = state.drift_far[:, 0]
    assert stands == 0
    assert goes == pytest.approx(9.0, rel=0.05)


def _leaning(rows: Values) -> Values:
    """How far the line of calm rows is taken to go on; rows of shape (steps, n_features)."""
    drift = Drift()
    kept = Lengths(held=48, scales=1, spreads=1, pairs=20, blocks=drift.blocks)
    state = nothing_learned((rows.shape[1], 1), kept)
    state.warm[:] = 100
    for step, row in enumerate(rows, 1):
        state.steps[:] = step
        drift.step(state, row[:, None], np.ones(1, dtype=np.bool_))
    return np.sqrt(state.lean[:, 0])


def test_a_line_that_calm_rows_plainly_lie_on_is_taken_to_go_on() -> None:
    """After 200 rows, long before a change of 300 rows could be seen; noise is no line."""
    noise = np.random.default_rng(3).normal(0, 0.1, 200)
    line, still = _leaning(np.stack([0.01 * np.arange(1, 201) + noise, noise], axis=1))
    assert line == pytest.approx(3.0, rel=0.3)
    assert still < 0.1


def test_the_newest_rows_are_no_line_yet() -> None:
    """A departure of 40 rows is not forgiven as a drift."""
    noise = np.random.default_rng(4).normal(0, 0.1, 340)
    departing = noise + np.maximum(np.arange(1, 341) - 300, 0)
    assert _leaning(departing[:, None])[0] < 0.1


def test_a_coarse_reading_hides_up_to_half_a_step_and_a_contact_nothing() -> None:
    fine, seldom, often, contact = hidden(np.array([4.0, 0.02, 0.25, 0.0]), np.ones(4))
    assert (fine, often, contact) == (0, 0, 0)
    assert seldom == pytest.approx(0.23 / 3, rel=0.05)
