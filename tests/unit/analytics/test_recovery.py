"""An alarm ends when its departure has gone back, although not to where it came from."""

import numpy as np

from analytics.detectors.contract import Flags, Values, score
from analytics.detectors.joint import Joint

DETECTOR = Joint(warm_up=60, delay=48, patience=10_000)
BEGIN, END = 250, 450
"""Steps of the departure."""


def noise(steps: int = 800) -> Values:
    return np.random.default_rng(11).normal(0.0, 1.0, (steps, 1, 3))


def alarms(values: Values) -> Flags:
    state = DETECTOR.start(1, 3)
    found: Flags = score(DETECTOR, state, np.arange(float(len(values))), values).alarm[:, 0]
    return found


def test_what_went_back_and_beyond_is_over_and_its_new_place_is_usual() -> None:
    values = noise()
    values[BEGIN:END, :, 0] -= 4.0
    values[END:, :, 0] += 2.5
    alarm = alarms(values)
    assert alarm[BEGIN + 10 : END].all()
    assert not alarm[END + 80 :].any()


def test_another_fault_after_it_is_told_again() -> None:
    values = noise(1000)
    values[BEGIN:END, :, 0] -= 4.0
    values[END:, :, 0] += 2.5
    values[800:, :, 0] += 8.0
    assert not alarms(values)[700:800].any()
    assert alarms(values)[810:].all()


def test_what_only_grows_less_is_not_over() -> None:
    values = noise()
    values[BEGIN:END, :, 0] -= 6.0
    values[END:, :, 0] -= 4.0
    assert alarms(values)[BEGIN + 10 :].all()


def test_another_quantity_that_departs_is_no_return() -> None:
    values = noise()
    values[BEGIN:, :, 0] -= 6.0
    values[END:, :, 1] += 4.0
    assert alarms(values)[BEGIN + 10 :].all()


def test_what_swings_is_not_over_with_each_half() -> None:
    values = noise()
    swing = np.where((np.arange(800 - BEGIN) // 60) % 2 == 0, 6.0, -6.0)
    values[BEGIN:, 0, 0] += swing
    assert alarms(values)[BEGIN + 10 :].mean() > 0.9
