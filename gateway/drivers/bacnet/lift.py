"""What a Lift or Escalator object says, core: its properties as values and conditions.

A property that the object does not have is an absent sensor. While Out_Of_Service is set the values are
not those of the lift (clause 12.59): they are absent, and no condition is judged.

References:
    ANSI/ASHRAE 135-2020 clauses 12.58-12.60 and 21 (enumerations), by way of bacpypes3 0.0.110.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from gateway.catalogue import asset_class
from gateway.code_systems import ALL_CLEAR, UNKNOWN, load_code_system
from gateway.drivers.bacnet.apdu import Properties
from gateway.drivers.bacnet.tag import Value
from gateway.sample import Sample
from gateway.wire import WireEvent


class ObjectKind(IntEnum):
    """Object types that are read."""

    ESCALATOR = 58
    LIFT = 59


class Property(IntEnum):
    """Properties that are read."""

    OUT_OF_SERVICE = 81
    CAR_DOOR_STATUS = 450
    CAR_DOOR_ZONE = 452
    CAR_LOAD = 454
    CAR_LOAD_UNITS = 455
    CAR_MODE = 456
    CAR_MOVING_DIRECTION = 457
    CAR_POSITION = 458
    ESCALATOR_MODE = 462
    FAULT_SIGNALS = 463
    OPERATION_DIRECTION = 477
    PASSENGER_ALARM = 478


WANTED: Final[Mapping[ObjectKind, tuple[Property, ...]]] = {
    ObjectKind.LIFT: (
        Property.OUT_OF_SERVICE,
        Property.PASSENGER_ALARM,
        Property.FAULT_SIGNALS,
        Property.CAR_POSITION,
        Property.CAR_MOVING_DIRECTION,
        Property.CAR_DOOR_STATUS,
        Property.CAR_DOOR_ZONE,
        Property.CAR_MODE,
        Property.CAR_LOAD,
        Property.CAR_LOAD_UNITS,
    ),
    ObjectKind.ESCALATOR: (
        Property.OUT_OF_SERVICE,
        Property.PASSENGER_ALARM,
        Property.FAULT_SIGNALS,
        Property.OPERATION_DIRECTION,
        Property.ESCALATOR_MODE,
    ),
}
_KILOGRAMS: Final = 39
_LIFT_DIRECTION: Final = {1: 0.0, 2: 0.0, 3: 1.0, 4: -1.0}
_LIFT_MODE: Final = {
    0: 7.0,
    1: 1.0,
    2: 1.0,
    3: 1.0,
    4: 1.0,
    5: 1.0,
    6: 4.0,
    7: 5.0,
    8: 2.0,
    10: 6.0,
    11: 3.0,
    12: 0.0,
}
"""LiftCarMode -> service mode of the catalogue; cabinet recall and evacuation are not known there."""
_MODE_EVENTS: Final = {
    6: "mode_firefighter",
    7: "mode_emergency_power",
    8: "mode_inspection",
    10: "mode_earthquake",
    11: "mode_fire_return",
    12: "mode_out_of_service",
}
_ESCALATOR_DIRECTION: Final = {1: 0.0, 2: 1.0, 3: 1.0, 4: -1.0, 5: -1.0}
_ESCALATOR_MODE: Final = {0: 7.0, 1: 0.0, 2: 1.0, 3: 1.0, 4: 2.0, 5: 0.0}
_DOOR_CLOSED: Final = {0: 1.0, 1: 0.0, 6: 0.0, 7: 0.0, 8: 1.0, 9: 0.0}
"""DoorStatus; unknown and fault are neither, unused and none are no door (addenda, unverified)."""
_NO_DOOR: Final = (4, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one reading of an object says."""

    sample: Sample
    conditions: tuple[WireEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A lift or escalator and where its floors are counted from.

    Attributes:
        first_floor: Floor of car position 1.
    """

    asset: str
    kind: ObjectKind
    first_floor: int = 1

    @property
    def asset_class(self) -> str:
        """Its class in the catalogue."""
        return "lift" if self.kind is ObjectKind.LIFT else "escalator"

    @property
    def system(self) -> str:
        """The code system of its faults."""
        return f"bacnet_{self.asset_class}"

    def absent(self, at_ms: int) -> Sample:
        """All its values as absent."""
        names = self._lift({}) if self.kind is ObjectKind.LIFT else self._escalator({})
        return Sample(asset=self.asset, at_ms=at_ms, values=dict.fromkeys(names))

    def read(self, found: Properties, at_ms: int) -> Look:
        """What its properties say."""
        if _first(found, Property.OUT_OF_SERVICE) is True:
            return Look(sample=self.absent(at_ms), conditions=())
        values = self._lift(found) if self.kind is ObjectKind.LIFT else self._escalator(found)
        sample = Sample(asset=self.asset, at_ms=at_ms, values=values)
        return Look(sample=sample, conditions=tuple(self._conditions(found, at_ms)))

    def _lift(self, found: Properties) -> dict[str, float | None]:
        position = _number(_first(found, Property.CAR_POSITION))
        is_kg = _first(found, Property.CAR_LOAD_UNITS) == _KILOGRAMS
        return {
            "floor": None if position is None else position - 1 + self.first_floor,
            "direction": _coded(_LIFT_DIRECTION, found, Property.CAR_MOVING_DIRECTION),
            "mode": _coded(_LIFT_MODE, found, Property.CAR_MODE),
            "door_closed": _doors(found.get(Property.CAR_DOOR_STATUS, ())),
            "door_zone": _number(_first(found, Property.CAR_DOOR_ZONE)),
            "load": _number(_first(found, Property.CAR_LOAD)) if is_kg else None,
        }

    @staticmethod
    def _escalator(found: Properties) -> dict[str, float | None]:
        return {
            "direction": _coded(_ESCALATOR_DIRECTION, found, Property.OPERATION_DIRECTION),
            "mode": _coded(_ESCALATOR_MODE, found, Property.ESCALATOR_MODE),
        }

    def _conditions(self, found: Properties, at_ms: int) -> Iterator[WireEvent]:
        alarm = _first(found, Property.PASSENGER_ALARM)
        if isinstance(alarm, bool):
            is_lift = self.kind is ObjectKind.LIFT
            event = "car_alarm_button" if is_lift else "escalator_safety_open"
            yield self._event(event, at_ms, "passenger-alarm", is_raised=alarm)
        if Property.FAULT_SIGNALS in found:
            yield from self._faults(found[Property.FAULT_SIGNALS], at_ms)
        mode = _first(found, Property.CAR_MODE)
        if self.kind is ObjectKind.LIFT and isinstance(mode, int):
            for code, event in _MODE_EVENTS.items():
                yield self._event(event, at_ms, f"mode-{code}", is_raised=mode == code)

    def _faults(self, signals: tuple[Value, ...], at_ms: int) -> Iterator[WireEvent]:
        system = load_code_system(self.system)
        raised: set[str] = set()
        for signal in dict.fromkeys(signals):
            event = system.event(str(signal))
            raised.add(event)
            yield self._event(event, at_ms, str(signal), is_raised=True)
        for event in sorted({*system.events.values(), UNKNOWN} - {ALL_CLEAR, *raised}):
            yield self._event(event, at_ms, "", is_raised=False)

    def _event(self, event: str, at_ms: int, code: str, *, is_raised: bool) -> WireEvent:
        state: Literal["raise", "clear"] = "raise" if is_raised else "clear"
        return WireEvent(
            asset=self.asset,
            at=at_ms,
            event=event,
            state=state,
            code_system=self.system,
            code=code,
            raw=code.encode().hex() if event == UNKNOWN and is_raised else "",
        )


def kind_of_class(name: str) -> ObjectKind | None:
    """The object type of an asset class; None when BACnet has none for it."""
    known = {"lift": ObjectKind.LIFT, "escalator": ObjectKind.ESCALATOR}
    return known.get(asset_class(name).name)


def _first(found: Properties, wanted: Property) -> Value:
    values = found.get(wanted, ())
    return values[0] if values else None


def _number(value: Value) -> float | None:
    try:
        return None if value is None or isinstance(value, str) else float(value)
    except OverflowError:
        return None  # A number of hundreds of digits.


def _coded(table: Mapping[int, float], found: Properties, wanted: Property) -> float | None:
    value = _first(found, wanted)
    return table.get(value) if isinstance(value, int) else None


def _doors(states: tuple[Value, ...]) -> float | None:
    """1 when every door is closed, 0 when one is not; None when one cannot be told."""
    doors = [
        _DOOR_CLOSED.get(state)
        for state in states
        if isinstance(state, int) and state not in _NO_DOOR
    ]
    if 0.0 in doors:
        return 0.0
    return 1.0 if doors and None not in doors else None
