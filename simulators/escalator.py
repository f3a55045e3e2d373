"""An escalator: runs through its hours of service, stands at night."""

from collections.abc import Sequence

import numpy as np

from simulators.building import EscalatorPlant
from simulators.escalator_physics import (
    MOTOR_TAU_S,
    draw_escalator_traits,
    escalator_current,
    hall_temperature,
    motor_rise,
)
from simulators.faults import Fault
from simulators.lift_physics import journeys_per_minute
from simulators.model import Drift, Health, Moment, Output
from simulators.wear import Effect


class Escalator:
    """One escalator, stepped once a second."""

    def __init__(self, plant: EscalatorPlant, rng: np.random.Generator) -> None:
        """An escalator somewhere in its day."""
        self._plant, self._rng = plant, rng
        self._traits = draw_escalator_traits(rng)
        self._drift, self._health = Drift(4, rng), Health()
        self._heat_k: float | None = None
        self._people, self._room = 0.0, 0.0

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:
        """The next second."""
        if self._drift.advance(moment):
            self._look_around(moment)
        noise = self._rng.standard_normal(4).tolist()
        wear, hour = self._health.at(moment, faults), moment.local_hour
        is_down = any(fault.has_failed(moment.elapsed_s) for fault in faults)
        is_open = self._plant.opens_hour <= hour < self._plant.closes_hour
        is_running = is_open and not is_down
        speed = self._plant.rated_speed_m_s + 0.002 * noise[0] if is_running else 0.0
        drag = wear.size(Effect.CHAIN_DRAG)
        current = 0.0
        if is_running:
            current = float(escalator_current(self._people, drag, self._traits)) + 0.08 * noise[1]
        self._warm(current)
        slip = wear.size(Effect.HANDRAIL_SLIP) * max(0.2, 1 + 0.2 * self._drift.levels[1])
        shake = self._traits.shake * (1 + 0.05 * self._drift.levels[3])
        shake += wear.size(Effect.STEP_SHAKE)
        values: dict[str, float | None] = {
            "speed": round(speed, 3),
            "direction": 1 if is_running else 0,
            "mode": 1 if is_running else 0,
            "handrail_speed": round(speed * self._traits.handrail * (1 - slip), 3),
            "motor_current": round(max(0.0, current), 2),
            "motor_temp": round(self._room + (self._heat_k or 0.0) + 0.05 * noise[2], 2),
            "vibration": round(abs((shake if is_running else 0.005) + 0.003 * noise[3]), 4),
        }
        return Output(values=values)

    def _look_around(self, moment: Moment) -> None:
        """People and air change slowly: once a minute is enough."""
        local = moment.local
        people = float(journeys_per_minute(local.hour, local.weekday, local.holiday))
        self._people = people * self._traits.use * float(np.exp(0.08 * self._drift.levels[0]))
        self._room = float(hall_temperature(local.hour, local.season_k)) + self._drift.levels[2]

    def _warm(self, current: float) -> None:
        goal = float(motor_rise(current))
        if self._heat_k is None:
            self._heat_k = 0.8 * goal
        self._heat_k += (goal - self._heat_k) / MOTOR_TAU_S
