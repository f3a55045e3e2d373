"""The model of seconds and the model of hours tell of the same asset.

One asset is played second by second through the gateway's report by exception and added up as
the database would; the other comes out of the history. Traits are drawn alike for both; what is
compared are means over the hours of a working day, within a tolerance that covers the slow walks
and the few rides of one day.
"""

import dataclasses

import numpy as np
import pytest

from simulators.building import Asset, AssetCode
from simulators.demo.garden import garden
from simulators.detector import Line
from simulators.faults import Fault, FaultId, FaultKind
from simulators.growth import Growth
from simulators.history import HistoryPlan, Rates, hour_columns, simulate
from simulators.history.course import Course
from simulators.history.hourly import setting
from simulators.history.make import table_of
from simulators.lift_physics import LiftTraits
from simulators.play import model_of
from simulators.scenario import Scenario
from simulators.wear import Cause, Wear
from tests.unit.simulators.hours import Hours, played_hours

MIDNIGHT_MS = 1_740_931_200_000
"""Monday, 3 March 2025, 00:00 in China, which is 16:00 of Sunday in UTC."""
COPIES = 24
TRAITS = LiftTraits(
    use=1.0,
    current_gain=1.0,
    shake=0.06,
    sway=0.03,
    door_a=1.6,
    door_pace=1.0,
    level_mm=1.0,
    level_spread_mm=2.5,
    heat_k=90.0,
    room_k=0.0,
    season_share=0.5,
)


@pytest.fixture(autouse=True)
def same_lift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both models draw the same lift."""
    monkeypatch.setattr("simulators.lift.draw_traits", lambda _: TRAITS)
    monkeypatch.setattr("simulators.history.lift.draw_traits", lambda _: TRAITS)


def asset_of(code: str) -> Asset:
    found = garden().asset(AssetCode(code))
    assert found is not None
    return found


def stepped(asset: Asset, first_hour: int, hours: int, seed: int = 1) -> Hours:
    model = model_of(asset, Line(text="", source_address=1), Scenario(name="", note=""), seed)
    return played_hours(asset, model, MIDNIGHT_MS + 3_600_000 * first_hour, hours)


def made_at_once(asset: Asset, first_hour: int, hours: int) -> Hours:
    copies = (
        dataclasses.replace(asset, code=AssetCode(f"{asset.code}-{n}")) for n in range(COPIES)
    )
    plan = HistoryPlan(
        seed=1,
        start_ms=MIDNIGHT_MS,
        days=1,
        assets=tuple(copies),
        rates=Rates(slow=0, sudden=0, sensor=0, disturbance=0, visit_days=0),
    )
    block = next(simulate(plan))
    span = slice(first_hour, first_hour + hours)
    return {name: block.column(name)[:, span].ravel().tolist() for name in block.columns}


def assert_alike(one: Hours, two: Hours, tolerances: dict[str, tuple[float, float]]) -> None:
    """Means agree within a share of their size, or an absolute difference where it is larger."""
    apart = {}
    for column, (share, least) in tolerances.items():
        first, second = float(np.nanmean(one[column])), float(np.nanmean(two[column]))
        if abs(first - second) > max(share * abs(first), least):
            apart[column] = (round(first, 4), round(second, 4))
    assert apart == {}


# Column: tolerance as a share, and the least absolute difference that counts [its unit].
LIFT = {
    "samples": (0.12, 0),
    "speed_mean": (0.12, 0),
    "speed_max": (0.05, 0),
    "door_closed_mean": (0.04, 0),
    "door_zone_mean": (0.08, 0),
    "person_mean": (0.15, 0),
    "load_mean": (0.2, 0),
    "load_max": (0.25, 0),
    "motor_current_mean": (0.15, 0),
    "motor_current_max": (0.1, 0),
    "motor_temp_mean": (0.05, 1.5),
    "door_current_mean": (0.15, 0),
    "door_current_max": (0.15, 0),
    "vibration_mean": (0.15, 0),
    "vibration_max": (0.15, 0),
    "vibration_horizontal_mean": (0.15, 0),
    "vibration_horizontal_max": (0.15, 0),
    "levelling_error_mean": (0, 0.6),
    "levelling_error_min": (0.3, 0.6),
    "levelling_error_max": (0.3, 0.6),
    "machine_room_temp_mean": (0, 3.0),
}


def test_a_lift_is_the_same_by_seconds_and_by_hours() -> None:
    asset = asset_of("L-1-1")
    evening = [stepped(asset, 17, 3, seed=seed) for seed in (1, 2)]
    one = {name: evening[0][name] + evening[1][name] for name in evening[0]}
    # Few rides in six hours: wider than over days.
    wide = {name: (1.6 * share, 1.6 * least) for name, (share, least) in LIFT.items()}
    assert_alike(one, made_at_once(asset, 17, 3), wide)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("code", ["L-1-1", "L-2-2"])
def test_a_lift_is_the_same_through_days(code: str) -> None:
    asset = asset_of(code)
    days = [stepped(asset, 0, 24, seed=seed) for seed in (1, 2)]
    one = {name: [value for day in days for value in day[name]] for name in days[0]}
    assert_alike(one, made_at_once(asset, 0, 24), LIFT)


OTHERS: dict[str, dict[str, tuple[float, float]]] = {
    "E-1": {
        "samples": (0.05, 0),
        "speed_mean": (0.05, 0),
        "handrail_speed_mean": (0.05, 0),
        "motor_current_mean": (0.25, 0),
        "motor_temp_mean": (0.15, 4.0),
        "vibration_mean": (0.5, 0),
    },
    "H-1": {
        "samples": (0.05, 0),
        "pressure_mean": (0.05, 6),
        "pressure_min": (0.05, 6),
        "pressure_max": (0.05, 6),
        "temperature_mean": (0, 5.0),
    },
    "T-1": {"level_mean": (0.05, 0), "level_max": (0.05, 0)},
    "J-1": {
        "samples": (0.2, 0),
        "running_mean": (0.6, 0),
        "pressure_mean": (0.01, 0),
        "pressure_min": (0.01, 0),
        "pressure_max": (0.01, 0),
        "motor_temp_mean": (0, 5.0),
        "vibration_drive_max": (0.6, 0),
    },
    "D-1-05": {
        "samples": (0.15, 0),
        "smoke_mean": (0.5, 0),
        "temperature_mean": (0, 8.0),
        "contamination_mean": (0, 15.0),
        "humidity_mean": (0, 15.0),
    },
    "R-1": {
        "samples": (0.2, 0),
        "residual_current_mean": (0.45, 0),
        "temp_1_mean": (0.3, 5.0),
        "current_1_mean": (0.35, 0),
        "voltage_1_mean": (0.01, 0),
        "voltage_1_min": (0.01, 0),
    },
}
"""Wider where the traits of one asset are drawn by themselves."""


@pytest.mark.parametrize("code", OTHERS)
def test_other_assets_are_the_same_by_seconds_and_by_hours(code: str) -> None:
    asset = asset_of(code)
    assert_alike(stepped(asset, 9, 3), made_at_once(asset, 9, 3), OTHERS[code])


# Asset, cause, hours and the column that the same defect moves, in both models.
WORN = [
    pytest.param("L-1-1", Cause.BEARING_WEAR, "vibration_max", marks=pytest.mark.long),
    ("L-1-1", Cause.DOOR_TRACK_DIRT, "door_current_max"),
    pytest.param("L-1-1", Cause.MOTOR_COOLING_LOST, "motor_temp_mean", marks=pytest.mark.long),
    ("J-1", Cause.CHECK_VALVE_LEAK, "running_mean"),
    ("H-1", Cause.RISER_LEAK, "pressure_mean"),
    ("E-1", Cause.STEP_ROLLER_WEAR, "vibration_mean"),
    ("R-1", Cause.INSULATION_AGEING, "residual_current_mean"),
    ("D-1-05", Cause.DUSTY_CHAMBER, "contamination_mean"),
]
GROWING_H = 3


def worn_by_seconds(asset: Asset, cause: Cause, severity: float, column: str) -> float:
    fault = Fault(
        id=FaultId("wear-1"),
        kind=FaultKind.WEAR,
        asset=asset.code,
        cause=cause,
        onset_s=0,
        fails_s=GROWING_H * 3600 + 1,
        severity=severity,
    )
    quiet = Scenario(name="", note="")
    model = model_of(asset, Line(text="", source_address=1), quiet, 1)
    start_ms = MIDNIGHT_MS + 17 * 3_600_000
    hours = played_hours(asset, model, start_ms, GROWING_H, [fault])
    return float(np.nanmean(hours[column]))


def worn_by_hours(asset: Asset, cause: Cause, severity: float, column: str) -> float:
    start_ms = MIDNIGHT_MS + 17 * 3_600_000
    wear = Wear(
        cause=cause,
        onset_ms=start_ms,
        failure_ms=start_ms + GROWING_H * 3_600_000 + 1000,
        ends_ms=None,
        growth=Growth.LINEAR,
        shape=1.0,
        severity=severity,
    )
    course = Course(wears=(wear,), down=(), visits=(), spells=(), truth=())
    hours = MIDNIGHT_MS + 3_600_000 * np.arange(17 + GROWING_H)
    row = hour_columns(asset.class_name).index(column)
    tables = (
        table_of(asset, setting(course, hours, np.random.default_rng(seed))) for seed in range(12)
    )
    return float(np.mean([table.values[row, 17:] for table in tables]))


@pytest.mark.parametrize(("code", "cause", "column"), WORN)
def test_a_defect_moves_both_models_alike(code: str, cause: Cause, column: str) -> None:
    asset = asset_of(code)
    by_seconds, by_hours = (
        model(asset, cause, 1.0, column) / model(asset, cause, 0.001, column)
        for model in (worn_by_seconds, worn_by_hours)
    )
    assert abs(by_seconds - 1) > 0.05
    assert by_seconds - 1 == pytest.approx(by_hours - 1, rel=0.5, abs=0.03)
