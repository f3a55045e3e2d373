"""A lift as its add-on terminal sees it, once a second: trips, doors, people, motor, vibration.

One group of people at a time: the car is called, fetches them, carries them. Traffic has the two
peaks of a residential building. A lift that is made to trap somebody stops between two floors;
whether that is an entrapment is for the gateway to derive from the signals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, sqrt
from typing import Final

import numpy as np

from simulators.building import LiftPlant
from simulators.faults import Fact, Fault, FaultKind, Stage
from simulators.model import Moment, Output, daily_wave, fact

ACCELERATION_M_S2: Final = 0.7
"""Usual for passengers' comfort; GB/T 10058 allows 1.5 m/s2 at most (unverified)."""
DOOR_ZONE_M: Final = 0.2
"""Half the height of the unlocking zone [m]: at most 0.2 m either way (GB/T 7588.1, unverified)."""
_OPENING_S, _DWELL_S, _CLOSING_S = 2, 5, 3
_STUCK_OFFSET_M: Final = 0.5
"""A car that is made to stop between floors stands at least so far from the nearest [m]."""
_RESCUE_SPEED_M_S: Final = 0.25
_LOBBY: Final = 1
_PIR_MISSES: Final = 0.03
"""Share of seconds in which an infrared sensor does not see the people who are there."""
_FULL_HEAT_K: Final = 70.0
"""Rise of the motor's temperature at rated current without a pause [K]."""
_MOTOR_TAU_S: Final = 1800.0


class Phase(StrEnum):
    """What the car is doing."""

    STANDING = "standing"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    MOVING = "moving"
    STUCK = "stuck"
    RESCUED = "rescued"


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Somebody wants to go from one floor to another; `load_kg` is what they weigh together."""

    origin: int
    destination: int
    load_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """A trip of the car from one height to another [m], with acceleration and top speed."""

    start_m: float
    end_m: float
    top_m_s: float

    @property
    def direction(self) -> int:
        """1 up, -1 down."""
        return 1 if self.end_m > self.start_m else -1

    @property
    def peak_m_s(self) -> float:
        """The speed that is reached; short trips do not reach the top speed."""
        distance = abs(self.end_m - self.start_m)
        return min(self.top_m_s, sqrt(distance * ACCELERATION_M_S2))

    @property
    def duration_s(self) -> float:
        """From standstill to standstill [s]."""
        return abs(self.end_m - self.start_m) / self.peak_m_s + self.peak_m_s / ACCELERATION_M_S2

    def at(self, elapsed_s: float) -> tuple[float, float]:
        """Height [m] and speed [m/s, never negative] after so many seconds."""
        left_s = self.duration_s - elapsed_s
        if left_s <= 0:
            return self.end_m, 0.0
        ramp_s = self.peak_m_s / ACCELERATION_M_S2
        if elapsed_s < ramp_s:
            gone, speed = ACCELERATION_M_S2 * elapsed_s**2 / 2, ACCELERATION_M_S2 * elapsed_s
        elif left_s < ramp_s:
            distance = abs(self.end_m - self.start_m)
            gone = distance - ACCELERATION_M_S2 * left_s**2 / 2
            speed = ACCELERATION_M_S2 * left_s
        else:
            gone = self.peak_m_s * (elapsed_s - ramp_s / 2)
            speed = self.peak_m_s
        return self.start_m + self.direction * gone, speed


def trips_per_minute(hour: float) -> float:
    """Calls of a residential lift over the local day: peaks at 8 and at 18:30, quiet nights.

    The peaks follow the hours of the public rescue figures (features d.3: 8-10 h and 18-20 h);
    the sum is about 400 calls a day.
    """
    morning = 0.7 * exp(-(((hour - 8.0) / 1.2) ** 2))
    evening = 0.7 * exp(-(((hour - 18.5) / 1.8) ** 2))
    day = 0.25 if 9 <= hour < 21 else 0.0
    return 0.03 + morning + evening + day


class Lift:
    """One lift, stepped once a second."""

    def __init__(self, plant: LiftPlant, rng: np.random.Generator, traffic: float = 1.0) -> None:
        """A lift that stands at the lobby; `traffic` multiplies its calls."""
        self._plant, self._rng, self._traffic = plant, rng, traffic
        self._floors = [n for n in range(plant.lowest, plant.highest + 1) if n != 0]
        self._phase, self._phase_s = Phase.STANDING, 0
        self._height_m, self._speed_m_s = self._height_of(_LOBBY), 0.0
        self._journey: Journey | None = None
        self._motion: Motion | None = None
        self._is_carrying = False
        self._levelling_mm = float(rng.normal(0, 2))
        self._motor_temp: float | None = None
        self._runs = int(rng.integers(100_000, 800_000))
        self._hours = self._runs * 20 / 3600

    @property
    def phase(self) -> Phase:
        """What the car is doing now."""
        return self._phase

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:
        """The next second of the lift."""
        trap = next((f for f in faults if f.kind is FaultKind.ENTRAPMENT), None)
        if self._phase is Phase.STANDING and self._journey is None:
            self._journey = self._call(moment.local_hour, is_wanted=trap is not None)
        facts = self._advance(moment, trap)
        return Output(values=self._sense(moment), facts=facts)

    def _height_of(self, floor: int) -> float:
        return self._floors.index(floor) * self._plant.storey_m

    @property
    def _nearest(self) -> int:
        index = round(self._height_m / self._plant.storey_m)
        return self._floors[min(max(index, 0), len(self._floors) - 1)]

    @property
    def _is_in_door_zone(self) -> bool:
        return abs(self._height_m - self._height_of(self._nearest)) <= DOOR_ZONE_M

    def _call(self, hour: float, *, is_wanted: bool) -> Journey | None:
        chance = trips_per_minute(hour) * self._traffic / 60
        if not is_wanted and self._rng.random() >= chance:
            return None
        lobby = self._floors[0] if self._rng.random() < 0.3 else _LOBBY
        home = int(self._rng.choice(self._floors[2:]))
        leaves = self._rng.random() < (0.8 if hour < 12 else 0.35)
        people = 1 + int(self._rng.poisson(0.4))
        load = float(np.clip(self._rng.normal(68, 12, people), 30, 120).sum())
        if is_wanted:
            # The car fetches nobody first: whoever is trapped boards where it stands.
            lobby, home, leaves = self._nearest, self._farthest(), False
        origin, destination = (home, lobby) if leaves else (lobby, home)
        return Journey(origin=origin, destination=destination, load_kg=load)

    def _farthest(self) -> int:
        ends = (self._floors[0], self._floors[-1])
        return max(ends, key=lambda floor: abs(self._height_of(floor) - self._height_m))

    def _enter(self, phase: Phase) -> None:
        self._phase, self._phase_s = phase, 0

    def _advance(self, moment: Moment, trap: Fault | None) -> tuple[Fact, ...]:
        self._phase_s += 1
        match self._phase:
            case Phase.STANDING:
                if self._journey is not None:
                    self._depart(self._journey.origin)
            case Phase.OPENING if self._phase_s > _OPENING_S:
                self._enter(Phase.OPEN)
            case Phase.OPEN:
                self._dwell()
            case Phase.CLOSING if self._phase_s > _CLOSING_S:
                self._leave()
            case Phase.MOVING | Phase.RESCUED:
                self._move()
                if trap is not None and self._can_be_stuck:
                    self._enter(Phase.STUCK)
                    self._speed_m_s = 0.0
                    note = f"stands near floor {self._nearest}, off level, people inside"
                    return (fact(trap, Stage.FAILED, moment, note),)
            case Phase.STUCK if trap is None:
                self._motion = Motion(
                    start_m=self._height_m,
                    end_m=self._height_of(self._nearest),
                    top_m_s=_RESCUE_SPEED_M_S,
                )
                self._enter(Phase.RESCUED)
            case _:
                pass
        return ()

    @property
    def _can_be_stuck(self) -> bool:
        is_under_way = self._phase is Phase.MOVING and self._is_carrying
        offset_m = abs(self._height_m - self._height_of(self._nearest))
        return is_under_way and offset_m > _STUCK_OFFSET_M

    def _depart(self, floor: int) -> None:
        end_m = self._height_of(floor)
        if end_m == self._height_m:
            self._enter(Phase.OPENING)
            return
        top = self._plant.rated_speed_m_s
        self._motion = Motion(start_m=self._height_m, end_m=end_m, top_m_s=top)
        self._runs += 1
        self._enter(Phase.MOVING)

    def _move(self) -> None:
        assert self._motion is not None
        self._height_m, self._speed_m_s = self._motion.at(self._phase_s)
        self._hours += 1 / 3600
        if self._phase_s >= self._motion.duration_s:
            self._levelling_mm = float(np.clip(self._rng.normal(0, 2.5), -9, 9))
            self._motion = None
            self._enter(Phase.OPENING)
            # The stop itself is still a second with closed doors.
            self._phase_s = -1

    def _dwell(self) -> None:
        if self._phase_s == 2 and self._journey is not None:
            if self._is_carrying:
                self._journey = None
            self._is_carrying = self._journey is not None
        if self._phase_s > _DWELL_S:
            self._enter(Phase.CLOSING)

    def _leave(self) -> None:
        if self._is_carrying and self._journey is not None:
            self._depart(self._journey.destination)
        else:
            self._enter(Phase.STANDING)

    @property
    def _is_door_closed(self) -> bool:
        if self._phase is Phase.OPENING:
            return self._phase_s < 0
        return self._phase not in (Phase.OPEN, Phase.CLOSING)

    def _sense(self, moment: Moment) -> dict[str, float | None]:
        noise = self._rng.standard_normal(6).tolist()
        room = 24 + 3 * daily_wave(moment.local_hour, 15)
        current = self._current(noise[0])
        self._warm(room, current)
        is_seen = self._is_carrying and self._rng.random() >= _PIR_MISSES
        load = self._journey.load_kg if self._is_carrying and self._journey else 0.0
        shake = 0.06 * self._speed_m_s
        return {
            "floor": self._nearest,
            "speed": round(self._speed_m_s, 3),
            "direction": self._motion.direction if self._motion and self._speed_m_s else 0,
            "mode": 1,
            "door_closed": int(self._is_door_closed),
            "door_zone": int(self._is_in_door_zone),
            "person": int(is_seen),
            "load": round(max(0.0, load + 3 * noise[1])),
            "motor_current": round(current, 2),
            "motor_temp": round((self._motor_temp or room) + 0.05 * noise[2], 2),
            "door_current": round(self._door_current(noise[3]), 2),
            "vibration": round(abs(0.01 + shake + (0.002 + shake / 8) * noise[4]), 4),
            "vibration_horizontal": round(abs(0.008 + shake / 2 + 0.002 * noise[5]), 4),
            "levelling_error": round(self._levelling_mm, 1),
            "machine_room_temp": round(room, 1),
            "run_count": self._runs,
            "run_hours": round(self._hours, 3),
        }

    def _current(self, noise: float) -> float:
        """Of the motor [A]: the farther the load is from the counterweight's balance, the more."""
        if not self._speed_m_s:
            return max(0.0, 0.4 + 0.02 * noise)
        load = self._journey.load_kg if self._is_carrying and self._journey else 0.0
        direction = self._motion.direction if self._motion else 1
        # The counterweight balances 45 % of the rated load.
        imbalance = direction * (load / self._plant.rated_load_kg - 0.45)
        return max(2.0, 11 + 12 * imbalance + 0.3 * noise)

    def _door_current(self, noise: float) -> float:
        is_working = self._phase in (Phase.OPENING, Phase.CLOSING) and not self._is_door_closed
        return max(0.0, (1.6 if is_working else 0.1) + 0.02 * noise)

    def _warm(self, room: float, current: float) -> None:
        if self._motor_temp is None:
            self._motor_temp = room + 12
        goal = room + _FULL_HEAT_K * (current / 20) ** 2
        self._motor_temp += (goal - self._motor_temp) / _MOTOR_TAU_S
