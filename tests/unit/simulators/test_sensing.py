"""Sensors, lines and clocks lie in what is heard, and never in the truth."""

from simulators.faults import Fault, FaultId, FaultKind
from tests.unit.simulators.stage import MORNING_MS, fault, played_with, samples_of, series, told


def lying(kind: FaultKind, asset: str, metric: str = "", **rest: float | str) -> Fault:
    return Fault(
        id=FaultId(f"{kind}-1"),
        kind=kind,
        asset=asset,  # type: ignore[arg-type]
        cause="test",
        onset_s=20,
        ends_s=60,
        metric=metric,
        other=str(rest.get("other", "")),
        rate=float(rest.get("rate", 0.0)),
    )


def test_a_stuck_sensor_repeats_its_last_value_until_the_end() -> None:
    seconds = played_with(lying(FaultKind.SENSOR_STUCK, "H-1", "pressure"), seconds=100)
    read = series(seconds, "H-1", "pressure")
    assert len(set(read[10:30])) == 1
    assert len(set(read[30:])) > 5


def test_a_lost_sensor_is_absent_and_the_others_are_not() -> None:
    seconds = played_with(lying(FaultKind.SENSOR_LOST, "H-1", "pressure"), seconds=100)
    samples = samples_of(seconds[22:60], "H-1")
    assert {sample.values["pressure"] for sample in samples} == {None}
    assert all(sample.values["temperature"] is not None for sample in samples)


def test_swapped_plugs_show_each_in_the_other() -> None:
    fault = lying(FaultKind.SENSORS_SWAPPED, "R-1", "temp_1", other="temp_4")
    one = series(played_with(fault, seconds=60), "R-1", "temp_1")
    four = series(played_with(fault, seconds=60), "R-1", "temp_4")
    assert one[0] > four[0]
    assert one[-1] < four[-1]


def test_a_drift_walks_away_and_a_new_sensor_reads_otherwise() -> None:
    drift = lying(FaultKind.SENSOR_DRIFT, "H-1", "pressure", rate=3600.0)
    read = series(played_with(drift, seconds=60), "H-1", "pressure")
    assert 30 < read[-1] - read[0] < 45
    new = lying(FaultKind.SENSOR_REPLACED, "H-1", "pressure", rate=1.1)
    read = series(played_with(new, seconds=60), "H-1", "pressure")
    assert 1.08 < read[-1] / read[0] < 1.12


def test_a_loose_plug_gives_single_wild_values() -> None:
    spikes = lying(FaultKind.SENSOR_SPIKES, "L-1-1", "machine_room_temp", rate=30.0)
    read = series(played_with(spikes, seconds=60), "L-1-1", "machine_room_temp")
    wild = [value for value in read if value > read[0] + 20]
    assert 0 < len(wild) < len(read) / 5


def test_a_cut_line_loses_samples_and_brings_events_late() -> None:
    pressed = fault(FaultKind.PRESSED, "M-1-03", onset_s=30)
    seconds = played_with(lying(FaultKind.LINE_CUT, "M-1-03"), pressed, seconds=100)
    assert told(seconds) == [(60, "M-1-03", "manual_fire_alarm", "raise")]
    event = seconds[60].events[0]
    assert event.at == MORNING_MS + 30_000
    cut = played_with(lying(FaultKind.LINE_CUT, "H-1"), seconds=100)
    assert samples_of(cut[20:60], "H-1") == []
    assert samples_of(cut[60:], "H-1") != []


def test_a_wrong_clock_stamps_samples_and_events_alike() -> None:
    wrong = lying(FaultKind.CLOCK_ERROR, "M-1-03", rate=-7.0)
    pressed = fault(FaultKind.PRESSED, "M-1-03", onset_s=30)
    event = played_with(wrong, pressed, seconds=40)[30].events[0]
    assert event.at == MORNING_MS + 30_000 - 7000
    seconds = played_with(lying(FaultKind.CLOCK_ERROR, "H-1", rate=5.0), seconds=40)
    times = {
        sample.at_ms - second
        for second in (35_000, 36_000)
        for sample in samples_of(seconds[30:32], "H-1")
    }
    assert MORNING_MS in times


def test_a_device_that_stutters_says_everything_twice_and_the_truth_once() -> None:
    twice = lying(FaultKind.DUPLICATES, "M-1-03")
    pressed = fault(FaultKind.PRESSED, "M-1-03", onset_s=30)
    seconds = played_with(twice, pressed, seconds=40)
    assert [event[2] for event in told(seconds)] == ["manual_fire_alarm"] * 2
    assert len(seconds[30].facts) == 2


def test_a_building_without_mains_reads_no_voltage_and_says_so() -> None:
    lost = fault(FaultKind.POWER_LOST, "R-1", onset_s=20, ends_s=60)
    seconds = played_with(lost, seconds=100)
    volts = [s.values["voltage_1"] for s in samples_of(seconds, "R-1")]
    assert 0.0 in volts
    assert (volts[0] or 0) > 220
    assert (volts[-1] or 0) > 220
    assert [event[2:] for event in told(seconds)] == [
        ("building_power_lost", "raise"),
        ("building_power_lost", "clear"),
    ]


def test_a_technician_rides_in_inspection_mode() -> None:
    visit = fault(FaultKind.TECHNICIAN, "L-1-1", onset_s=20, ends_s=400)
    seconds = played_with(visit, seconds=460)
    modes = [sample.values["mode"] for sample in samples_of(seconds, "L-1-1")]
    assert set(modes[20:400]) == {2}
    assert set(modes[400:]) == {1}
    assert [event[2:] for event in told(seconds)] == [
        ("mode_inspection", "raise"),
        ("mode_inspection", "clear"),
    ]


def test_more_people_call_more_often() -> None:
    def runs(rate: float) -> float:
        used = fault(FaultKind.USE_CHANGED, "L-1-1", onset_s=0, rate=rate)
        counted = series(played_with(used, seconds=1800), "L-1-1", "run_count")
        return counted[-1] - counted[0]

    assert runs(3.0) > runs(0.2)
