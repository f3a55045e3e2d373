"""The fire alarm system: a panel, its detectors and its manual call points.

Events come as the panel reports them, with the codes of GB/T 26875.3 written as
`type:component:bit` (type 2, a component's state) or `type:system:bit` (type 1, the system's).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from gateway.wire import WireEvent
from simulators.building import AssetCode, PointPlant
from simulators.detector_physics import (
    air_humidity,
    air_temperature,
    battery,
    clean_air_reading,
    contamination,
    draw_point_traits,
)
from simulators.faults import Fact, Fault, FaultId, FaultKind, Stage
from simulators.frame import NORMAL_BIT, ComponentState, Envelope, SystemState, status_frame
from simulators.model import SILENT, Drift, Health, Moment, Output, fact, is_due
from simulators.wear import Condition, Effect

PERIOD_S: Final = 60
"""An analogue detector is polled for its values so often [s]."""
_FAST_S: Final = 5
"""And so often while it sees a fire [s]."""
CODE_SYSTEM: Final = "gbt26875"
ALARM_SMOKE: Final = 4.0
"""Obscuration at which a smoke detector alarms [%/m]: inside the range of EN 54-7 (unverified)."""
ALARM_HEAT: Final = 57.0
"""Temperature at which a heat detector of class A1 alarms [degC] (GB 4716, unverified)."""
_HEAT_COMPONENT: Final = 31
_POINT_EVENTS: Final = {
    FaultKind.FIRE: ("fire_alarm", 1),
    FaultKind.PRESSED: ("manual_fire_alarm", 1),
    FaultKind.POINT_FAULT: ("fault", 2),
    FaultKind.SHIELDED: ("shielded", 3),
}
"""Event and status bit of a component's state (GB/T 26875.3-2011, type 2)."""
_MAIN_POWER_BIT: Final = 8

RaiseOrClear = Literal["raise", "clear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How the centre knows a point: its place by the panel's configuration, the panel's address."""

    text: str
    source_address: int

    def envelope(self, serial: int, moment: Moment) -> Envelope:
        """Who sends the frame with that number, and when."""
        return Envelope(
            source=self.source_address,
            serial=serial & 0xFFFF,
            at_ms=moment.at_ms,
            sent_ms=moment.at_ms,
        )


class Point:
    """A detector or a manual call point, stepped once a second."""

    def __init__(
        self, code: AssetCode, plant: PointPlant, rng: np.random.Generator, line: Line
    ) -> None:
        """A quiet point."""
        self._code, self._plant, self._rng, self._line = code, plant, rng, line
        self._raised: dict[FaultId, Fault] = {}
        self._traits = draw_point_traits(rng)
        self._drift, self._health = Drift(3, rng), Health()
        self._serial = 0

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:
        """The next second of the point."""
        if not faults and not self._raised and not self._is_read(moment, PERIOD_S):
            return SILENT
        wear = self._health.at(moment, faults)
        fire = next((f for f in faults if f.kind is FaultKind.FIRE), None)
        growth = fire.rate * (moment.elapsed_s - fire.onset_s) if fire is not None else 0.0
        events, facts = self._report(moment, [f for f in faults if self._shows(f, growth)])
        is_mute = self._is_button or any(f.kind is FaultKind.SHIELDED for f in faults)
        is_read = self._is_read(moment, PERIOD_S if fire is None else _FAST_S) or bool(events)
        values = self._sense(moment, growth, wear) if is_read and not is_mute else None
        return Output(values=values, events=events, facts=facts)

    def _is_read(self, moment: Moment, period_s: int) -> bool:
        return not self._is_button and is_due(moment, period_s, self._code)

    @property
    def _is_button(self) -> bool:
        return self._plant.component == 23

    @property
    def _is_heat(self) -> bool:
        return self._plant.component == _HEAT_COMPONENT

    def _shows(self, fault: Fault, growth: float) -> bool:
        if fault.kind not in _POINT_EVENTS:
            return False
        if fault.kind is not FaultKind.FIRE or fault.id in self._raised:
            return True
        return growth >= (ALARM_HEAT - 20 if self._is_heat else ALARM_SMOKE)

    def _report(
        self, moment: Moment, shown: Sequence[Fault]
    ) -> tuple[tuple[WireEvent, ...], tuple[Fact, ...]]:
        new = [fault for fault in shown if fault.id not in self._raised]
        over = [fault for fault in self._raised.values() if fault not in shown]
        for fault in over:
            del self._raised[fault.id]
        self._raised |= {fault.id: fault for fault in new}
        events = (
            *(self._event(fault, "raise", moment) for fault in new),
            *(self._event(fault, "clear", moment) for fault in over),
        )
        facts = tuple(fact(fault, Stage.SHOWN, moment, "the panel says so") for fault in new)
        return events, facts

    def _event(self, fault: Fault, state: RaiseOrClear, moment: Moment) -> WireEvent:
        name, bit = _POINT_EVENTS[fault.kind]
        self._serial += 1
        status = 1 << NORMAL_BIT
        for raised in self._raised.values():
            status |= 1 << _POINT_EVENTS[raised.kind][1]
        component = ComponentState(
            component=self._plant.component,
            loop=self._plant.loop,
            point=self._plant.point,
            status=status,
            text=self._line.text,
        )
        return WireEvent(
            asset=self._code,
            at=moment.at_ms,
            event=name,
            state=state,
            code_system=CODE_SYSTEM,
            code=f"2:{self._plant.component}:{bit}",
            text=self._line.text,
            raw=status_frame(component, self._line.envelope(self._serial, moment)).hex(),
        )

    def _sense(self, moment: Moment, growth: float, wear: Condition) -> dict[str, float | None]:
        self._drift.advance(moment)
        noise, local, traits = self._rng.standard_normal(4).tolist(), moment.local, self._traits
        weather, wet, radio = self._drift.levels
        air = air_temperature(local.hour, local.season_k + 2 * weather, traits)
        room = float(air) + 0.1 * noise[0]
        damp = np.asarray(float(local.damp) + 0.15 * wet)
        humidity = float(air_humidity(local.hour, damp.clip(0, 1.6))) + 0.4 * noise[2]
        values: dict[str, float | None] = {
            "temperature": round(min(250.0, room + (growth if self._is_heat else 0.0)), 2),
            "humidity": round(min(100.0, humidity), 1),
        }
        gone_ms = np.asarray(1000.0 * moment.elapsed_s)
        if not self._is_heat:
            dirt = contamination(gone_ms, traits, wear.of(Effect.DUST))
            clean = float(clean_air_reading(dirt, np.asarray(humidity)))
            values["smoke"] = round(min(max(0.0, clean + 0.01 * noise[1]) + growth, 60.0), 2)
            values["contamination"] = round(float(dirt), 1)
        if self._plant.is_wireless:
            values["battery"] = round(
                float(battery(gone_ms, traits, wear.of(Effect.CELL_LOST), air))
            )
            values["signal"] = round(traits.signal_dbm + radio + 0.5 * noise[3])
        return values


class Panel:
    """The fire alarm panel itself, stepped once a second; it has no measured values."""

    def __init__(self, code: AssetCode, line: Line) -> None:
        """A panel on mains."""
        self._code, self._line = code, line
        self._lost: Fault | None = None
        self._serial = 0

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:
        """The next second of the panel."""
        lost = next((f for f in faults if f.kind is FaultKind.MAIN_POWER_LOST), None)
        if (lost is None) == (self._lost is None):
            return SILENT
        self._lost = lost
        if lost is None:
            return Output(events=(self._event("clear", moment),))
        note = fact(lost, Stage.SHOWN, moment, "runs on its battery")
        return Output(events=(self._event("raise", moment),), facts=(note,))

    def _event(self, state: RaiseOrClear, moment: Moment) -> WireEvent:
        self._serial += 1
        power = 1 << _MAIN_POWER_BIT if state == "raise" else 0
        system = SystemState(status=(1 << NORMAL_BIT) | power)
        return WireEvent(
            asset=self._code,
            at=moment.at_ms,
            event="main_power_fault",
            state=state,
            code_system=CODE_SYSTEM,
            code=f"1:1:{_MAIN_POWER_BIT}",
            text=self._line.text,
            raw=status_frame(system, self._line.envelope(self._serial, moment)).hex(),
        )
