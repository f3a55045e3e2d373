"""A combustible-gas detector: its reading, and the two limits at which it speaks itself."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from gateway.wire import WireEvent
from simulators.building import AssetCode, GasPlant
from simulators.faults import Fact, Fault, FaultKind, Stage
from simulators.model import SILENT, Drift, Moment, Output, daily_wave, fact, is_due

PERIOD_S: Final = 60
_FAST_S: Final = 5
"""While there is gas in the air it is read so often [s]."""
_AIRED_S: Final = 90.0
"""With the valve shut and the windows open, gas falls to 1/e in this time [s]."""
_GONE_LEL: Final = 0.2
_HYSTERESIS_LEL: Final = 3.0
_FULL_LEL: Final = 100.0


class GasPoint:
    """One detector, stepped once a second."""

    def __init__(
        self, code: AssetCode, plant: GasPlant, rng: np.random.Generator, text: str
    ) -> None:
        """A detector in clean air; `text` names its place in events."""
        self._code, self._plant, self._rng, self._text = code, plant, rng, text
        self._gas_lel = 0.0
        self._drift = Drift(2, rng)
        self._raised: set[str] = set()

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:
        """The next second of the detector."""
        leak = next((f for f in faults if f.kind is FaultKind.GAS_LEAK), None)
        if leak is not None:
            self._gas_lel = min(_FULL_LEL, self._gas_lel + leak.rate)
        else:
            self._gas_lel *= 1 - 1 / _AIRED_S
        is_gas = self._gas_lel > _GONE_LEL
        if not is_due(moment, _FAST_S if is_gas else PERIOD_S, self._code):
            return SILENT
        self._drift.advance(moment)
        noise = self._rng.standard_normal(2).tolist()
        clean = 0.4 + 0.2 * self._drift.levels[0] + 0.1 * noise[0]
        gas = round(min(_FULL_LEL, max(0.0, clean + self._gas_lel)), 1)
        room = 22 + 3 * daily_wave(moment.local_hour, 18) + self._drift.levels[1]
        events, facts = self._judge(gas, moment, leak)
        values: dict[str, float | None] = {
            "gas": gas,
            "temperature": round(room + 0.1 * noise[1], 1),
        }
        return Output(values=values, events=events, facts=facts)

    def _judge(
        self, gas: float, moment: Moment, leak: Fault | None
    ) -> tuple[tuple[WireEvent, ...], tuple[Fact, ...]]:
        events: list[WireEvent] = []
        facts: tuple[Fact, ...] = ()
        for name, limit in (
            ("gas_low_alarm", self._plant.low_lel),
            ("gas_alarm", self._plant.high_lel),
        ):
            if gas >= limit and name not in self._raised:
                self._raised.add(name)
                events.append(self._event(name, gas, moment, is_raise=True))
                if leak is not None:
                    facts = (*facts, fact(leak, Stage.SHOWN, moment, f"{gas} %LEL, {name}"))
            elif gas < limit - _HYSTERESIS_LEL and name in self._raised:
                self._raised.remove(name)
                events.append(self._event(name, gas, moment, is_raise=False))
        return tuple(events), facts

    def _event(self, name: str, gas: float, moment: Moment, *, is_raise: bool) -> WireEvent:
        return WireEvent(
            asset=self._code,
            at=moment.at_ms,
            event=name,
            state="raise" if is_raise else "clear",
            text=f"{self._text} 燃气浓度{gas:.0f} %LEL",
        )
