"""A sensor that lies looks unlike an asset that wears."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from analytics.detectors.sensor import Suspect, Suspicion

Days = NDArray[np.float64]
COUNT = 60
LEVELS = (1.0, 3.0, 8.0)


def sound(seed: int = 3) -> Days:
    scatter = np.random.default_rng(seed).normal(0, 0.05, (COUNT, len(LEVELS)))
    return np.array(LEVELS) + scatter


def asked(days: Days, feature: int = 0) -> Suspicion | None:
    return Suspect().of(days, feature)


@pytest.mark.parametrize("seed", range(40))
def test_a_sound_sensor_is_not_suspected(seed: int) -> None:
    assert [asked(sound(seed), feature) for feature in range(3)] == [None, None, None]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("power", [0.7, 1.0, 2.0])
def test_wear_that_grows_over_days_is_not_of_the_sensor(seed: int, power: float) -> None:
    days = sound(seed)
    days[-14:, 0] += 1.5 * np.linspace(0, 1, 14) ** power
    assert asked(days) is None


def test_each_lie_has_its_name() -> None:
    stuck, spikes, silent, swapped, jump = (sound() for _ in range(5))
    stuck[-5:, 0] = stuck[-6, 0]
    spikes[[-3, -8], 0] += 2.0
    silent[-3:, 0] = np.nan
    swapped[-6:, [0, 1]] = swapped[-6:, [1, 0]]
    jump[-6:, 0] *= 2.0
    assert asked(stuck) is Suspicion.STUCK
    assert asked(spikes) is Suspicion.SPIKES
    assert asked(silent) is Suspicion.DROP_OUT
    assert asked(swapped) is Suspicion.SWAPPED
    assert asked(swapped, 1) is Suspicion.SWAPPED
    assert asked(jump) is Suspicion.JUMP


def test_an_asset_that_says_nothing_at_all_has_no_bad_sensor() -> None:
    days = sound()
    days[-3:] = np.nan
    assert asked(days) is None


def test_little_history_says_nothing() -> None:
    assert asked(sound()[-20:]) is None


@given(
    arrays(np.float64, (30, 2), elements=st.floats(-1e6, 1e6) | st.just(float("nan"))),
    st.integers(0, 1),
)
def test_hostile_days_break_nothing(days: Days, feature: int) -> None:
    asked(days, feature)
