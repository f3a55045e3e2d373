"""What a single column is held against: its ranks, its forecast, and what was told."""

import numpy as np

from analytics.detectors.blocks import Blocks
from analytics.detectors.forecast import Forecast
from analytics.detectors.ranks import Ranks
from analytics.detectors.rhythm import Rhythm
from tests.scoring import nab
from tests.scoring.recording import Values

KNOWN = np.ones(1, dtype=np.bool_)
NONE = np.zeros(1)


def scores(values: Values) -> Values:
    detector = Rhythm()
    state = detector.start(1, 1)
    return np.array(
        [
            detector.step(state, 1.7e9 + 300.0 * row, np.array([[value]])).score[0]
            for row, value in enumerate(values)
        ]
    )


def test_a_rank_knows_no_heavy_tail() -> None:
    ranks, state = Ranks(), Ranks().start(1)
    drawn = np.random.default_rng(1).standard_cauchy(1000)
    told = np.array([ranks.step(state, np.array([one]), KNOWN)[0] for one in drawn])
    assert np.abs(told).max() < 3.5
    assert np.std(told[200:]) < 1.15


def test_a_forecast_learns_what_a_value_owes_to_those_before() -> None:
    forecast, state = Forecast(), Forecast().start(1)
    noise = np.random.default_rng(2).normal(0, 0.1, 800)
    wave = np.sin(np.arange(800) / 3) + 0.01 * noise
    told = [
        forecast.step(
            state, np.array([one]), KNOWN, day=NONE, week=NONE, unit=NONE + 1, grain=NONE
        )[0]
        for one in wave
    ]
    assert state.unit[0] < 0.01
    assert np.isfinite(told).all()


def test_a_reading_that_stands_still_is_told_and_seldom_again() -> None:
    values = np.random.default_rng(3).normal(50, 1, 900)
    values[700:800] = values[700]
    said = np.nan_to_num(scores(values), nan=0.0)
    assert said[700:720].max() > 0.5
    assert (said[720:800] > 0.5).sum() <= 2


def test_an_onset_is_the_first_row_of_an_alarm() -> None:
    alarm = np.array([1, 1, 0, 1, 0, 0, 1, 1], dtype=np.bool_)
    assert nab.onsets(alarm).tolist() == [1, 0, 0, 1, 0, 0, 1, 0]


def test_a_block_is_full_after_eight_known_values_and_begins_anew() -> None:
    blocks, state = Blocks(), Blocks().start(1)
    told = []
    for row in range(20):
        known = np.array([row % 5 != 4])
        told.append(blocks.step(state, np.array([float(row)]), known))
    full = [row for row, (_, is_full) in enumerate(told) if is_full[0]]
    assert full == [8, 18]
    assert told[8][0][0] == np.mean([0, 1, 2, 3, 5, 6, 7, 8])


def test_a_level_that_is_a_little_off_for_long_is_told() -> None:
    """No value is beyond what was there; together they are."""
    values = np.random.default_rng(4).normal(50, 1, 1600)
    values[1200:] += 1.2
    said = np.nan_to_num(scores(np.clip(values, 47, 53)), nan=0.0)
    assert said[1200:1350].max() > 0.5
