"""The rides of a lift over a history, drawn all at once, and what they add up to an hour.

The same calls, ways and loads as the lift that is stepped second by second: one group of people
at a time, the car fetches them and carries them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.building import LiftPlant
from simulators.growth import Array
from simulators.lift_physics import (
    ACCELERATION_M_S2,
    BALANCE,
    BASEMENT,
    CLOSING_S,
    COMPANY,
    DWELL_S,
    JERK_M_S3,
    LATER_LEAVES,
    MORNING_LEAVES,
    OPENING_S,
    PERSON_KG,
    LiftTraits,
    motor_current,
    peak_speed,
    ramp_time,
    rated_current,
    trip_time,
)
from simulators.wear import Condition, Effect

Hours = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a lift in each hour, shape (n_hours,).

    Attributes:
        calls: Per hour while the car stands idle.
        tests: Rides of a technician.
        is_down: The lift stands still.
        local_hour: Of the day.
        goods_kg: Goods beside the people, on average.
    """

    calls: Array
    tests: Array
    is_down: NDArray[np.bool_]
    local_hour: Array
    goods_kg: Array


@dataclass(frozen=True, slots=True)
class Rides:
    """Rides one after the other, shape (n_rides,); even ones fetch, odd ones carry.

    Attributes:
        hour: Index of the hour, rising.
        load_kg: Weight in the car.
        way_m: Distance, 0 when the car is there already.
        is_up: Its direction.
        low_share: Share of the rope that is let out at the stop.
    """

    hour: Hours
    load_kg: Array
    way_m: Array
    is_up: NDArray[np.bool_]
    low_share: Array


@dataclass(frozen=True, slots=True)
class Sums:
    """What the rides of an hour add up to, shape (n_hours,); extremes are NaN without a ride.

    Attributes:
        journeys: Groups of people; each is two openings of the door.
        ride_s, carry_s: In motion, and with people in motion [s].
        way_m: Driven [m].
        stops: Rides that went anywhere.
        load_kg_s, load_high: Weight times time in motion; the heaviest.
        current_a_s, square_a2_s, current_high: Of the motor in motion.
        speed_high: Fastest [m/s].
        level_mean, level_low, level_high: Error of the stops [mm].
    """

    journeys: Array
    ride_s: Array
    carry_s: Array
    way_m: Array
    stops: Array
    load_kg_s: Array
    load_high: Array
    current_a_s: Array
    square_a2_s: Array
    current_high: Array
    speed_high: Array
    level_mean: Array
    level_low: Array
    level_high: Array


def draw_rides(plant: LiftPlant, demand: Demand, rng: np.random.Generator) -> Rides:
    """All rides of the history."""
    hour = np.repeat(np.arange(len(demand.calls)), _journeys(plant, demand, rng))
    n = len(hour)
    floors = plant.floors
    lobby = np.where(rng.random(n) < BASEMENT, 0, floors.index(1))
    home = rng.integers(2, len(floors), n)
    leaves = rng.random(n) < np.where(demand.local_hour[hour] < 12, MORNING_LEAVES, LATER_LEAVES)
    origin, destination = np.where(leaves, home, lobby), np.where(leaves, lobby, home)
    before = np.concatenate(([floors.index(1)], destination[:-1]))[:n]
    people = 1 + rng.poisson(COMPANY, n)
    load = people * PERSON_KG[0] + np.sqrt(people) * PERSON_KG[1] * rng.standard_normal(n)
    goods = rng.exponential(1.0, n) * demand.goods_kg[hour]
    way = np.stack((origin - before, destination - origin), axis=1).ravel() * plant.storey_m
    stops = np.stack((origin, destination), axis=1).ravel()
    weight = np.minimum(load.clip(30) + goods, plant.rated_load_kg)
    return Rides(
        hour=np.repeat(hour, 2),
        load_kg=np.stack((np.zeros(n), weight), axis=1).ravel(),
        way_m=np.abs(way),
        is_up=way > 0,
        low_share=1 - stops / (len(floors) - 1),
    )


def _journeys(plant: LiftPlant, demand: Demand, rng: np.random.Generator) -> Hours:
    """How many in each hour: calls are heard only while the car stands idle."""
    serving_s, spread_s = _service(plant, rng)
    waiting_s = 3600 / np.maximum(demand.calls, 1e-6)
    cycle_s = waiting_s + serving_s
    mean = 3600 / cycle_s
    variance = 3600 * (waiting_s**2 + spread_s**2) / cycle_s**3
    few = rng.poisson(np.minimum(mean, 4))
    many = np.rint(mean + np.sqrt(variance) * rng.standard_normal(len(mean))).clip(0)
    journeys = np.where(mean < 4, few, many) + demand.tests
    return np.asarray(np.where(demand.is_down, 0, journeys), dtype=np.int64)


def _service(plant: LiftPlant, rng: np.random.Generator) -> tuple[float, float]:
    """Mean and spread of the time that one journey takes [s]."""
    floors = plant.floors
    homes, before = rng.integers(2, len(floors), 400), rng.integers(0, len(floors), 400)
    lobby = np.where(rng.random(400) < BASEMENT, 0, floors.index(1))
    ways = np.stack((np.abs(homes - before), np.abs(homes - lobby))) * plant.storey_m
    rides = np.where(ways > 0, trip_time(ways, peak_speed(ways, plant.rated_speed_m_s)), 0.0)
    total = rides.sum(axis=0) + 2 * (OPENING_S + DWELL_S + CLOSING_S + 2)
    return float(total.mean()), float(total.std())


def add_up(
    plant: LiftPlant,
    traits: LiftTraits,
    wear: Condition,
    rides: Rides,
    rng: np.random.Generator,
) -> Sums:
    """The rides of each hour together; `wear` has one value an hour."""
    n_hours = len(wear.of(Effect.FRICTION))
    hour, moves = rides.hour, rides.way_m > 0
    top = peak_speed(rides.way_m, plant.rated_speed_m_s)
    ride_s = np.where(moves, trip_time(rides.way_m, top), 0.0)
    amperes = _amperes(plant, traits, wear.of(Effect.FRICTION)[hour], rides, top, ride_s)
    level = _levels(plant, traits, wear, rides, rng)

    def total(values: Array) -> Array:
        return np.bincount(hour, values, n_hours).astype(np.float64)

    edges = _Edges(hour, n_hours)
    carrying = rides.load_kg > 0
    stops = total(moves.astype(float))
    with np.errstate(invalid="ignore", divide="ignore"):
        level_mean = total(np.where(moves, level, 0.0)) / stops
    return Sums(
        journeys=total(carrying.astype(float)),
        ride_s=total(ride_s),
        carry_s=total(ride_s * carrying),
        way_m=total(rides.way_m),
        stops=stops,
        load_kg_s=total(ride_s * rides.load_kg),
        load_high=edges.highest(rides.load_kg),
        current_a_s=total(amperes.mean * ride_s),
        square_a2_s=total(amperes.square * ride_s),
        current_high=edges.highest(np.where(moves, amperes.high, 0.0)),
        speed_high=edges.highest(np.where(moves, top, 0.0)),
        level_mean=level_mean,
        level_low=-edges.highest(np.where(moves, -level, -np.inf)),
        level_high=edges.highest(np.where(moves, level, -np.inf)),
    )


@dataclass(frozen=True, slots=True)
class _Amperes:
    mean: Array
    square: Array
    high: Array


def _amperes(  # noqa: PLR0917, PLR0913 - one formula's inputs
    plant: LiftPlant,
    traits: LiftTraits,
    friction: Array,
    rides: Rides,
    top: Array,
    ride_s: Array,
) -> _Amperes:
    """Motor current of each ride: its mean, mean square and peak [A].

    A ramp is split into its part at full acceleration and the parts of rising and falling
    acceleration, which count with half of it.
    """
    direction = np.where(rides.is_up, 1.0, -1.0)
    imbalance = direction * (rides.load_kg / plant.rated_load_kg - BALANCE)
    rated = rated_current(plant) * traits.current_gain
    full_a = np.minimum(ACCELERATION_M_S2, np.sqrt(JERK_M_S3 * top))
    ramp_s = ramp_time(top)
    jerk_s = np.minimum(2 * full_a / JERK_M_S3, ramp_s)
    parts = (
        (ride_s - 2 * ramp_s, 0.0 * full_a),
        (jerk_s, full_a / 2),
        (jerk_s, -full_a / 2),
        (ramp_s - jerk_s, full_a),
        (ramp_s - jerk_s, -full_a),
    )
    charge = np.zeros_like(ride_s)
    square = np.zeros_like(ride_s)
    for length_s, acceleration in parts:
        ampere = motor_current(imbalance, acceleration, friction, rated)
        charge += ampere * length_s.clip(0)
        square += ampere**2 * length_s.clip(0)
    time_s = np.maximum(ride_s, 1e-9)
    high = np.maximum(
        motor_current(imbalance, full_a, friction, rated),
        motor_current(imbalance, -full_a, friction, rated),
    )
    return _Amperes(charge / time_s, square / time_s, high)


def _levels(
    plant: LiftPlant,
    traits: LiftTraits,
    wear: Condition,
    rides: Rides,
    rng: np.random.Generator,
) -> Array:
    """Error of each stop [mm]."""
    spread = traits.level_spread_mm + wear.of(Effect.LEVEL_SPREAD)
    bias = traits.level_mm + wear.of(Effect.LEVEL_BIAS)
    sag = wear.of(Effect.ROPE_STRETCH)[rides.hour] * rides.load_kg / plant.rated_load_kg
    noise = rng.standard_normal(len(rides.hour))
    return np.asarray(bias[rides.hour] + spread[rides.hour] * noise - sag * rides.low_share)


class _Edges:
    """Extremes of each hour over values that are sorted by hour."""

    def __init__(self, hour: Hours, n_hours: int) -> None:
        self._hours, self._starts = np.unique(hour, return_index=True)
        self._n_hours = n_hours

    def highest(self, values: Array) -> Array:
        found = np.full(self._n_hours, np.nan)
        if len(self._hours):
            found[self._hours] = np.maximum.reduceat(values, self._starts)
        found[np.isinf(found)] = np.nan
        return found
