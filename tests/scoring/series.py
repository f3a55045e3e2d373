"""Made single-column recordings: servers, traffic, counts and rooms, with known events.

They imitate kinds of data, not files: every number is drawn anew from the seed.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.signal import lfilter

from tests.scoring.recording import Recording, Values

_DAY: Final = 288
_STEP_S: Final = {"_room": 3600.0, "_taxi": 1800.0}
Random = np.random.Generator


def made_series(seed: int, count: int) -> list[Recording]:
    """So many recordings of mixed kinds; one in ten has no event at all."""
    random = np.random.default_rng(seed)
    return [_made(random, f"series-{seed}-{number}") for number in range(count)]


def _made(random: Random, name: str) -> Recording:
    kinds: tuple[Callable[[Random, int], Values], ...] = (
        _server,
        _server,
        bursty,
        _traffic,
        _counts,
        _counts,
        _room,
        _taxi,
        _steps,
    )
    rows = int(random.choice([1600, 2400, 4032, 4032, 4032, 8000, 15000]))
    kind = kinds[int(random.integers(len(kinds)))]
    values = kind(random, rows)
    events = int(random.choice([0, 1, 1, 2, 2, 2, 3, 4]))
    width = max(rows // 10 // max(events, 1), 10)
    windows: list[tuple[int, int]] = []
    for _ in range(events):
        middle = int(random.integers(int(rows * 0.16) + width, rows - width))
        if any(abs(middle - (first + last) // 2) < 1.3 * width for first, last in windows):
            continue
        disturb(random, values, middle, width)
        windows.append((middle - width // 2, middle + width // 2))
    step_s = _STEP_S.get(kind.__name__, 300.0)
    start = 1.4e9 + float(random.integers(0, 10**7))
    return Recording(
        name=name,
        times=start + step_s * np.arange(rows, dtype=np.float64),
        values=values[:, None],
        windows=tuple(sorted(windows)),
    )


def disturb(random: Random, values: Values, at: int, width: int) -> None:
    """Change the series in place; sizes go from barely to plainly visible."""
    usual = values[: int(len(values) * 0.15) + 10]
    spread = float(np.quantile(usual, 0.99) - np.quantile(usual, 0.01)) or 1.0
    size = float(random.choice([-1, 1]) * random.uniform(0.4, 2.5)) * spread
    length = int(random.integers(1, max(width // 2, 3)))
    match int(random.integers(6)):
        case 0 | 1:
            values[at : at + int(random.integers(1, 4))] += abs(size) * random.choice([1, 1, 1, -1])
        case 2:
            values[at : at + length] += 0.7 * size
        case 3:
            values[at:] += 0.6 * size
        case 4:
            values[at : at + length] = values[at]
        case _:
            part = values[at : at + length]
            part += random.normal(0, 0.5 * abs(size), len(part))


def daily(random: Random, rows: int, day: int = _DAY) -> Values:
    """A smooth curve of so many rows a day."""
    phase = 2 * np.pi * (np.arange(rows) / day + random.random())
    shape: Values = np.sin(phase) + random.uniform(0, 0.5) * np.sin(2 * phase + random.random())
    return shape


def wander(random: Random, rows: int, memory: float) -> Values:
    """What keeps a share of itself each row, with a variance of 1."""
    noise: Values = lfilter([1.0], [1.0, -memory], random.normal(0, 1, rows))
    return np.asarray(noise * np.sqrt(1 - memory**2), dtype=np.float64)


def _server(random: Random, rows: int) -> Values:
    base = random.uniform(1, 50)
    noise = random.uniform(0.01, 0.1) * base
    load = base + noise * wander(random, rows, random.choice([0.0, 0.3, 0.7]))
    load += random.choice([0.0, 0.0, 0.1, 0.3]) * base * daily(random, rows)
    spikes = random.random(rows) < random.choice([0, 0.002, 0.01])
    load += spikes * base * random.uniform(0.1, 0.6) * random.random(rows)
    return np.asarray(load, dtype=np.float64)


def bursty(random: Random, rows: int) -> Values:
    """A job that runs now and then, over a little traffic."""
    period = int(random.integers(12, 300))
    bursts = (np.arange(rows) % period) < random.integers(1, 4)
    heights = 10 ** random.uniform(5, 7) * random.lognormal(0, 0.2, rows)
    return bursts * heights + random.exponential(1e4, rows)


def _traffic(random: Random, rows: int) -> Values:
    level = np.maximum(daily(random, rows) + 0.6, 0.05)
    flow: Values = level * random.gamma(random.uniform(3, 20), 1.0, rows)
    return flow


def _counts(random: Random, rows: int) -> Values:
    mean = 10 ** random.uniform(0.3, 2) * np.exp(0.8 * daily(random, rows))
    mean *= np.exp(0.3 * wander(random, rows, 0.9))
    counts = random.poisson(mean).astype(np.float64)
    jumps = random.random(rows) < 0.002
    return counts + jumps * mean * random.pareto(2.0, rows) * 3


def _room(random: Random, rows: int) -> Values:
    room = 70 + 3 * wander(random, rows, 0.998) + 1.5 * daily(random, rows, 24)
    return room + 0.4 * random.normal(0, 1, rows)


def _taxi(random: Random, rows: int) -> Values:
    shape = daily(random, rows, 48)
    weekend = (np.arange(rows) // 48 % 7) >= 5
    return 15000 + 8000 * shape - 2500 * weekend * shape + 700 * wander(random, rows, 0.8)


def _steps(random: Random, rows: int) -> Values:
    period = int(random.choice([24, 96, 288]))
    square = ((np.arange(rows) % period) < period // 2) * random.uniform(10, 100)
    return square + random.uniform(0, 5) * random.normal(0, 1, rows)
