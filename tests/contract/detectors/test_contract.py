"""What every streaming detector promises, held against each of them."""

import gc
from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.detectors.change import ChangePoint
from analytics.detectors.charts import Charts
from analytics.detectors.combine import Combined
from analytics.detectors.contract import Detector, Scores, Values, load, save, score
from analytics.detectors.forest import Forest
from analytics.detectors.joint import Joint
from analytics.detectors.peers import Peers
from analytics.detectors.rate import Rate
from analytics.detectors.rhythm import Rhythm
from analytics.detectors.shift import Shift
from analytics.detectors.surge import Surge
from analytics.detectors.toward import Toward

ASSETS, FEATURES, STEPS = 6, 3, 150
CHANGE = 110
START = 1.7e9
DETECTORS: tuple[Detector[Any], ...] = (
    Rate(good=(0.0,) * 3, low=(-10.0,) * 3, high=(10.0,) * 3, rate=(float("inf"),) * 3),
    Shift(warm_up=36),
    Peers(),
    Joint(warm_up=50, delay=48),
    Rhythm(warm_up=50),
    Charts(warm_up=50, room=150, delay=40),
    Surge(warm_up=14, step_s=21_600),
    ChangePoint(window=40),
    Forest(keep=512, first=300, trees=30, share=0.01),
    Toward(low=(-10.0,) * 3, high=(10.0,) * 3, bins=12, bin_s=3600.0 * 2, horizon_s=86_400.0),
    Combined(members=(Shift(warm_up=36), ChangePoint(window=40)), weights=(0.9, 0.8)),
)
every = pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)


@cache
def told(number: int) -> Scores:
    """What a detector says of quiet noise: many promises are held against it."""
    return scored(DETECTORS[number], quiet())


def quiet(seed: int = 1, steps: int = STEPS) -> Values:
    return np.random.default_rng(seed).normal(0, 1, (steps, ASSETS, FEATURES))


def clock(steps: int = STEPS) -> Values:
    return START + 3600.0 * np.arange(steps, dtype=np.float64)


def scored(detector: Detector[Any], values: Values, times: Values | None = None) -> Scores:
    state = detector.start(values.shape[1], values.shape[2])
    return score(detector, state, clock(len(values)) if times is None else times, values)


def assert_same(one: Scores, other: Scores) -> None:
    for field in fields(Scores):
        assert getattr(one, field.name).tobytes() == getattr(other, field.name).tobytes()


def assert_sane(said: Scores) -> None:
    known = said.score[said.is_known]
    assert ((known >= 0) & (known <= 1)).all()
    total = said.reason.sum(axis=-1)
    assert (np.isclose(total, 1) | (total == 0)).all()
    assert (said.reason >= 0).all()


@every
def test_a_block_and_its_steps_give_the_same_bytes(detector: Detector[Any]) -> None:
    values = quiet()
    whole = told(DETECTORS.index(detector))
    state = detector.start(ASSETS, FEATURES)
    parts = [
        score(detector, state, clock()[start:stop], values[start:stop])
        for start, stop in ((0, 1), (1, 90), (90, 91), (91, STEPS))
    ]
    joined = Scores(
        score=np.concatenate([part.score for part in parts]),
        alarm=np.concatenate([part.alarm for part in parts]),
        reason=np.concatenate([part.reason for part in parts]),
    )
    assert_same(whole, joined)


@every
def test_memory_does_not_grow_with_the_stream(detector: Detector[Any]) -> None:
    """After 330 steps everything is filled that ever is; as many again keep no byte and no object."""
    state = detector.start(ASSETS, FEATURES)
    values, times = quiet(9, 660), clock(660)
    score(detector, state, times[:330], values[:330])
    size, objects = len(save(state)), _living()
    score(detector, state, times[330:], values[330:])
    assert len(save(state)) == size
    assert _living() - objects < 330


def _living() -> int:
    gc.collect()
    return len(gc.get_objects())


@every
def test_rows_of_the_future_change_nothing_before_them(detector: Detector[Any]) -> None:
    changed = quiet()
    changed[CHANGE:] = 1e6
    before, after = told(DETECTORS.index(detector)), scored(detector, changed)
    assert before.score[:CHANGE].tobytes() == after.score[:CHANGE].tobytes()
    assert before.alarm[:CHANGE].tobytes() == after.alarm[:CHANGE].tobytes()


@every
def test_a_state_that_was_saved_goes_on_as_if_it_had_not_been(detector: Detector[Any]) -> None:
    values = quiet()
    state = detector.start(ASSETS, FEATURES)
    score(detector, state, clock()[:CHANGE], values[:CHANGE])
    other = load(detector.start(ASSETS, FEATURES), save(state))
    going_on = score(detector, other, clock()[CHANGE:], values[CHANGE:])
    assert going_on.score.tobytes() == told(DETECTORS.index(detector)).score[CHANGE:].tobytes()


@every
def test_a_state_of_another_shape_is_refused(detector: Detector[Any]) -> None:
    saved = save(detector.start(ASSETS, FEATURES))
    with pytest.raises(ValueError, match="another kind or shape"):
        load(detector.start(ASSETS + 1, FEATURES), saved)


@every
def test_nothing_is_known_of_nothing(detector: Detector[Any]) -> None:
    said = scored(detector, np.full((70, ASSETS, FEATURES), np.nan))
    assert not said.is_known.any()
    assert not said.alarm.any()


@every
def test_an_asset_without_values_is_unknown_and_not_good(detector: Detector[Any]) -> None:
    values = quiet(4)
    values[CHANGE:, 3] = np.nan
    said = scored(detector, values)
    assert not said.is_known[CHANGE:, 3].any()
    assert said.is_known[-1, 4]


@every
def test_quiet_noise_raises_no_alarm(detector: Detector[Any]) -> None:
    said = told(DETECTORS.index(detector))
    assert said.alarm.mean() <= 0.003
    assert_sane(said)


@every
def test_the_first_values_raise_no_alarm(detector: Detector[Any]) -> None:
    values = quiet(6, steps=20)
    values[3:5, :, 0] += 5
    assert not scored(detector, values).alarm.any()


@every
def test_constant_signals_are_no_news(detector: Detector[Any]) -> None:
    said = scored(detector, np.full((100, ASSETS, FEATURES), 4.2))
    assert not said.alarm.any()
    assert_sane(said)


HOSTILE = st.sampled_from([0.0, 1.0, -1.0, np.nan, np.inf, -np.inf, 1e300, 5e-324, -1e29, 7.25])


@every
@given(
    values=arrays(np.float64, (60, 6, 2), elements=HOSTILE),
    jumps=arrays(
        np.float64, 60, elements=st.sampled_from([60.0, 3600.0, 0.0, -86_400.0, 1e9, 0.001])
    ),
)
@settings(max_examples=4, deadline=None)
def test_hostile_values_and_clocks_break_nothing(
    detector: Detector[Any], values: Values, jumps: Values
) -> None:
    if isinstance(detector, Rate | Toward):
        values = np.concatenate([values, values[:, :, :1]], axis=2)
    said = scored(detector, values, START + np.cumsum(jumps))
    assert_sane(said)


@every
def test_a_clock_that_jumps_back_and_ahead_is_no_event(detector: Detector[Any]) -> None:
    times = clock()
    times[90:] -= 30 * 86_400.0
    times[120:] += 400 * 86_400.0
    assert scored(detector, quiet(8), times).alarm.mean() <= 0.003


@every
def test_neighbours_do_not_matter_unless_they_are_compared(detector: Detector[Any]) -> None:
    other = quiet()
    other[:, 1:] = other[:, 1:] * 50 - 7
    one, two = told(DETECTORS.index(detector)), scored(detector, other)
    is_same = np.array_equal(one.score[:, 0], two.score[:, 0], equal_nan=True)
    assert is_same or detector.is_relative


@every
def test_a_plain_fault_is_told_with_its_feature_and_held(detector: Detector[Any]) -> None:
    """A quantity climbs far; then its sensor falls silent, and the alarm stays as it was."""
    values = 0.3 * quiet(10)
    values[CHANGE:, 2, 1] += np.linspace(4, 14, STEPS - CHANGE)
    values[-5:, 2] = np.nan
    said = scored(detector, values)
    alarm = said.alarm[:, 2]
    assert alarm[CHANGE:].any()
    assert not said.alarm[:CHANGE].any()
    first = int(alarm.argmax())
    assert said.reason[first, 2].argmax() == 1
    assert (alarm[-5:] == alarm[-6]).all()
