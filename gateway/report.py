"""Report by exception, core: which frames are worth sending, and how they are batched.

The decision is made per frame (an asset at a time): a frame that is sent carries all metrics of
its asset, held values included, and an asset is heard at least once per interval of its class.
"""

import math
from dataclasses import dataclass, field

from gateway import wire
from gateway.catalogue import AssetClass
from gateway.sample import Sample

BATCH_BYTES = 64 * 1024
"""A batch ends before its message grows beyond this [B]."""
BATCH_S = 1.0
"""A batch ends when its first sample is this old [s]."""

Values = dict[str, float | None]


def cleaned(values: Values) -> Values:
    """The values with NaN and infinities as None; what is impossible else is sent as read."""
    return {
        name: value if value is None or math.isfinite(value) else None
        for name, value in values.items()
    }


@dataclass(slots=True)
class _Held:
    value: float | None
    at_ms: int


class FrameGate:
    """Decides for one asset whether a sample is sent, and completes it.

    A late sample (older than the newest) goes by itself, unjudged and without held values. Time
    that falls back by more than two intervals is a clock that was set: the gate starts again.
    """

    def __init__(self, kind: AssetClass) -> None:
        self._deadbands = {metric.name: metric.deadband for metric in kind.metrics}
        self._interval_ms = round(kind.interval_s * 1000)
        self._silence_ms = round(kind.silence_s * 1000)
        self._held: dict[str, _Held] = {}
        self._sent: Values = {}
        self._sent_ms: int | None = None
        self._newest_ms: int | None = None

    def take(self, sample: Sample) -> Sample | None:
        """The frame to send, or None when nothing changed.

        A held value that was not read for longer than the class's silence is sent as absent.
        """
        values = cleaned(sample.values)
        if not values:
            return None
        if self._newest_ms is not None and sample.at_ms < self._newest_ms:
            if self._newest_ms - sample.at_ms <= 2 * self._interval_ms:
                return Sample(asset=sample.asset, at_ms=sample.at_ms, values=values)
            self._restart(sample.at_ms)
        self._newest_ms = sample.at_ms
        for name, value in values.items():
            self._held[name] = _Held(value, sample.at_ms)
        whole = {name: self._standing(held, sample.at_ms) for name, held in self._held.items()}
        if not self._is_due(sample.at_ms) and not self._has_changed(whole):
            return None
        self._sent, self._sent_ms = whole, sample.at_ms
        return Sample(asset=sample.asset, at_ms=sample.at_ms, values=dict(whole))

    def _restart(self, at_ms: int) -> None:
        self._sent_ms = None
        for held in self._held.values():
            held.at_ms = at_ms

    def _standing(self, held: _Held, at_ms: int) -> float | None:
        return held.value if at_ms - held.at_ms <= self._silence_ms else None

    def _is_due(self, at_ms: int) -> bool:
        return self._sent_ms is None or at_ms - self._sent_ms >= self._interval_ms

    def _has_changed(self, whole: Values) -> bool:
        if whole.keys() != self._sent.keys():
            return True
        return any(
            _differs(value, self._sent[name], self._deadbands.get(name, 0.0))
            for name, value in whole.items()
        )


def _differs(value: float | None, sent: float | None, deadband: float) -> bool:
    if value is None or sent is None:
        return value is not sent
    return value != sent and abs(value - sent) >= deadband


@dataclass(slots=True)
class Batch:
    """Samples on their way into one message, in order per asset."""

    _columns: dict[tuple[str, tuple[str, ...]], "_Columns"] = field(default_factory=dict)
    size: int = 64
    count: int = 0

    @property
    def is_full(self) -> bool:
        """Whether the message would come close to BATCH_BYTES."""
        return self.size >= BATCH_BYTES - 2048

    def add(self, sample: Sample) -> None:
        """Take one sample; values are as they shall go over the wire."""
        names = tuple(sample.values)
        key = (sample.asset, names)
        columns = self._columns.get(key)
        if columns is None:
            # Measured first: a name that cannot be encoded must leave nothing behind.
            size = 32 + len(sample.asset.encode()) + sum(len(n.encode()) + 6 for n in names)
            columns = self._columns[key] = _Columns(values=[[] for _ in names])
            self.size += size
        columns.times.append(sample.at_ms)
        for column, value in zip(columns.values, sample.values.values(), strict=True):
            column.append(value)
            self.size += len(repr(value)) + 1 if value is not None else 5
        self.size += 15
        self.count += 1

    def frames(self) -> list[wire.Frame]:
        """What was taken, as frames of the wire."""
        return [
            wire.Frame(
                asset=asset,
                t=columns.times,
                m=dict(zip(names, columns.values, strict=True)),
            )
            for (asset, names), columns in self._columns.items()
        ]


@dataclass(slots=True)
class _Columns:
    values: list[list[float | None]]
    times: list[int] = field(default_factory=list)
