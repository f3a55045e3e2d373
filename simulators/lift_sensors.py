"""What the sensors of a lift read in a second, and what heats up in it."""

from dataclasses import dataclass

import numpy as np

from simulators.building import LiftPlant
from simulators.growth import Array
from simulators.lift_physics import (
    BALANCE,
    DOOR_REST_A,
    MOTOR_TAU_S,
    PIR_MISSES,
    REST_CURRENT_A,
    STOPPED_DOOR,
    LiftTraits,
    motor_current,
    rated_current,
    room_temperature,
)
from simulators.model import Moment
from simulators.wear import Condition, Effect


@dataclass(frozen=True, slots=True)
class Ride:
    """What is the case in a car and its shaft in one second."""

    floor: int
    is_in_zone: bool
    speed_m_s: float
    acceleration_m_s2: float
    direction: int
    load_kg: float
    has_people: bool
    is_door_closed: bool
    is_door_working: bool
    wear: Condition


class LiftSensors:
    """The sensors of one lift, with the motor's heat and the counters."""

    def __init__(self, plant: LiftPlant, traits: LiftTraits, rng: np.random.Generator) -> None:
        """A lift with a life behind it; its motor's temperature settles at the first reading."""
        self._plant, self._traits, self._rng = plant, traits, rng
        self._rated_a = rated_current(plant) * traits.current_gain
        self._heat_k = float(rng.uniform(1, 4))
        self._level_mm = traits.level_mm
        self._runs = int(rng.integers(100_000, 800_000))
        self._hours = float(rng.uniform(500, 4000))
        self._room_minute, self._room = -1, 0.0
        self._is_door_stopped = False

    def count_run(self) -> None:
        """A trip begins."""
        self._runs += 1

    def stop_door(self) -> None:
        """The door has met an obstacle and opens again."""
        self._is_door_stopped = True

    def stop(self, wear: Condition, load_kg: float, low_share: float) -> None:
        """The car comes to rest at a level, more or less.

        Args:
            wear: The condition of brake and ropes.
            load_kg: Weight in the car.
            low_share: Share of the rope that is let out.
        """
        spread = self._traits.level_spread_mm + wear.size(Effect.LEVEL_SPREAD)
        bias = self._traits.level_mm + wear.size(Effect.LEVEL_BIAS)
        sag = wear.size(Effect.ROPE_STRETCH) * load_kg / self._plant.rated_load_kg * low_share
        self._level_mm = bias + spread * float(self._rng.standard_normal()) - sag

    def read(self, moment: Moment, ride: Ride, drifts: list[float]) -> dict[str, float | None]:
        """All metrics of the terminal, in the units of the catalogue."""
        noise = self._rng.standard_normal(6).tolist()
        room = self._room_c(moment, ride.wear, drifts[1])
        current = self._current(ride, noise[0])
        self._warm(current, ride.wear)
        if ride.speed_m_s:
            self._hours += 1 / 3600
        is_seen = ride.has_people and self._rng.random() >= PIR_MISSES
        top, traits, wear = self._plant.rated_speed_m_s, self._traits, ride.wear
        shake = traits.shake * (1 + 0.05 * drifts[3]) + wear.size(Effect.SHAKE) / top
        sway = traits.sway * (1 + 0.05 * drifts[4]) + wear.size(Effect.SWAY) / top
        up, side = shake * ride.speed_m_s, sway * ride.speed_m_s
        return {
            "floor": ride.floor,
            "speed": round(ride.speed_m_s, 3),
            "direction": ride.direction if ride.speed_m_s else 0,
            "mode": 1,
            "door_closed": int(ride.is_door_closed),
            "door_zone": int(ride.is_in_zone),
            "person": int(is_seen),
            "load": round(max(0.0, ride.load_kg + 3 * noise[1])),
            "motor_current": round(current, 2),
            "motor_temp": round(room + self._heat_k + 0.05 * noise[2], 2),
            "door_current": round(self._door_current(ride, noise[3], drifts[2]), 2),
            "vibration": round(abs(0.01 + up + (0.002 + up / 8) * noise[4]), 4),
            "vibration_horizontal": round(abs(0.008 + side + (0.002 + side / 12) * noise[5]), 4),
            "levelling_error": round(self._level_mm, 1),
            "machine_room_temp": round(room, 1),
            "run_count": self._runs,
            "run_hours": round(self._hours, 3),
        }

    def _room_c(self, moment: Moment, wear: Condition, weather: float) -> float:
        if moment.minute != self._room_minute:
            self._room_minute, local = moment.minute, moment.local
            season: Array = local.season_k + 1.5 * weather
            heat = wear.of(Effect.ROOM_HEAT)
            self._room = float(room_temperature(local.hour, season, self._traits, heat))
        return self._room

    def _current(self, ride: Ride, noise: float) -> float:
        """Of the motor [A]: the farther the load is from the counterweight's balance, the more."""
        if not ride.speed_m_s:
            return max(0.0, REST_CURRENT_A + 0.02 * noise)
        imbalance = ride.direction * (ride.load_kg / self._plant.rated_load_kg - BALANCE)
        friction = ride.wear.size(Effect.FRICTION)
        ampere = motor_current(imbalance, ride.acceleration_m_s2, friction, self._rated_a)
        return max(0.0, float(ampere) + 0.3 * noise)

    def _door_current(self, ride: Ride, noise: float, grease: float) -> float:
        if not ride.is_door_working:
            stopped, self._is_door_stopped = self._is_door_stopped, False
            peak = self._working_a(ride, grease) * STOPPED_DOOR if stopped else DOOR_REST_A
            return max(0.0, peak + 0.02 * noise)
        return max(0.0, self._working_a(ride, grease) + 0.02 * noise)

    def _working_a(self, ride: Ride, grease: float) -> float:
        return self._traits.door_a * (1 + ride.wear.size(Effect.DOOR_DRAG)) * (1 + 0.02 * grease)

    def _warm(self, current: float, wear: Condition) -> None:
        share = current / self._rated_a
        goal = self._traits.heat_k * (1 + wear.size(Effect.WINDING_HEAT)) * share**2
        self._heat_k += (goal - self._heat_k) / MOTOR_TAU_S
