"""Made plants whose loops are tuned by their own time constants, as a commissioning engineer does.

Five flows, quick; four temperatures and pressures; two levels; a recycle with a slow inventory; five
compositions, two of them held by loops that see only the late analysis. 52 columns of 3 minutes:
22 read each row, 19 analyses held for two or five rows (6 and 15 minutes), 11 valves. What the
controllers take away is left in a valve; sensor noise is white and most of what a quick column shows.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.signal import lfilter

from tests.scoring.recording import Recording, Values
from tests.scoring.recycle import FAULTS

Random = np.random.Generator
__all__ = ("FAULTS", "made_tuned")
_FLOWS: Final = 5
_HEATS: Final = 4
_LEVELS: Final = 2
_LOOPS: Final = _FLOWS + _HEATS + _LEVELS
_PARTS: Final = 5
_SETTLE: Final = 500
_TRIAL: Final = 400
_NOISES: Final = 2 * _LOOPS + _PARTS + 2
_LATE: Final = 2
"""Rows that a sample is on its way to the analyser."""
_SIZES: Final = {
    "upset": (5.0, 12.0),
    "compensated": (8.0, 24.0),
    "quick swings": (6.0, 16.0),
    "slow swings": (6.0, 16.0),
    "now and then": (8.0, 20.0),
    "drift": (8.0, 24.0),
    "sticking": (4.0, 12.0),
    "frozen": (0.0, 0.0),
    "small": (0.3, 1.0),
}
"""Of a disturbance, in usual deviations of the valve that takes it away; so large that charts of
principal components find as much of all kinds as they are published to find of a known plant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plant:
    """How one plant acts; time constants in rows.

    Attributes:
        lag: Time constant of each loop's quantity, without control; a level's is that of filling.
        gain: Of each controller, in valve for error, by the loop's own time constant.
        reset: Integral time of it, the loop's own time constant.
        cross: What loops take from each other; shape (n_loops, n_loops).
        noise: Of each loop's sensor, in what its quantity moves by.
        stir: Usual disturbance of each loop.
        calm: Share of it that is kept each row.
        part_lag: Time constant of each composition.
        feeds: How loops move compositions; shape (n_parts, n_loops).
        back: How the inventory of the recycle moves compositions.
        held: Gain and integral time of both composition loops.
        stock_lag: Time constant of the inventory.
    """

    lag: Values
    gain: Values
    reset: Values
    cross: Values
    noise: Values
    stir: Values
    calm: Values
    part_lag: Values
    feeds: Values
    back: Values
    held: Values
    stock_lag: float

    @classmethod
    def commissioned(cls, random: Random) -> "_Plant":
        """One that comes to rest after a push, whatever its recycle and its late analyses do."""
        push = np.zeros((_TRIAL, _LOOPS))
        push[:20] = 1.0
        silence = np.zeros((_TRIAL, _NOISES))
        while True:
            plant = cls.drawn(random)
            run = _played(plant, silence, push, np.zeros((_TRIAL, _PARTS)))
            path = np.abs(np.column_stack([run.valves, run.parts, run.stock]))
            if path[-50:].max() < 0.02 * path[:100].max():
                return plant

    @classmethod
    def drawn(cls, random: Random) -> "_Plant":
        """Closed loops about as quick as the quantity is by itself, up to three times quicker."""
        kind = np.repeat([0, 1, 2], [_FLOWS, _HEATS, _LEVELS])
        lag = np.choose(
            kind,
            [
                random.uniform(0.2, 0.8, _LOOPS),
                random.uniform(3.0, 20.0, _LOOPS),
                random.uniform(5.0, 15.0, _LOOPS),
            ],
        )
        closed = np.maximum(lag * random.uniform(0.4, 1.2, _LOOPS), 0.5)
        gain = np.choose(
            kind, [random.uniform(0.1, 0.3, _LOOPS), lag / (closed + 1.5), lag / (closed + 4)]
        )
        reset = np.choose(kind, [np.ones(_LOOPS), lag, 4 * (closed + 1.5)])
        cross = random.normal(0, 0.25, (_LOOPS, _LOOPS))
        cross *= random.random((_LOOPS, _LOOPS)) < 0.25
        np.fill_diagonal(cross, 0.0)
        cross[:, _FLOWS:] *= 0.5
        cross[:_FLOWS] *= 0.2
        part_lag = random.uniform(6.0, 25.0, _PARTS)
        feeds = random.normal(0, 0.4, (_PARTS, _LOOPS)) * (random.random((_PARTS, _LOOPS)) < 0.4)
        feeds[[0, 1], [0, 1]] = 1.0
        closed_part = 2.0 * part_lag[:2]
        return cls(
            lag=lag,
            gain=gain,
            reset=reset,
            cross=cross,
            noise=np.choose(
                kind,
                [
                    random.uniform(0.5, 1.2, _LOOPS),
                    random.uniform(0.15, 0.6, _LOOPS),
                    random.uniform(0.3, 0.9, _LOOPS),
                ],
            ),
            stir=random.uniform(0.1, 0.5, _LOOPS),
            calm=random.uniform(0.7, 0.97, _LOOPS),
            part_lag=part_lag,
            feeds=feeds,
            back=random.normal(0, 0.3, _PARTS),
            held=np.stack([part_lag[:2] / (closed_part + 2 * _LATE + 4), part_lag[:2]]),
            stock_lag=float(random.uniform(25.0, 70.0)),
        )


@dataclass(slots=True, kw_only=True)
class _Run:
    """What a run shows: shape (n_rows, ...) each."""

    loops: Values
    seen: Values
    valves: Values
    parts: Values
    stock: Values

    def after(self, first: int) -> "_Run":
        """Without the rows before `first`."""
        return _Run(
            loops=self.loops[first:],
            seen=self.seen[first:],
            valves=self.valves[first:],
            parts=self.parts[first:],
            stock=self.stock[first:],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stuck:
    """A valve that does not follow its controller by less than `reach`, from row `first` on."""

    loop: int = 0
    first: int = 10**9
    reach: float = 0.0


def made_tuned(seed: int, fault: str | None, normal: int = 160, after: int = 800) -> Recording:
    """So many normal rows, then the fault until the end; 3 minutes a row."""
    random = np.random.default_rng([seed, 53])
    plant = _Plant.commissioned(random)
    rows = normal + after
    onset = normal if fault else rows
    noise = random.normal(0, 1, (_SETTLE + rows, _NOISES))
    load, strain = np.zeros((_SETTLE + rows, _LOOPS)), np.zeros((_SETTLE + rows, _PARTS))
    before = _played(plant, noise[:_SETTLE], load[:_SETTLE], strain[:_SETTLE])
    usual = before.valves[_SETTLE // 2 :].std(axis=0)
    hit = int(random.integers(_LOOPS))
    low, high = _SIZES.get(fault or "", (0.0, 0.0))
    size = float(random.choice([-1, 1]) * random.uniform(low, high))
    shape = np.concatenate([np.zeros(_SETTLE + onset), _shape(random, fault or "", rows - onset)])
    stuck = _Stuck()
    if fault == "upset":
        strain[:, hit % _PARTS] += 0.4 * size * shape
        loop = _FLOWS + hit % _HEATS
        load[:, loop] += 0.5 * size * usual[loop] * shape
    elif fault in {"sticking", "frozen"}:
        hit = _FLOWS + hit % _HEATS
        reach = abs(size) * usual[hit] if fault == "sticking" else np.inf
        stuck = _Stuck(loop=hit, first=_SETTLE + onset, reach=float(reach))
    else:
        load[:, hit] += size * usual[hit] * shape
    values = _shown(random, _played(plant, noise, load, strain, stuck).after(_SETTLE))
    if fault == "frozen":
        values[onset:, 41 + hit] = values[onset, 41 + hit]
    scale, level = 10 ** random.uniform(-2, 2, 52), random.uniform(0, 3000, 52)
    return Recording(
        name=f"tuned-{seed}-{fault}",
        times=1.0e9 + 180.0 * np.arange(rows, dtype=np.float64),
        values=np.asarray(level + scale * values, dtype=np.float64),
        windows=((onset, rows - 1),) if fault else (),
    )


def _played(
    plant: _Plant, noise: Values, load: Values, strain: Values, stuck: _Stuck | None = None
) -> _Run:
    """The plant row by row, from rest.

    Args:
        noise: White, deviation 1 or none at all; shape (n_rows, _NOISES).
        load: What a fault adds to the disturbance of the loops; shape (n_rows, _LOOPS).
        strain: The same of compositions; shape (n_rows, _PARTS).
    """
    stuck, rows = stuck or _Stuck(), len(noise)
    run = _Run(
        loops=np.zeros((rows, _LOOPS)),
        seen=np.zeros((rows, _LOOPS)),
        valves=np.zeros((rows, _LOOPS)),
        parts=np.zeros((rows, _PARTS)),
        stock=np.zeros(rows),
    )
    state = acting = summed = stir = np.zeros(_LOOPS)
    part, feed = np.zeros(_PARTS), np.zeros(_PARTS)
    wanted, error, stock = np.zeros(2), np.zeros(2), 0.0
    is_level = np.arange(_LOOPS) >= _LOOPS - _LEVELS
    keep = np.where(is_level, 1.0, np.exp(-1 / plant.lag))
    moved = np.where(is_level, 1 / plant.lag, 1 - keep)
    part_keep, stock_keep = np.exp(-1 / plant.part_lag), np.exp(-1 / plant.stock_lag)
    news = plant.stir * np.sqrt(1 - plant.calm**2)
    cuts = (_LOOPS, 2 * _LOOPS, 2 * _LOOPS + _PARTS)
    for row in range(rows):
        of_loops, of_sensors, of_feed, of_analyser = np.split(noise[row], cuts)
        stir = plant.calm * stir + news * of_loops
        feed = 0.95 * feed + 0.05 * of_feed
        state = keep * state + moved * (stir + plant.cross @ state + load[row] - acting)
        stock = stock_keep * stock + (1 - stock_keep) * float(part.sum() + 0.5 * state.sum())
        target = plant.feeds @ state + plant.back * stock + feed + strain[row]
        part = part_keep * part + (1 - part_keep) * target
        if row % 2 == 0 and row >= _LATE:
            late = run.parts[row - _LATE, :2] + 0.05 * of_analyser
            wanted = wanted - plant.held[0] * (late - error + 2 * late / plant.held[1])
            error = late
        seen = state + plant.noise * of_sensors
        off = seen.copy()
        off[:2] -= wanted
        summed = summed + plant.gain * off / plant.reset
        valve = plant.gain * off + summed
        near = np.abs(valve - acting) < stuck.reach
        stays = near & (np.arange(_LOOPS) == stuck.loop) & (row >= stuck.first)
        acting = np.where(stays, acting, valve)
        run.loops[row], run.seen[row], run.valves[row] = state, seen, valve
        run.parts[row], run.stock[row] = part, stock
    return run


def _shape(random: Random, fault: str, rows: int) -> Values:
    """What the fault adds to the disturbance of its loop, in parts of its size, row by row."""
    match fault:
        case "upset" | "compensated" | "small":
            return np.ones(rows)
        case "quick swings":
            return random.normal(0, 1, rows)
        case "slow swings":
            news = random.normal(0, 1, rows)
            return np.asarray(lfilter([0.31], [1.0, -0.95], news), dtype=np.float64)
        case "now and then":
            return np.asarray(np.cumsum(random.random(rows) < 0.03) % 2, dtype=np.float64)
        case "drift":
            return np.asarray(np.minimum(np.arange(rows) / 300, 2.0), dtype=np.float64)
        case _:
            return np.zeros(rows)


def _shown(random: Random, run: _Run) -> Values:
    """The 52 columns."""
    rows = len(run.stock)
    inner = np.column_stack([run.loops, run.valves, run.parts, run.stock])
    inner = inner / (inner[:150].std(axis=0) + 1e-6)
    mix = random.normal(0, 1, (inner.shape[1], 30)) * (random.random((inner.shape[1], 30)) < 0.12)
    mix[2 * _LOOPS + random.integers(_PARTS, size=19), 11 + np.arange(19)] += 1.0
    others = inner @ mix
    usual = others[:150].std(axis=0) + 0.05
    others = others + random.uniform(0.5, 2.0, 30) * usual * random.normal(0, 1, (rows, 30))
    slow = np.where(np.arange(19) < 14, 2, 5)
    held_from = np.arange(rows)[:, None] // slow * slow
    analysed = others[np.maximum(held_from - _LATE, 0), 11 + np.arange(19)]
    jitter = 0.2 * run.valves[:150].std(axis=0) * random.normal(0, 1, (rows, _LOOPS))
    return np.column_stack([run.seen, others[:, :11], analysed, run.valves + jitter])
