"""Made pump rigs with one fault after 420 to 620 normal rows, as a test bench would show it.

Seven kinds of faults of very different strength, in one or two quantities plainly and in others a
little, over noise, slow warming and wandering; half of them come back beside their usual place.
Drift and strength were chosen so that plain rivals trained on the first 400 rows (`published.py`)
miss and falsely tell about as much as is published of them on a real bench.
"""

from typing import Final

import numpy as np

from tests.scoring.recording import Recording, Values
from tests.scoring.series import wander

Random = np.random.Generator
_COLUMNS: Final = 8
_STRENGTH: Final = 1.2
_EFFECTS: Final[dict[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "outlet valve": ((1.0, 0.6, -1.0, 1.5, 0, 0, 0, -4), (0.3, 0.3, 0, 0.5, 0, 0, 0, 0.3)),
    "inlet valve": ((2.0, 1.5, -0.8, -0.8, 0, 0, 0, -3), (1, 1, 0, 0.6, 0, 0, 0, 0.8)),
    "leak": ((-0.6, -0.6, -0.6, -1.2, 0, 0, 0, -2.5), (0.2, 0.2, 0, 0.3, 0, 0, 0, 0.5)),
    "cavitation": ((1.5, 1.5, 0, -0.5, 0, 0, 0, -1), (2.5, 2.5, 0.5, 1.0, 0, 0, 0, 1.5)),
    "imbalance": ((4, 4, 0.4, 0, 0, 0, 0, 0), (1.2, 1.2, 0.2, 0, 0, 0, 0, 0)),
    "heating": ((0.3, 0.3, 0.3, 0, 4, 8, 0, 0), (0,) * _COLUMNS),
    "draining": ((-1, -1, -1, -1, 0, -1, 0, -4), (0.5, 0.5, 0, 0.5, 0, 0, 0, 1.0)),
}
"""Shifts and shakes of each quantity, in its noise from row to row."""
FAULTS: Final = tuple(_EFFECTS)
_SLOW: Final = frozenset({"heating", "draining"})


def made_rig(seed: int, fault: str, rows: int = 1150) -> Recording:
    """Vibrations, current, pressure, motor and water temperature, voltage, flow; one row a second."""
    random = np.random.default_rng([seed, 43])
    values, scatter = _rig(random, rows)
    first = int(random.integers(420, 620))
    last = min(first + int(random.integers(320, 440)), rows - 40)
    at = np.arange(first, last + 1)
    slow = len(at) * random.uniform(0.6, 1.0)
    rising = slow if fault in _SLOW else random.integers(1, 90)
    shape = np.minimum(1.0, (at - first + 1) / rising)
    shape *= np.minimum(1.0, (last + 1 - at) / random.integers(1, 60))
    shift, shake = (np.array(effect) for effect in _EFFECTS[fault])
    size = _STRENGTH * np.exp(random.normal(0, 0.7))
    is_main = np.abs(shift) >= 0.7 * np.abs(shift).max()
    plain, little = random.uniform(1, 2.5, _COLUMNS), random.uniform(0, 0.5, _COLUMNS)
    size = size * np.where(is_main, plain, little) * scatter
    noise = random.normal(0, 1, (len(at), _COLUMNS))
    values[at] += shape[:, None] * size * (shift + shake * noise)
    left = random.uniform(0, 0.35) * (random.random() < 0.5)
    fading = np.exp(-np.arange(rows - last - 1) / random.uniform(50, 2000))
    values[last + 1 :] += left * size * shift * fading[:, None]
    return Recording(
        name=f"rig-{fault}-{seed}",
        times=1.6e9 + np.arange(rows, dtype=np.float64),
        values=values,
        windows=((first, last),),
    )


def _rig(random: Random, rows: int) -> tuple[Values, Values]:
    """Values without a fault, and the noise of each quantity."""
    at = np.arange(rows)
    noise = random.normal(0, 1, (rows, _COLUMNS))
    slow = [wander(random, rows, 1 - 1 / random.uniform(100, 2000)) for _ in range(6)]
    age = random.choice([0.0, 1800.0, 3600.0, 7200.0, 14400.0])
    warm = 1 - np.exp(-(at + age) / random.uniform(900, 3000))
    of_motor, of_water = random.uniform(0.05, 0.2), random.uniform(0.01, 0.05)
    motor = 70 + random.uniform(5, 25) * (warm - warm[0]) + random.uniform(0, 0.3) * slow[0]
    water = 25 + random.normal(0, 0.6) * at / 3600 + random.uniform(0, 0.1) * slow[1]
    lively = random.uniform(0, 0.6)
    steps = np.round(1.2 * noise[:, 7] * (random.random(rows) < 0.6))
    values = np.column_stack(
        [
            0.027 + 3e-4 * (noise[:, 0] + lively * slow[4]),
            0.04 + 8e-4 * (0.9 * noise[:, 1] + 0.3 * noise[:, 0] + lively * slow[4]),
            1.1 + 0.28 * noise[:, 2] + 0.03 * noise[:, 6],
            0.05 + 0.327 * np.round(0.8 * noise[:, 3] + 0.2 * slow[5]),
            np.round(motor + of_motor * noise[:, 4], 2),
            np.round(water + of_water * noise[:, 5], 3),
            230 + random.uniform(0, 2) * slow[2] + random.uniform(3, 11) * noise[:, 6],
            32 + random.uniform(0, 0.6) * slow[3] + steps * random.uniform(0.3, 1.0),
        ]
    )
    return values, np.array([3e-4, 8e-4, 0.28, 0.27, of_motor, of_water, 8.0, 0.8])
