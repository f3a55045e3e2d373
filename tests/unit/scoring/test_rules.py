"""The rules that judge the detectors, against worked examples and trivial answers."""

import numpy as np
import pytest

from tests.scoring import nab, states
from tests.scoring.corpus import GROUPS, made_corpus
from tests.scoring.plants import made_loop, made_plant
from tests.scoring.recording import Recording
from tests.scoring.returns import back_elsewhere, waning
from tests.scoring.rivals import RULES
from tests.scoring.series import made_series
from tests.scoring.tuned import made_tuned
from tests.scoring.wide import WIDE, made_wide


def a_recording(windows: tuple[tuple[int, int], ...] = ((500, 599),)) -> Recording:
    times = np.arange(1000, dtype=np.float64)
    return Recording(name="one", times=times, values=times[:, None], windows=windows)


def scores(*rows: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    found = np.zeros(1000)
    found[list(rows)] = 1.0
    return found


def test_a_detection_at_the_first_row_of_every_window_is_perfect() -> None:
    assert nab.judge([a_recording()], [scores(500)]).score == pytest.approx(100.0)


def test_silence_is_nothing_and_so_is_everything() -> None:
    assert nab.judge([a_recording()], [scores()]).score == 0.0
    assert nab.judge([a_recording()], [np.ones(1000)]).score == 0.0


def test_a_late_detection_is_worth_less_and_a_false_row_costs_eleven_hundredths() -> None:
    late = nab.judge([a_recording()], [scores(560)])
    assert late.score == pytest.approx(
        100 * (1 + (2 / (1 + np.exp(-2.0)) - 1) / 0.98661) / 2, abs=0.1
    )
    false = nab.judge([a_recording()], [scores(300, 500)])
    assert false.score == pytest.approx(100 - 100 * 0.11 / 2)
    assert (false.found, false.windows, false.false) == (1, 1, 1)


def test_rows_on_probation_are_not_judged() -> None:
    assert nab.judge([a_recording()], [scores(10, 149, 500)]).score == pytest.approx(100.0)


def test_one_threshold_serves_all_files() -> None:
    loud, quiet = scores(500), scores(500) * 0.1
    quiet[300] = 0.2
    found = nab.judge([a_recording(), a_recording()], [loud, quiet])
    assert found.score == pytest.approx(100 - 100 * 0.11 / 4)


def test_f1_counts_rows_of_all_recordings() -> None:
    recording = a_recording()
    alarm = scores(*range(550, 650)) > 0
    found = states.cover([recording], [alarm])
    assert (found.hit, found.false, found.missed, found.calm) == (50, 50, 50, 850)
    assert (found.f1, found.missed_share) == (0.5, 0.5)
    assert found.false_share == pytest.approx(50 / 900)
    assert states.cover([recording], [alarm], first=600).hit == 0


def test_made_recordings_are_the_same_for_the_same_seed() -> None:
    for one, other in (
        (made_loop(3, 300), made_loop(3, 300)),
        (made_plant(4, "step", 260), made_plant(4, "step", 260)),
        (made_tuned(4, "drift", 60, 60), made_tuned(4, "drift", 60, 60)),
        (made_series(5, 1)[0], made_series(5, 1)[0]),
        (made_wide(5, 1)[0], made_wide(5, 1)[0]),
        (made_corpus(5, 29)[1], made_corpus(5, 29)[1]),
        (back_elsewhere(6), back_elsewhere(6)),
        (waning(7), waning(7)),
    ):
        assert one.values.tobytes() == other.values.tobytes()
        assert one.windows == other.windows


def test_the_product_sees_a_step_that_trivial_rules_do_not_hold() -> None:
    """A pump loop whose flow falls by four deviations at row 250, and stays there."""
    quiet = made_loop(77, 330, is_faulty=False)
    values = quiet.values.copy()
    values[250:, 7] -= 4 * values[:100, 7].std()
    loop = Recording(name="step", times=quiet.times, values=values, windows=((250, 329),))
    told = {name: states.cover([loop], [rule(loop)[1]]) for name, rule in RULES.items()}
    assert told["towerwatch score"].false_share <= 0.01
    assert told["towerwatch score"].missed_share <= 0.3
    assert told["towerwatch score"].f1 > max(
        found.f1 for name, found in told.items() if name not in {"towerwatch score", "clock only"}
    )


def test_wide_recordings_are_of_every_kind_and_their_windows_are_apart() -> None:
    made = made_wide(8, 1)
    assert len(made) == len(WIDE)
    for one in made:
        assert one.values.shape == (len(one.times), 1)
        assert not np.isinf(one.values).any()
        edges = [edge for window in one.windows for edge in window]
        assert edges == sorted(edges)
        assert all(0.15 * len(one.times) < edge < len(one.times) for edge in edges)
    assert {round(float(one.times[1] - one.times[0])) for one in made} > {300, 3600}


def test_the_made_corpus_has_58_files_whose_windows_are_apart_and_judged() -> None:
    made = made_corpus(8)
    assert len(made) == sum(group.files for group in GROUPS.values()) == 58
    assert sum(not one.windows for one in made) >= 5
    assert 90 <= sum(len(one.windows) for one in made) <= 130
    for one in made:
        assert np.isfinite(one.values).all()
        edges = [edge for window in one.windows for edge in window]
        assert edges == sorted(edges)
        assert all(min(0.15 * len(one.times), 750) <= edge < len(one.times) for edge in edges)
        assert one.truth.sum() <= 0.11 * len(one.times) + 4
