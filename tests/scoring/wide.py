"""Made single-column recordings of many kinds, steps, lengths and ways of going wrong.

Wider than `kinds`: series of 1,000 to 20,000 rows at 5 to 60 minutes, with gaps, coarse sensors,
heavy tails and hardly any change. They imitate kinds of data, not files: every number is drawn
anew from the seed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.signal import lfilter

from tests.scoring.recording import Recording, Values
from tests.scoring.series import daily, wander
from tests.scoring.ways import DAILY, PLAIN, Random, Span, span

_DAY_S: Final = 86_400.0
_PROBATION: Final = 0.16
_FIVE, _QUARTER, _HALF, _HOUR = 300.0, 900.0, 1800.0, 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is watched.

    Attributes:
        draw: A series, from a source of chance, a number of rows and the rows of a day.
        steps_s: Its usual steps [s].
        ways: How it goes wrong.
        is_positive: It cannot be less than nothing.
    """

    draw: Callable[[Random, int, int], Values]
    steps_s: tuple[float, ...] = (_FIVE,)
    ways: tuple[Callable[[Random, Values, Span], None], ...] = PLAIN
    is_positive: bool = True


def made_wide(seed: int, each: int) -> list[Recording]:
    """So many recordings of each kind; windows share a tenth of the rows, one in six has none."""
    return [
        _made(np.random.default_rng([seed, number, place]), f"{name}-{seed}-{number}", kind)
        for place, (name, kind) in enumerate(WIDE.items())
        for number in range(each)
    ]


def _made(random: Random, name: str, kind: Kind) -> Recording:
    step_s = float(random.choice(kind.steps_s))
    choice = [1100, 1600, 2500, 4000] if step_s < _HALF else [1800, 3500, 5000]
    rows = int(random.choice([*choice, 4032, 4032, 4032, 4032]))
    if random.random() < 0.06:
        rows = int(random.integers(8_000, 20_000))
    day = int(_DAY_S / step_s)
    values = np.asarray(kind.draw(random, rows, day), dtype=np.float64)
    floor = 0.0 if kind.is_positive else -np.inf
    values = np.maximum(values, floor)
    windows = _windows(random, rows)
    for window in windows:
        way = kind.ways[int(random.integers(len(kind.ways)))]
        way(random, values, span(random, values, window, day))
    values = _as_read(random, np.maximum(values, floor))
    start = 1.4e9 + float(random.integers(0, 10**7))
    times = start + step_s * np.arange(rows, dtype=np.float64)
    if random.random() < 0.1:
        values[int(0.3 * rows) : int(0.3 * rows) + int(random.integers(2, 60))] = np.nan
    return Recording(name=name, times=times, values=values[:, None], windows=windows)


def _windows(random: Random, rows: int) -> tuple[tuple[int, int], ...]:
    events = int(random.choice([0, 1, 2, 2, 3, 4]))
    width = max(rows // 10 // max(events, 1), 10)
    found: list[tuple[int, int]] = []
    for _ in range(events):
        middle = int(random.integers(int(rows * _PROBATION) + width, rows - width))
        if all(abs(middle - (first + last) // 2) >= 1.3 * width for first, last in found):
            found.append((middle - width // 2, middle + width // 2))
    return tuple(sorted(found))


def _as_read(random: Random, values: Values) -> Values:
    """One sensor in five is coarse."""
    if random.random() < 0.8:
        return values
    grain = float(np.nanstd(values)) * random.uniform(0.1, 0.6) or 1.0
    return np.asarray(np.round(values / grain) * grain, dtype=np.float64)


def _idle(random: Random, rows: int, day: int) -> Values:
    """A processor with hardly any work: a low level and short peaks."""
    base = random.uniform(0.05, 3)
    load = base * (1 + random.uniform(0.01, 0.3) * random.normal(size=rows))
    job = np.arange(rows) % int(random.choice([12, day // 4, day])) == 0
    peaks = random.random(rows) < random.choice([0, 0.002, 0.01])
    load += job * base * random.uniform(0, 2) * random.random(rows)
    return np.asarray(load + peaks * base * random.pareto(2.5, rows), dtype=np.float64)


def _busy(random: Random, rows: int, day: int) -> Values:
    base = random.uniform(20, 90)
    load = base + 0.05 * base * wander(random, rows, float(random.choice([0.0, 0.6, 0.95])))
    load += random.choice([0, 0.2]) * base * daily(random, rows, day)
    return np.minimum(load, 100)


def scaled(  # noqa: PLR0917 - what a kind draws from, and three sizes
    random: Random, rows: int, day: int, often: float = 4.0, spread: float = 0.4, most: float = 3.0
) -> Values:
    """A group of servers whose number changes: levels that last for hours.

    Args:
        often: Changes a day.
        spread: Of the logarithm of the number.
        most: Noise beside them, at most.
    """
    moves = random.random(rows) < often / day
    levels = np.round(random.lognormal(1, spread, rows))
    place = np.maximum.accumulate(np.where(moves, np.arange(rows), 0))
    return levels[place] * 10 + random.uniform(0.1, most) * random.normal(size=rows)


def _network(random: Random, rows: int, day: int) -> Values:
    traffic = random.lognormal(10, random.uniform(0.1, 1.0), rows)
    traffic *= 1 + random.uniform(3, 30) * (random.random(rows) < random.choice([0.002, 0.02]))
    return np.asarray(
        traffic * np.exp(random.choice([0, 0.5]) * daily(random, rows, day)), dtype=np.float64
    )


def _disk(random: Random, rows: int, day: int) -> Values:
    """Mostly nothing, and jobs that write."""
    period = int(random.choice([12, 24, day // 2, day]))
    jitter = int(random.integers(0, period))
    job = ((np.arange(rows) + jitter) % period) < random.integers(1, 5)
    rare = random.random(rows) < 0.01
    return (job * random.lognormal(0, 0.3, rows) + rare * random.pareto(2, rows)) * 1e6


def _balance(random: Random, rows: int, day: int) -> Values:
    """Requests of a few users: small counts, many of them none."""
    mean = random.uniform(0.3, 8) * np.exp(random.uniform(0, 1) * daily(random, rows, day))
    return np.asarray(random.negative_binomial(1.5, 1.5 / (1.5 + mean)), dtype=np.float64)


def _latency(random: Random, rows: int, day: int) -> Values:
    _ = day
    base = random.uniform(20, 60)
    late = random.gamma(2, 0.03 * base, rows)
    return base + late + (random.random(rows) < 0.005) * base * random.pareto(2, rows)


def _click(random: Random, rows: int, day: int) -> Values:
    usual = random.gamma(3, 0.05, rows) * (1 + 0.3 * wander(random, rows, 0.95))
    usual *= 1 + random.choice([0, 0.3]) * daily(random, rows, day)
    return usual + (random.random(rows) < 0.006) * random.pareto(1.6, rows) * 0.4


def _thousand(random: Random, rows: int, day: int) -> Values:
    cost = np.exp(0.4 * daily(random, rows, day) + 0.4 * wander(random, rows, 0.7))
    return cost * random.gamma(8, 0.1, rows) * (1 + 4 * (random.random(rows) < 0.003))


def _machine(random: Random, rows: int, day: int) -> Values:
    _ = day
    heat = 80 + 8 * wander(random, rows, 0.998) + random.uniform(0.3, 2) * wander(random, rows, 0.9)
    stops = random.random(rows) < 0.0005
    cooling = lfilter([1.0], [1.0, -0.98], stops * random.uniform(0, 25, rows))
    return np.asarray(heat - cooling, dtype=np.float64)


def _room(random: Random, rows: int, day: int) -> Values:
    room = 70 + 3 * wander(random, rows, 0.998) + random.uniform(0, 2) * daily(random, rows, day)
    return room + 0.4 * random.normal(size=rows)


def _occupancy(random: Random, rows: int, day: int) -> Values:
    level = np.maximum(daily(random, rows, day) + 0.3, 0.02) * _weekend(random, rows, day)
    return np.round(level * random.gamma(4, 3, rows) * (random.random(rows) < 0.93), 2)


def _speed(random: Random, rows: int, day: int) -> Values:
    jam = np.maximum(daily(random, rows, day) - 0.5, 0) * random.uniform(5, 35)
    slow = (random.random(rows) < 0.015) * random.uniform(0, 40, rows)
    return np.clip(70 - jam + random.uniform(2, 6) * random.normal(size=rows) - slow, 1, 95)


def _journey(random: Random, rows: int, day: int) -> Values:
    """Minutes over a stretch of road: its jams last and have a long tail."""
    base = random.uniform(60, 400)
    jam = np.maximum(daily(random, rows, day) - 0.3, 0) * random.gamma(1.5, 0.6, rows)
    stuck = lfilter([1.0], [1.0, -0.7], (random.random(rows) < 0.01) * random.pareto(2, rows))
    return np.asarray(base * (1 + 0.1 * random.gamma(2, 0.5, rows) + jam + stuck), np.float64)


def _posts(random: Random, rows: int, day: int) -> Values:
    mean = random.uniform(3, 60) * np.exp(0.7 * daily(random, rows, day))
    mean *= np.exp(0.4 * wander(random, rows, 0.95))
    posts = random.negative_binomial(4, 4 / (4 + mean)).astype(np.float64)
    loud = lfilter([1.0], [1.0, -0.6], (random.random(rows) < 0.002) * random.pareto(1.5, rows))
    return np.asarray(posts + loud * mean * 2, dtype=np.float64)


def _rides(random: Random, rows: int, day: int) -> Values:
    shape = daily(random, rows, day) * _weekend(random, rows, day)
    return 15_000 + 8_000 * shape + 700 * wander(random, rows, 0.9)


def _demand(random: Random, rows: int, day: int) -> Values:
    season = 0.2 * wander(random, rows, 0.9995)
    return 100 * np.exp(season + 0.5 * daily(random, rows, day) + 0.05 * wander(random, rows, 0.8))


def _curve(random: Random, rows: int, day: int) -> Values:
    noise = float(random.choice([0.0, 0.3, 3.0])) * random.normal(size=rows)
    return 50 + daily(random, rows, day) * random.uniform(10, 40) + noise


def _square(random: Random, rows: int, day: int) -> Values:
    """On in the daytime, off at night."""
    on = (np.arange(rows) / day + random.random()) % 1 < random.uniform(0.2, 0.6)
    return 20 + 60 * on + float(random.choice([0.0, 1.0, 8.0])) * random.uniform(-1, 1, rows)


def _still(random: Random, rows: int, day: int) -> Values:
    """A quantity that hardly ever changes."""
    _ = day
    level = random.uniform(10, 100)
    moves = (random.random(rows) < 0.01) * random.choice([-1.0, 1.0], rows)
    noise = float(random.choice([0, 0.02])) * random.normal(size=rows)
    return level + np.asarray(lfilter([1.0], [1.0, -0.9], moves), dtype=np.float64) + noise


def _saw(random: Random, rows: int, day: int) -> Values:
    """A memory or a tank that fills and is emptied."""
    _ = day
    period = random.uniform(20, 400)
    fill = (np.arange(rows) / period * (1 + 0.02 * wander(random, rows, 0.99))) % 1
    return 20 + 60 * fill + random.uniform(0, 3) * random.normal(size=rows)


def _weekend(random: Random, rows: int, day: int) -> Values:
    is_weekend = (np.arange(rows) // day + int(random.integers(7))) % 7 >= 5
    return np.asarray(1 - random.choice([0.0, 0.3, 0.6]) * is_weekend, dtype=np.float64)


WIDE: Final[dict[str, Kind]] = {
    "idle processor": Kind(draw=_idle),
    "busy processor": Kind(draw=_busy),
    "group of servers": Kind(draw=scaled),
    "network": Kind(draw=_network),
    "disk": Kind(draw=_disk),
    "requests": Kind(draw=_balance),
    "latency": Kind(draw=_latency),
    "price of a click": Kind(draw=_click, steps_s=(_HOUR, _QUARTER)),
    "price of a thousand": Kind(draw=_thousand, steps_s=(_HOUR,), ways=DAILY),
    "machine": Kind(draw=_machine, is_positive=False),
    "room": Kind(draw=_room, steps_s=(_HOUR,), is_positive=False),
    "occupancy": Kind(draw=_occupancy, ways=DAILY),
    "speed": Kind(draw=_speed, ways=DAILY),
    "journey": Kind(draw=_journey, steps_s=(_FIVE, _QUARTER)),
    "posts": Kind(draw=_posts),
    "rides": Kind(draw=_rides, steps_s=(_HALF,), ways=DAILY),
    "demand": Kind(draw=_demand, steps_s=(_HOUR, _HALF), ways=DAILY, is_positive=False),
    "curve": Kind(draw=_curve, ways=DAILY, is_positive=False),
    "square": Kind(draw=_square, ways=DAILY),
    "still": Kind(draw=_still, is_positive=False),
    "saw": Kind(draw=_saw),
}
