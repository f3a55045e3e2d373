"""Told once: what starts, stops and starts again while nothing is wrong."""

import numpy as np

from analytics.detectors.contract import Flags, Values, score
from analytics.detectors.joint import Joint

FIRST, EVERY, TIMES = 400, 400, 5


def alarms_with(lengths: tuple[int, ...], sizes: tuple[float, ...]) -> list[Flags]:
    """Alarms from each start of a pump to the next: it runs so long, its current so much higher."""
    rows = FIRST + EVERY * len(lengths)
    values: Values = np.random.default_rng(8).normal(0, 1, (rows, 1, 4))
    for number, (length, size) in enumerate(zip(lengths, sizes, strict=True)):
        begin = FIRST + EVERY * number
        values[begin : begin + length, 0, 2] += size
    detector = Joint()
    clock = np.arange(rows, dtype=np.float64)
    alarm = score(detector, detector.start(1, 4), clock, values).alarm[:, 0]
    return np.split(alarm, range(FIRST, rows, EVERY))


def test_a_pump_that_starts_again_is_told_once() -> None:
    before, first, *others = alarms_with((25,) * TIMES, (8.0,) * TIMES)
    assert not before.any()
    assert first.any()
    assert sum(int(one.any()) for one in others) <= 1


def test_what_goes_farther_than_ever_is_told() -> None:
    *_, last = alarms_with((25, 25, 25), (4.0, 4.0, 30.0))
    assert last.any()


def test_what_lasted_is_told_again() -> None:
    _, first, again = alarms_with((200, 200), (6.0, 6.0))
    assert first[30:200].all()
    assert again[30:200].all()
