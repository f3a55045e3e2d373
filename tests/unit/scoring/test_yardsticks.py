"""The published detectors that tell how hard a made set is, on series whose answer is known."""

import numpy as np
import pytest
from scipy.stats import norm

from tests.scoring.recording import Recording, Values
from tests.scoring.yardsticks import (
    PUBLISHED,
    YARDSTICKS,
    bayesian_change_point,
    knn_cad,
    relative_entropy,
    windowed_gaussian,
)


def noise(rows: int, seed: int = 1) -> Values:
    return np.random.default_rng(seed).normal(50, 2, rows)


def test_the_gaussian_tail_is_that_of_the_values_before() -> None:
    values = noise(400)
    values[300] = values[:300].mean() - 3 * values[:300].std()
    assert windowed_gaussian(values)[300] == pytest.approx(norm.cdf(3), abs=1e-9)


def test_the_gaussian_window_moves_by_a_hundred_rows() -> None:
    values = noise(6700)
    values[:100] += 1e3
    scores = windowed_gaussian(values)
    before, after = values[:6400], values[100:6500]
    assert scores[6450] == pytest.approx(_tail(values[6450], before), abs=1e-9)
    assert scores[6501] == pytest.approx(_tail(values[6501], after), abs=1e-9)


def _tail(value: float, window: Values) -> float:
    return float(norm.cdf(abs(value - window.mean()) / window.std()))


def test_a_spread_over_the_bins_is_strange_once_only() -> None:
    values = np.zeros(600)
    values[200:260] = values[400:460] = 10.0
    scores = relative_entropy(values)
    assert scores[200:320].max() == 1.0
    assert not scores[:200].any()
    assert not scores[320:].any()
    assert not relative_entropy(np.ones(200)).any()


def test_a_shape_far_from_all_others_is_stranger_than_they_and_then_rests() -> None:
    values = noise(1000, seed=2)
    values[600] = 200.0
    scores = knn_cad(values)
    assert scores[600] == 1.0
    assert (scores[601:631] == 0.5).all()
    assert not scores[:149].any()
    assert not knn_cad(noise(200)).any()


def test_a_run_ends_where_the_mean_changes() -> None:
    values = noise(400)
    values[300:] += 30
    scores = bayesian_change_point(values)
    assert scores[300:303].max() > 0.9
    assert scores[250:300].max() < 0.5


def test_rows_without_a_value_say_nothing() -> None:
    values = noise(400)
    values[350] = 500.0
    values[100:120] = np.nan
    one = Recording(name="gap", times=np.arange(400.0), values=values[:, None], windows=())
    assert set(PUBLISHED) == set(YARDSTICKS)
    for rule in YARDSTICKS.values():
        scores, alarm = rule(one)
        assert scores.shape == alarm.shape == (400,)
        assert np.isfinite(scores).all()
        assert not scores[100:120].any()
