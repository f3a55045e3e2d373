"""What `joint` keeps: an asset's memory is its own, however its neighbours come and go."""

import numpy as np
import pytest

from analytics.detectors.contract import Values, score
from analytics.detectors.joint import Joint
from analytics.detectors.joint_state import Lengths, keep_pairs, nothing_learned, take_pairs

DETECTOR = Joint(warm_up=50, delay=48)


def noise(steps: int = 260, assets: int = 3) -> Values:
    return np.random.default_rng(3).normal(0, 1, (steps, assets, 4))


def test_an_asset_that_pauses_is_judged_as_if_it_were_alone() -> None:
    """Assets out of step gather their own rows; those in step share them."""
    values = noise()
    values[60:67, 0] = np.nan
    values[150:153, 1] = np.nan
    values[200:, 2, 1] += 9.0
    clock = np.arange(float(len(values)))
    together = score(DETECTOR, DETECTOR.start(3, 4), clock, values)
    for asset in range(3):
        one = values[:, asset : asset + 1]
        alone = score(DETECTOR, DETECTOR.start(1, 4), clock, one)
        assert together.score[:, asset] == pytest.approx(alone.score[:, 0], nan_ok=True, abs=1e-9)
        assert (together.alarm[:, asset] == alone.alarm[:, 0]).all()
    assert together.alarm[-1].tolist() == [False, False, True]


def test_pairs_that_waited_weigh_as_if_each_had_been_taken_at_once() -> None:
    random = np.random.default_rng(5)
    kept = Lengths(held=48, scales=1, spreads=1, pairs=20, blocks=4)
    state = nothing_learned((3, 2), kept)
    expected = np.zeros((2, 3, 3))
    for step in range(1, 21):
        state.steps[:] = step
        off, rate = random.normal(0, 1, (3, 2)), np.array([0.05, 0.0 if step % 3 else 0.3])
        keep_pairs(state, off, rate)
        pairs = np.einsum("fa,ga->afg", off, off)
        expected += rate[:, None, None] * (pairs - expected)
    take_pairs(state, np.arange(2))
    assert state.cross == pytest.approx(expected)
    assert not state.pairs.any()
    assert (state.kept == 1).all()
