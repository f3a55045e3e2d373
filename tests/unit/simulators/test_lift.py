"""The lift moves as a lift does, and its entrapment fits the definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.faults import FaultKind, Stage
from simulators.lift_physics import (
    ACCELERATION_M_S2,
    JERK_M_S3,
    journeys_per_minute,
    peak_speed,
    trip_time,
)
from simulators.motion import Motion
from tests.unit.simulators.stage import (
    NIGHT_MS,
    fault,
    played,
    played_with,
    samples_of,
    series,
)

heights = st.integers(0, 11).map(lambda level: level * 2.9)
LIFTS = ("L-1-1", "L-2-1", "L-2-2", "L-3-1")
PEAK = played(1800, scenario="quiet", only=LIFTS)


@given(start=heights, end=heights, top=st.floats(0.5, 4))
def test_a_motion_starts_and_ends_at_rest_where_it_should(
    start: float, end: float, top: float
) -> None:
    if start == end:
        return
    motion = Motion(start_m=start, end_m=end, top_m_s=top)
    assert motion.at(0) == (start, 0)
    assert motion.at(motion.duration_s) == (end, 0)
    assert motion.at(motion.duration_s + 5) == (end, 0)


@given(start=heights, end=heights, top=st.floats(0.5, 4), share=st.floats(0, 0.999))
def test_a_motion_is_smooth_and_never_too_fast(
    start: float, end: float, top: float, share: float
) -> None:
    if start == end:
        return
    motion = Motion(start_m=start, end_m=end, top_m_s=top)
    now_s, dt = share * motion.duration_s, 0.001
    (before, speed), (after, later) = motion.at(now_s), motion.at(now_s + dt)
    assert 0 <= speed <= top + 1e-9
    assert abs(later - speed) <= ACCELERATION_M_S2 * dt + 1e-9
    assert abs(abs(after - before) - (speed + later) / 2 * dt) < 1e-5
    assert min(start, end) - 1e-9 <= before <= max(start, end) + 1e-9


@given(start=heights, end=heights, top=st.floats(0.5, 4), share=st.floats(0, 0.999))
def test_the_acceleration_never_jerks(start: float, end: float, top: float, share: float) -> None:
    if start == end:
        return
    motion = Motion(start_m=start, end_m=end, top_m_s=top)
    now_s, dt = share * motion.duration_s, 0.001
    before, later = motion.acceleration(now_s), motion.acceleration(now_s + dt)
    assert abs(before) <= ACCELERATION_M_S2 + 1e-9
    assert abs(later - before) <= JERK_M_S3 * dt + 1e-9
    speed_before, speed_later = motion.at(now_s)[1], motion.at(now_s + dt)[1]
    assert abs(speed_later - speed_before - (before + later) / 2 * dt) < 1e-5


@given(start=heights, end=heights, top=st.floats(0.5, 4))
def test_a_motion_takes_as_long_as_the_formula_of_the_history_says(
    start: float, end: float, top: float
) -> None:
    if start == end:
        return
    way = np.asarray(abs(end - start))
    expected = float(trip_time(way, peak_speed(way, top)))
    assert Motion(start_m=start, end_m=end, top_m_s=top).duration_s == pytest.approx(expected)


def calls(hour: float, weekday: int = 1, *, holiday: bool = False) -> float:
    when = (np.asarray(hour), np.asarray(weekday), np.asarray(holiday))
    return float(journeys_per_minute(*when))


def test_the_traffic_has_two_peaks_and_quiet_nights() -> None:
    assert 300 < sum(calls(minute / 60) for minute in range(24 * 60)) < 500
    assert calls(8) > 3 * calls(14) / 2
    assert calls(18.5) > 3 * calls(14) / 2
    assert calls(3) < 0.05


def test_a_free_day_has_no_morning_peak_and_a_holiday_is_calm() -> None:
    assert calls(8, weekday=6) < calls(8) / 2
    assert calls(11, weekday=6) > calls(11)
    assert calls(11, holiday=True) < calls(11, weekday=6)


def test_the_car_never_moves_with_an_open_door() -> None:
    for asset in ("L-1-1", "L-2-2"):
        for sample in samples_of(PEAK, asset):
            assert sample.values["door_closed"] == 1 or sample.values["speed"] == 0


def test_doors_open_at_a_level_only() -> None:
    for sample in samples_of(PEAK, "L-3-1"):
        assert sample.values["door_closed"] == 1 or sample.values["door_zone"] == 1


def test_a_peak_hour_has_trips_that_warm_the_motor() -> None:
    runs = series(PEAK, "L-1-1", "run_count")
    assert 10 < runs[-1] - runs[0] < 120
    assert len(set(series(PEAK, "L-1-1", "floor"))) > 4
    assert max(series(PEAK, "L-1-1", "speed")) == 1.75
    night = played(1800, scenario="quiet", start_ms=NIGHT_MS, only=("L-1-1",))
    assert series(PEAK, "L-1-1", "motor_temp")[-1] > series(night, "L-1-1", "motor_temp")[-1]


def test_there_is_no_floor_zero() -> None:
    floors = {value for n in (1, 2, 3) for value in series(PEAK, f"L-{n}-1", "floor")}
    assert 0 not in floors
    assert floors <= {-1.0, *map(float, range(1, 12))}


def test_a_trapped_car_stands_off_level_with_a_person_behind_shut_doors() -> None:
    trap = fault(FaultKind.ENTRAPMENT, "L-2-1", onset_s=1, ends_s=120)
    seconds = played_with(trap, seconds=180)
    failed = [f for s in seconds for f in s.facts if f.stage is Stage.FAILED]
    assert [f.fault for f in failed] == [trap]
    stuck_s = failed[0].elapsed_s
    assert stuck_s <= 20
    trapped = samples_of(seconds[stuck_s:120], "L-2-1")
    assert all(s.values["door_closed"] == 1 for s in trapped)
    assert all(s.values["door_zone"] == 0 for s in trapped)
    assert all(s.values["speed"] == 0 for s in trapped)
    seen = [s.values["person"] for s in trapped]
    assert sum(value or 0 for value in seen) > 0.9 * len(seen)


def test_a_released_car_comes_to_a_level_and_opens_its_door() -> None:
    trap = fault(FaultKind.ENTRAPMENT, "L-2-1", onset_s=1, ends_s=120)
    after = samples_of(played_with(trap, seconds=180)[120:], "L-2-1")
    opened = [s for s in after if s.values["door_closed"] == 0]
    assert opened
    assert all(s.values["door_zone"] == 1 for s in opened)
    assert any(s.values["person"] == 0 and s.values["load"] == 0 for s in opened)


@pytest.mark.parametrize("onset_s", [200, 333, 471])
def test_a_busy_lift_traps_its_next_passenger(onset_s: int) -> None:
    trap = fault(FaultKind.ENTRAPMENT, "L-1-2", onset_s=onset_s)
    seconds = played_with(trap, seconds=onset_s + 90)
    failed = [f.elapsed_s for s in seconds for f in s.facts if f.stage is Stage.FAILED]
    assert len(failed) == 1
    assert onset_s < failed[0] < onset_s + 75
