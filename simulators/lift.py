"""A lift as its add-on terminal sees it, once a second: trips, doors, people, and what it feels.

One group of people at a time: the car is called, fetches them, carries them. A lift that is made
to trap somebody stops between two floors; whether that is an entrapment is for the gateway to
derive from the signals. A defect changes the machine, the door or the stops, not the signals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from gateway.wire import WireEvent
from simulators.building import AssetCode, LiftPlant
from simulators.faults import Fact, Fault, FaultKind, Stage
from simulators.lift_physics import (
    BASEMENT,
    CLOSING_S,
    COMPANY,
    DWELL_S,
    LATER_LEAVES,
    MORNING_LEAVES,
    OPENING_S,
    PERSON_KG,
    REOPENS,
    REOPENS_DRAGGING,
    draw_traits,
    journeys_per_minute,
)
from simulators.lift_sensors import LiftSensors, Ride
from simulators.model import Drift, Health, Moment, Output, fact
from simulators.motion import Motion
from simulators.wear import Cause, Condition, Effect

DOOR_ZONE_M: Final = 0.2
"""Half the height of the unlocking zone [m]: at most 0.2 m either way (GB/T 7588.1, unverified)."""
_STUCK_OFFSET_M: Final = 0.5
"""A car that is made to stop between floors stands at least so far from the nearest [m]."""
_RESCUE_SPEED_M_S: Final = 0.25
_LOBBY: Final = 1
_TEST_CHANCE: Final = 1 / 60
"""A technician sends the car on a test ride about every minute."""
_FAILURE_EVENTS: Final = {
    Cause.DOOR_TRACK_DIRT: "door_close_fault",
    Cause.BRAKE_DRAG: "brake_fault",
    Cause.BRAKE_LINING_WEAR: "brake_fault",
    Cause.MOTOR_COOLING_LOST: "motor_run_time_limit",
    Cause.BEARING_WEAR: "vibration_abnormal",
    Cause.GUIDE_SHOE_WEAR: "vibration_abnormal",
}
"""What the controller says when a defect has grown to the failure; others are `lift_other_fault`."""


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


class Lift:
    """One lift, stepped once a second."""

    def __init__(
        self, code: AssetCode, plant: LiftPlant, rng: np.random.Generator, traffic: float = 1.0
    ) -> None:
        """A lift that stands at the lobby; `traffic` multiplies its calls."""
        self._code, self._plant, self._rng, self._traffic = code, plant, rng, traffic
        self._traits = draw_traits(rng)
        self._drift = Drift(5, rng)
        self._health = Health()
        self._sensors = LiftSensors(plant, self._traits, rng)
        self._floors = plant.floors
        self._phase, self._phase_s, self._length_s = Phase.STANDING, 0, 0.0
        self._height_m, self._speed_m_s = self._height_of(_LOBBY), 0.0
        self._journey: Journey | None = None
        self._motion: Motion | None = None
        self._is_carrying = False
        self._chance_s = 0.0
        self._raised: dict[str, str] = {}

    @property
    def phase(self) -> Phase:
        """What the car is doing now."""
        return self._phase

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:
        """The next second of the lift."""
        if self._drift.advance(moment):
            self._chance_s = self._calls(moment) / 60
        wear = self._health.at(moment, faults)
        trap = next((f for f in faults if f.kind is FaultKind.ENTRAPMENT), None)
        is_down = any(f.has_failed(moment.elapsed_s) for f in faults)
        if self._phase is Phase.STANDING and self._journey is None and not is_down:
            self._journey = self._call(moment, faults, trap)
        facts = self._advance(moment, trap, wear)
        is_visited = any(f.kind is FaultKind.TECHNICIAN for f in faults)
        ride = self._ride(wear)
        values = self._sensors.read(moment, ride, self._drift.levels)
        if is_visited:
            values["mode"] = 2
        return Output(values=values, events=self._says(moment, faults), facts=facts)

    def _height_of(self, floor: int) -> float:
        return self._floors.index(floor) * self._plant.storey_m

    @property
    def _nearest(self) -> int:
        index = round(self._height_m / self._plant.storey_m)
        return self._floors[min(max(index, 0), len(self._floors) - 1)]

    @property
    def _is_in_door_zone(self) -> bool:
        return abs(self._height_m - self._height_of(self._nearest)) <= DOOR_ZONE_M

    def _calls(self, moment: Moment) -> float:
        """Calls in a minute of idle standing."""
        local = moment.local
        usual = float(journeys_per_minute(local.hour, local.weekday, local.holiday))
        habits = float(np.exp(0.08 * self._drift.levels[0]))
        return usual * self._traffic * self._traits.use * habits

    def _call(self, moment: Moment, faults: Sequence[Fault], trap: Fault | None) -> Journey | None:
        chance, goods_kg = self._chance_s, 0.0
        for fault in faults:
            if fault.kind is FaultKind.USE_CHANGED:
                chance *= fault.rate
                goods_kg = 150 * max(0.0, fault.rate - 1)
            elif fault.kind is FaultKind.TECHNICIAN:
                chance = _TEST_CHANCE
        if trap is None and self._rng.random() >= chance:
            return None
        hour = moment.local_hour
        lobby = self._floors[0] if self._rng.random() < BASEMENT else _LOBBY
        home = int(self._rng.choice(self._floors[2:]))
        leaves = self._rng.random() < (MORNING_LEAVES if hour < 12 else LATER_LEAVES)
        people = 1 + int(self._rng.poisson(COMPANY))
        load = float(np.clip(self._rng.normal(*PERSON_KG, people), 30, 120).sum())
        load += goods_kg * float(self._rng.exponential())
        if trap is not None:
            # The car fetches nobody first: whoever is trapped boards where it stands.
            lobby, home, leaves = self._nearest, self._farthest(), False
        origin, destination = (home, lobby) if leaves else (lobby, home)
        load = min(load, float(self._plant.rated_load_kg))
        return Journey(origin=origin, destination=destination, load_kg=load)

    def _farthest(self) -> int:
        ends = (self._floors[0], self._floors[-1])
        return max(ends, key=lambda floor: abs(self._height_of(floor) - self._height_m))

    def _enter(self, phase: Phase, length_s: float = 0.0) -> None:
        self._phase, self._phase_s, self._length_s = phase, 0, length_s

    def _advance(self, moment: Moment, trap: Fault | None, wear: Condition) -> tuple[Fact, ...]:
        self._phase_s += 1
        match self._phase:
            case Phase.STANDING:
                if self._journey is not None:
                    self._depart(self._journey.origin, wear)
            case Phase.OPENING if self._phase_s > self._length_s:
                self._enter(Phase.OPEN, DWELL_S)
            case Phase.OPEN:
                self._dwell(wear)
            case Phase.CLOSING if self._phase_s > self._length_s:
                self._leave(wear, is_trapped=trap is not None)
            case Phase.MOVING | Phase.RESCUED:
                self._move(wear)
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

    def _door_s(self, usual_s: float, wear: Condition) -> float:
        """How long the door takes for a movement [s]."""
        return usual_s * self._traits.door_pace * (1 + wear.size(Effect.DOOR_DRAG))

    def _open(self, wear: Condition, since_s: int = 0) -> None:
        self._enter(Phase.OPENING, self._door_s(OPENING_S, wear))
        self._phase_s = since_s

    def _depart(self, floor: int, wear: Condition) -> None:
        end_m = self._height_of(floor)
        if end_m == self._height_m:
            self._open(wear)
            return
        top = self._plant.rated_speed_m_s
        self._motion = Motion(start_m=self._height_m, end_m=end_m, top_m_s=top)
        self._sensors.count_run()
        self._enter(Phase.MOVING)

    def _move(self, wear: Condition) -> None:
        assert self._motion is not None
        self._height_m, self._speed_m_s = self._motion.at(self._phase_s)
        if self._phase_s >= self._motion.duration_s:
            load = self._journey.load_kg if self._is_carrying and self._journey else 0.0
            low_share = 1 - self._height_m / self._height_of(self._floors[-1])
            self._sensors.stop(wear, load, low_share)
            self._motion = None
            # The stop itself is still a second with closed doors.
            self._open(wear, since_s=-1)

    def _dwell(self, wear: Condition) -> None:
        if self._phase_s == 2 and self._journey is not None:
            if self._is_carrying:
                self._journey = None
            self._is_carrying = self._journey is not None
        if self._phase_s > self._length_s:
            self._enter(Phase.CLOSING, self._door_s(CLOSING_S, wear))

    def _leave(self, wear: Condition, *, is_trapped: bool) -> None:
        reopens = REOPENS + REOPENS_DRAGGING * wear.size(Effect.DOOR_DRAG)
        if not is_trapped and self._rng.random() < reopens:
            self._sensors.stop_door()
            self._enter(Phase.OPEN, DWELL_S)
            # Nobody steps in or out again.
            self._phase_s = 2
        elif self._is_carrying and self._journey is not None:
            self._depart(self._journey.destination, wear)
        elif self._journey is not None and self._nearest != self._journey.origin:
            self._depart(self._journey.origin, wear)
        else:
            self._enter(Phase.STANDING)

    @property
    def _is_door_closed(self) -> bool:
        if self._phase is Phase.OPENING:
            return self._phase_s < 0
        return self._phase not in (Phase.OPEN, Phase.CLOSING)

    def _ride(self, wear: Condition) -> Ride:
        is_working = self._phase in (Phase.OPENING, Phase.CLOSING) and not self._is_door_closed
        return Ride(
            floor=self._nearest,
            is_in_zone=self._is_in_door_zone,
            speed_m_s=self._speed_m_s,
            acceleration_m_s2=(
                self._motion.acceleration(self._phase_s) if self._motion is not None else 0.0
            ),
            direction=self._motion.direction if self._motion is not None else 0,
            load_kg=self._journey.load_kg if self._is_carrying and self._journey else 0.0,
            has_people=self._is_carrying,
            is_door_closed=self._is_door_closed,
            is_door_working=is_working,
            wear=wear,
        )

    def _says(self, moment: Moment, faults: Sequence[Fault]) -> tuple[WireEvent, ...]:
        """What the controller itself reports: its mode, and a failure that a defect has come to."""
        now: dict[str, str] = {}
        for fault in faults:
            if fault.kind is FaultKind.TECHNICIAN:
                now["mode_inspection"] = fault.id
            elif fault.has_failed(moment.elapsed_s):
                now[_FAILURE_EVENTS.get(Cause(fault.cause), "lift_other_fault")] = fault.id
        if now == self._raised:
            return ()
        events = [self._event(name, "raise", moment) for name in now if name not in self._raised]
        events += [self._event(name, "clear", moment) for name in self._raised if name not in now]
        self._raised = now
        return tuple(events)

    def _event(self, name: str, state: str, moment: Moment) -> WireEvent:
        return WireEvent(
            asset=self._code,
            at=moment.at_ms,
            event=name,
            state="raise" if state == "raise" else "clear",
        )
