"""Seasons of lifts that do not exist: the truth as faults, the same bytes for the same seed."""

from dataclasses import replace

import numpy as np
import pytest

from analytics.features.table import FEATURES
from simulators.building import AssetCode
from simulators.growth import Growth
from simulators.history import HistoryPlan, Truth, TruthKind
from towerwatch.backtest.assets import PLANTS, assets_of
from towerwatch.backtest.run import (
    TESTING_GROWTHS,
    TUNING_GROWTHS,
    TUNING_SEED,
    Size,
    against_simulator,
)
from towerwatch.backtest.simulated import (
    DAY_MS,
    START,
    SeasonPlan,
    _histories,
    _play,
    faults_of,
)

BEGIN = int(START.timestamp() * 1000)
PLAN = HistoryPlan(seed=1, start_ms=BEGIN, days=100, assets=assets_of("lift", 2, 1))


def truth(kind: TruthKind, onset: int, failure: int | None, ends: int | None) -> Truth:
    def at(day: int | None) -> int | None:
        return None if day is None else BEGIN + day * DAY_MS

    return Truth(
        asset=AssetCode("L-00000"),
        class_name="lift",
        kind=kind,
        cause="wear",
        onset_at=BEGIN + onset * DAY_MS,
        failure_at=at(failure),
        ends_at=at(ends),
    )


def test_slow_failures_are_asked_for_and_what_was_found_in_time_is_not() -> None:
    told = [
        (0, truth(TruthKind.SLOW, 30, 50, 51)),
        (1, truth(TruthKind.SLOW, 30, None, 60)),
        (1, truth(TruthKind.SUDDEN, 70, 70, 71)),
        (0, truth(TruthKind.SENSOR, 80, None, 85)),
        (0, truth(TruthKind.DISTURBANCE, 86, None, None)),
    ]
    found = faults_of(told, PLAN)
    assert found.asset.tolist() == [0, 1, 1]
    assert found.is_slow.tolist() == [True, False, False]
    assert found.failure.tolist() == [50, 60, 70]
    assert found.repaired.tolist() == [52, 61, 72]


def test_the_same_plan_gives_the_same_days_and_another_seed_others() -> None:
    plan = SeasonPlan(seed=3, assets=2, days=31, growths=(Growth.LINEAR,))
    first, again, other = (
        _play(next(iter(_histories(one)))).days for one in (plan, plan, replace(plan, seed=4))
    )
    assert first.shape[:2] == (2, 31)
    assert first.tobytes() == again.tobytes()
    assert not np.array_equal(first, other, equal_nan=True)
    assert not np.isnan(first).all(axis=(0, 1)).any(), "a feature that no lift has"


@pytest.mark.parametrize("of_class", [name for name in PLANTS if name != "lift"])
def test_every_simulated_class_has_days_for_each_of_its_features(of_class: str) -> None:
    plan = SeasonPlan(
        seed=3, assets=12, days=31, growths=(Growth.LINEAR,), asset_class=of_class, slow=6.0
    )
    played = _play(next(iter(_histories(plan))))
    names = [feature.name for feature in FEATURES[of_class]]
    empty = {name for place, name in enumerate(names) if np.isnan(played.days[:, :, place]).all()}
    # A wired gauge has no cell.
    assert empty <= ({"battery"} if of_class == "fire_water" else set())
    assert played.days.shape == (12, 31, len(names))


def test_no_law_of_growth_is_both_tuned_on_and_judged_on() -> None:
    assert not set(TUNING_GROWTHS) & set(TESTING_GROWTHS)
    assert set(TUNING_GROWTHS) | set(TESTING_GROWTHS) == set(Growth)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_targets_are_reached_on_lifts_that_were_never_seen() -> None:
    report = against_simulator(TUNING_SEED + 5, Size(lifts=150, days=180, workers=2))
    assert report.warned_3_days_ahead_share is not None
    assert report.warned_3_days_ahead_share >= 0.8
    assert report.false_per_100_lift_days is not None
    assert report.false_per_100_lift_days <= 1.0
    assert not [line for line in report.missed if "cycle" not in line]
