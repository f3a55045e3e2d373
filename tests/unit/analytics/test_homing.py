"""An alarm ends when the plant is back, not when the slowest average has forgotten."""

import numpy as np
import pytest

from analytics.detectors.contract import Flags, Values, score
from analytics.detectors.homing import Homing
from analytics.detectors.joint import Joint

CALM, OUT, AFTER = 300, 150, 150


def alarms_of(shifts: list[tuple[int, float]], seed: int = 4) -> Flags:
    """Alarms of four quantities of which the second is shifted: (rows, usual distances)."""
    rows = sum(many for many, _ in shifts)
    values: Values = np.random.default_rng(seed).normal(0, 1, (rows, 1, 4))
    values[:, 0, 1] += np.concatenate([np.full(many, size) for many, size in shifts])
    detector = Joint()
    said = score(detector, detector.start(1, 4), np.arange(rows, dtype=np.float64), values)
    alarm: Flags = said.alarm[:, 0]
    return alarm


@pytest.mark.parametrize("size", [3.0, 6.0])
def test_an_alarm_ends_within_some_rows_of_the_return(size: float) -> None:
    alarm = alarms_of([(CALM, 0.0), (OUT, size), (AFTER, 0.0)])
    assert not alarm[:CALM].any()
    assert alarm[CALM + 30 : CALM + OUT].all()
    assert not alarm[CALM + OUT + 25 :].any()


def test_a_plant_that_was_taken_for_moved_is_at_home_when_it_returns_after_all() -> None:
    """It comes most of the way back, which ends the alarm, and then the rest of the way."""
    elsewhere = 200
    alarm = alarms_of([(CALM, 0.0), (OUT, 9.0), (elsewhere, 1.5), (AFTER, 0.0)])
    back = CALM + OUT + elsewhere
    assert not alarm[back - 50 : back].any()
    assert not alarm[back + 30 :].any()


def test_a_gap_is_no_return() -> None:
    alarm = alarms_of([(CALM, 0.0), (OUT, 6.0), (5, 0.0), (60, np.nan)])
    assert alarm[CALM + OUT :].all()


def test_no_quantity_may_speak_against_the_return() -> None:
    homing = Homing(sure=6.0, doubt=1.0, steps=2)
    run = np.zeros(3, dtype=np.int64)
    here = np.array([[0.2, 0.0], [0.2, 5.0], [2.9, 0.0]])
    there = np.array([[-6.0, 0.0], [-6.0, 0.5], [-3.1, 0.0]])
    for _ in range(2):
        run = homing.advance(run, here.T, there.T)
    assert homing.is_there(run).tolist() == [True, False, False]
