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
from simulators.calendar_cn import LOCAL_OFFSET_S, LocalTime, local_minute
from simulators.faults import Fact, Fault, FaultKind, Stage
from simulators.wear import Condition, condition

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

    @property
    def minute(self) -> int:
        """Minutes since 1970: what changes slowly is looked at once in each."""
        return self.at_ms // 60_000

    @property
    def local(self) -> LocalTime:
        """The local time of this minute; arrays without a dimension."""
        return local_minute(self.minute)


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
SOUND: Final = Condition()
"""The condition of an asset without a defect."""


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


class Health:
    """The condition of one asset through its life, looked at once a minute."""

    def __init__(self) -> None:
        """A sound asset."""
        self._minute = -1
        self._wears: tuple[Fault, ...] = ()
        self._now = SOUND

    def at(self, moment: Moment, faults: Sequence[Fault]) -> Condition:
        """The effects of the defects among the faults that act."""
        if not faults:
            return SOUND
        wears = tuple(fault for fault in faults if fault.kind is FaultKind.WEAR)
        minute = moment.elapsed_s // 60
        if minute != self._minute or wears != self._wears:
            self._minute, self._wears = minute, wears
            grown = [fault.wear for fault in wears]
            at_ms = np.asarray(1000 * moment.elapsed_s, dtype=np.int64)
            self._now = condition((wear for wear in grown if wear is not None), at_ms)
        return self._now


class Drift:
    """Slow walks around 0 with a spread of 1, which forget within days: grease, dirt, habits."""

    _KEEP: Final = float(np.exp(-1 / (6 * 1440)))
    """The share that a minute leaves: a memory of six days."""

    def __init__(self, count: int, rng: np.random.Generator) -> None:
        """So many walks, each somewhere on its way."""
        self._rng, self._minute = rng, -1
        self.levels: list[float] = rng.standard_normal(count).tolist()

    def advance(self, moment: Moment) -> bool:
        """Walk on once a minute; tells whether a minute began."""
        if moment.minute == self._minute:
            return False
        self._minute = moment.minute
        step = (1 - self._KEEP**2) ** 0.5
        noise = self._rng.standard_normal(len(self.levels)).tolist()
        self.levels = [
            self._KEEP * level + step * one for level, one in zip(self.levels, noise, strict=True)
        ]
        return True


def fact(fault: Fault, stage: Stage, moment: Moment, note: str = "") -> Fact:
    """What is true of the fault at this moment."""
    return Fact(fault=fault, stage=stage, elapsed_s=moment.elapsed_s, at_ms=moment.at_ms, note=note)


def daily_wave(hour: float, peak_hour: float) -> float:
    """A slow wave over the day: 1 at the peak hour, -1 twelve hours away."""
    return float(np.cos((hour - peak_hour) / 24 * 2 * np.pi))
