"""What every model of an asset has in common: a moment goes in, what a device says comes out.

Models are stepped once a second of their own time, in order. They have no clock and no
randomness but the generator they are given: the same seed and moments give the same bytes.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from gateway.wire import WireEvent
from simulators.building import AssetCode
from simulators.faults import Fact, Fault, Stage

LOCAL_OFFSET_S: Final = 8 * 3600
"""China has one time zone, UTC+8, without summer time [s]."""
_SPREAD_S: Final = 5
"""First samples of slow devices are spread over so many seconds [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One second of a play: counted from its start [s], and as the devices stamp it [ms UTC]."""

    elapsed_s: int
    at_ms: int

    @property
    def local_hour(self) -> float:
        """Hour of the local day, 0 to 24."""
        return ((self.at_ms / 1000 + LOCAL_OFFSET_S) % 86400) / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What one asset's devices say in one second.

    Attributes:
        values: Metric to value [unit of the catalogue]; None when nothing was sampled.
    """

    values: dict[str, float | None] | None = None
    events: tuple[WireEvent, ...] = ()
    facts: tuple[Fact, ...] = ()


SILENT: Final = Output()


class Model(Protocol):
    """One asset that is played."""

    def step(self, moment: Moment, faults: Sequence[Fault]) -> Output:
        """The next second; `faults` are those that act on this asset now."""


def generator(seed: int, code: AssetCode) -> np.random.Generator:
    """An asset's own generator: another asset more or less changes nothing for it."""
    return np.random.default_rng([seed, zlib.crc32(code.encode())])


def is_due(moment: Moment, period_s: int, code: AssetCode) -> bool:
    """Whether a device that is read every `period_s` is read now [s]."""
    phase = zlib.crc32(code.encode()) % min(period_s, _SPREAD_S)
    return moment.elapsed_s >= phase and (moment.elapsed_s - phase) % period_s == 0


def fact(fault: Fault, stage: Stage, moment: Moment, note: str = "") -> Fact:
    """What is true of the fault at this moment."""
    return Fact(fault=fault, stage=stage, elapsed_s=moment.elapsed_s, at_ms=moment.at_ms, note=note)


def daily_wave(hour: float, peak_hour: float) -> float:
    """A slow wave over the day: 1 at the peak hour, -1 twelve hours away."""
    return float(np.cos((hour - peak_hour) / 24 * 2 * np.pi))
