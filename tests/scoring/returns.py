"""Made pump loops whose fault ends otherwise than by a clean return: elsewhere, or by waning."""

from dataclasses import replace

import numpy as np

from tests.scoring.plants import made_loop
from tests.scoring.recording import Recording


def back_elsewhere(seed: int) -> Recording:
    """As `made_loop`, but what was disturbed, and a quarter of the rest, settles beside its usual."""
    loop, calm = made_loop(seed), made_loop(seed, is_faulty=False)
    random = np.random.default_rng([seed, 9])
    ((first, last),) = loop.windows
    values = loop.values.copy()
    off = np.abs(values - calm.values)[first : last + 1]
    was_hit = off.max(axis=0) > 0
    spread = values[:100].std(axis=0)
    for column in range(values.shape[1]):
        if was_hit[column] or random.random() < 0.25:
            size = random.choice([-1, 1]) * random.uniform(0.5, 1.5)
            values[last + 1 :, column] += size * spread[column]
    return replace(loop, name=f"elsewhere-{seed}", values=values)


def waning(seed: int) -> Recording:
    """One to four columns depart, then come most of the way back, swing, or fall to a third."""
    random = np.random.default_rng([seed, 10])
    calm = made_loop(seed, is_faulty=False)
    values = calm.values.copy()
    first = int(random.integers(150, 600))
    last = min(first + int(random.integers(180, 430)), 1110)
    rows = np.arange(first, last + 1)
    share = (rows - first) / (last - first)
    kind = int(random.integers(3))
    rise = np.minimum(1, (rows - first + 1) / random.integers(1, 100))
    swing = 0.6 + 0.4 * np.cos(2 * np.pi * share * random.uniform(1, 3))
    shape = rise * (1 - 0.6 * share, swing, np.where(share < 0.5, 1, 0.35))[kind]
    shape = shape * np.minimum(1, (last + 1 - rows) / random.integers(1, 60))
    spread = values[:100].std(axis=0)
    drawn = random.choice([0, 1, 2, 3, 4, 5, 7, 7], size=int(random.integers(1, 5)))
    for column in np.unique(drawn):
        size = random.choice([-1, 1]) * random.uniform(1.5, 5)
        values[rows, column] += size * spread[column] * shape
    return replace(calm, name=f"waning-{seed}", values=values, windows=((first, last),))
