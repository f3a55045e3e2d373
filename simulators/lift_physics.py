"""The formulas of a lift, for one car at a second or for a million trips at once.

Both models of a lift stand on these: the one that is stepped second by second, and the one that
makes a year of hours. Where no source is named, a value is a usual one of residential lifts.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.building import LiftPlant
from simulators.growth import Array

ACCELERATION_M_S2: Final = 0.7
"""Usual for passengers' comfort; GB/T 10058 allows 1.5 m/s2 at most (unverified)."""
JERK_M_S3: Final = 1.0
"""Change of acceleration: comfortable up to about 1.3 m/s3 (ISO 18738-1 measures it, unverified)."""
BALANCE: Final = 0.45
"""Share of the rated load that the counterweight balances (GB/T 10058: 0.4 to 0.5, unverified)."""
OPENING_S: Final = 2.2
DWELL_S: Final = 5.0
CLOSING_S: Final = 3.0
PIR_MISSES: Final = 0.03
"""Share of seconds in which an infrared sensor does not see the people who are there."""
MOTOR_TAU_S: Final = 1800.0
REST_CURRENT_A: Final = 0.4
DOOR_REST_A: Final = 0.1
STOPPED_DOOR: Final = 1.35
"""A door that is stopped by an obstacle draws this many times its current before it gives way."""
REOPENS: Final = 0.02
"""Share of the closings that meet an obstacle and open again."""
REOPENS_DRAGGING: Final = 0.05
"""More of them for a door that drags [share per share of `DOOR_DRAG`]: it stops at its own limit."""
MORNING_LEAVES: Final = 0.8
"""Share of the people who go down before noon."""
LATER_LEAVES: Final = 0.35
BASEMENT: Final = 0.3
"""Share of the ways that end in the garage."""
PERSON_KG: Final = (68.0, 12.0)
COMPANY: Final = 0.4
"""People beside the first, on average."""
_EFFICIENCY: Final = 0.75
_LINE_A_PER_W: Final = 1 / (3**0.5 * 380 * 0.85)
"""Three phases of 380 V at a power factor of 0.85."""
_MAGNETISING: Final = 0.3
"""Share of the rated current that flows without any torque."""
_PULL: Final = 0.9
_RUB: Final = 0.1
"""Friction of sound guides and ropes [share of the rated torque]."""
_INERTIA: Final = 0.35
"""Torque of the usual acceleration [share of the rated torque]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftTraits:
    """What makes one lift differ from the next of its type; drawn once for its life.

    Attributes:
        use: Multiplies the calls.
        current_gain: Of the current transformer and the machine.
        shake, sway: Vibration in a ride at 1 m/s, vertical and horizontal [m/s2].
        door_a: Current of the working door operator [A].
        door_pace: Multiplies the times of the door.
        level_mm: Every stop is off by this [mm].
        level_spread_mm: Stops scatter by this [mm].
        heat_k: Rise of the motor at its rated current without a pause [K].
        room_k: The machine room is warmer than others by this [K].
        season_share: Share of the outdoor season that reaches the machine room.
    """

    use: float
    current_gain: float
    shake: float
    sway: float
    door_a: float
    door_pace: float
    level_mm: float
    level_spread_mm: float
    heat_k: float
    room_k: float
    season_share: float


def draw_traits(rng: np.random.Generator) -> LiftTraits:
    """The traits of one lift."""
    use, shake, sway = (float(np.exp(rng.normal(0, s))) for s in (0.25, 0.2, 0.2))
    return LiftTraits(
        use=use,
        current_gain=float(rng.normal(1, 0.05)),
        shake=0.06 * shake,
        sway=0.03 * sway,
        door_a=float(rng.normal(1.6, 0.12)),
        door_pace=float(rng.normal(1, 0.06)),
        level_mm=float(rng.normal(0, 2)),
        level_spread_mm=float(rng.uniform(1.8, 3.2)),
        heat_k=float(rng.normal(90, 9)),
        room_k=float(rng.normal(0, 2)),
        season_share=float(rng.uniform(0.3, 0.8)),
    )


def rated_current(plant: LiftPlant) -> float:
    """Current of the machine with the rated load going up at rated speed [A]."""
    watt = (1 - BALANCE) * plant.rated_load_kg * 9.81 * plant.rated_speed_m_s / _EFFICIENCY
    return watt * _LINE_A_PER_W


def peak_speed(distance_m: Array, top_m_s: float) -> Array:
    """The speed that a trip reaches [m/s]; short trips do not reach the top speed.

    The profile has seven parts: jerk, acceleration, jerk, cruise, and the same back. A ramp to v
    takes v/a + a/j, or 2 sqrt(v/j) when the acceleration is not reached, and covers v/2 of it.
    """
    a, j = ACCELERATION_M_S2, JERK_M_S3
    with_plateau = (np.sqrt((a * a / j) ** 2 + 4 * a * distance_m) - a * a / j) / 2
    without = (distance_m * j**0.5 / 2) ** (2 / 3)
    reached = np.where(with_plateau >= a * a / j, with_plateau, without)
    return np.asarray(np.minimum(reached, top_m_s))


def ramp_time(peak_m_s: Array) -> Array:
    """From standstill to that speed [s]."""
    a, j = ACCELERATION_M_S2, JERK_M_S3
    return np.asarray(
        np.where(peak_m_s >= a * a / j, peak_m_s / a + a / j, 2 * np.sqrt(peak_m_s / j))
    )


def trip_time(distance_m: Array, peak_m_s: Array) -> Array:
    """From standstill to standstill [s]: the cruise, and two ramps at half the speed."""
    return distance_m / np.maximum(peak_m_s, 1e-9) + ramp_time(peak_m_s)


def motor_current(
    imbalance: Array | float, acceleration: Array | float, friction: Array | float, rated_a: float
) -> Array:
    """Current of the machine in motion [A].

    Args:
        imbalance: Direction times (load / rated load - BALANCE), -1 to 1: what must be lifted.
        acceleration: Along the direction of travel [m/s2].
        friction: More than a sound lift has [share of the rated torque].
        rated_a: `rated_current` [A].

    Returns:
        Never less than the magnetising current; braking a falling load also takes current.
    """
    inertia = _INERTIA * acceleration / ACCELERATION_M_S2
    torque = imbalance / (1 - BALANCE) + _RUB + friction + inertia
    return np.asarray(rated_a * np.hypot(_MAGNETISING, _PULL * torque))


def room_temperature(
    local_hour: Array, season_k: Array, traits: LiftTraits, room_heat: Array
) -> Array:
    """Of the machine room [degC]: season, hour, and what a failing cooler lets through.

    `season_k` is the outdoor season around the year's mean; a failing cooler matters in summer.
    """
    wave = 3 * np.cos((local_hour - 15) / 24 * 2 * np.pi)
    heat = room_heat * np.clip(0.5 + season_k / 22, 0.1, 1.2)
    return np.asarray(24 + traits.room_k + wave + traits.season_share * 0.5 * season_k + heat)


def journeys_per_minute(
    hour: Array, weekday: NDArray[np.int64], holiday: NDArray[np.bool_]
) -> Array:
    """Calls of a residential lift: two peaks on a working day, a flat late day else.

    The peaks follow the hours of the public rescue figures (features d.3: 8-10 h and 18-20 h);
    a working day has about 400 calls.

    Args:
        hour: Of the local day, 0 to 24.
        weekday: 0 is Monday.
        holiday: Whether half the people are away.
    """
    morning = 0.7 * np.exp(-(((hour - 8.0) / 1.2) ** 2))
    evening = 0.7 * np.exp(-(((hour - 18.5) / 1.8) ** 2))
    day = np.where((hour >= 9) & (hour < 21), 0.25, 0.0)
    late = 0.35 * np.exp(-(((hour - 11.0) / 2.0) ** 2))
    free = 0.03 + 0.25 * morning + 0.7 * evening + 1.2 * day + late
    usual = 0.03 + morning + evening + day
    rate = np.where(weekday >= 5, free, usual)
    return np.asarray(np.where(holiday, 0.55 * free, rate))
