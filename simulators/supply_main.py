"""The gauge of the water main at the inlet: values alone; the gateway judges what they mean."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from simulators.building import AssetCode, MainPlant
from simulators.faults import Fault, FaultKind, Stage
from simulators.model import SILENT, Drift, Moment, Output, daily_wave, fact, is_due
from simulators.water_physics import pipe_temperature

PERIOD_S: Final = 10
_DRAW_KPA: Final = 18.0
"""Morning and evening draw the pressure of a street down by about so much [kPa]."""
_REFILL_KPA_S: Final = 4.0
"""After the repair the street fills again, so fast [kPa/s]."""
_LOST_KPA: Final = 50.0
"""Below it the main is lost (site rule of the gateway's derivation)."""


class SupplyMain:
    """One gauge, stepped once a second."""

    def __init__(self, code: AssetCode, plant: MainPlant, rng: np.random.Generator) -> None:
        """A main at its usual pressure."""
        self._code, self._plant, self._rng = code, plant, rng
        self._lost_kpa = 0.0
        self._drift = Drift(2, rng)
        self._is_told = False

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:
        """The next second of the gauge."""
        burst = next((f for f in faults if f.kind is FaultKind.MAIN_LOST), None)
        if burst is not None:
            self._lost_kpa = min(self._plant.usual_kpa, self._lost_kpa + burst.rate)
        else:
            self._lost_kpa = max(0.0, self._lost_kpa - _REFILL_KPA_S)
            self._is_told = False
        if not is_due(moment, PERIOD_S, self._code):
            return SILENT
        self._drift.advance(moment)
        noise, local = self._rng.standard_normal(2).tolist(), moment.local
        draw = daily_wave(moment.local_hour, 8) + daily_wave(moment.local_hour, 19)
        calm = self._plant.usual_kpa - _DRAW_KPA * draw / 2 + 3 * self._drift.levels[0]
        kpa = round(max(0.0, calm - self._lost_kpa) + 0.8 * noise[0], 1)
        pipe = float(pipe_temperature(local.hour, local.season_k + 1.5 * self._drift.levels[1]))
        values: dict[str, float | None] = {
            "pressure": kpa,
            "temperature": round(pipe + 0.05 * noise[1], 2),
        }
        if burst is None or self._is_told or kpa >= _LOST_KPA:
            return Output(values=values)
        self._is_told = True
        return Output(values=values, facts=(fact(burst, Stage.FAILED, moment, f"{kpa} kPa"),))
