"""Defects grow by their law, change what the asset is made of, and end with the repair."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import asset_class
from simulators.faults import Fault, FaultId, FaultKind, Stage
from simulators.growth import Growth, draw_shape, grown
from simulators.wear import DEFECTS, Cause, Effect, Wear, causes_of, condition
from tests.unit.simulators.stage import played_with, samples_of, series, told

DAY_MS = 86_400_000
growths = st.sampled_from(Growth)


def shape_of(growth: Growth, seed: int) -> float:
    return draw_shape(growth, np.random.default_rng(seed))


@given(growth=growths, seed=st.integers(0, 99))
def test_growth_begins_at_nothing_ends_at_all_and_never_falls(growth: Growth, seed: int) -> None:
    level = grown(growth, np.linspace(-0.5, 1.5, 401), shape_of(growth, seed))
    assert level[:101].max() <= 1e-12
    assert level[300:].min() == pytest.approx(1.0)
    assert (np.diff(level) >= -1e-12).all()


def test_the_laws_of_growth_differ() -> None:
    half = {g: float(grown(g, np.asarray(0.7), shape_of(g, 1))) for g in Growth}
    assert len({round(level, 2) for level in half.values()}) == len(Growth)
    assert half[Growth.EXPONENTIAL] < half[Growth.LINEAR] < half[Growth.SIGMOID]


def wear(cause: Cause = Cause.BEARING_WEAR, ends_ms: int | None = None) -> Wear:
    return Wear(
        cause=cause,
        onset_ms=10 * DAY_MS,
        failure_ms=20 * DAY_MS,
        ends_ms=ends_ms,
        growth=Growth.LINEAR,
        shape=1.0,
        severity=0.5,
    )


def test_a_defect_is_over_when_it_is_repaired() -> None:
    days = DAY_MS * np.asarray([9, 15, 20, 25])
    assert wear().level(days).tolist() == [0.0, 0.5, 1.0, 1.0]
    assert wear(ends_ms=18 * DAY_MS).level(days).tolist() == [0.0, 0.5, 0.0, 0.0]


def test_two_defects_add_up_and_a_faint_one_shows_less() -> None:
    at_ms = DAY_MS * np.asarray([25])
    both = condition((wear(), wear(Cause.ROPE_WEAR)), at_ms)
    assert both.of(Effect.SHAKE)[0] == pytest.approx(0.5 * (0.12 + 0.03))
    assert both.of(Effect.DUST)[0] == 0


def test_a_defect_cannot_fail_before_it_begins() -> None:
    with pytest.raises(ValueError, match="not after onset"):
        Wear(
            cause=Cause.BEARING_WEAR,
            onset_ms=5,
            failure_ms=5,
            ends_ms=None,
            growth=Growth.LINEAR,
            shape=1.0,
            severity=1.0,
        )


@pytest.mark.parametrize("cause", Cause)
def test_the_symptoms_of_a_cause_are_metrics_of_its_class(cause: Cause) -> None:
    defect = DEFECTS[cause]
    kind = asset_class(defect.class_name)
    assert defect.symptoms
    assert all(kind.metric(name) is not None for name in defect.symptoms)
    assert cause in causes_of(defect.class_name)


def failing(cause: Cause, asset: str, seconds: int = 900, severity: float = 1.5) -> Fault:
    return Fault(
        id=FaultId("wear-1"),
        kind=FaultKind.WEAR,
        asset=asset,  # type: ignore[arg-type]
        cause=cause,
        onset_s=1,
        fails_s=seconds,
        severity=severity,
        growth=Growth.POWER,
    )


# Asset, cause, metric and by how much its mean of the last third is higher than without the defect.
SHOWN = [
    ("E-1", Cause.CHAIN_WEAR, "motor_current", 1.2),
    ("E-1", Cause.STEP_ROLLER_WEAR, "vibration", 1.4),
    ("E-1", Cause.HANDRAIL_WEAR, "handrail_speed", 0.93),
    ("H-1", Cause.RISER_LEAK, "pressure", 0.6),
    ("T-1", Cause.TANK_LEAK, "level", 0.7),
    ("D-1-05", Cause.DUSTY_CHAMBER, "contamination", 1.5),
    ("D-1-11", Cause.CELL_DEFECT, "battery", 0.7),
    ("R-1", Cause.INSULATION_AGEING, "residual_current", 1.5),
    ("R-1", Cause.LOOSE_TERMINAL, "temp_1", 1.02),
]


@pytest.mark.parametrize(("asset", "cause", "metric", "factor"), SHOWN)
def test_a_grown_defect_shows_where_its_symptoms_say(
    asset: str, cause: Cause, metric: str, factor: float
) -> None:
    worn = series(played_with(failing(cause, asset), seconds=890), asset, metric)
    far = failing(cause, asset, seconds=10**7, severity=0.01)
    sound = series(played_with(far, seconds=890), asset, metric)
    third = len(sound) // 3
    ratio = np.mean(worn[-third:]) / np.mean(sound[-third:])
    assert metric in DEFECTS[cause].symptoms
    assert ratio >= factor if factor > 1 else ratio <= factor


def test_a_dirty_track_takes_more_of_the_door_operator() -> None:
    def highest(severity: float) -> float:
        dirt = failing(Cause.DOOR_TRACK_DIRT, "L-1-1", severity=severity)
        return float(
            np.quantile(series(played_with(dirt, seconds=890), "L-1-1", "door_current"), 0.99)
        )

    assert highest(1.5) > 1.3 * highest(0.01)


def test_a_lift_that_has_failed_stands_still_and_says_so() -> None:
    seconds = played_with(failing(Cause.BRAKE_DRAG, "L-1-1", seconds=60), seconds=600)
    speeds = [sample.values["speed"] for sample in samples_of(seconds[150:], "L-1-1")]
    assert set(speeds) == {0.0}
    assert ("L-1-1", "brake_fault", "raise") in {event[1:] for event in told(seconds)}
    stages = [f.stage for second in seconds for f in second.facts]
    assert stages == [Stage.ONSET, Stage.FAILED]


def test_a_pump_that_has_failed_does_not_keep_the_pressure() -> None:
    seconds = played_with(failing(Cause.CHECK_VALVE_LEAK, "J-1", seconds=30), seconds=1500)
    assert min(series(seconds, "J-1", "pressure")) < 6.5
    assert ("J-1", "pump_fault", "raise") in {event[1:] for event in told(seconds)}


def test_a_check_valve_that_leaks_makes_the_jockey_pump_start_often() -> None:
    def starts(severity: float) -> float:
        fault = failing(Cause.CHECK_VALVE_LEAK, "J-1", seconds=7300, severity=severity)
        counted = series(played_with(fault, seconds=7200), "J-1", "starts")
        return counted[-1] - counted[len(counted) // 2]

    assert starts(1.5) > 2 * starts(0.001)
