"""A monitored circuit of a switch room: residual current, cable temperatures, load, voltage."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.wire import WireEvent
from simulators.building import AssetCode, ElectricalPlant
from simulators.electrical_physics import (
    CABLE_TAU_S,
    FULL_HEAT_K,
    board_temperature,
    draw_circuit_traits,
    load_share,
    residual_current,
    voltage,
)
from simulators.faults import Fault, FaultKind
from simulators.model import SILENT, Drift, Health, Moment, Output, is_due
from simulators.wear import Effect

PERIOD_S: Final = 10
"""The monitor is read so often [s]."""
ALARM_DEGC: Final = 70.0
"""Set value of the cable's temperature, inside 45 to 140 degC (GB 14287.3-2014, unverified)."""
_BACK: Final = 0.9
"""An alarm of the monitor ends below this share of its set value."""


class Circuit:
    """One monitored circuit, stepped once a second."""

    def __init__(self, code: AssetCode, plant: ElectricalPlant, rng: np.random.Generator) -> None:
        """A circuit with its own natural leakage and spread of the flats over the phases."""
        self._code, self._plant, self._rng = code, plant, rng
        self._traits = draw_circuit_traits(rng)
        self._drift, self._health = Drift(2, rng), Health()
        self._heat_k: NDArray[np.float64] | None = None
        self._raised: set[str] = set()

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:
        """The next second."""
        if not is_due(moment, PERIOD_S, self._code):
            return SILENT
        self._drift.advance(moment)
        wear, local = self._health.at(moment, faults), moment.local
        has_power = all(fault.kind is not FaultKind.POWER_LOST for fault in faults)
        noise = self._rng.standard_normal(11).tolist()
        weather = self._drift.levels[1]
        habits = float(np.exp(0.06 * self._drift.levels[0]))
        load = float(load_share(local, self._traits)) * habits if has_power else 0.0
        phases = load * self._traits.shares
        contact = np.asarray([wear.size(Effect.CONTACT_HEAT), 0.0, 0.0])
        self._lag((FULL_HEAT_K + contact) * phases**2)
        damp = np.asarray(min(1.3, max(0.0, float(local.damp) + 0.08 * weather)))
        aged = wear.of(Effect.LEAKAGE)
        leak = float(residual_current(np.asarray(load), damp, self._traits, aged))
        room = float(board_temperature(local, 1.5 * weather))
        assert self._heat_k is not None
        heat, ampere = self._heat_k.tolist(), (phases * self._plant.rated_current_a).tolist()
        volts = voltage(phases).tolist() if has_power else [0.0, 0.0, 0.0]
        values: dict[str, float | None] = {
            "residual_current": round(max(0.0, leak * has_power + 1.2 * noise[0]), 1),
            **{f"temp_{n + 1}": round(room + heat[n] + 0.1 * noise[n + 1], 2) for n in range(3)},
            "temp_4": round(room + max(heat) / 4 + 0.1 * noise[4], 2),
            **{
                f"current_{n + 1}": round(max(0.0, ampere[n] + 0.25 * noise[n + 5]), 1)
                for n in range(3)
            },
            **{
                f"voltage_{n + 1}": round(max(0.0, volts[n] + 0.4 * noise[n + 8] * has_power), 1)
                for n in range(3)
            },
        }
        return Output(values=values, events=self._says(moment, values))

    def _lag(self, goal: NDArray[np.float64]) -> None:
        if self._heat_k is None:
            self._heat_k = goal
        self._heat_k = self._heat_k + (goal - self._heat_k) * (PERIOD_S / CABLE_TAU_S)

    def _says(self, moment: Moment, values: dict[str, float | None]) -> tuple[WireEvent, ...]:
        """The monitor's own alarms, with its set values."""
        hottest = max(values[f"temp_{n}"] or 0.0 for n in range(1, 5))
        dead = 1.0 if not any(values[f"voltage_{n}"] for n in range(1, 4)) else 0.0
        leak = values["residual_current"] or 0.0
        events = []
        for name, value, limit in (
            ("residual_current_high", leak, self._plant.set_residual_ma),
            ("cable_temp_high", hottest, ALARM_DEGC),
            ("building_power_lost", dead, 0.5),
        ):
            is_raised = name in self._raised
            if value >= limit and not is_raised:
                self._raised.add(name)
                events.append(self._event(name, moment, is_raised=True))
            elif value < _BACK * limit and is_raised:
                self._raised.remove(name)
                events.append(self._event(name, moment, is_raised=False))
        return tuple(events)

    def _event(self, name: str, moment: Moment, *, is_raised: bool) -> WireEvent:
        return WireEvent(
            asset=self._code,
            at=moment.at_ms,
            event=name,
            state="raise" if is_raised else "clear",
        )
