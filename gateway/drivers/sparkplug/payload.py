"""Sparkplug's payload, core: metrics as values, by the published sparkplug_b.proto.

References:
    Eclipse Sparkplug 3.0.0, chapter 6 (payload, data types, property Quality) and sparkplug_b.proto.
"""

import math
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from gateway.drivers.sparkplug.protobuf import BYTES, FIXED32, FIXED64, VARINT, encode, fields
from gateway.errors import BadFrame

Value = float | int | bool | str | None
BD_SEQ: Final = "bdSeq"
REBIRTH: Final = "Node Control/Rebirth"
MOST_METRICS: Final = 20_000
"""Most metrics of one payload that are read; a larger birth is refused."""
_QUALITY: Final = b"Quality"
_GOOD: Final = 192
_VALUES: Final = range(10, 20)
"""Numbers of the fields of which a metric has one."""


class DataType(IntEnum):
    """The types whose values are read; of the others it is only known that they are there."""

    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15


_SIGNED_BITS: Final = {
    DataType.INT8: 8,
    DataType.INT16: 16,
    DataType.INT32: 32,
    DataType.INT64: 64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric as it came; what its alias means is known from the birth.

    Attributes:
        name: Empty where only the alias came.
        alias: None where only the name came.
        at_ms: Its own time [ms UTC]; None where it has none.
        datatype: 0 where it was not said.
        is_good: False when the device says that the value is bad or stale.
        content: The value as it stood on the wire; integers unsigned.
    """

    name: str = ""
    alias: int | None = None
    at_ms: int | None = None
    datatype: int = 0
    is_historical: bool = False
    is_null: bool = False
    is_good: bool = True
    content: Value = None

    def value(self, datatype: int) -> Value:
        """The value as of this type (the birth's, where the metric does not say its own)."""
        if self.is_null or not self.is_good or self.content is None:
            return None
        kind = self.datatype or datatype
        bits = _SIGNED_BITS.get(DataType(kind)) if kind in set(DataType) else None
        if (
            bits is None
            or isinstance(self.content, bool | str)
            or not isinstance(self.content, int)
        ):
            return self.content
        low = self.content & ((1 << bits) - 1)
        return low - (1 << bits) if low >> bits - 1 else low


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A payload of any message but STATE."""

    at_ms: int | None
    seq: int | None
    metrics: tuple[Metric, ...]

    def metric(self, name: str) -> Metric | None:
        """The first metric of that name."""
        return next((one for one in self.metrics if one.name == name), None)


def decode(content: bytes) -> Payload:
    """The payload. Raises BadFrame."""
    at_ms: int | None = None
    seq: int | None = None
    metrics: list[Metric] = []
    for number, kind, value in fields(content):
        if number == 1 and kind == VARINT and isinstance(value, int):
            at_ms = value
        elif number == 3 and kind == VARINT and isinstance(value, int):
            seq = value
        elif number == 2 and kind == BYTES and isinstance(value, bytes):
            if len(metrics) >= MOST_METRICS:
                raise BadFrame(f"more than {MOST_METRICS} metrics", content[:2000])
            metrics.append(_metric(value))
    return Payload(at_ms=at_ms, seq=seq, metrics=tuple(metrics))


def rebirth_command(now_ms: int) -> bytes:
    """The payload of the only command that is ever sent: say everything anew."""
    metric = (
        encode(1, REBIRTH.encode())
        + encode(3, now_ms)
        + encode(4, DataType.BOOLEAN)
        + encode(14, 1)
    )
    return encode(1, now_ms) + encode(2, metric)


def _metric(content: bytes) -> Metric:
    numbers: dict[int, int] = {}
    texts: dict[int, bytes] = {}
    found: Value = None
    for number, kind, value in fields(content):
        if isinstance(value, int):
            numbers[number] = value
        elif kind == BYTES:
            texts[number] = value
        if number in _VALUES:
            found = _read(number, kind, value)
    return Metric(
        name=texts.get(1, b"").decode("utf-8", "replace"),
        alias=numbers.get(2),
        at_ms=numbers.get(3),
        datatype=numbers.get(4, 0),
        is_historical=bool(numbers.get(5)),
        is_null=bool(numbers.get(7)),
        is_good=_is_good(texts.get(9, b"")),
        content=found,
    )


def _read(number: int, kind: int, value: int | bytes) -> Value:
    """What stands in one of the fields of a value; None where its type is not the field's."""
    match value:
        case int() if number in (10, 11):
            return value
        case int() if number == 14:
            return bool(value)
        case bytes() if number == 12 and kind == FIXED32:
            return _finite(struct.unpack("<f", value)[0])
        case bytes() if number == 13 and kind == FIXED64:
            return _finite(struct.unpack("<d", value)[0])
        case bytes() if number == 15 and kind == BYTES:
            return value.decode("utf-8", "replace")
    return None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _is_good(properties: bytes) -> bool:
    """Whether the property Quality, where there is one, is 192."""
    keys: list[bytes] = []
    values: list[bytes] = []
    for number, kind, value in fields(properties):
        if kind == BYTES and isinstance(value, bytes):
            (keys if number == 1 else values).append(value)
    for key, value in zip(keys, values, strict=False):
        if key == _QUALITY:
            said = [one for number, _, one in fields(value) if number in (3, 4)]
            return said == [_GOOD]
    return True
