"""Made recordings of hours in which nothing is wrong, as users have them: all of it moves slowly.

A machine warms up, water follows it, a room drifts, the mains voltage wanders, and what is counted
switches between a few levels. Whoever calls that a fault is not believed again.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.signal import lfilter

from tests.scoring.recording import Recording, Values
from tests.scoring.series import wander

Random = np.random.Generator
FAULTS: Final = ("closed valve", "imbalance", "leak", "cavitation")
_RIG: Final = 8


def calm_hours(seed: int, kind: str, rows: int = 6000) -> Recording:
    """A recording without any fault, one row a second."""
    random = np.random.default_rng([seed, 41])
    values = KINDS[kind](random, rows)
    times = 1.6e9 + np.arange(rows, dtype=np.float64)
    return Recording(name=f"calm-{kind}-{seed}", times=times, values=values, windows=())


def faulty_hours(seed: int, fault: str, rows: int = 3000) -> Recording:
    """A pump loop that is disturbed for 5 to 15 minutes in several quantities, and comes back."""
    random = np.random.default_rng([seed, 42])
    values = _rig(random, rows)
    first = int(random.integers(500, 1500))
    last = first + int(random.integers(300, 900))
    at = np.arange(first, last + 1)
    rise = np.minimum(1.0, (at - first + 1) / random.integers(1, 120))
    shape = rise * np.minimum(1.0, (last + 1 - at) / random.integers(1, 120))
    scatter = np.std(np.diff(values[:300], axis=0), axis=0) / np.sqrt(2)
    size, shake = _EFFECTS[fault]
    strength = random.uniform(0.7, 1.6, _RIG) * scatter
    noise = random.normal(0, 1, (len(at), _RIG))
    push = np.array(size) + np.array(shake) * noise
    values[at] += shape[:, None] * strength * push
    return Recording(
        name=f"{fault}-{seed}",
        times=1.6e9 + np.arange(rows, dtype=np.float64),
        values=values,
        windows=((first, last),),
    )


_EFFECTS: Final[dict[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "closed valve": ((1.5, 0, -0.5, 2, 0, 0, 0, -4), (0,) * _RIG),
    "imbalance": ((3, 3, 0.5, 0, 0, 0, 0, 0), (1.5, 1.5, 0, 0, 0, 0, 0, 0)),
    "leak": ((0, 0, -1, -1.5, 0, 0, 0, -3), (0,) * _RIG),
    "cavitation": ((1, 1, 0, -0.5, 0, 0, 0, -1), (2, 2, 0, 1.5, 0, 0, 0, 1.5)),
}
"""Shifts and shakes of each quantity, in its noise from row to row."""


def _rig(random: Random, rows: int) -> Values:
    """Two vibrations, current, pressure, motor and water temperature, voltage, flow."""
    at = np.arange(rows)
    slow = [wander(random, rows, 1 - 1 / random.uniform(200, 3000)) for _ in range(6)]
    noise = random.normal(0, 1, (rows, _RIG))
    age = random.choice([0.0, 600.0, 3600.0, 7200.0])
    warmth = 1 - np.exp(-(at + age) / random.uniform(900, 3000))
    room = random.normal(0, 0.7) * at / 3600 + 0.2 * slow[0]
    motor = 40 + random.uniform(15, 50) * warmth + 0.3 * room + random.uniform(0, 0.4) * slow[1]
    water = _follows(motor, random.uniform(3000, 9000)) * random.uniform(0.1, 0.4) + room
    mains = random.uniform(0, 2.5) * slow[2]
    flow = 32 + 0.4 * slow[3] + 0.35 * noise[:, 7] * (random.random(rows) < 0.6)
    lively = random.uniform(0, 0.5)
    return np.column_stack(
        [
            0.027 + 3e-4 * (noise[:, 0] + lively * slow[4]),
            0.04 + 8e-4 * (0.9 * noise[:, 1] + 0.3 * noise[:, 0] + lively * slow[4]),
            1.1 + 0.28 * noise[:, 2] + 0.02 * mains - 0.05 * warmth,
            0.05 + 0.327 * np.round(0.8 * noise[:, 3] + 0.2 * slow[5]),
            np.round(motor + 0.05 * noise[:, 4], 2),
            np.round(water + 0.01 * noise[:, 5], 3),
            230 + mains + random.uniform(3, 11) * noise[:, 6],
            np.round(flow),
        ]
    )


def _follows(warm: Values, lag: float) -> Values:
    """What is heated by another thing, so many rows behind."""
    share = 1 / lag
    start = [(1 - share) * warm[0]]
    found, _ = lfilter([share], [1.0, share - 1.0], warm, zi=start)
    return np.asarray(found, dtype=np.float64)


def _lift(random: Random, rows: int) -> Values:
    """Speed, current, motor and shaft temperature, vibration, voltage, light of the cabin."""
    noise = random.normal(0, 1, (rows, 7))
    moving = np.zeros(rows)
    at = int(random.integers(5, 60))
    demand = np.exp(0.5 * wander(random, rows, 1 - 1 / 1500))
    while at < rows:
        length = int(random.integers(8, 40))
        moving[at : at + length] = random.choice([-1, 1])
        at += length + int(random.exponential(60 / demand[min(at, rows - 1)]) + 6)
    heat = _follows(np.abs(moving), random.uniform(600, 2000))
    lit = np.minimum(lfilter(np.ones(90), [1.0], np.abs(moving)), 1.0)
    mains = wander(random, rows, 1 - 1 / 1500)
    return np.column_stack(
        [
            1.75 * moving,
            0.5 + 12 * np.abs(moving) + 3 * (moving > 0) + 0.2 * noise[:, 1],
            np.round(28 + 30 * heat + 0.05 * noise[:, 2], 1),
            np.round(22 + 0.5 * wander(random, rows, 1 - 1 / 3000) + 0.03 * noise[:, 3], 1),
            0.02 + 0.1 * np.abs(moving) * (1 + 0.2 * noise[:, 4]) + 0.002 * np.abs(noise[:, 4]),
            400 + 1.5 * mains - 2 * np.abs(moving) + 0.8 * noise[:, 5],
            np.round(lit),
        ]
    )


def _fire_pump(random: Random, rows: int) -> Values:
    """Main pressure kept by a jockey pump, its state, flow and current at rest, tank, room."""
    noise = random.normal(0, 1, (rows, 7))
    low, high, leak = 0.70, 0.78, random.uniform(1e-4, 8e-4)
    pressure, is_on = np.zeros(rows), np.zeros(rows)
    now, on = float(random.uniform(low, high)), False
    for row in range(rows):
        on = now < low or (on and now < high)
        now += (0.004 if on else 0.0) - leak
        pressure[row], is_on[row] = now, on
    room = 12 + random.normal(0, 1) * np.arange(rows) / 3600 + 0.3 * wander(random, rows, 0.9995)
    return np.column_stack(
        [
            np.round(pressure + 0.002 * noise[:, 0], 3),
            is_on,
            np.zeros(rows),
            np.round(0.02 + 1.5 * is_on + 0.02 * np.abs(noise[:, 3]), 2),
            np.round(3.2 + 0.004 * noise[:, 4] - leak * np.cumsum(is_on) / 200, 2),
            np.round(room + 0.05 * noise[:, 5], 1),
            230 + 1.5 * wander(random, rows, 1 - 1 / 1000) + 1.0 * noise[:, 6],
        ]
    )


def _room(random: Random, rows: int) -> Values:
    """Temperature, humidity, carbon dioxide, smoke, sound, light, people."""
    noise = random.normal(0, 1, (rows, 7))
    people = np.maximum(np.round(3 + 2 * wander(random, rows, 1 - 1 / 1200)), 0)
    warm = (
        21 + 0.6 * wander(random, rows, 1 - 1 / 4000) + random.normal(0, 1) * np.arange(rows) / 1e4
    )
    daylight = random.uniform(0, 300) * (
        1 + np.sin(np.arange(rows) / 86400 * 6.28 + random.random())
    )
    return np.column_stack(
        [
            np.round(warm + 0.03 * noise[:, 0], 2),
            np.round(
                45 - 2 * (warm - 21) + 1.5 * wander(random, rows, 0.9998) + 0.1 * noise[:, 1], 1
            ),
            np.round(420 + 60 * _follows(people, 900) + 4 * noise[:, 2]),
            np.round(0.10 + 0.01 * wander(random, rows, 0.9999) + 0.004 * noise[:, 3], 3),
            38 + 3 * np.log1p(people) + 2 * np.abs(noise[:, 4]),
            np.round(daylight + 250 * (people > 0) + 2 * noise[:, 5]),
            people,
        ]
    )


KINDS: Final[dict[str, Callable[[Random, int], Values]]] = {
    "rig": _rig,
    "lift": _lift,
    "fire pump": _fire_pump,
    "room": _room,
}
