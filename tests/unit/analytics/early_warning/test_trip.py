"""Single trips of a lift: cut at standstills, told in seconds, metres and ampere."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from analytics.features.trip import FEATURES, Trace, trips_of
from gateway.catalogue import asset_class
from gateway.report import FrameGate
from gateway.sample import Sample
from simulators.building import AssetCode
from simulators.faults import Fault, FaultId, FaultKind
from simulators.lift_physics import peak_speed, trip_time
from simulators.play import Play
from simulators.scenario import Scenario
from simulators.wear import Cause
from tests.unit.simulators.stage import MORNING_MS, compound_of, moments, played, samples_of
from towerwatch.commands.trips import cut_at, lines_of, outstanding

LIFT = "L-1-1"
RATED_M_S = 1.75


def trace_of(samples: list[Sample]) -> Trace:
    def column(metric: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        values = [sample.values.get(metric) for sample in samples]
        return np.array([np.nan if one is None else one for one in values])

    return Trace(
        at=np.array([sample.at_ms / 1000 for sample in samples]),
        speed=column("speed"),
        motor_current=column("motor_current"),
        vibration=column("vibration"),
        levelling_error=column("levelling_error"),
        door_closed=column("door_closed"),
        load=column("load"),
    )


@cache
def an_hour() -> list[Sample]:
    return samples_of(played(3600, scenario="quiet", only=(LIFT,)), LIFT)


def test_a_trip_takes_what_its_way_takes_by_the_laws_of_motion() -> None:
    trips = trips_of(trace_of(an_hour()))
    assert trips.at.size > 20
    expected = trip_time(trips.distance_m, peak_speed(trips.distance_m, RATED_M_S))
    assert np.abs(trips.duration_s - expected).max() < 1.1
    storeys = trips.distance_m / 2.9
    assert np.abs(storeys - storeys.round()).max() < 0.06
    assert (trips.start_a > 5).all()
    assert (trips.opening_s <= 3).all()
    assert (trips.open_s > 8).all()


def test_a_report_by_exception_tells_the_same_trips() -> None:
    gate = FrameGate(asset_class("lift"))
    kept = [sent for sample in an_hour() if (sent := gate.take(sample)) is not None]
    assert len(kept) < 0.4 * len(an_hour())
    whole, told = trips_of(trace_of(an_hour())), trips_of(trace_of(kept))
    for name in FEATURES:
        assert getattr(told, name) == pytest.approx(getattr(whole, name), abs=0.3, nan_ok=True)


def test_a_trip_that_a_gap_cuts_is_left_out() -> None:
    trace = trace_of(an_hour())
    first = int(np.flatnonzero(trace.speed > 1)[0])
    keep = np.ones(trace.at.size, dtype=np.bool_)
    keep[first : first + 20] = False
    cut = replace(trace, **{name: getattr(trace, name)[keep] for name in Trace.__slots__})
    assert trips_of(cut).at.size == trips_of(trace).at.size - 1


def test_a_sensor_that_is_missing_hides_its_features_alone() -> None:
    trace = trace_of(an_hour())
    nothing = np.full(trace.at.size, np.nan)
    trips = trips_of(replace(trace, motor_current=nothing, door_closed=nothing))
    assert np.isnan(trips.start_a).all()
    assert np.isnan(trips.open_s).all()
    assert not np.isnan(trips.lost_s).any()


def test_nothing_and_standstill_have_no_trip() -> None:
    still = np.zeros(30)
    trace = Trace(at=np.arange(30.0), **dict.fromkeys(Trace.__slots__[1:], still))
    assert trips_of(trace).at.size == 0
    assert trips_of(trace).table().shape == (0, len(FEATURES))
    empty = Trace(**dict.fromkeys(Trace.__slots__, still[:0]))
    assert trips_of(empty).at.size == 0


def test_readings_out_of_order_are_refused() -> None:
    still = np.zeros(3)
    with pytest.raises(ValueError, match="order"):
        Trace(at=np.array([2.0, 1.0, 3.0]), **dict.fromkeys(Trace.__slots__[1:], still))


def a_busy_evening(cause: Cause | None) -> Trace:
    """Four hours with three times the usual calls; a defect grows over the last two."""
    faults: tuple[Fault, ...] = ()
    if cause is not None:
        faults = (
            Fault(
                id=FaultId("wear-1"),
                kind=FaultKind.WEAR,
                asset=AssetCode(LIFT),
                cause=cause,
                onset_s=7200,
                fails_s=14_400,
            ),
        )
    play = Play(compound_of(LIFT), Scenario(name="", note="", faults=faults, traffic=3.0), 3)
    start_ms = MORNING_MS + 9 * 3_600_000
    return trace_of(samples_of([play.step(at) for at in moments(14_400, start_ms)], LIFT))


@pytest.mark.parametrize(
    ("cause", "feature"),
    [(Cause.DOOR_TRACK_DIRT, "open_s"), (Cause.BEARING_WEAR, "shake_per_speed")],
)
def test_the_trips_of_a_worn_lift_stand_out_by_what_is_worn(cause: Cause, feature: str) -> None:
    trips = trips_of(a_busy_evening(cause))
    (first, *_) = found = outstanding(trips)
    assert max(first.because, key=lambda one: one[1])[0] == feature
    assert first.at.timestamp() > trips.at[0] + 6000
    assert FEATURES[feature][0].zh in "\n".join(lines_of(LIFT, trips, found))


def test_the_trips_of_a_sound_lift_do_not_stand_out() -> None:
    trips = trips_of(a_busy_evening(None))
    assert trips.at.size > 200
    assert outstanding(trips) == []
    assert "无异常" in lines_of(LIFT, trips, [])[-1]


def test_a_trace_that_was_cut_says_until_when_it_was_looked_at() -> None:
    column = np.zeros(3)
    trace = Trace(
        at=np.array([0.0, 1.0, 2.0]),
        speed=column,
        motor_current=column,
        vibration=column,
        levelling_error=column,
        door_closed=column,
        load=column,
    )
    assert not cut_at(trace, most=4)
    assert "1970-01-01T00:00:02" in cut_at(trace, most=3)
