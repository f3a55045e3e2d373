"""Made plants with recycle: 52 columns of slow loops whose controllers hide most faults.

Eleven control loops, quick and slow, feed each other and a slow inventory; two fifths of the
columns are analyses that hold their value for two or five rows, a fifth are valves.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.scoring.recording import Recording, Values

Random = np.random.Generator
FAULTS: Final = (
    "upset",
    "compensated",
    "quick swings",
    "slow swings",
    "now and then",
    "drift",
    "sticking",
    "frozen",
    "small",
)
"""A change that many columns see; one that the controller takes away, so that a valve alone stays
moved; disturbances that vary from row to row, slowly, or only at times; a kinetic that drifts; a
valve that sticks, or stays where it is; and what hardly shows."""
_SIZES: Final = {
    "upset": (6.0, 16.0),
    "compensated": (7.5, 21.0),
    "quick swings": (6.0, 15.0),
    "slow swings": (4.5, 12.0),
    "now and then": (7.5, 15.0),
    "drift": (6.0, 18.0),
    "sticking": (6.0, 15.0),
    "frozen": (0.0, 0.0),
    "small": (0.4, 1.2),
}
_LOOPS: Final = 11
_SETTLE: Final = 600
_SHARE: Final = 0.6
"""Of a size that the disturbance of a loop is moved by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plant:
    """How the loops of one plant act.

    Attributes:
        keep: Share of its state that a loop keeps each row.
        cross: What it takes from the others; shape (n_loops, n_loops).
        gain: Of the controller, in proportion.
        whole: The same, summed.
        feed: What the inventory takes from each loop.
        back: What it gives back.
        memory: Share of it that is kept each row.
        noise: Disturbance of a row.
        red: The same, slow.
    """

    keep: Values
    cross: Values
    gain: Values
    whole: Values
    feed: Values
    back: Values
    memory: float
    noise: Values
    red: Values

    @classmethod
    def drawn(cls, random: Random) -> "_Plant":
        """Half of the loops are flows, quick; the others temperatures, levels and pressures."""
        is_quick = np.arange(_LOOPS) < 6
        keep = np.where(
            is_quick, random.uniform(0.0, 0.4, _LOOPS), random.uniform(0.8, 0.97, _LOOPS)
        )
        cross = random.normal(0, 0.03, (_LOOPS, _LOOPS)) * (random.random((_LOOPS, _LOOPS)) < 0.4)
        return cls(
            keep=keep,
            cross=cross * (1 - keep)[:, None] * 3,
            gain=random.uniform(0.1, 0.4, _LOOPS),
            whole=random.uniform(0.03, 0.15, _LOOPS) * np.where(is_quick, 2.0, 0.3),
            feed=random.normal(0, 0.02, _LOOPS),
            back=random.normal(0, 0.1, _LOOPS) * (1 - keep),
            memory=random.uniform(0.97, 0.99),
            noise=np.where(is_quick, 0.5, 0.3),
            red=np.where(
                is_quick, random.uniform(0.0, 0.3, _LOOPS), random.uniform(0.1, 0.4, _LOOPS)
            ),
        )


def made_recycle(seed: int, fault: str | None, normal: int = 160, after: int = 800) -> Recording:
    """So many normal rows, then the fault until the end; 3 minutes a row."""
    random = np.random.default_rng([seed, 41])
    plant = _Plant.drawn(random)
    rows = normal + after
    onset = normal if fault else rows
    state, valve, red, stock = _run(random, plant, fault, onset, rows)
    values = _shown(random, state, valve, red, stock)
    if fault == "frozen":
        column = 41 + int(random.integers(_LOOPS))
        values[onset:, column] = values[onset, column]
    scale, level = 10 ** random.uniform(-2, 2, 52), random.uniform(0, 3000, 52)
    values = level + scale * values
    return Recording(
        name=f"recycle-{seed}-{fault}",
        times=1.0e9 + 180.0 * np.arange(rows, dtype=np.float64),
        values=np.asarray(values, dtype=np.float64),
        windows=((onset, rows - 1),) if fault else (),
    )


def _run(
    random: Random, plant: _Plant, fault: str | None, onset: int, rows: int
) -> tuple[Values, Values, Values, Values]:
    """States, valves, slow disturbances and inventory of every row."""
    total = rows + _SETTLE
    hit = int(random.integers(_LOOPS))
    low, high = _SIZES.get(fault or "", (0.0, 0.0))
    size = float(random.choice([-1, 1]) * random.uniform(low, high))
    state = valve = acting = summed = red = np.zeros(_LOOPS)
    stock = 0.0
    found = np.zeros((total, 3 * _LOOPS + 1))
    swing = 0.0
    burst = np.cumsum(random.random(total) < 0.02) % 2
    for row in range(total):
        age = row - _SETTLE - onset
        red = 0.95 * red + plant.red * random.normal(0, 0.31, _LOOPS)
        push = (plant.noise * random.normal(0, 1, _LOOPS) + red) * (1 - plant.keep) ** 0.5
        if age >= 0:
            slow = 0.96 * swing + 0.28 * float(random.normal())
            swing = float(burst[row]) if fault == "now and then" else slow
            extra = _SHARE * size * _shape(random, fault or "", age, swing)
            push[hit] += extra * (1 - plant.keep[hit])
            stock += 0.02 * size if fault == "upset" else 0.0
        state = plant.keep * state + plant.cross @ state + plant.back * stock + push
        state = state - (1 - plant.keep) * acting
        stock = plant.memory * stock + float(plant.feed @ state)
        summed = summed + plant.whole * state
        valve = plant.gain * state + summed
        is_stuck = age >= 0 and fault in {"sticking", "frozen"}
        reach = abs(size) * 0.5 if fault == "sticking" else np.inf
        stays = is_stuck & (np.arange(_LOOPS) == hit) & (np.abs(valve - acting) < reach)
        acting = np.where(stays, acting, valve)
        found[row] = np.concatenate([state, valve, red, [stock]])
    found = found[_SETTLE:]
    return found[:, :11], found[:, 11:22], found[:, 22:33], found[:, 33]


def _shape(random: Random, fault: str, age: int, swing: float) -> float:
    """What the fault adds to the disturbance of its loop, in parts of its size."""
    match fault:
        case "upset" | "compensated" | "small":
            return 1.0
        case "quick swings":
            return float(random.normal())
        case "slow swings" | "now and then":
            return swing
        case "drift":
            return min(age / 300, 2.0)
        case _:
            return 0.0


def _shown(random: Random, state: Values, valve: Values, red: Values, stock: Values) -> Values:
    """The 52 columns: 22 read each row, 19 analysed every second or fifth, 11 valves."""
    rows = len(state)
    inner = np.column_stack([state, red, stock * 0.3])
    mix = random.normal(0, 1, (23, 30)) * (random.random((23, 30)) < 0.12)
    others = inner @ mix
    usual = others[:150].std(axis=0) + 0.05
    others = others + random.uniform(0.3, 2.0, 30) * usual * random.normal(0, 1, (rows, 30))
    own = state + random.uniform(0.05, 0.5, 11) * random.normal(0, 1, (rows, 11)) * 0.5
    slow = np.where(np.arange(19) < 14, 2, 5)
    held_from = np.arange(rows)[:, None] // slow * slow
    analysed = others[held_from, 11 + np.arange(19)]
    valves = valve + 0.2 * random.normal(0, 1, (rows, 11))
    return np.column_stack([own, others[:, :11], analysed, valves])
