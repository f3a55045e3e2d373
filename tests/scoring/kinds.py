"""Made single-column recordings by kind, two weeks at five minutes, with known events.

What is watched by offices: processors and networks of servers, the price of a click, a machine's
temperature, roads, posts about a company, rides of taxis, and a plain daily curve.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from tests.scoring.recording import Recording, Values
from tests.scoring.series import Random, bursty, daily, disturb, wander

_ROWS: Final = 4032
_DAY: Final = 288
_PROBATION: Final = 0.16


def made_kinds(seed: int, each: int) -> list[Recording]:
    """So many recordings of each kind; windows share a tenth of the rows, one in six has none."""
    return [
        _made(np.random.default_rng([seed, number, place]), f"{name}-{seed}-{number}", kind)
        for place, (name, kind) in enumerate(KINDS.items())
        for number in range(each)
    ]


def _made(random: Random, name: str, kind: Callable[[Random], Values]) -> Recording:
    values = np.asarray(kind(random), dtype=np.float64)
    events = int(random.choice([0, 1, 2, 2, 3, 4]))
    width = max(_ROWS // 10 // max(events, 1), 10)
    windows: list[tuple[int, int]] = []
    for _ in range(events):
        middle = int(random.integers(int(_ROWS * _PROBATION) + width, _ROWS - width))
        if any(abs(middle - (first + last) // 2) < 1.3 * width for first, last in windows):
            continue
        disturb(random, values, middle, width)
        windows.append((middle - width // 2, middle + width // 2))
    return Recording(
        name=name,
        times=1.4e9 + 300.0 * np.arange(_ROWS, dtype=np.float64),
        values=values[:, None],
        windows=tuple(sorted(windows)),
    )


def _processor(random: Random) -> Values:
    base = random.uniform(1, 60)
    load = base + random.uniform(0.01, 0.08) * base * wander(
        random, _ROWS, float(random.choice([0, 0.5, 0.9]))
    )
    peaks = random.random(_ROWS) < random.choice([0.001, 0.005])
    return np.asarray(np.maximum(load + peaks * base * random.pareto(2.5, _ROWS), 0), np.float64)


def _network(random: Random) -> Values:
    traffic = random.lognormal(10, 0.8, _ROWS)
    traffic *= 1 + 9 * (random.random(_ROWS) < 0.01)
    return np.asarray(traffic + 0.01 * bursty(random, _ROWS), dtype=np.float64)


def _price(random: Random) -> Values:
    usual = random.gamma(3, 0.05, _ROWS) * (1 + 0.3 * wander(random, _ROWS, 0.95))
    dear = (random.random(_ROWS) < 0.004) * random.pareto(1.8, _ROWS) * 0.3
    return np.maximum(usual + dear, 0)


def _machine(random: Random) -> Values:
    return 90 + 6 * wander(random, _ROWS, 0.995) + 1.2 * wander(random, _ROWS, 0.9)


def _occupancy(random: Random) -> Values:
    level = np.maximum(daily(random, _ROWS) + 0.2, 0)
    is_seen = random.random(_ROWS) < 0.9
    return np.asarray(np.round(level * random.gamma(4, 3, _ROWS) * is_seen, 2), dtype=np.float64)


def _speed(random: Random) -> Values:
    jam = np.maximum(daily(random, _ROWS) - 0.6, 0) * random.uniform(5, 30)
    slow = (random.random(_ROWS) < 0.01) * random.uniform(0, 40, _ROWS)
    return np.clip(70 - jam + 4 * random.normal(size=_ROWS) - slow, 1, 90)


def _posts(random: Random) -> Values:
    mean = random.uniform(3, 60) * np.exp(0.7 * daily(random, _ROWS))
    mean *= np.exp(0.4 * wander(random, _ROWS, 0.95))
    posts = random.negative_binomial(4, 4 / (4 + mean)).astype(np.float64)
    loud = random.random(_ROWS) < 0.003
    return np.asarray(posts + loud * mean * random.pareto(1.6, _ROWS) * 2, dtype=np.float64)


def _rides(random: Random) -> Values:
    is_weekend = np.arange(_ROWS) // _DAY % 7 >= 5
    shape = daily(random, _ROWS) * (1 - 0.3 * is_weekend)
    return np.asarray(15000 + 8000 * shape + 700 * wander(random, _ROWS, 0.95), dtype=np.float64)


def _curve(random: Random) -> Values:
    noise = float(random.choice([0.1, 2.0])) * random.normal(size=_ROWS)
    return np.asarray(daily(random, _ROWS) * random.uniform(10, 40) + noise, dtype=np.float64)


KINDS: Final[dict[str, Callable[[Random], Values]]] = {
    "processor": _processor,
    "network": _network,
    "price": _price,
    "machine": _machine,
    "occupancy": _occupancy,
    "speed": _speed,
    "posts": _posts,
    "rides": _rides,
    "curve": _curve,
}
