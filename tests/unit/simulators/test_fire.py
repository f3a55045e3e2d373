"""The fire alarm system and the fire water say what such devices say."""

import numpy as np

from simulators.calendar_cn import local_time
from simulators.detector import ALARM_HEAT, ALARM_SMOKE
from simulators.electrical_physics import draw_circuit_traits, load_share
from simulators.faults import FaultKind, Stage
from simulators.frame import ComponentState, Envelope, SystemState, status_frame
from tests.unit.simulators.stage import (
    MORNING_MS,
    fault,
    played,
    played_with,
    samples_of,
    series,
    told,
)

SENT_MS = 1_348_624_712_000
"""26 September 2012, 09:58:32 in China."""


def test_a_frame_equals_the_published_example() -> None:
    smoke = ComponentState(component=40, loop=10, point=2, status=2, text=" " * 30)
    envelope = Envelope(source=889, serial=1, at_ms=SENT_MS - 30_000, sent_ms=SENT_MS)
    assert status_frame(smoke, envelope).hex() == (
        "404001000101203a091a090c790300000000385b010000003000020201"
        f"0101280a0002000200{'20' * 30}00023a091a090c462323"
    )


def test_a_place_longer_than_the_field_is_cut() -> None:
    smoke = ComponentState(component=42, loop=1, point=1, status=3, text="走廊" * 20)
    frame = status_frame(smoke, Envelope(source=1, serial=1, at_ms=SENT_MS, sent_ms=SENT_MS))
    assert len(frame) == 30 + 48


def test_a_system_state_frame_adds_up() -> None:
    envelope = Envelope(source=889, serial=2, at_ms=SENT_MS, sent_ms=SENT_MS)
    frame = status_frame(SystemState(status=0x101), envelope)
    assert sum(frame[2:-3]) & 0xFF == frame[-3]
    assert frame[27:33] == bytes((1, 1, 1, 1, 1, 1))


def test_smoke_grows_before_the_alarm_and_the_alarm_ends_with_the_fault() -> None:
    burning = fault(FaultKind.FIRE, "D-1-03", onset_s=10, ends_s=60, rate=0.5)
    seconds = played_with(burning, seconds=90)
    assert told(seconds) == [
        (18, "D-1-03", "fire_alarm", "raise"),
        (60, "D-1-03", "fire_alarm", "clear"),
    ]
    assert max(series(seconds[:10], "D-1-03", "smoke")) < 0.2
    assert max(series(seconds[:60], "D-1-03", "smoke")) > ALARM_SMOKE


def test_a_heat_detector_alarms_by_temperature() -> None:
    burning = fault(FaultKind.FIRE, "D-1-B1", onset_s=5, rate=2.0)
    seconds = played_with(burning, seconds=60)
    at_s, asset, event, state = told(seconds)[0]
    assert (asset, event, state) == ("D-1-B1", "fire_alarm", "raise")
    assert 20 < at_s < 30
    assert max(series(seconds, "D-1-B1", "temperature")) >= ALARM_HEAT
    assert "smoke" not in samples_of(seconds, "D-1-B1")[0].values


def test_a_fire_without_an_end_is_never_cleared() -> None:
    seconds = played_with(fault(FaultKind.FIRE, "D-1-03", rate=1.0), seconds=120)
    assert [state for *_, state in told(seconds)] == ["raise"]


def test_a_shielded_detector_gives_no_values() -> None:
    seconds = played_with(fault(FaultKind.SHIELDED, "D-1-03", onset_s=70, ends_s=200), seconds=300)
    assert told(seconds) == [
        (70, "D-1-03", "shielded", "raise"),
        (200, "D-1-03", "shielded", "clear"),
    ]
    assert samples_of(seconds[70:200], "D-1-03") == []
    assert samples_of(seconds[200:], "D-1-03") != []


def test_a_pressed_call_point_is_a_fire_of_its_own_kind() -> None:
    seconds = played_with(fault(FaultKind.PRESSED, "M-2-04"), seconds=20)
    event = seconds[10].events[0]
    assert (event.event, event.code, event.text) == (
        "manual_fire_alarm",
        "2:23:1",
        "2号楼 4层 走廊手报",
    )


def test_two_faults_at_one_point_are_told_apart() -> None:
    seconds = played_with(
        fault(FaultKind.POINT_FAULT, "D-1-03", onset_s=5, ends_s=30),
        fault(FaultKind.FIRE, "D-1-03", onset_s=10, rate=4.0),
        seconds=40,
    )
    assert told(seconds) == [
        (5, "D-1-03", "fault", "raise"),
        (11, "D-1-03", "fire_alarm", "raise"),
        (30, "D-1-03", "fault", "clear"),
    ]


def test_the_panel_loses_its_mains_and_gets_it_back() -> None:
    seconds = played_with(fault(FaultKind.MAIN_POWER_LOST, "FP-1", ends_s=20), seconds=30)
    assert told(seconds) == [
        (10, "FP-1", "main_power_fault", "raise"),
        (20, "FP-1", "main_power_fault", "clear"),
    ]
    assert seconds[10].events[0].code == "1:1:8"


def test_a_leak_crosses_both_limits_and_the_repair_clears_them() -> None:
    leaking = fault(FaultKind.LEAK, "H-2", onset_s=0, ends_s=120, rate=2.0)
    seconds = played_with(leaking, seconds=180)
    names = [(name, state) for _, _, name, state in told(seconds)]
    assert names == [
        ("pressure_low", "raise"),
        ("pressure_low_critical", "raise"),
        ("pressure_low_critical", "clear"),
        ("pressure_low", "clear"),
    ]
    stages = [f.stage for s in seconds for f in s.facts]
    assert stages == [Stage.ONSET, Stage.SHOWN, Stage.FAILED, Stage.ENDED]
    assert series(seconds, "H-2", "pressure")[-1] > 250


def test_an_emptied_riser_reads_no_less_than_nothing() -> None:
    seconds = played_with(fault(FaultKind.LEAK, "H-2", onset_s=0, rate=50.0), seconds=60)
    assert min(series(seconds, "H-2", "pressure")) > -2


def test_the_jockey_pump_starts_a_few_times_an_hour() -> None:
    hour = played(3600, scenario="quiet", only=("J-1", "P-1"))
    starts = series(hour, "J-1", "starts")
    assert 2 <= starts[-1] - starts[0] <= 15
    assert set(series(hour, "P-1", "running")) == {0}
    pressure = series(hour, "J-1", "pressure")
    assert 6.7 < min(pressure) < max(pressure) < 7.5


def test_flats_draw_most_in_the_evening_and_in_the_heat() -> None:
    traits = draw_circuit_traits(np.random.default_rng(1))
    day = load_share(local_time(MORNING_MS + 60_000 * np.arange(1440)), traits)
    hours = local_time(MORNING_MS + 60_000 * np.arange(1440)).hour
    evening, morning = day[np.abs(hours - 20).argmin()], day[np.abs(hours - 7.5).argmin()]
    assert evening > morning > day[np.abs(hours - 3).argmin()]
    assert day.max() < 1
    july = load_share(local_time(MORNING_MS + 130 * 86_400_000 + 60_000 * np.arange(1440)), traits)
    assert july.mean() > 1.05 * day.mean()
