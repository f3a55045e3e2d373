"""A lift's hours, made ride by ride: every ride is drawn, none is stepped through.

The frames that a gateway sends are counted as its report by exception would: each second of a
ride, a few for each movement of the door, one in ten seconds at rest. So the means of an hour
lean to what happens in rides, as they do in the database.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.building import LiftPlant
from simulators.calendar_cn import local_time
from simulators.growth import Array
from simulators.history.hourly import HourTable, Setting, Statistics, lagged, steady
from simulators.history.rides import Demand, Sums, add_up, draw_rides
from simulators.history.spell import SpellKind
from simulators.lift_physics import (
    CLOSING_S,
    DOOR_REST_A,
    DWELL_S,
    MOTOR_TAU_S,
    OPENING_S,
    PIR_MISSES,
    REOPENS,
    REOPENS_DRAGGING,
    REST_CURRENT_A,
    STOPPED_DOOR,
    LiftTraits,
    draw_traits,
    journeys_per_minute,
    rated_current,
    room_temperature,
)
from simulators.wear import Effect

_DOOR_FRAMES: Final = 6.0
"""Frames that a gateway sends for one opening, dwell and closing."""
_WORKING_FRAMES: Final = 2.0
"""Of these, frames in which the door's operator works."""
_OPEN_FRAMES: Final = 4.0
"""Of these, frames in which the door is not closed."""
_REST_S: Final = 10.0
"""The class's interval: at rest a frame comes this often [s]."""
_TEST_RIDES: Final = 15.0
_STEP_S: Final = (450, 1350, 2250, 3150)
"""The calls of an hour are the mean over these of its seconds."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the columns of one lift are made of; arrays have shape (n_hours,)."""

    plant: LiftPlant
    traits: LiftTraits
    sums: Sums
    frames: Array
    door_cycles: Array
    drifts: NDArray[np.float64]


def lift_hours(plant: LiftPlant, place: Setting) -> HourTable:
    """The columns of one lift."""
    rng, traits, wear = place.rng, draw_traits(place.rng), place.wear
    drifts = np.stack([place.drift() for _ in range(5)])
    rides = draw_rides(plant, _demand(traits, place, drifts[0]), rng)
    sums = add_up(plant, traits, wear, rides, rng)
    # A door that drags is stopped by its own force limit more often and opens again.
    reopened = rng.poisson(
        sums.journeys * 2 * (REOPENS + REOPENS_DRAGGING * wear.of(Effect.DOOR_DRAG))
    )
    cycles = 2 * sums.journeys + reopened
    busy_s = sums.ride_s + cycles * (OPENING_S + DWELL_S + CLOSING_S + 2)
    frames = sums.ride_s + cycles * _DOOR_FRAMES + np.maximum(0, 3600 - busy_s) / _REST_S
    scene = _Scene(plant, traits, sums, frames, cycles, drifts)
    table = HourTable("lift", place.n)
    table.count(frames)
    _put_motion(table, scene)
    _put_motor(table, scene, place)
    _put_door(table, scene, place)
    _put_shake(table, scene, place)
    begun = float(rng.uniform(500, 4000))
    ran = begun + np.cumsum(sums.ride_s) / 3600
    table.put("run_hours", Statistics(ran - sums.ride_s / 7200, ran - sums.ride_s / 3600, ran))
    table.sense(place)
    return table


def _demand(traits: LiftTraits, place: Setting, drift: Array) -> Demand:
    steps = [local_time(place.hours + 1000 * second) for second in _STEP_S]
    rates = [journeys_per_minute(t.hour, t.weekday, t.holiday) for t in steps]
    changed = place.factor(SpellKind.USE_CHANGED)
    return Demand(
        calls=60 * np.mean(rates, axis=0) * traits.use * changed * np.exp(0.08 * drift),
        tests=np.where(place.visited, _TEST_RIDES, 0.0),
        is_down=place.down,
        local_hour=place.when.hour,
        goods_kg=150 * (changed - 1).clip(0),
    )


def _put_motion(table: HourTable, scene: _Scene) -> None:
    sums, frames, cycles = scene.sums, scene.frames, scene.door_cycles
    rides = sums.stops > 0
    zero = np.zeros_like(frames)
    table.put("speed", Statistics(sums.way_m / frames, zero, _or(sums.speed_high, 0.0)))
    is_open = cycles * _OPEN_FRAMES / frames
    table.put("door_closed", Statistics(1 - is_open, np.where(cycles > 0, 0.0, 1.0), zero + 1))
    off_level_s = np.maximum(0, 0.86 * sums.ride_s - 1.8 * sums.stops)
    table.put(
        "door_zone", Statistics(1 - off_level_s / frames, np.where(rides, 0.0, 1.0), zero + 1)
    )
    carried = sums.carry_s + sums.journeys * 0.7 * _DOOR_FRAMES
    seen = carried * (1 - PIR_MISSES) / frames
    table.put("person", Statistics(seen, zero, np.where(sums.journeys > 0, 1.0, 0.0)))
    weight = sums.load_kg_s / np.maximum(sums.carry_s, 1e-9)
    load = Statistics(weight * carried / frames, zero, _or(sums.load_high, 0.0) + 4)
    table.put("load", load)


def _put_motor(table: HourTable, scene: _Scene, place: Setting) -> None:
    sums, frames, traits, n = scene.sums, scene.frames, scene.traits, place.n
    at_rest = REST_CURRENT_A * (frames - sums.ride_s).clip(0)
    mean = (sums.current_a_s + at_rest) / frames
    high = np.where(sums.stops > 0, sums.current_high + 0.35 + place.noise(0.12), 0.46)
    table.put("motor_current", Statistics(mean, 0.35 + place.noise(0.01), _or(high, 0.46)))
    season = place.when.season_k * place.factor(SpellKind.RAINY) + 1.5 * scene.drifts[1]
    room = room_temperature(place.when.hour, season, traits, place.wear.of(Effect.ROOM_HEAT))
    table.put("machine_room_temp", steady(room, 0.3))
    load = sums.square_a2_s / 3600 / rated_current(scene.plant) ** 2
    rise = traits.heat_k * (1 + place.wear.of(Effect.WINDING_HEAT)) * load
    warm = room + lagged(rise, MOTOR_TAU_S / 3600)
    swing = 0.15 + 0.5 * np.abs(np.gradient(warm)) if n > 1 else np.full(n, 0.15)
    table.put("motor_temp", steady(warm + place.noise(0.03), swing))


def _put_door(table: HourTable, scene: _Scene, place: Setting) -> None:
    cycles, frames = scene.door_cycles, scene.frames
    drag = place.wear.of(Effect.DOOR_DRAG)
    working = scene.traits.door_a * (1 + drag) * (1 + 0.02 * scene.drifts[2])
    mean = DOOR_REST_A + (working - DOOR_REST_A) * cycles * _WORKING_FRAMES / frames
    # The highest of many readings with a spread of 0.02 A; a door that is stopped draws more.
    tail = 0.02 * np.sqrt(2 * np.log(np.maximum(cycles * 5, 2)))
    stopped = place.uniform(0, 1) < 1 - np.exp(-cycles * (REOPENS + REOPENS_DRAGGING * drag))
    high = (working + tail) * np.where(stopped, STOPPED_DOOR, 1.0)
    high = np.where(cycles > 0, high, DOOR_REST_A + 0.05)
    table.put("door_current", Statistics(mean, DOOR_REST_A - 0.065 + place.noise(0.008), high))


def _put_shake(table: HourTable, scene: _Scene, place: Setting) -> None:
    sums, frames, traits = scene.sums, scene.frames, scene.traits
    top = scene.plant.rated_speed_m_s
    for metric, floor, usual, effect, drift, ripple in (
        ("vibration", 0.010, traits.shake, Effect.SHAKE, scene.drifts[3], 0.125),
        ("vibration_horizontal", 0.008, traits.sway, Effect.SWAY, scene.drifts[4], 0.08),
    ):
        gain = usual * (1 + 0.05 * drift) + place.wear.of(effect) / top
        mean = floor + gain * sums.way_m / frames
        readings = np.maximum(sums.ride_s - 4 * sums.stops, 1)
        tail = np.sqrt(2 * np.log(readings + 1)) + place.noise(0.3)
        high = floor + gain * _or(sums.speed_high, 0.0) * (1 + ripple * tail.clip(0)) + 0.004
        table.put(metric, Statistics(mean, np.full(place.n, 0.4 * floor), high))
    held = _held(sums.level_mean)
    low, high = _or(sums.level_low, held), _or(sums.level_high, held)
    table.put("levelling_error", Statistics(held, np.minimum(low, held), np.maximum(high, held)))


def _held(values: Array) -> Array:
    """Hours without a value keep the last one; before the first one it is 0."""
    known = np.isfinite(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    return np.where(last >= 0, values[last], 0.0)


def _or(values: Array, other: Array | float) -> Array:
    return np.asarray(np.where(np.isfinite(values), values, other))
