"""Made many-column recordings of mixed characters: what wanders, sleeps, repeats and warms up.

They exist so that detectors are not fitted to one kind of plant: a column may be white, red, a
random walk with noise, a slow drift, a daily curve whose period is longer than the warm-up, a load
that is switched, coarse, heavy-tailed, held, or driven by factors that it shares with others.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.signal import lfilter

from tests.scoring.recording import Recording, Values

Random = np.random.Generator
FAULTS: Final = ("step", "drift", "variance", "stuck", "break", "wave")
_FACTORS: Final = (0.3, 0.9, 0.97)
_ALWAYS: Final = 3
"""So many columns are driven by shared factors, so that a correlation can break."""


def made_mixed(
    seed: int, fault: str | None, rows: int = 1500, columns: int = 10, *, is_steady: bool = False
) -> Recording:
    """A recording with at most one fault; a steady one has only columns that are stationary."""
    random = np.random.default_rng([seed, 77])
    shared = np.stack([_red(random, rows, memory) for memory in _FACTORS], axis=1)
    kinds = _STEADY if is_steady else _ALL
    drawn: list[_Kind] = [_factor for _ in range(_ALWAYS)]
    drawn += [kinds[int(random.integers(len(kinds)))] for _ in range(columns - _ALWAYS)]
    values = np.stack([kind(random, shared) for kind in drawn], axis=1)
    windows: tuple[tuple[int, int], ...] = ()
    if fault is not None:
        first = int(random.integers(300, 800))
        last = min(first + int(random.integers(200, 500)), rows - 100)
        _disturb(random, values, fault, first, last)
        windows = ((first, last),)
    values = values * 10 ** random.uniform(-2, 2, columns) + random.uniform(-100, 1000, columns)
    return Recording(
        name=f"mixed-{seed}-{fault}",
        times=1e9 + 60.0 * np.arange(rows, dtype=np.float64),
        values=values,
        windows=windows,
    )


def _disturb(random: Random, values: Values, fault: str, first: int, last: int) -> None:
    """One to three columns change by two to five of their usual distances."""
    rows = np.arange(first, last + 1)
    usual = values[:300]
    scatter = 1.4826 * np.median(np.abs(usual - np.median(usual, axis=0)), axis=0) + 0.05
    hit = random.choice(values.shape[1], size=int(random.integers(1, 4)), replace=False)
    for column in hit:
        size = float(random.uniform(2, 5) * random.choice([-1, 1]) * scatter[column])
        part = values[rows, column]
        match fault:
            case "step":
                part = part + size
            case "drift":
                part = part + 2 * size * np.minimum(1, (rows - first) / 200)
            case "variance":
                part = part + size * random.normal(0, 1, len(rows))
            case "stuck":
                part = np.full(len(rows), values[first, column])
            case "break":
                part = random.permutation(part)
            case _:
                part = part + size * np.sin(rows / random.uniform(2, 15))
        values[rows, column] = part


def _red(random: Random, rows: int, memory: float) -> Values:
    noise = lfilter([1.0], [1.0, -memory], random.normal(0, 1, rows))
    return np.asarray(noise * np.sqrt(1 - memory**2), dtype=np.float64)


def _white(random: Random, shared: Values) -> Values:
    return random.normal(0, 1, len(shared))


def _factor(random: Random, shared: Values) -> Values:
    driven: Values = shared @ random.normal(0, 1, shared.shape[1])
    return driven + 0.4 * _white(random, shared)


def _slow(random: Random, shared: Values) -> Values:
    memory = float(random.choice([0.5, 0.9, 0.95, 0.98, 0.99]))
    noise = float(random.choice([0, 0.3, 1]))
    return _red(random, len(shared), memory) + noise * _white(random, shared)


def _walk(random: Random, shared: Values) -> Values:
    stride, noise = float(random.choice([0.01, 0.05, 0.2])), float(random.choice([0, 0.3, 1]))
    path: Values = stride * np.cumsum(_white(random, shared))
    return path + noise * _white(random, shared)


def _drift(random: Random, shared: Values) -> Values:
    slope = float(random.choice([-1, 1])) * 10 ** random.uniform(-4, -2.5)
    return _white(random, shared) + slope * np.arange(len(shared))


def _daily(random: Random, shared: Values) -> Values:
    phase = np.arange(len(shared)) / float(random.choice([120, 300, 720, 1440]))
    phase += random.random()
    curve: Values = random.uniform(1, 4) * np.sin(2 * np.pi * phase)
    return curve + 0.5 * _white(random, shared)


def _load(random: Random, shared: Values) -> Values:
    is_on = np.cumsum(random.random(len(shared)) < random.choice([0.01, 0.03])) % 2
    noisy = is_on * random.uniform(2, 5) + 0.3 * _white(random, shared)
    return np.asarray(lfilter([0.2], [1, -0.8], noisy), dtype=np.float64)


def _coarse(random: Random, shared: Values) -> Values:
    found: Values = np.round(_white(random, shared) * random.uniform(0.3, 0.8))
    return found


def _heavy(random: Random, shared: Values) -> Values:
    return random.standard_t(3, len(shared))


def _held(random: Random, shared: Values) -> Values:
    found: Values = np.repeat(_white(random, shared), 5)[: len(shared)]
    return found


def _warm(random: Random, shared: Values) -> Values:
    """A machine that was switched on before the recording began."""
    rise = 1 - np.exp(-np.arange(len(shared)) / random.choice([200, 600, 2000]))
    found: Values = rise * random.uniform(2, 8) + 0.3 * _white(random, shared)
    return found


_Kind = Callable[[Random, Values], Values]
_STEADY: Final[tuple[_Kind, ...]] = (_white, _slow, _coarse, _heavy, _factor, _held)
_ALL: Final[tuple[_Kind, ...]] = (
    *_STEADY,
    _white,
    _slow,
    _factor,
    _walk,
    _drift,
    _daily,
    _load,
    _warm,
)
