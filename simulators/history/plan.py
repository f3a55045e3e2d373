"""The contract of a history: what is asked for, what comes out, and the truth about it.

A history is what the hourly views of the database would hold after months of a real play, made at
once: the same columns, means over the frames that a gateway would have sent. It exists so that
detectors are judged on years of many assets in minutes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.building import Asset, AssetCode
from simulators.growth import Growth

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

HOURLY_METRICS: Final = {
    "lift": (
        "speed",
        "door_closed",
        "door_zone",
        "person",
        "load",
        "motor_current",
        "motor_temp",
        "door_current",
        "vibration",
        "vibration_horizontal",
        "levelling_error",
        "machine_room_temp",
        "run_hours",
    ),
    "escalator": ("speed", "handrail_speed", "motor_current", "motor_temp", "vibration"),
    "detector": ("smoke", "temperature", "contamination", "battery", "humidity", "signal"),
    "fire_water": ("pressure", "level", "flow", "temperature", "battery", "signal"),
    "pump": (
        "running",
        "automatic",
        "current",
        "voltage",
        "pressure",
        "flow",
        "motor_temp",
        "fluid_temp",
        "vibration_drive",
        "vibration_free",
    ),
    "electrical_monitor": (
        "residual_current",
        *(f"temp_{n}" for n in range(1, 5)),
        *(f"current_{n}" for n in range(1, 4)),
        *(f"voltage_{n}" for n in range(1, 4)),
    ),
}
"""Metrics of the hourly views, in their order; a test holds them to the migration."""

STATISTICS: Final = ("mean", "min", "max")


def hour_columns(class_name: str) -> tuple[str, ...]:
    """Columns of the class's hourly view behind hour and asset: `samples`, then three a metric."""
    metrics = HOURLY_METRICS[class_name]
    return ("samples", *(f"{metric}_{name}" for metric in metrics for name in STATISTICS))


class TruthKind(StrEnum):
    """What a line of a history's truth is."""

    HEALTHY = "healthy"
    """Nothing at all happened to the asset: one line for each such asset."""
    SLOW = "slow"
    """A defect that grows; a warning before `failure_at` is a hit."""
    SUDDEN = "sudden"
    """A failure without any sign before it: nobody can warn of it."""
    SENSOR = "sensor"
    """The sensor or the line lies; the asset is sound."""
    DISTURBANCE = "disturbance"
    """Something changed that is no fault: a warning here is a false one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One thing that is true of an asset of a history. Read by a scorer and by nothing else.

    Attributes:
        asset: Its code.
        cause: Why, in a word; empty for a healthy asset.
        onset_at: When it began [ms UTC]; for a healthy asset the begin of the history.
        failure_at: When the asset stopped doing what it is there for [ms UTC]. None: it never
            did. A time after the end of the history is the failure that was still to come.
        ends_at: When it was repaired or over [ms UTC]; None means not within the history.
            Before a failure could happen: a technician found it in time, `failure_at` is None.
        would_fail_at: When a defect fails or would have failed without the repair [ms UTC].
        growth: Its family, for slow defects.
        severity: How strong its symptoms are at the failure; 1 is usual.
        symptoms: Metrics in which it can be seen.
    """

    asset: AssetCode
    class_name: str
    kind: TruthKind
    cause: str
    onset_at: int
    failure_at: int | None = None
    ends_at: int | None = None
    would_fail_at: int | None = None
    growth: Growth | None = None
    severity: float = 0.0
    symptoms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How often things happen, per asset and year; 0 turns a thing off.

    The default of sudden lift failures is near the public rate of entrapments, 0.55 per 100 lifts
    and month (features d.3), times ten: most stops trap nobody. The others are the project's own.

    Attributes:
        slow: Defects that grow.
        sudden: Failures without a sign.
        sensor: Spells of a lying sensor or line.
        disturbance: Changes that are no fault.
        visit_days: A technician comes about every so many days: TSG T5002-2017 asks for 15.
        found_share: Chance that a visit finds a defect that is half grown; more when more.
    """

    slow: float = 1.0
    sudden: float = 0.6
    sensor: float = 1.0
    disturbance: float = 1.5
    visit_days: float = 15.0
    found_share: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPlan:
    """A history that is asked for. The same plan gives the same bytes.

    Attributes:
        seed: Another seed, another history.
        start_ms: Begin, a full hour [ms UTC].
        days: Length [d].
        assets: What is played; an asset more or less changes nothing for the others.
        rates: How often things happen.
        growths: Families that the growth of a defect is drawn from.
        growing_days: A defect takes from the first to the second to its failure, evenly drawn on
            a logarithmic scale [d].
        severities: Symptoms at the failure are from the first to the second of the usual size.
        quiet_days: Nothing begins in the first days, so that detectors can warm up [d].
        block_assets: At most so many assets stand in a block.
    """

    seed: int
    start_ms: int
    days: int
    assets: tuple[Asset, ...]
    rates: Rates = field(default_factory=Rates)
    growths: tuple[Growth, ...] = tuple(Growth)
    growing_days: tuple[float, float] = (10.0, 90.0)
    severities: tuple[float, float] = (0.5, 1.6)
    quiet_days: float = 28.0
    block_assets: int = 100

    def __post_init__(self) -> None:
        if self.start_ms % HOUR_MS:
            raise ValueError(f"start_ms {self.start_ms} is not a full hour")
        if self.days < 1 or self.block_assets < 1:
            raise ValueError("a history needs a day and an asset a block")
        if not self.growths:
            raise ValueError("no family of growth to draw from")

    @property
    def hours(self) -> NDArray[np.int64]:
        """Begin of each hour [ms UTC], shape (n_hours,)."""
        return np.asarray(self.start_ms + HOUR_MS * np.arange(24 * self.days, dtype=np.int64))

    @property
    def end_ms(self) -> int:
        """The end, not part of it [ms UTC]."""
        return self.start_ms + DAY_MS * self.days

    def blocks(self) -> Iterator[tuple[str, tuple[Asset, ...]]]:
        """The assets by class, in blocks; classes without an hourly view are left out."""
        for class_name in HOURLY_METRICS:
            members = [asset for asset in self.assets if asset.class_name == class_name]
            for first in range(0, len(members), self.block_assets):
                yield class_name, tuple(members[first : first + self.block_assets])


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryBlock:
    """Hours of some assets of one class, as its hourly view would give them.

    Attributes:
        assets: Their codes, shape (n_assets,).
        hours: Begin of each hour [ms UTC], shape (n_hours,).
        columns: Names of the view's columns behind hour and asset.
        values: In the units of the catalogue, float32, shape (n_columns, n_assets, n_hours);
            NaN where the metric has no sample, `samples` is then 0 or counts the others.
        truth: What is true of these assets, in their order.
    """

    class_name: str
    assets: tuple[AssetCode, ...]
    hours: NDArray[np.int64]
    columns: tuple[str, ...]
    values: NDArray[np.float32]
    truth: tuple[Truth, ...]

    def column(self, name: str) -> NDArray[np.float32]:
        """One column, shape (n_assets, n_hours); a view, not a copy."""
        column: NDArray[np.float32] = self.values[self.columns.index(name)]
        return column
