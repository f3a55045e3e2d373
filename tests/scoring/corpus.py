"""Made single-column recordings in the shares, lengths and windows of a published corpus.

The Numenta Anomaly Benchmark has 58 files: servers' metrics, prices of advertisements, roads,
posts about companies, seven known failures and eleven plain curves, five of them without an
event. Its files are not imitated, every number is drawn anew from the seed; what is kept is how
many files of which kind there are, how long, how many windows they have, and how hard it is:
so that detectors whose scores on the whole of it are published (`yardsticks`) come out here
about as they did there, and in their order.

What that asks for, against `series`, `kinds` and `wide`: most events are plain peaks, far beyond
anything before; and single peaks and outbursts of them that nobody marked are as common.

References:
    Ahmad, Lavin, Purdy and Agha (2017), "Unsupervised real-time anomaly detection for streaming
    data", doi:10.1016/j.neucom.2017.04.070: groups of files, windows of a tenth of a file around
    the events.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.signal import lfilter

from tests.scoring.recording import Recording, Values
from tests.scoring.series import daily, wander
from tests.scoring.ways import (
    Random,
    Span,
    bump,
    burst,
    collapse,
    drift,
    holiday,
    level,
    livelier,
    no_peak,
    zero,
)
from tests.scoring.wide import WIDE, scaled

_DAY_S: Final = 86_400.0
_FIVE, _TEN, _HALF, _HOUR = 300.0, 600.0, 1800.0, 3600.0
_PROBATION, _PROBATION_ROWS = 0.15, 750
_TRIES: Final = 200
_PEAKS: Final = (3.0, 16.0)
_OTHERS: Final = (1.5, 6.0)
Draw = Callable[[Random, int, int], Values]
Way = Callable[[Random, Values, Span], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Files of one kind.

    Attributes:
        files: How many of 58.
        draws: A series, from a source of chance, a number of rows and the rows of a day.
        rows: Usual lengths.
        ways: How it goes wrong; none for files without an event.
        events: Usual numbers of windows.
        is_restless: Outbursts nobody marked are usual.
        is_positive: It cannot be less than nothing.
    """

    files: int
    draws: tuple[Draw, ...]
    ways: tuple[Way, ...]
    events: tuple[int, ...]
    rows: tuple[int, ...] = (4032,)
    step_s: float = _FIVE
    is_restless: bool = False
    is_positive: bool = True


def made_corpus(seed: int, every: int = 1) -> list[Recording]:
    """58 recordings, or every so-manieth of them; 360,000 rows and 110 windows in all."""
    places = [(name, number) for name, group in GROUPS.items() for number in range(group.files)]
    return [
        _made(np.random.default_rng([seed, place]), f"{name}-{seed}-{number}", GROUPS[name])
        for place, (name, number) in enumerate(places)
        if place % every == 0
    ]


def _made(random: Random, name: str, group: Group) -> Recording:
    draw = group.draws[int(random.integers(len(group.draws)))]
    rows, day = int(random.choice(group.rows)), int(_DAY_S / group.step_s)
    floor = 0.0 if group.is_positive else -np.inf
    values = np.maximum(np.asarray(draw(random, rows, day), dtype=np.float64), floor)
    if group.is_restless and random.random() < 0.75:
        _outbursts(random, values)
    windows = _windows(random, rows, int(random.choice(group.events)))
    for window in windows:
        way = group.ways[int(random.integers(len(group.ways)))]
        way(random, values, _span(random, values, window, day, _PEAKS if way is peak else _OTHERS))
    return Recording(
        name=name,
        times=1.4e9 + group.step_s * np.arange(rows, dtype=np.float64),
        values=np.maximum(values, floor)[:, None],
        windows=windows,
    )


def _windows(random: Random, rows: int, events: int) -> tuple[tuple[int, int], ...]:
    """Windows that share a tenth of the rows, apart from each other and after the probation."""
    width = max(rows // 10 // max(events, 1), 4)
    first = int(min(_PROBATION * rows, _PROBATION_ROWS)) + width // 2 + 1
    middles: list[int] = []
    for _ in range(_TRIES):
        if len(middles) == events:
            break
        middle = int(random.integers(first, rows - width // 2 - 1))
        if all(abs(middle - other) > 1.05 * width for other in middles):
            middles.append(middle)
    return tuple((middle - width // 2, middle + width // 2) for middle in sorted(middles))


def _span(
    random: Random, values: Values, window: tuple[int, int], day: int, sizes: tuple[float, float]
) -> Span:
    """A departure about the middle of its window, one in five earlier."""
    first, last = window
    share = random.uniform(0, 0.3) if random.random() < 0.2 else random.uniform(0.4, 0.55)
    size = float(random.choice([-1.0, 1.0]) * np.exp(random.uniform(*np.log(sizes))))
    at = int(first + share * (last - first))
    return Span(at=at, last=last, day=day, unit=_unit(values), size=size)


def _unit(values: Values) -> float:
    """Half the range that nearly all of the first rows keep to."""
    low, high = np.quantile(values[: max(int(0.15 * len(values)), 20)], [0.01, 0.99])
    return float(high - low) / 2 or 0.05 * abs(float(high)) or 1.0


def peak(random: Random, values: Values, where: Span) -> None:
    """Some rows far beyond the usual, nearly always upwards."""
    part = values[where.at : where.at + int(random.integers(1, 7))]
    up = 1.0 if random.random() < 0.93 else -1.0
    part += up * random.uniform(0.6, 1.0, len(part)) * abs(where.size) * where.unit


def _outbursts(random: Random, values: Values) -> None:
    """Peaks that nobody marked, some minutes to three hours long."""
    unit = _unit(values)
    for at in np.flatnonzero(random.random(len(values)) < 1 / random.choice([500, 1000, 3000])):
        part = values[at : at + int(random.integers(1, 36))]
        places = random.random(len(part)) < random.uniform(0.1, 0.5)
        part += places * unit * random.uniform(1, 10) * random.uniform(0.4, 1, len(part))


def _network(random: Random, rows: int, day: int) -> Values:
    traffic = random.lognormal(10, random.uniform(0.1, 0.7), rows)
    traffic *= np.exp(random.choice([0, 0, 0.4]) * daily(random, rows, day))
    peaks = random.random(rows) < random.choice([0, 0.001, 0.004])
    return np.asarray(traffic * (1 + random.uniform(3, 30) * peaks), dtype=np.float64)


def _scaled(random: Random, rows: int, day: int) -> Values:
    return scaled(random, rows, day, often=2.0, spread=0.3, most=2.0)


def _price(random: Random, rows: int, day: int) -> Values:
    usual = random.gamma(8, 0.03, rows) * (1 + 0.25 * wander(random, rows, 0.95))
    usual *= 1 + random.choice([0, 0.3]) * daily(random, rows, day)
    return usual + (random.random(rows) < 0.004) * random.pareto(1.6, rows) * 0.5


def _keys(random: Random, rows: int, day: int) -> Values:
    """Seconds a key is held; who sits there changes."""
    _ = day
    base, person = random.uniform(0.05, 0.2), np.cumsum(random.random(rows) < 0.001)
    habit = random.lognormal(0, 0.15, int(person[-1]) + 1)[person]
    pauses = (random.random(rows) < 0.001) * random.pareto(1.5, rows) * 3
    return np.asarray(base * (random.lognormal(0, 0.15, rows) * habit + pauses), np.float64)


def _occupancy(random: Random, rows: int, day: int) -> Values:
    level = np.maximum(daily(random, rows, day) + 0.4, 0.05)
    return np.round(level * random.gamma(16, 0.75, rows), 2)


def _speed(random: Random, rows: int, day: int) -> Values:
    jam = np.maximum(daily(random, rows, day) - 0.5, 0) * random.uniform(5, 25)
    slow = (random.random(rows) < 0.002) * random.uniform(0, 30, rows)
    return np.clip(70 - jam + random.uniform(1, 3) * random.normal(size=rows) - slow, 1, 95)


def _journey(random: Random, rows: int, day: int) -> Values:
    jam = np.maximum(daily(random, rows, day) - 0.4, 0) * random.gamma(3, 0.2, rows)
    stuck = (random.random(rows) < 0.003) * random.pareto(2, rows)
    return random.uniform(60, 400) * (1 + 0.05 * random.gamma(2, 0.5, rows) + jam + stuck)


def _posts(random: Random, rows: int, day: int) -> Values:
    mean = random.uniform(3, 60) * np.exp(0.6 * daily(random, rows, day))
    mean *= np.exp(0.3 * wander(random, rows, 0.95))
    posts = random.negative_binomial(5, 5 / (5 + mean)).astype(np.float64)
    loud = (random.random(rows) < 0.0015) * random.pareto(1.5, rows)
    return np.asarray(posts + 3 * mean * lfilter([1.0], [1.0, -0.6], loud), dtype=np.float64)


def _of(*names: str) -> tuple[Draw, ...]:
    return tuple(WIDE[name].draw for name in names)


_SERVERS: Final[tuple[Way, ...]] = (
    *(peak,) * 9,
    *(bump,) * 5,
    *(level,) * 3,
    *(burst, zero, livelier, drift, collapse),
)
_FAILURES: Final[tuple[Way, ...]] = (
    *(bump, level, zero, collapse, drift, livelier),
    *(peak,) * 2,
)
_CURVES: Final[tuple[Way, ...]] = (level, zero, bump, livelier, holiday)

GROUPS: Final[dict[str, Group]] = {
    "server": Group(
        files=8,
        draws=(*_of("idle processor", "disk", "requests"), _network),
        ways=_SERVERS,
        events=(1, 1, 2, 2, 3),
        is_restless=True,
    ),
    "processor": Group(
        files=9,
        draws=(*_of("idle processor", "busy processor", "requests"), _network, _scaled),
        ways=_SERVERS,
        events=(1, 1, 2, 2, 3),
    ),
    "price": Group(
        files=6,
        draws=(_price, *_of("price of a thousand")),
        rows=(1500, 1650),
        step_s=_HOUR,
        ways=(*(peak,) * 6, burst, bump),
        events=(0, 1, 2, 3),
    ),
    "room": Group(
        files=1,
        draws=_of("room"),
        rows=(7300,),
        step_s=_HOUR,
        ways=_FAILURES,
        events=(2,),
        is_positive=False,
    ),
    "group": Group(
        files=1,
        draws=(*_of("busy processor"), _scaled),
        rows=(18_000,),
        ways=_FAILURES,
        events=(1, 2),
    ),
    "latency": Group(
        files=1, draws=_of("latency"), ways=_FAILURES, events=(2, 3), is_restless=True
    ),
    "machine": Group(
        files=1,
        draws=_of("machine"),
        rows=(22_000,),
        ways=_FAILURES,
        events=(3, 4),
        is_positive=False,
    ),
    "rides": Group(
        files=1,
        draws=_of("rides"),
        rows=(10_300,),
        step_s=_HALF,
        ways=(holiday, no_peak, zero, bump, peak),
        events=(5,),
    ),
    "keys": Group(files=2, draws=(_keys,), rows=(1900, 5300), ways=_SERVERS, events=(1, 2, 3)),
    "road": Group(
        files=7,
        draws=(_occupancy, _speed, _journey, _journey),
        rows=(1100, 2400, 2500),
        step_s=_TEN,
        ways=(*(peak,) * 6, *(bump,) * 4, level),
        events=(1, 2, 2, 3, 4),
    ),
    "posts": Group(
        files=10,
        draws=(_posts,),
        rows=(15_850,),
        ways=(*(peak,) * 9, bump, *(burst,) * 2),
        events=(2, 3, 4),
        is_restless=True,
    ),
    "curve": Group(files=6, draws=_of("curve", "square", "curve"), ways=_CURVES, events=(1,)),
    "calm curve": Group(files=5, draws=_of("curve", "square", "curve"), ways=(), events=(0,)),
}
