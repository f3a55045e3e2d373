"""Fire water: the pressure at the end of a hydrant line, the level of a roof tank.

The gauge says itself when a limit is crossed, as wired transmitters with limit contacts do.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from gateway.wire import WireEvent
from simulators.building import AssetCode, GaugePlant
from simulators.faults import Fact, Fault, FaultKind, Stage
from simulators.model import SILENT, Drift, Health, Moment, Output, daily_wave, fact, is_due
from simulators.water_physics import pipe_temperature
from simulators.wear import Condition, Effect

PERIOD_S: Final = 2
"""A wired gauge is read so often [s]; report by exception decides what is sent."""
_HYSTERESIS_KPA: Final = 5.0
_REFILL_KPA_S: Final = 8.0
"""After the repair the network fills the riser again, so fast [kPa/s]."""


def leak_fails_s(plant: GaugePlant, fault: Fault) -> int | None:
    """When a leak brings the pressure below the critical limit [s of the scenario].

    None: no leak, repaired before that, or the gauge has no such limit.
    """
    if fault.kind is not FaultKind.LEAK:
        return None
    if plant.usual_kpa is None or plant.critical is None:
        return None
    fails_s = fault.onset_s + round((plant.usual_kpa - plant.critical) / fault.rate)
    return None if fault.ends_s is not None and fault.ends_s < fails_s else fails_s


class WaterGauge:
    """One gauge, stepped once a second."""

    def __init__(
        self, code: AssetCode, plant: GaugePlant, rng: np.random.Generator, text: str
    ) -> None:
        """A gauge at its usual value; `text` names its place in events."""
        self._code, self._plant, self._rng, self._text = code, plant, rng, text
        self._lost_kpa = 0.0
        self._drift, self._health = Drift(2, rng), Health()
        self._raised: set[str] = set()

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:
        """The next second of the gauge."""
        leak = next((f for f in faults if f.kind is FaultKind.LEAK), None)
        if leak is not None:
            self._lost_kpa += leak.rate
        elif self._lost_kpa:
            self._lost_kpa = max(0.0, self._lost_kpa - _REFILL_KPA_S)
        if not is_due(moment, PERIOD_S, self._code):
            return SILENT
        self._drift.advance(moment)
        wear = self._health.at(moment, faults)
        noise = self._rng.standard_normal(2).tolist()
        wave, local = daily_wave(moment.local_hour, 15), moment.local
        weather = 1.5 * self._drift.levels[1]
        pipe = round(float(pipe_temperature(local.hour, local.season_k + weather)), 2)
        pipe = round(pipe + 0.05 * noise[1], 2)
        if self._plant.usual_level_m is not None:
            level = self._level(self._plant.usual_level_m, wear) + 0.01 * wave + 0.002 * noise[0]
            return Output(values={"level": round(max(0.0, level), 3), "temperature": pipe})
        usual = (self._plant.usual_kpa or 0.0) * (1 - min(0.95, wear.size(Effect.PRESSURE_LOST)))
        calm = usual + 2 * wave + 2.5 * self._drift.levels[0]
        # An empty riser stands open to the air: its gauge pressure ends at 0.
        kpa = round(max(0.0, calm - self._lost_kpa) + 0.3 * noise[0], 1)
        events, facts = self._judge(kpa, moment, leak)
        return Output(values={"pressure": kpa, "temperature": pipe}, events=events, facts=facts)

    def _level(self, usual_m: float, wear: Condition) -> float:
        lost = min(0.95, wear.size(Effect.LEVEL_LOST))
        return usual_m * (1 - lost) + 0.012 * self._drift.levels[0]

    def _judge(
        self, kpa: float, moment: Moment, leak: Fault | None
    ) -> tuple[tuple[WireEvent, ...], tuple[Fact, ...]]:
        events: list[WireEvent] = []
        facts: tuple[Fact, ...] = ()
        limits = (
            ("pressure_low", self._plant.low),
            ("pressure_low_critical", self._plant.critical),
        )
        for name, limit in limits:
            if limit is None:
                continue
            if kpa < limit and name not in self._raised:
                self._raised.add(name)
                events.append(self._event(name, "raise", kpa, moment))
                if leak is not None:
                    stage = Stage.FAILED if limit == self._plant.critical else Stage.SHOWN
                    facts = (*facts, fact(leak, stage, moment, f"{kpa} kPa, below {limit} kPa"))
            elif kpa > limit + _HYSTERESIS_KPA and name in self._raised:
                self._raised.remove(name)
                events.append(self._event(name, "clear", kpa, moment))
        return tuple(events), facts

    def _event(self, name: str, state: str, kpa: float, moment: Moment) -> WireEvent:
        return WireEvent(
            asset=self._code,
            at=moment.at_ms,
            event=name,
            state="raise" if state == "raise" else "clear",
            text=f"{self._text} 压力{kpa:.0f} kPa",
        )
