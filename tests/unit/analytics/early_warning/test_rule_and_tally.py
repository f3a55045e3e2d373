"""When a score becomes a warning, and what warnings were worth by the truth."""

from collections.abc import Sequence

import numpy as np
import pytest

from analytics.backtest.contest import MODEL, Contender, Season, Terms, both, contest, tuned
from analytics.backtest.tally import figures, share_ahead_by_cause, tally
from analytics.backtest.truth import Faults, Watch
from analytics.models.rule import Raised, Rule, warnings_of
from tests.unit.analytics.early_warning.builders import a_season, faults

TIMES = np.arange(1.0, 11.0)


def raised(*told: tuple[int, float]) -> Raised:
    asset, at = zip(*told, strict=True)
    return Raised(asset=np.array(asset, dtype=np.int64), at=np.array(at, dtype=np.float64))


def watch(assets: int = 3, end: float = 100.0) -> Watch:
    return Watch(assets=assets, begin=0.0, end=end, watched=np.full(assets, end))


def at_of(scores: Sequence[float], rule: Rule) -> list[float]:
    return list(warnings_of(np.array([scores]), TIMES[: len(scores)], rule).at)


def test_a_warning_needs_its_days_in_a_row_and_ends_after_calm() -> None:
    rule = Rule(threshold=1.0, needed=2, quiet=2)
    assert at_of([2, 0, 2, 2, 2, 0, 2, 0, 0, 2, 2][:10], rule) == [4.0]
    assert at_of([2, 2, 0, 0, 2, 2, 2], rule) == [2.0, 6.0]


def test_a_warning_may_ask_for_days_before_it_that_were_near() -> None:
    rule = Rule(threshold=1.0, release=0.7, led=2)
    assert rule.steps == 3
    assert at_of([0, 2, 0, 0, 0.8, 0.9, 1], rule) == [7.0]
    assert at_of([0, 2, 2, 2], rule) == [4.0]
    assert at_of([0, 0.8, float("nan"), 0.9, 1], rule) == [5.0]


def test_a_score_between_the_borders_holds_a_warning() -> None:
    rule = Rule(threshold=1.0, release=0.7, quiet=1)
    assert at_of([1, 0.8, 0.8, 1], rule) == [1.0]
    assert at_of([1, 0.6, 1], rule) == [1.0, 3.0]


def test_unknown_neither_raises_nor_ends() -> None:
    nan = float("nan")
    assert at_of([nan, nan, 2, nan, nan, nan, 2], Rule(threshold=1.0, quiet=1)) == [3.0]
    assert at_of([2, nan, 2], Rule(threshold=1.0, needed=2)) == [3.0]


def test_each_warning_is_judged_by_the_truth_at_its_time() -> None:
    truth = faults((0, 10.0, 30.0), (1, 50.0, 60.0))
    told = raised((0, 5.0), (0, 20.0), (0, 30.2), (1, 58.0), (2, 40.0))
    counts = tally(truth, told, watch())
    assert counts.false.tolist() == [1, 0, 1]  # before the onset, and of a sound lift
    assert counts.true.tolist() == [1, 1, 0]
    assert counts.lead.tolist() == [10.0, 2.0]
    assert counts.ahead.tolist() == [1, 0, 0]
    assert counts.warned.tolist() == [1, 1, 0]
    assert share_ahead_by_cause(counts) == {"wear": (2, 0.5)}


def test_faults_that_began_before_the_watch_are_not_asked_for() -> None:
    truth = faults((0, 10.0, 30.0))
    late = Watch(assets=1, begin=20.0, end=40.0, watched=np.full(1, 20.0))
    assert tally(truth, raised((0, 25.0)), late).faults.sum() == 0


def test_a_fault_that_fails_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        faults((0, 10.0, 5.0))


def test_figures_are_ratios_with_intervals_that_hold_them_and_repeat() -> None:
    truth = faults(*((asset, 10.0, 30.0) for asset in range(40)))
    told = raised(*((asset, 20.0) for asset in range(30)), *((asset, 50.0) for asset in range(8)))
    counts = tally(truth, told, watch(assets=80))
    found = figures(counts, seed=1)
    assert found.ahead_share.value == pytest.approx(0.75)
    assert found.ahead_share.low < 0.75 < found.ahead_share.high
    assert found.precision.value == pytest.approx(30 / 38)
    assert found.false_per_100_days.value == pytest.approx(100 * 8 / 8000)
    assert found.median_lead_days.value == 10.0
    assert found == figures(counts, seed=1)


def test_nothing_said_has_no_precision_and_no_lead() -> None:
    nothing = Raised(asset=np.zeros(0, dtype=np.int64), at=np.zeros(0))
    found = figures(tally(faults((0, 10.0, 30.0)), nothing, watch()), seed=1)
    assert np.isnan(found.precision.value)
    assert np.isnan(found.median_lead_days.value)
    assert found.ahead_share.value == 0


def test_tuning_stays_within_its_budget_and_finds_what_can_be_found() -> None:
    season = a_season()
    rule = tuned(season.days[:, :, 0].astype(np.float64), season, budget=0.5)
    counts = tally(
        season.faults,
        warnings_of(season.days[:, :, 0].astype(np.float64), season.times, rule),
        season.watch(),
    )
    assert 100 * counts.false.sum() <= 0.5 * counts.days.sum()
    assert counts.ahead.sum() == len(season.faults.cause)


def test_always_sees_all_at_a_false_warning_a_day_and_never_sees_none() -> None:
    season = a_season()
    noise = Contender(score=lambda days: np.zeros(days.shape[:2]))
    standings = {
        item.name: item.figures
        for item in contest(
            {MODEL: noise}, season, [season], Terms(budget=0.5, seed=1), lambda _: None
        )
    }
    assert standings["always"].ahead_share.value == 1.0
    assert standings["always"].false_per_100_days.value > 90
    assert standings["never"].ahead_share.value == 0.0
    assert standings["never"].false_per_100_days.value == 0.0
    assert standings[MODEL].warnings == 0


def test_silent_days_do_not_thin_out_false_warnings() -> None:
    season = a_season(assets=4)
    season.days[1, 50:] = np.nan
    quiet = Season(days=season.days, faults=season.faults, begin=season.begin)
    assert quiet.watch().watched.tolist() == [100, 30, 100, 100]


def test_arrays_of_faults_have_one_length() -> None:
    one = faults((0, 1.0, 2.0))
    with pytest.raises(ValueError, match="length"):
        Faults(
            asset=one.asset,
            onset=one.onset,
            failure=one.failure,
            repaired=one.repaired,
            cause=(),
            is_slow=one.is_slow,
            severity=one.severity,
        )


def test_of_two_watches_the_second_says_nothing_of_what_the_first_has_just_warned_of() -> None:
    days = Raised(asset=np.array([1, 1, 2]), at=np.array([5.0, 9.0, 30.0]))
    hours = Raised(asset=np.array([1, 1, 2, 3]), at=np.array([7.5, 40.0, 28.0, 5.0]))
    told = both(days, hours)
    assert list(zip(told.asset.tolist(), told.at.tolist(), strict=True)) == [
        (1, 5.0),
        (3, 5.0),
        (1, 9.0),
        (2, 28.0),
        (1, 40.0),
    ]
