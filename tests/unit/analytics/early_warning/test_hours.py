"""The watch of hours: what it learns, finds and survives."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analytics.alarms.alarm import AssetId
from analytics.backtest.contest import Season
from analytics.backtest.hourly import foretold, teach_hours, warnings_by_hours
from analytics.detectors.contract import Scores, Values
from analytics.detectors.surge import Surge, SurgeState
from analytics.models.artefact import decode, digest_of, encode
from analytics.models.errors import BadModel
from analytics.models.hours import PER_DAY, detector_of
from analytics.models.model import Hourly, Model
from analytics.models.store import ModelId
from analytics.warnings.day import SURGE, DayFinding
from analytics.warnings.day_words import reason_of
from analytics.warnings.hour import (
    STEP,
    Step,
    Watched,
    advance,
    findings,
    nothing_known,
    step_end,
)
from tests.unit.analytics.early_warning.builders import FEATURE_COUNT, a_model, faults

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
ASSETS = tuple(AssetId(number) for number in range(1, 13))
HOURLY = Hourly(
    edge=np.tile([4.0, 3.5, 3.0, 2.2], (FEATURE_COUNT, 1)),
    threshold=1.1,
    soonest_hours=3.0,
    latest_hours=40.0,
)
DETECTOR = detector_of("lift", HOURLY)


def with_hours(hourly: Hourly) -> Model:
    return replace(a_model(), hourly=hourly)


def fleet_steps(days: int, seed: int = 1, assets: int = len(ASSETS)) -> Values:
    """Sound lifts that differ by the time of day, shape (n_steps, n_assets, n_features)."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 0.05, (days * PER_DAY, assets, FEATURE_COUNT))
    return steps + np.tile(np.arange(PER_DAY), days)[:, None, None]


def walk(values: Values, watched: Watched | None = None) -> tuple[Watched, Scores]:
    known = watched or nothing_known("lift", BEGIN)
    for row in values:
        step = Step(end=known.through + STEP, assets=ASSETS[: len(row)], values=row)
        said = advance(known, step, DETECTOR)
    return known, said


def found_of(watched: Watched, said: Scores) -> list[DayFinding]:
    return findings(watched, said, DETECTOR, HOURLY, ModelId(1))


def test_a_lift_that_shakes_more_from_hour_to_hour_is_found_and_told() -> None:
    values = fleet_steps(20)
    values[-5:, 2, 0] += 0.2 * np.arange(1, 6)
    watched, said = walk(values)
    (finding,) = found_of(watched, said)
    assert finding.asset == ASSETS[2]
    assert finding.detector == SURGE
    assert finding.metric == "vibration"
    assert finding.expected_from == watched.through + timedelta(hours=3)
    assert 0.5 < finding.changes[0].amount < 2.0
    assert finding.points[-1][0] == watched.through - STEP / 2
    told = reason_of(finding, [])
    assert "数小时内的变化" in told.zh
    assert "against the same hours of former days" in told.en


def test_nothing_is_said_before_two_weeks() -> None:
    values = fleet_steps(14)
    values[-3:, 2, 0] += 5.0
    watched, said = walk(values)
    assert np.isnan(said.score).all()
    assert found_of(watched, said) == []


def test_what_all_peers_have_in_common_is_no_news() -> None:
    values = fleet_steps(20)
    values[-4:] += 1.0
    assert found_of(*walk(values)) == []


def test_one_wild_step_is_no_news() -> None:
    values = fleet_steps(20)
    values[-2, 2, 0] += 50.0
    assert found_of(*walk(values)) == []


def test_a_gap_delays_nothing_and_an_unknown_step_is_told_unknown() -> None:
    values = fleet_steps(20)
    values[-6:, 2, 0] += 0.8
    values[-3, 2, :] = np.nan
    watched, said = walk(values)
    assert [item.asset for item in found_of(watched, said)] == [ASSETS[2]]
    silent = np.full((1, len(ASSETS), FEATURE_COUNT), np.nan)
    _, said = walk(silent, watched)
    assert np.isnan(said.score).all()
    assert said.alarm[2]
    assert found_of(watched, said) == []


def test_what_lasts_is_learned_anew_after_ten_days_and_unknown_until_then() -> None:
    values = fleet_steps(50)
    values[20 * PER_DAY :, 2, 0] += 1.0
    watched, said = walk(values[: 24 * PER_DAY])
    assert watched.state.usual[2, 0, 0] == pytest.approx(0.0, abs=0.2)
    assert said.alarm[2]
    watched, said = walk(values[24 * PER_DAY : 32 * PER_DAY], watched)
    assert watched.state.count[2, :, 0].max() < DETECTOR.warm_up
    assert not np.isnan(said.score[2]), "its other features are known"
    watched, said = walk(values[32 * PER_DAY :], watched)
    assert watched.state.usual[2, 0, 0] == pytest.approx(1.0, abs=0.2)
    assert not said.alarm.any()


def test_assets_come_and_go() -> None:
    values = fleet_steps(20)
    watched, _ = walk(values[:, :6])
    watched, said = walk(values[-1:], watched)
    assert watched.assets == ASSETS
    assert np.isnan(said.score[6:]).all()
    assert not np.isnan(said.score[:6]).any()
    step = Step(end=watched.through + STEP, assets=ASSETS[3:4], values=values[0, 3:4])
    said = advance(watched, step, DETECTOR)
    assert np.flatnonzero(said.is_known).tolist() == [3]


def test_steps_that_were_left_out_leave_holes_and_a_clock_that_goes_back_breaks_nothing() -> None:
    state = Surge().start(2, 3)
    for at in (0.0, 10_800.0, 10_800.0 * 4, 10_800.0 * 2, 1e15):
        Surge().step(state, at, np.ones((2, 3)))
    assert isinstance(state, SurgeState)
    assert np.isnan(state.kept[:, :-1]).all()
    assert (state.kept[:, -1] == 1).all()


def test_a_step_is_over_when_its_late_data_had_time() -> None:
    late = timedelta(minutes=30)
    assert step_end(datetime(2026, 3, 1, 12, 29, tzinfo=UTC), late).hour == 9
    assert step_end(datetime(2026, 3, 1, 12, 30, tzinfo=UTC), late).hour == 12


def test_hours_are_taught_and_find_what_grows_within_a_day() -> None:
    def season(seed: int) -> Season:
        steps = np.moveaxis(fleet_steps(40, seed, 40), 0, 1).astype(np.float32)
        told = []
        for asset in range(0, 40, 5):
            onset = (25 + asset % 9) * PER_DAY
            steps[asset, onset : onset + PER_DAY, 0] += 0.15 * np.arange(PER_DAY)
            told.append((asset, onset / PER_DAY, onset / PER_DAY + 1))
        return Season(days=steps, faults=faults(*told), begin=16 * PER_DAY, per_day=PER_DAY)

    hourly = teach_hours(season(1), "lift", 0.5)
    other = season(2)
    raised = warnings_by_hours(other, "lift", hourly)
    found = foretold(other, raised, 1)
    assert found.faults == 8
    assert found.share.value > 0.7
    assert 3 <= found.median_lead_hours <= 24
    assert raised.asset.size <= 12


def test_what_a_model_knows_of_hours_is_kept_and_checked() -> None:
    model = a_model()
    plain = encode(model)
    assert decode("lift", plain, digest_of(plain)).hourly is None
    hourly = Hourly(edge=HOURLY.edge, threshold=1.4, soonest_hours=3.0, latest_hours=40.0)
    written = encode(with_hours(hourly))
    read = decode("lift", written, digest_of(written)).hourly
    assert read is not None
    np.testing.assert_array_equal(read.edge, hourly.edge)
    assert (read.threshold, read.soonest_hours, read.latest_hours) == (1.4, 3.0, 40.0)


@pytest.mark.parametrize(
    "bad",
    [
        Hourly(edge=HOURLY.edge * np.nan, threshold=1.4, soonest_hours=3.0, latest_hours=40.0),
        Hourly(edge=HOURLY.edge * 0, threshold=1.4, soonest_hours=3.0, latest_hours=40.0),
        Hourly(edge=HOURLY.edge[:3], threshold=1.4, soonest_hours=3.0, latest_hours=40.0),
        Hourly(edge=HOURLY.edge, threshold=-1.0, soonest_hours=3.0, latest_hours=40.0),
        Hourly(edge=HOURLY.edge, threshold=1e300, soonest_hours=3.0, latest_hours=40.0),
        Hourly(edge=HOURLY.edge, threshold=1.4, soonest_hours=50.0, latest_hours=40.0),
    ],
    ids=["no number", "zero", "shape", "below nothing", "huge", "backwards"],
)
def test_poisoned_hours_are_refused(bad: Hourly) -> None:
    written = encode(with_hours(bad))
    with pytest.raises(BadModel):
        decode("lift", written, digest_of(written))
