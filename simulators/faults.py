"""What is made to go wrong, and what is written down about it: the truth of a scenario.

A fault has a cause, an onset, symptoms and perhaps a failure. The models show the symptoms; the
truth is told to nobody but the file that a scorer reads.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from simulators.building import AssetCode

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


FITTING_CLASSES: Final = {
    FaultKind.ENTRAPMENT: ("lift",),
    FaultKind.FIRE: ("detector",),
    FaultKind.PRESSED: ("manual_call_point",),
    FaultKind.SHIELDED: ("detector", "manual_call_point"),
    FaultKind.POINT_FAULT: ("detector", "manual_call_point"),
    FaultKind.MAIN_POWER_LOST: ("fire_panel",),
    FaultKind.LEAK: ("fire_water",),
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
}
"""The events that a platform which sees the symptoms should come to, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        cause: Why, in a word; a scorer compares it with what triage said.
        onset_s: When it begins, from the start of the scenario [s].
        ends_s: When it is repaired [s]; None is never.
        rate: How fast it grows, in the unit of its kind.
    """

    id: FaultId
    kind: FaultKind
    asset: AssetCode
    cause: str
    onset_s: int
    ends_s: int | None = None
    rate: float = 0.0

    def __post_init__(self) -> None:
        if self.onset_s < 0:
            raise ValueError(f"onset_s {self.onset_s} is before the start")
        if self.ends_s is not None and self.ends_s <= self.onset_s:
            raise ValueError(f"ends_s {self.ends_s} is not after onset_s {self.onset_s}")
        if self.kind in (FaultKind.LEAK, FaultKind.FIRE) and self.rate <= 0:
            raise ValueError(f"a {self.kind} needs a rate above 0")

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
