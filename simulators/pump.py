"""The pumps of the fire water: the fire pump that waits, the jockey pump that keeps the pressure."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from gateway.wire import WireEvent
from simulators.building import AssetCode, PumpPlant
from simulators.faults import Fault
from simulators.model import Drift, Health, Moment, Output, daily_wave, is_due
from simulators.water_physics import (
    FILL_BAR_S,
    HEAT_BAND_K,
    MOTOR_TAU_S,
    PUMP_PERIOD_S,
    SEEPAGE_BAR_S,
    START_BAR,
    STOP_BAR,
    TEST_DAY,
    TEST_HOUR,
    TEST_S,
    draw_pump_traits,
    pipe_temperature,
)
from simulators.wear import Condition, Effect

PERIOD_S: Final = PUMP_PERIOD_S
_LOST_BAR: Final = 3.0
"""A header that nobody refills seeps down to this: what the roof tank holds."""


class Pump:
    """A fire pump or a jockey pump, stepped once a second."""

    def __init__(self, code: AssetCode, plant: PumpPlant, rng: np.random.Generator) -> None:
        """A pump at rest, in automatic mode."""
        self._code, self._plant, self._rng = code, plant, rng
        self._traits = draw_pump_traits(rng)
        self._drift, self._health = Drift(2, rng), Health()
        self._is_running, self._is_raised = False, False
        self._header_bar = float(rng.uniform(START_BAR, STOP_BAR))
        self._starts = int(rng.integers(20, 40) * (1000 if plant.is_jockey else 1))
        self._heat_k = 0.0

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:
        """The next second."""
        self._drift.advance(moment)
        wear = self._health.at(moment, faults)
        is_down = any(fault.has_failed(moment.elapsed_s) for fault in faults)
        if self._plant.is_jockey:
            self._keep_pressure(wear, is_down=is_down)
        else:
            self._test(moment, is_down=is_down)
        self._warm(wear)
        events = self._says(moment, is_down=is_down)
        if not is_due(moment, PERIOD_S, self._code):
            return Output(events=events)
        return Output(values=self._read(moment, wear), events=events)

    def _read(self, moment: Moment, wear: Condition) -> dict[str, float | None]:
        noise = self._rng.standard_normal(6).tolist()
        runs, plant, local = self._is_running, self._plant, moment.local
        season = float(local.season_k)
        weather = self._drift.levels[1]
        room = 16 + 2 * daily_wave(moment.local_hour, 15) + 0.35 * season + weather
        current = plant.rated_current_a * 0.9 + 0.03 * noise[0] if runs else 0.0
        flow = plant.rated_flow_l_per_min + 0.3 * noise[1] if runs else 0.0
        usual, grown = self._traits.shake_g * (1 + 0.06 * self._drift.levels[0]), 0.0
        grown = wear.size(Effect.PUMP_SHAKE)
        drive, free = (usual + grown, 0.8 * usual + 0.6 * grown) if runs else (0.002, 0.0016)
        fluid = float(pipe_temperature(local.hour, local.season_k + weather))
        return {
            "running": int(runs),
            "automatic": 1,
            "current": round(max(0.0, current), 2),
            "voltage": round(388 + 0.4 * noise[2], 1),
            "pressure": round(self._header_bar + 0.008 * noise[3], 3),
            "flow": round(max(0.0, flow), 1),
            "motor_temp": round(room + self._heat_k, 1),
            "fluid_temp": round(fluid, 2),
            "vibration_drive": round(abs(drive + (0.0008 + 0.02 * drive) * noise[4]), 4),
            "vibration_free": round(abs(free + (0.0008 + 0.02 * free) * noise[5]), 4),
            "starts": self._starts,
        }

    def _keep_pressure(self, wear: Condition, *, is_down: bool) -> None:
        habits = self._traits.seepage * float(np.exp(0.06 * self._drift.levels[0]))
        seepage = SEEPAGE_BAR_S * habits * (1 + wear.size(Effect.SEEPAGE))
        self._header_bar = max(_LOST_BAR, self._header_bar - seepage)
        if is_down:
            self._is_running = False
        elif self._is_running:
            strength = self._traits.delivery * (1 - wear.size(Effect.PUMP_WEAKNESS))
            self._header_bar += FILL_BAR_S * strength
            self._is_running = self._header_bar < STOP_BAR
        elif self._header_bar < START_BAR:
            self._start()

    def _test(self, moment: Moment, *, is_down: bool) -> None:
        """The weekly churn test: it runs against closed valves for some minutes."""
        local = moment.local
        is_day = int(local.weekday) == TEST_DAY and not is_down
        since_s = (moment.local_hour - TEST_HOUR) * 3600
        is_wanted = is_day and 0 <= since_s < TEST_S
        if is_wanted and not self._is_running:
            self._start()
        self._is_running = is_wanted

    def _start(self) -> None:
        self._is_running = True
        self._starts += 1

    def _warm(self, wear: Condition) -> None:
        full = HEAT_BAND_K * (1 + 0.5 * wear.size(Effect.PUMP_WEAKNESS))
        goal = full if self._is_running else 0.0
        self._heat_k += (goal - self._heat_k) / MOTOR_TAU_S

    def _says(self, moment: Moment, *, is_down: bool) -> tuple[WireEvent, ...]:
        """What the controller reports: the pump has failed, or is whole again."""
        if is_down == self._is_raised:
            return ()
        self._is_raised = is_down
        state = "raise" if is_down else "clear"
        return (
            WireEvent(
                asset=self._code,
                at=moment.at_ms,
                event="pump_fault",
                state="raise" if state == "raise" else "clear",
            ),
        )
