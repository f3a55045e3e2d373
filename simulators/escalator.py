"""An escalator: runs through its hours of service, stands at night."""

from collections.abc import Sequence

import numpy as np

from simulators.building import EscalatorPlant
from simulators.faults import Fault
from simulators.lift import trips_per_minute
from simulators.model import Moment, Output, daily_wave


class Escalator:
    """One escalator, stepped once a second."""

    def __init__(self, plant: EscalatorPlant, rng: np.random.Generator) -> None:
        """An escalator at rest."""
        self._plant, self._rng = plant, rng
        self._motor_temp: float | None = None

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:  # noqa: ARG002
        """The next second; nothing can be made to go wrong with it yet."""
        noise = self._rng.standard_normal(4).tolist()
        hour = moment.local_hour
        is_running = self._plant.opens_hour <= hour < self._plant.closes_hour
        room = 20 + 3 * daily_wave(hour, 15)
        speed = self._plant.rated_speed_m_s + 0.002 * noise[0] if is_running else 0.0
        current = 9 + 3 * trips_per_minute(hour) + 0.08 * noise[1] if is_running else 0.0
        self._warm(room, current)
        values: dict[str, float | None] = {
            "speed": round(speed, 3),
            "direction": 1 if is_running else 0,
            "mode": 1 if is_running else 0,
            "handrail_speed": round(speed * 1.005, 3),
            "motor_current": round(max(0.0, current), 2),
            "motor_temp": round((self._motor_temp or room) + 0.05 * noise[2], 2),
            "vibration": round(abs((0.25 if is_running else 0.005) + 0.003 * noise[3]), 4),
        }
        return Output(values=values)

    def _warm(self, room: float, current: float) -> None:
        if self._motor_temp is None:
            self._motor_temp = room + 1.6 * current
        self._motor_temp += (room + 2.2 * current - self._motor_temp) / 2400
