"""The pumps of the fire water: the fire pump that waits, the jockey pump that keeps the pressure."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from simulators.building import AssetCode, PumpPlant
from simulators.faults import Fault
from simulators.model import SILENT, Moment, Output, daily_wave, is_due

PERIOD_S: Final = 5
"""A pump's controller is read so often [s]."""
_START_BAR, _STOP_BAR = 6.9, 7.3
_SEEPAGE_BAR_S: Final = 0.4 / 900
"""What valves let through in sound pipes: four starts an hour (GB 50974 5.3.4 allows 15)."""
_FILL_BAR_S: Final = 0.4 / 20


class Pump:
    """A fire pump or a jockey pump, stepped once a second."""

    def __init__(self, code: AssetCode, plant: PumpPlant, rng: np.random.Generator) -> None:
        """A pump at rest, in automatic mode."""
        self._code, self._plant, self._rng = code, plant, rng
        self._is_running = False
        self._header_bar = float(rng.uniform(_START_BAR, _STOP_BAR))
        self._starts = int(rng.integers(20, 40) * (1000 if plant.is_jockey else 1))
        self._heat_k = 0.0

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:  # noqa: ARG002
        """The next second; nothing can be made to go wrong with it yet."""
        if self._plant.is_jockey:
            self._keep_pressure()
        if not is_due(moment, PERIOD_S, self._code):
            return SILENT
        noise = self._rng.standard_normal(6).tolist()
        runs, plant = self._is_running, self._plant
        room = 16 + 2 * daily_wave(moment.local_hour, 15)
        current = plant.rated_current_a * 0.9 + 0.03 * noise[0] if runs else 0.0
        flow = plant.rated_flow_l_per_min + 0.3 * noise[1] if runs else 0.0
        shake = 0.05 if runs else 0.002
        values: dict[str, float | None] = {
            "running": int(runs),
            "automatic": 1,
            "current": round(max(0.0, current), 2),
            "voltage": round(388 + 0.4 * noise[2], 1),
            "pressure": round(self._header_bar + 0.008 * noise[3], 3),
            "flow": round(max(0.0, flow), 1),
            "motor_temp": round(room + self._heat_k, 1),
            "fluid_temp": round(15 + daily_wave(moment.local_hour, 16), 2),
            "vibration_drive": round(abs(shake + 0.0008 * noise[4]), 4),
            "vibration_free": round(abs(shake * 0.8 + 0.0008 * noise[5]), 4),
            "starts": self._starts,
        }
        return Output(values=values)

    def _keep_pressure(self) -> None:
        if self._is_running:
            self._header_bar += _FILL_BAR_S
            self._heat_k += 0.05
            self._is_running = self._header_bar < _STOP_BAR
            return
        self._header_bar -= _SEEPAGE_BAR_S
        self._heat_k *= 0.999
        if self._header_bar < _START_BAR:
            self._is_running = True
            self._starts += 1
