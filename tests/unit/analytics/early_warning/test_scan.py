"""The scan: lasting changes stand out, nothing of the future is used, and nothing breaks it."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.features.feature import Bad
from analytics.models.scan import Scan, Shape, common_of, scan, scatters
from tests.unit.analytics.early_warning.builders import FEATURE_COUNT, SHAPE, a_scan, days_of_lifts


def slowly(days: NDArray[np.float32], model: Scan) -> float:
    """The score of the first asset by the book: loops, no vectors."""
    window = days[:, -model.shape.window :].astype(np.float64)
    best = -np.inf
    for place in range(days.shape[2]):
        middles = [np.median(window[asset, :, place]) for asset in range(len(window))]
        common = [
            np.sort([window[asset, day, place] - middles[asset] for asset in range(len(window))])
            for day in range(window.shape[1])
        ]
        # The lower middle of an even number, as the scan takes it.
        own = [window[0, day, place] - _pick(common[day], 0.5) for day in range(window.shape[1])]
        older = np.array(own[: -model.shape.recent])
        way = model.ways[place]
        share = model.shape.sound if way > 0 else 1 - model.shape.sound if way < 0 else 0.5
        usual = _pick(np.sort(older), share)
        roots = np.sqrt(np.abs(np.diff(older)))
        scatter = max(roots.mean() ** 2 * 1.0460 * 1.0, model.floor[place])
        for column, length in enumerate(model.shape.lengths):
            moved = (np.mean(own[-length:]) - usual) / scatter
            moved = abs(moved) if way == 0 else moved * way
            best = max(best, moved / model.tail[place, column])
    return float(best)


def _pick(ordered: NDArray[np.float64], share: float) -> float:
    return float(ordered[int(np.floor((len(ordered) - 1) * share + 0.5))])


def test_the_scan_agrees_with_the_slow_one_by_the_book() -> None:
    days = days_of_lifts(assets=9, seed=4)
    # The deviation of steps over that of days: 1 / (sqrt(2) * E[sqrt|z|]^2) = 1.046.
    assert scan(days, a_scan()).score[0] == pytest.approx(slowly(days, a_scan()), rel=0.02)


def test_the_scatter_is_the_deviation_of_single_days() -> None:
    found = scatters(days_of_lifts(assets=50, days=300))
    assert np.nanmean(found) == pytest.approx(0.05, rel=0.05)


def test_a_lasting_change_stands_out_and_names_its_feature() -> None:
    days = days_of_lifts()
    days[3, -3:, 2] += 0.6
    seen = scan(days, a_scan())
    assert int(np.argmax(seen.score)) == 3
    assert int(np.nanargmax(seen.departure[3])) == 2
    assert seen.change[3, 2] == pytest.approx(0.6, abs=0.1)


def test_a_change_in_the_good_way_says_nothing() -> None:
    days = days_of_lifts()
    days[3, -3:, 2] -= 0.6
    assert scan(days, a_scan()).score[3] < 1


def test_what_happens_to_all_peers_alike_is_no_finding() -> None:
    days = days_of_lifts()
    days[:, -3:, 2] += 0.6
    assert np.nanmax(scan(days, a_scan()).score) < 1.5


def test_few_assets_have_no_peers() -> None:
    assert not common_of(days_of_lifts(assets=7)).any()


def test_one_spike_of_a_sensor_in_the_past_changes_little() -> None:
    days = days_of_lifts()
    before = scan(days, a_scan()).score[5]
    days[5, 12, 4] = 1e6
    assert scan(days, a_scan()).score[5] == pytest.approx(before, rel=0.5)


def test_a_slow_growth_does_not_become_the_usual() -> None:
    days = days_of_lifts(days=60)
    days[2, -30:, 0] += np.linspace(0, 1.0, 30, dtype=np.float32)
    assert scan(days, a_scan()).score[2] > 1.5


def test_unknown_is_never_good() -> None:
    days = days_of_lifts()
    days[4] = np.nan
    days[6, :-8] = np.nan
    seen = scan(days, a_scan())
    assert np.isnan(seen.score[[4, 6]]).all()
    assert not np.isnan(np.delete(seen.score, [4, 6])).any()


def test_a_constant_feature_is_not_judged_by_its_last_digit() -> None:
    days = days_of_lifts()
    days[1, :, 3] = 0.25
    days[1, -1, 3] = 0.25001
    assert scan(days, a_scan()).score[1] < 1


@given(st.integers(0, 2**32), st.sampled_from([np.nan, np.inf, -np.inf, 1e30, 0.0]))
@settings(max_examples=25, deadline=None)
def test_hostile_values_of_one_asset_leave_the_others_alone(seed: int, value: float) -> None:
    rng = np.random.default_rng(seed)
    days = days_of_lifts(assets=15, seed=2)
    before = scan(days, a_scan()).score
    days[0][rng.random(days.shape[1:]) < 0.3] = value
    with np.errstate(all="ignore"):
        after = scan(days, a_scan()).score
    assert np.nanmax(np.abs(after[1:] - before[1:])) < 0.5


def test_later_days_do_not_change_what_was_said() -> None:
    days = days_of_lifts(days=60)
    early = scan(days[:, :40], a_scan()).score
    days[:, 40:] = 99
    assert np.array_equal(scan(days[:, :40], a_scan()).score, early)


def test_some_assets_are_scored_as_they_are_among_all() -> None:
    days = days_of_lifts(assets=30)
    whole = scan(days, a_scan()).score
    common = common_of(days[:, -SHAPE.window :])
    assert np.allclose(scan(days[4:9], a_scan(), common=common).score, whole[4:9])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Shape(recent=0),
        lambda: Shape(recent=90),
        lambda: Shape(lengths=(200,)),
        lambda: Shape(sound=0.0),
        lambda: Shape(sound=0.7),
    ],
)
def test_a_shape_that_does_not_fit_is_refused(wrong: Callable[[], Shape]) -> None:
    with pytest.raises(ValueError, match=r"window|quantile"):
        wrong()


def test_both_ways_are_bad_where_the_feature_says_so() -> None:
    both = [place for place, way in enumerate(a_scan().ways) if way == Bad.BOTH]
    assert both
    for sign in (-1, 1):
        days = days_of_lifts()
        days[3, -3:, both[0]] += sign * 0.6
        assert scan(days, a_scan()).score[3] > 1.5
    assert len(a_scan().ways) == FEATURE_COUNT
