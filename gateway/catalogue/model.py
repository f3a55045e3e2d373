"""The words of the catalogue: asset classes, their metrics and their events.

Every other part takes its names, units, limits and default texts from here; a test holds the
database's tables and the wire names to it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How urgently a person must act, most urgent first."""

    CRITICAL = "critical"
    """A person's life is in danger now: fire, entrapment."""
    MAJOR = "major"
    """The equipment does not protect or must not run: act within the hour."""
    MINOR = "minor"
    """A defect that will become worse: act within days."""
    WARNING = "warning"
    """Nothing has failed yet."""
    NONE = "none"
    """A fact for the record, which opens no alarm."""


class Group(StrEnum):
    """What kind of condition an event belongs to; the console and the duties sort by it."""

    FIRE = "fire"
    ENTRAPMENT = "entrapment"
    SAFETY = "safety"
    FAULT = "fault"
    SUPERVISORY = "supervisory"
    DISABLED = "disabled"
    CONTACT = "contact"
    WARNING = "warning"
    MODE = "mode"
    RECORD = "record"


class Ending(StrEnum):
    """How the condition behind an event ends."""

    CLEARS = "clears"
    """The device says when it is over."""
    LATCHES = "latches"
    """It stays until a person resets it, whatever the device says (fire: GB 4717)."""
    MOMENT = "moment"
    """It has no duration: a raise is a fact, and a clear never comes."""


class Gap(StrEnum):
    """What a missing value of a metric means."""

    HELD = "held"
    """Report by exception: the last value still stands, up to the class's interval."""
    ABSENT = "absent"
    """No sensor is fitted or it does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A sentence for people, Chinese first."""

    zh: str
    en: str


_WRITTEN: Final = {"degC": "°C", "degC/min": "°C/min", "m/s2": "m/s²", "m3": "m³"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measured quantity of an asset class.

    Attributes:
        name: Wire name and column name.
        unit: Unit of every value, on the wire and in the database; "" for counts and codes.
        low: Lowest physically possible value [unit]; anything below is quarantined.
        high: Highest physically possible value [unit].
        deadband: Smallest change worth sending [unit] (report by exception).
        gap: What a missing value means.
    """

    name: str
    unit: str
    low: float
    high: float
    deadband: float
    label: Text
    gap: Gap = Gap.HELD

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"metric {self.name}: low {self.low} is not below high {self.high}")
        if self.deadband < 0:
            raise ValueError(f"metric {self.name}: deadband {self.deadband} is negative")

    @property
    def written_unit(self) -> str:
        """The unit as people write it: °C, m/s²."""
        return written_unit(self.unit)


def written_unit(unit: str) -> str:
    """A unit of the wire as people write it."""
    return _WRITTEN.get(unit, unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """One thing that a device, the edge or the platform can say happened.

    Attributes:
        name: Wire name.
        on_delay_s: How long the condition must last before it is an alarm [s].
        off_delay_s: How long it must be gone before the alarm returns [s]; preferred to an
            on-delay wherever safety is concerned (ISA-18.2, unverified).
        action: The first thing a person on duty should do.
        basis: Legal basis or source; "unverified" is said where it is secondary.
    """

    name: str
    group: Group
    severity: Severity
    label: Text
    action: Text
    basis: str
    ending: Ending = Ending.CLEARS
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0

    def __post_init__(self) -> None:
        if self.is_life_safety and self.on_delay_s:
            raise ValueError(f"event {self.name}: life safety has no on-delay in the platform")

    @property
    def is_life_safety(self) -> bool:
        """Whether it may never be folded away, budgeted, filtered or shelved."""
        return self.group in (Group.FIRE, Group.ENTRAPMENT)

    @property
    def opens_alarm(self) -> bool:
        """Whether a raise is a condition that needs a person."""
        return self.severity is not Severity.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetClass:
    """A kind of thing that can break.

    Attributes:
        interval_s: A frame is sent at least this often while the asset reports [s].
        table: Table of its samples; None for classes that only have events.
        silence_s: No frame or event for this long means the asset is not monitored [s].
    """

    name: str
    label: Text
    metrics: tuple[Metric, ...]
    events: tuple[EventKind, ...]
    interval_s: float
    silence_s: float
    table: str | None = None

    def __post_init__(self) -> None:
        if bool(self.metrics) != (self.table is not None):
            raise ValueError(f"class {self.name}: metrics and a table belong together")

    def metric(self, name: str) -> Metric | None:
        """The metric of that wire name, or None."""
        return next((metric for metric in self.metrics if metric.name == name), None)
