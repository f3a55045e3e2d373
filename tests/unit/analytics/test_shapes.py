"""A memory of shapes: what was seen is near, what was not is far, and it stays bounded."""

import numpy as np

from analytics.detectors.rhythm import Rhythm
from analytics.detectors.shapes import Shapes
from tests.scoring.recording import Values

FIRST = 1.7e9
STEP_S = 900.0


def distances(values: Values, shapes: Shapes | None = None) -> Values:
    """One series after the other; NaN is not known."""
    recipe = shapes or Shapes()
    state = recipe.start(values.shape[1])
    return np.array([recipe.step(state, row, ~np.isnan(row)) for row in values])


def waves(rows: int, period: int) -> Values:
    """Sine with a little noise."""
    noise = np.random.default_rng(3).normal(0, 0.05, rows)
    return np.sin(2 * np.pi * np.arange(rows) / period) + noise


def test_a_shape_seen_before_is_near_and_a_new_one_is_far() -> None:
    values = waves(1200, 40)
    values[1000:1030] = values[1000]
    far = distances(values[:, None])[:, 0]
    assert far[1000:1040].max() > 2 * np.quantile(far[500:1000], 0.99)


def test_an_event_that_recurs_becomes_a_known_shape() -> None:
    values = waves(1600, 40)
    for first in range(800, 1600, 80):
        values[first : first + 10] += 3
    far = distances(values[:, None])[:, 0]
    assert far[1520:1540].max() < 0.5 * far[800:820].max()


def test_it_keeps_no_more_shapes_than_it_has_room_for() -> None:
    recipe = Shapes(room=8)
    state = recipe.start(2)
    for row in np.random.default_rng(5).normal(0, 1, (300, 2)):
        recipe.step(state, row, np.ones(2, dtype=np.bool_))
    assert (state.held == 8).all()
    assert np.isfinite(state.kept).all()
    assert state.kept.shape == (2, 8, 9)


def test_a_gap_is_no_shape() -> None:
    values = waves(400, 40)
    with_gap = np.insert(values, 300, np.full(50, np.nan))
    far, gapped = distances(values[:, None])[:, 0], distances(with_gap[:, None])[:, 0]
    assert np.array_equal(far[300:], gapped[350:])


def test_a_peak_at_the_wrong_time_of_day_is_the_news_of_the_series() -> None:
    """Every value is within the usual range; only the hour is wrong."""
    rows = np.arange(12 * 96)
    values = np.where(rows % 96 // 24 == 1, 10.0, 2.0)
    values += np.random.default_rng(7).normal(0, 0.1, len(rows))
    values[1020:1040] += 8.0
    detector = Rhythm()
    state = detector.start(1, 1)
    said = [
        detector.step(state, FIRST + STEP_S * row, values[row : row + 1, None]).score[0]
        for row in rows
    ]
    assert 1020 <= int(np.nanargmax(said[500:])) + 500 <= 1060
