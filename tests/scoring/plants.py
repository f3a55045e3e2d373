"""Made many-column recordings: a pump loop with eight sensors, and a controlled plant with 52."""

import numpy as np

from tests.scoring.recording import Recording, Values

Random = np.random.Generator


def made_loop(seed: int, rows: int = 1150, *, is_faulty: bool = True) -> Recording:
    """A pump loop at 1 Hz: two vibrations, current, pressure, two temperatures, voltage, flow."""
    random = np.random.default_rng(seed)
    values = _loop(random, rows)
    windows: tuple[tuple[int, int], ...] = ()
    if is_faulty:
        first = int(random.integers(150, 700))
        last = min(first + int(random.integers(180, 430)), rows - 40)
        _disturb(random, values, first, last)
        windows = ((first, last),)
    skipped = np.cumsum(random.random(rows) < 0.05)
    times = 1.58e9 + seed + np.arange(rows, dtype=np.float64) + skipped
    return Recording(name=f"loop-{seed}", times=times, values=values, windows=windows)


def _loop(random: Random, rows: int) -> Values:
    def wander(step: float, pull: float) -> Values:
        speed = path = 0.0
        found = np.zeros(rows)
        for row in range(rows):
            speed = 0.98 * speed + step * random.normal()
            path = (1 - pull) * path + speed
            found[row] = path
        return found

    noise = random.normal(0, 1, (rows, 8))
    flow = 32 + np.round(0.44 * noise[:, 7] * (random.random(rows) < 0.6) * 1.6) * 0.7
    pressure = 0.05 + 0.327 * np.round(0.8 * noise[:, 3])
    return np.column_stack(
        [
            0.027 + 0.0003 * (noise[:, 0] + 0.1 * noise[:, 1]) + 6e-6 * wander(0.05, 0.01),
            0.04 + 0.0008 * (0.9 * noise[:, 1] + 0.08 * wander(0.05, 0.05)),
            1.1 + 0.28 * (noise[:, 2] + 0.3 * noise[:, 0]),
            pressure,
            75
            + wander(0.004, 0.002)
            + 0.05 * noise[:, 4]
            + random.normal(0, 3e-3) * np.arange(rows),
            25 + 0.1 * wander(0.003, 0.001) + 0.005 * noise[:, 5],
            230 + 11 * noise[:, 6],
            flow,
        ]
    )


def _disturb(random: Random, values: Values, first: int, last: int) -> None:
    """A valve closes or the rig is disturbed: some columns shift, ramp or shake, then return."""
    rows = np.arange(first, last + 1)
    rise = np.minimum(1.0, (rows - first + 1) / random.integers(1, 120))
    fall = np.minimum(1.0, (last + 1 - rows) / random.integers(1, 60))
    shape = rise * fall
    spread = values[:100].std(axis=0)
    columns = random.choice([0, 1, 2, 3, 7, 7, 7], size=int(random.integers(1, 4)))
    for column in np.unique(columns):
        if random.random() < 0.8:
            size = random.choice([-1, 1]) * random.uniform(1.0, 4.0)
            values[rows, column] += size * spread[column] * shape
        else:
            shake = random.normal(0, random.uniform(1, 3), len(rows))
            values[rows, column] += shake * spread[column] * shape
    if random.random() < 0.4:
        column = int(random.choice([4, 5]))
        values[rows, column] += random.choice([-1, 1]) * 2 * spread[column] * shape


FAULTS = ("step", "step", "variation", "drift", "stick", "gain", "small")


def made_plant(seed: int, fault: str | None, rows: int = 960) -> Recording:
    """A controlled plant: ten loops that disturb each other, 41 measurements, 11 valves.

    Measurements 23 to 41 are analysed every second or fifth step and held between.
    """
    random = np.random.default_rng(seed)
    onset = int(random.integers(150, 230)) if fault else rows
    loops, columns, settle = 11, 41, 300
    pull = random.uniform(0.5, 0.97, loops)
    cross = random.normal(0, 0.04, (loops, loops))
    gain, whole = random.uniform(0.1, 0.4, loops), random.uniform(0.02, 0.15, loops)
    mix = random.normal(0, 1, (2 * loops, columns)) * (random.random((2 * loops, columns)) < 0.15)
    own = random.uniform(0.3, 1.5, columns)
    hit = int(random.integers(loops))
    size = random.uniform(1.5, 5.0) * (0.15 if fault == "small" else 1.0) * random.choice([-1, 1])
    state = valve = acting = summed = wave = np.zeros(loops)
    values = np.zeros((rows + settle, columns + loops))
    held = np.zeros(columns)
    for row in range(rows + settle):
        age = row - settle - onset
        push = random.normal(0, 1, loops) * 0.5
        pulls = pull.copy()
        if age >= 0 and fault in {"step", "small"}:
            push[hit] += 0.3 * size
        elif age >= 0 and fault == "variation":
            wave = 0.9 * wave + random.normal(0, 0.25 * abs(size), loops)
            push[hit] += wave[hit]
        elif age >= 0 and fault == "drift":
            push[hit] += 0.3 * size * min(age / 300, 1.5)
        elif age >= 0 and fault == "gain":
            pulls[hit] = 0.99
        state = pulls * state + cross @ state + push - gain * acting
        summed = summed + whole * state
        valve = 0.8 * state + summed
        stuck = age >= 0 and fault == "stick"
        moves = np.abs(valve - acting) > (abs(size) if stuck else 0.0)
        acting = np.where((np.arange(loops) == hit) & ~moves, acting, valve)
        shown = np.concatenate([state, valve]) @ mix + own * random.normal(0, 1, columns)
        slow = np.where(np.arange(columns) < 36, 2, 5)
        held = np.where((np.arange(columns) < 22) | (row % slow == 0), shown, held)
        values[row] = np.concatenate([held, valve + 0.2 * random.normal(0, 1, loops)])
    scale, level = (
        random.uniform(0.1, 50, columns + loops),
        random.uniform(0, 3000, columns + loops),
    )
    return Recording(
        name=f"plant-{seed}-{fault}",
        times=1.0e9 + 180.0 * np.arange(rows, dtype=np.float64),
        values=level + scale * values[settle:],
        windows=((onset, rows - 1),) if fault else (),
    )
