"""A monitored circuit of a switch room: residual current, cable temperatures, load, voltage."""

from collections.abc import Sequence
from math import exp
from typing import Final

import numpy as np

from simulators.building import AssetCode, ElectricalPlant
from simulators.faults import Fault
from simulators.model import SILENT, Moment, Output, daily_wave, is_due

PERIOD_S: Final = 10
"""The monitor is read so often [s]."""
_CABLE_TAU_S: Final = 900.0
_FULL_HEAT_K: Final = 40.0
"""Rise of a cable's temperature at rated current [K]."""


def household_load(hour: float) -> float:
    """Share of the rated current that flats draw over the local day, 0 to 1."""
    morning = 0.15 * exp(-(((hour - 7.5) / 1.5) ** 2))
    evening = 0.35 * exp(-(((hour - 20.0) / 2.5) ** 2))
    return 0.2 + morning + evening


class Circuit:
    """One monitored circuit, stepped once a second."""

    def __init__(self, code: AssetCode, plant: ElectricalPlant, rng: np.random.Generator) -> None:
        """A circuit with its own natural leakage, 100 mA to 200 mA at full load (GB 50116 9.2.3)."""
        self._code, self._plant, self._rng = code, plant, rng
        self._leakage_ma = float(rng.uniform(100, 200))
        self._share = rng.normal(1, 0.06, 3).clip(0.8, 1.2)
        self._heat_k: np.ndarray[tuple[int], np.dtype[np.float64]] | None = None

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:  # noqa: ARG002
        """The next second; nothing can be made to go wrong with it yet."""
        if not is_due(moment, PERIOD_S, self._code):
            return SILENT
        noise = self._rng.standard_normal(11).tolist()
        load = household_load(moment.local_hour) * self._share
        goal = _FULL_HEAT_K * load**2
        self._heat_k = goal if self._heat_k is None else self._lag(self._heat_k, goal)
        room = 20 + 2 * daily_wave(moment.local_hour, 16)
        heat, ampere = self._heat_k.tolist(), (load * self._plant.rated_current_a).tolist()
        values: dict[str, float | None] = {
            "residual_current": round(
                max(0.0, self._leakage_ma * (0.5 + float(load.mean()) / 2) + 1.2 * noise[0]), 1
            ),
            **{f"temp_{n + 1}": round(room + heat[n] + 0.1 * noise[n + 1], 2) for n in range(3)},
            "temp_4": round(room + max(heat) / 4 + 0.1 * noise[4], 2),
            **{
                f"current_{n + 1}": round(max(0.0, ampere[n] + 0.25 * noise[n + 5]), 1)
                for n in range(3)
            },
            **{
                f"voltage_{n + 1}": round(233 - 6 * float(load[n]) + 0.4 * noise[n + 8], 1)
                for n in range(3)
            },
        }
        return Output(values=values)

    @staticmethod
    def _lag(
        now: np.ndarray[tuple[int], np.dtype[np.float64]],
        goal: np.ndarray[tuple[int], np.dtype[np.float64]],
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return now + (goal - now) * (PERIOD_S / _CABLE_TAU_S)
