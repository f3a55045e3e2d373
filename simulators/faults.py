"""What is made to go wrong, and what is written down about it: the truth of a scenario.

A fault has a cause, an onset, symptoms and perhaps a failure. The models show the symptoms; the
truth is told to nobody but the file that a scorer reads.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from simulators.building import AssetCode
from simulators.growth import Growth, usual_shape
from simulators.wear import DEFECTS, Cause, Wear

FaultId = NewType("FaultId", str)


class FaultKind(StrEnum):
    """What can be made to go wrong."""

    ENTRAPMENT = "entrapment"
    """A lift stops between two floors with a person in the car, until it is released."""
    FIRE = "fire"
    """Smoke or heat grows at a detector, by `rate` [%/m per s or degC per s]."""
    PRESSED = "pressed"
    """A manual call point is pressed."""
    SHIELDED = "shielded"
    """A point of the fire panel is disabled."""
    POINT_FAULT = "point_fault"
    """A point of the fire panel does not answer."""
    MAIN_POWER_LOST = "main_power_lost"
    """A fire panel runs on its battery."""
    LEAK = "leak"
    """An isolated riser leaks: the hydrant's pressure falls by `rate` [kPa/s]."""
    GAS_LEAK = "gas_leak"
    """Gas flows into a room: the detector's reading grows by `rate` [%LEL per s]."""
    MAIN_LOST = "main_lost"
    """The water main bursts in the street: its pressure falls by `rate` [kPa/s]."""
    WEAR = "wear"
    """A defect named by `cause` grows from the onset to the failure at `fails_s`."""
    POWER_LOST = "power_lost"
    """A building is without mains: its monitored circuit is dead."""
    SENSOR_STUCK = "sensor_stuck"
    """The sensor of `metric` repeats its last value."""
    SENSOR_DRIFT = "sensor_drift"
    """The sensor of `metric` walks away by `rate` [unit of the metric per hour]."""
    SENSOR_SPIKES = "sensor_spikes"
    """The sensor of `metric` has a loose plug: now and then `rate` more [unit of the metric]."""
    SENSOR_LOST = "sensor_lost"
    """The sensor of `metric` is absent."""
    SENSORS_SWAPPED = "sensors_swapped"
    """The plugs of the sensors of `metric` and `other` are swapped."""
    LINE_CUT = "line_cut"
    """Nothing comes from the asset; its events come late, when the line is back."""
    CLOCK_ERROR = "clock_error"
    """The device's clock is off by `rate` [s]."""
    DUPLICATES = "duplicates"
    """The device says everything twice."""
    SENSOR_REPLACED = "sensor_replaced"
    """A new sensor of `metric` reads `rate` times the old one. No fault."""
    USE_CHANGED = "use_changed"
    """People move in or out: a lift has `rate` times its calls. No fault."""
    TECHNICIAN = "technician"
    """A technician's visit: inspection mode and test rides. No fault."""


SENSOR_KINDS: Final = (
    FaultKind.SENSOR_STUCK,
    FaultKind.SENSOR_DRIFT,
    FaultKind.SENSOR_SPIKES,
    FaultKind.SENSOR_LOST,
    FaultKind.SENSORS_SWAPPED,
    FaultKind.SENSOR_REPLACED,
)
"""What one sensor, or the pair of them, does to the values of a sound asset."""

_MEASURED: Final = ("lift", "escalator", "detector", "fire_water", "pump", "electrical_monitor")
_SENSED: Final = (*_MEASURED, "gas_detector", "supply_main")
_ALL: Final = (*_SENSED, "fire_panel", "manual_call_point")
_RATED: Final = (
    FaultKind.LEAK,
    FaultKind.FIRE,
    FaultKind.GAS_LEAK,
    FaultKind.MAIN_LOST,
    FaultKind.SENSOR_SPIKES,
    FaultKind.SENSOR_REPLACED,
    FaultKind.USE_CHANGED,
)

FITTING_CLASSES: Final = {
    FaultKind.ENTRAPMENT: ("lift",),
    FaultKind.FIRE: ("detector",),
    FaultKind.PRESSED: ("manual_call_point",),
    FaultKind.SHIELDED: ("detector", "manual_call_point"),
    FaultKind.POINT_FAULT: ("detector", "manual_call_point"),
    FaultKind.MAIN_POWER_LOST: ("fire_panel",),
    FaultKind.LEAK: ("fire_water",),
    FaultKind.GAS_LEAK: ("gas_detector",),
    FaultKind.MAIN_LOST: ("supply_main",),
    FaultKind.WEAR: _MEASURED,
    FaultKind.POWER_LOST: ("electrical_monitor",),
    FaultKind.LINE_CUT: _ALL,
    FaultKind.CLOCK_ERROR: _ALL,
    FaultKind.DUPLICATES: _ALL,
    FaultKind.USE_CHANGED: ("lift",),
    FaultKind.TECHNICIAN: ("lift",),
    **dict.fromkeys(SENSOR_KINDS, _SENSED),
}
"""The asset classes that a fault can happen to."""

EXPECTED_EVENTS: Final = {
    FaultKind.ENTRAPMENT: ("entrapment", "stop_outside_door_zone"),
    FaultKind.FIRE: ("fire_alarm",),
    FaultKind.PRESSED: ("manual_fire_alarm",),
    FaultKind.SHIELDED: ("shielded",),
    FaultKind.POINT_FAULT: ("fault",),
    FaultKind.MAIN_POWER_LOST: ("main_power_fault",),
    FaultKind.LEAK: ("early_warning", "pressure_low", "pressure_low_critical"),
    FaultKind.GAS_LEAK: ("gas_low_alarm", "gas_alarm"),
    FaultKind.MAIN_LOST: ("supply_pressure_lost",),
    FaultKind.WEAR: ("early_warning",),
    FaultKind.POWER_LOST: ("building_power_lost",),
    FaultKind.LINE_CUT: ("asset_silent",),
    FaultKind.CLOCK_ERROR: (),
    FaultKind.DUPLICATES: (),
    FaultKind.USE_CHANGED: (),
    FaultKind.TECHNICIAN: ("mode_inspection",),
    **dict.fromkeys(SENSOR_KINDS, ()),
}
"""The events that a platform which sees the symptoms should come to, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        cause: Why, in a word; a scorer compares it with what triage said.
        onset_s: When it begins, from the start of the scenario [s].
        ends_s: When it is repaired [s]; None is never.
        rate: How fast it grows or how large it is, in the unit of its kind.
        fails_s: When a defect has grown to the failure [s]; `wear` alone has it.
        growth: The family of a defect's growth.
        severity: How strong a defect's symptoms are at the failure; 1 is usual.
        metric, other: The sensors concerned.
    """

    id: FaultId
    kind: FaultKind
    asset: AssetCode
    cause: str
    onset_s: int
    ends_s: int | None = None
    rate: float = 0.0
    fails_s: int | None = None
    growth: Growth = Growth.LINEAR
    severity: float = 1.0
    metric: str = ""
    other: str = ""

    def __post_init__(self) -> None:
        if self.onset_s < 0:
            raise ValueError(f"onset_s {self.onset_s} is before the start")
        if self.ends_s is not None and self.ends_s <= self.onset_s:
            raise ValueError(f"ends_s {self.ends_s} is not after onset_s {self.onset_s}")
        if self.kind in _RATED and self.rate <= 0:
            raise ValueError(f"a {self.kind} needs a rate above 0")
        if (self.kind is FaultKind.WEAR) != (self.fails_s is not None):
            raise ValueError(f"a {self.kind} and fails_s {self.fails_s} do not fit")
        if (self.kind in SENSOR_KINDS) != bool(self.metric):
            raise ValueError(f"a {self.kind} and metric {self.metric!r} do not fit")
        if (self.kind is FaultKind.SENSORS_SWAPPED) != bool(self.other):
            raise ValueError(f"a {self.kind} and other {self.other!r} do not fit")
        if self.fails_s is not None:
            Cause(self.cause)
            if self.fails_s <= self.onset_s:
                raise ValueError(f"fails_s {self.fails_s} is not after onset_s {self.onset_s}")

    @property
    def wear(self) -> Wear | None:
        """The defect that grows, if it is one; its times are counted from the start [ms]."""
        if self.fails_s is None:
            return None
        return Wear(
            cause=Cause(self.cause),
            onset_ms=1000 * self.onset_s,
            failure_ms=1000 * self.fails_s,
            ends_ms=None if self.ends_s is None else 1000 * self.ends_s,
            growth=self.growth,
            shape=usual_shape(self.growth),
            severity=self.severity,
        )

    @property
    def fitting(self) -> tuple[str, ...]:
        """The asset classes that it can happen to."""
        if self.fails_s is None:
            return FITTING_CLASSES[self.kind]
        return (DEFECTS[Cause(self.cause)].class_name,)

    def has_failed(self, elapsed_s: int) -> bool:
        """Whether a defect has grown to its failure and is not repaired."""
        return self.fails_s is not None and self.fails_s <= elapsed_s and self.is_acting(elapsed_s)

    def is_acting(self, elapsed_s: int) -> bool:
        """Whether it acts at that time of the scenario."""
        return self.onset_s <= elapsed_s and (self.ends_s is None or elapsed_s < self.ends_s)


class Stage(StrEnum):
    """What a line of the truth tells."""

    PLANNED = "planned"
    """Known before the start; its time is that of the onset."""
    ONSET = "onset"
    SHOWN = "shown"
    """A device says so, or a first limit is crossed."""
    FAILED = "failed"
    """From now on the asset does not do what it is there for."""
    ENDED = "ended"
    """Repaired, put back or released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the truth: what was the case with a fault at a time."""

    fault: Fault
    stage: Stage
    elapsed_s: int
    at_ms: int
    note: str = ""
