"""The arithmetic of the detectors against slow versions, libraries and published examples."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.ensemble import IsolationForest

from analytics.detectors.calibrate import chi_normal, decades, student, to_score
from analytics.detectors.change import ChangePoint
from analytics.detectors.combine import Calibration, Combined, calibrate
from analytics.detectors.contract import Detector, score, shares
from analytics.detectors.forest import grow
from analytics.detectors.joint import Joint
from analytics.detectors.latch import Latch
from analytics.detectors.peers import Peers
from analytics.detectors.rate import Rate
from analytics.detectors.shift import Shift
from analytics.detectors.tail import BINS, Tail
from analytics.detectors.toward import Toward

# NIST/SEMATECH e-Handbook 6.3.2.3: target 325, k = 0.3175, h = 4.1959 (in units of the data).
NIST_MEANS = [
    *(324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125, 324.525, 325.225, 324.600),
    *(324.625, 325.150, 328.325, 327.250, 327.825, 328.500, 326.675, 327.775, 326.875, 328.350),
]
NIST_HIGH = [
    *(0.0, 0.0, 0.0, 0.0, 0.03, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    *(3.01, 4.94, 7.45, 10.63, 11.99, 14.44, 16.00, 19.04),
]


def test_the_cusum_is_that_of_the_handbook() -> None:
    detector = Shift(reference=0.3175, decision=4.1959, warm_up=0)
    state = detector.start(1, 1)
    found = []
    for value in NIST_MEANS:
        z, known = np.array([[value - 325.0]]), np.array([[True]])
        detector._chart(state, z, known)
        found.append(float(state.high[0, 0]))
    assert found[:16] == pytest.approx(NIST_HIGH[:16], abs=0.015)
    assert [high > 4.1959 for high in found].index(True) == 13


def test_the_ewma_is_that_of_the_handbook() -> None:
    """6.3.2.4: weight 0.3, target 50, sigma 2.0539; a selection of the table's 20 values."""
    data = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5]
    told = [50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33]
    detector = Shift(weight=0.3)
    state = detector.start(1, 1)
    found = []
    for value in data:
        detector._chart(state, np.array([[(value - 50) / 2.0539]]), np.array([[True]]))
        found.append(50 + 2.0539 * float(state.average[0, 0]))
    assert found == pytest.approx(told, abs=0.01)


def test_surprise_is_the_tail_of_the_normal_distribution() -> None:
    z = np.array([0.0, 1.0, -3.0, 8.0, 60.0])
    expected = -(stats.norm.logsf(np.abs(z)) + math.log(2)) / math.log(10)
    assert decades(z) == pytest.approx(np.maximum(expected, 0))


@given(st.floats(0, 30), st.floats(4, 300))
def test_a_student_deviate_is_about_as_rare_as_its_normal_one(z: float, freedom: float) -> None:
    normal = float(student(np.array(z), np.array(freedom)))
    exact = -stats.t.logsf(z, freedom) / math.log(10)
    about = -stats.norm.logsf(normal) / math.log(10)
    assert about == pytest.approx(exact, rel=0.25, abs=0.3)


def test_a_chi_square_is_about_as_rare_as_its_normal_deviate() -> None:
    ratio = np.array([0.5, 1.0, 2.0, 4.0])
    normal = chi_normal(ratio, np.array(12.0))
    about, exact = stats.norm.logsf(normal), stats.chi2.logsf(ratio * 12, 12)
    assert about / math.log(10) == pytest.approx(exact / math.log(10), abs=0.2)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_score_rises_with_surprise_and_stays_within_one(one: float, other: float) -> None:
    low, high = to_score(np.array(sorted([one, other])))
    assert 0 <= low <= high <= 1
    assert float(to_score(np.array(6.0))) == pytest.approx(0.5)


def test_unknown_surprise_stays_unknown() -> None:
    assert np.isnan(to_score(np.array(np.nan)))


def test_shares_of_nothing_are_nothing() -> None:
    assert shares(np.array([[np.nan, -1.0], [1.0, 3.0]])).tolist() == [[0, 0], [0.25, 0.75]]


def test_the_tail_is_hills_and_knows_how_many_came_before() -> None:
    random = np.random.default_rng(3)
    numbers = random.pareto(2.0, 4000) + 1
    over, sums = np.zeros((1, BINS)), np.zeros((1, BINS))
    tail = Tail()
    for number in numbers:
        tail.learn(over, sums, np.array([number]), np.array([True]))
    for asked in (3.0, 10.0, 300.0):
        expected = 2.0 * math.log10(asked)
        assert float(tail.surprise(over, sums, np.array([asked]))[0]) == pytest.approx(
            expected, abs=0.5
        )


def test_a_tail_of_nothing_is_not_surprised_by_the_first_number() -> None:
    over, sums = np.zeros((1, BINS)), np.zeros((1, BINS))
    assert float(Tail().surprise(over, sums, np.array([0.0]))[0]) == pytest.approx(0.0)


def test_a_forest_walked_at_once_says_what_the_library_says() -> None:
    random = np.random.default_rng(5)
    rows, asked = random.normal(0, 1, (400, 4)), random.normal(0, 3, (50, 4))
    library = IsolationForest(n_estimators=20, random_state=7).fit(rows)
    assert grow(rows, 20, 7).strangeness(asked) == pytest.approx(-library.score_samples(asked))


def test_a_latch_waits_holds_and_lets_go() -> None:
    latch = Latch(on=0.5, off=0.25, on_steps=2, off_steps=3)
    state = Shift().start(1, 1)
    told = [0.9, 0.1, 0.6, 0.7, 0.3, np.nan, 0.1, 0.1, np.nan, 0.1, 0.1]
    alarms = [bool(latch.step(state, np.array([value]))[0]) for value in told]
    assert alarms == [False] * 3 + [True] * 6 + [False] * 2


def test_a_limit_is_told_at_the_limit_and_a_rate_at_its_rate() -> None:
    detector = Rate(good=(20.0,), low=(-np.inf,), high=(70.0,), rate=(0.5,))
    times = np.array([0.0, 60.0, 120.0, 180.0])
    values = np.array([20.0, 45.0, 70.0, 110.0])[:, None, None]
    said = score(detector, detector.start(1, 1), times, values)
    assert said.score[:, 0] == pytest.approx([0.0, 0.417, 0.5, 0.9], abs=0.001)


def test_a_change_is_dated() -> None:
    detector = ChangePoint(window=40)
    values = np.random.default_rng(2).normal(0, 1, (100, 1, 1))
    values[85:] += 6
    state = detector.start(1, 1)
    said = score(detector, state, np.arange(100.0), values)
    assert said.alarm[-1, 0]
    assert not said.alarm[:85].any()
    assert state.age[0, 0] == pytest.approx(15, abs=1)


def test_what_all_peers_do_is_no_news_and_one_that_departs_is() -> None:
    random = np.random.default_rng(4)
    season = 20 * np.sin(np.arange(120) / 9)[:, None, None]
    values = season + random.normal(0, 1, (120, 12, 1)) + np.arange(12)[None, :, None]
    values[90:, 5] += 8
    detector = Peers()
    said = score(detector, detector.start(12, 1), np.arange(120.0), values)
    assert said.alarm[100:, 5].all()
    assert not np.delete(said.alarm, 5, axis=1).any()


def test_too_few_peers_say_nothing() -> None:
    detector = Peers(least=5)
    values = np.random.default_rng(4).normal(0, 1, (60, 4, 1))
    assert not score(detector, detector.start(4, 1), np.arange(60.0), values).is_known.any()


def test_a_leak_is_dated_with_an_interval_that_holds_the_truth() -> None:
    day = 86_400.0
    detector = Toward(low=(150.0,), high=(np.inf,), bin_s=day)
    random = np.random.default_rng(6)
    times = 1.7e9 + day / 4 * np.arange(80.0)
    pressure = 400 - 6.0 * np.arange(80) / 4 + random.normal(0, 3, 80)
    state = detector.start(1, 1)
    said = score(detector, state, times, pressure[:, None, None])
    truth = 1.7e9 + 250 / 6 * day
    assert said.alarm[-1, 0]
    assert state.due_from[0, 0] < truth < state.due_until[0, 0]
    assert state.due_until[0, 0] - state.due_from[0, 0] < 40 * day


@pytest.mark.parametrize("size", [0.0, 12.0])
def test_a_baseline_stands_still_while_in_alarm(size: float) -> None:
    values = np.random.default_rng(8).normal(0, 1, (400, 1, 2))
    values[200:, 0, 0] += size
    detectors: tuple[Detector[Any], ...] = (Shift(), Joint(warm_up=60))
    for detector in detectors:
        state = detector.start(1, 2)
        said = score(detector, state, 1.7e9 + 3600 * np.arange(400.0), values)
        assert bool(said.alarm[-1, 0]) == (size > 0)
        assert abs(float(state.mean[0, 0])) < 0.8


def test_a_calibrated_score_is_the_share_that_was_right() -> None:
    random = np.random.default_rng(9)
    raw = random.random(4000)
    truth = random.random(4000) < raw**2
    curve = calibrate(raw, truth)
    asked = np.array([0.2, 0.5, 0.9])
    assert curve(asked) == pytest.approx(asked**2, abs=0.08)
    assert (np.diff(curve.right) >= 0).all()
    assert np.isnan(curve(np.array([np.nan]))).all()
    assert calibrate(np.array([]), np.array([], dtype=bool)) == Calibration()


def test_calibrated_witnesses_add_up_and_raw_ones_do_not() -> None:
    one = Rate(good=(0.0,), low=(-10.0,), high=(10.0,), rate=(np.inf,))
    value = np.array([[[8.0]]])
    for calibrations, expected in (((), 0.4), ((Calibration(), Calibration()), 0.64)):
        both = Combined(members=(one, one), calibrations=calibrations)
        said = score(both, both.start(1, 1), np.zeros(1), value)
        assert said.score[0, 0] == pytest.approx(expected)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_joint_does_not_care_about_units(seed: int) -> None:
    values = np.random.default_rng(seed).normal(0, 1, (120, 1, 2))
    detector = Joint(warm_up=40, delay=48)
    one = score(detector, detector.start(1, 2), np.arange(120.0), values)
    other = score(detector, detector.start(1, 2), np.arange(120.0), values * 1024.0)
    assert one.score == pytest.approx(other.score, nan_ok=True, abs=1e-6)


def test_a_walk_is_no_alarm_and_a_step_of_what_stands_still_is() -> None:
    """What drifts while nobody looks is allowed to have drifted; what stands still is not."""
    random = np.random.default_rng(8)
    values = random.normal(0, 0.3, (1200, 8, 4))
    values[:, :, 0] += 0.15 * np.cumsum(random.normal(0, 1, (1200, 8)), axis=0)
    values[900:, 4:, 2] += 2.0
    said = score(Joint(), Joint().start(8, 4), np.arange(1200.0), values)
    assert said.alarm[:900].mean() <= 0.01
    assert not said.alarm[920:, :4].any()
    assert said.alarm[920:, 4:].all()


def test_a_delay_too_short_to_measure_wandering_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 36 steps"):
        Joint(delay=20)


def test_joint_takes_what_has_stood_too_long_for_a_new_normal_and_is_unknown_meanwhile() -> None:
    random = np.random.default_rng(5)
    values = random.normal(0.0, 1.0, (900, 2, 3))
    values[200:, 0] += 30.0
    detector = Joint(warm_up=60, delay=48, patience=150, again=2)
    state = detector.start(2, 3)
    said = [detector.step(state, float(n), row) for n, row in enumerate(values)]
    alarm = np.array([one.alarm for one in said])
    unknown = np.isnan(np.array([one.score for one in said]))
    began = int(np.flatnonzero(alarm[:, 0])[0])
    assert began < 210
    ended = began + 150
    assert alarm[began:ended, 0].all()
    assert unknown[ended : ended + 120, 0].all()
    assert not alarm[ended:, 0].any()
    assert not unknown[ended + 120 :, 0].any()
    assert not alarm[:, 1].any()
    assert not unknown[60:, 1].any()
