"""The application data unit (clause 8.1): a type flag, a number of objects, the objects.

What does not fit its type is not refused: the objects that can be read are read, the remaining
bytes are kept. `encode_unit(decode_unit(data)) == data` for every bytes there are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct as Layout
from typing import Final

from msgspec import Struct
from msgspec.structs import astuple

from gateway.drivers.gbt26875 import record
from gateway.drivers.gbt26875.calendar_time import TIME_BYTES
from gateway.drivers.gbt26875.record import DeviceText, Record, SystemText
from gateway.drivers.gbt26875.type_flag import TypeFlag

_HEAD_BYTES: Final = 2
_TIME: Final = "6s"
_STATE_BYTES: Final[dict[int, int]] = {
    TypeFlag.SYSTEM_STATE: 4,
    TypeFlag.PART_STATE: 40,
    TypeFlag.DEVICE_STATE: 7,
}
"""Least length of an object that may be an alarm [B]; a device's state alone is too short to be told from padding."""
_PADDING: Final = b"\x00\xff\x20"


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the objects of a type stand in bytes.

    Attributes:
        row: An object, its time included where the standard gives it one.
        untimed: An object without its time, which some devices leave out; None where it has none.
    """

    make: Callable[..., Record]
    row: Layout
    untimed: Layout | None = None


def _timed(make: Callable[..., Record], body: str) -> _Shape:
    return _Shape(make, Layout(f"<{body}{_TIME}"), Layout(f"<{body}"))


def _plain(make: Callable[..., Record], body: str) -> _Shape:
    return _Shape(make, Layout(f"<{body}"))


_SHAPES: Final[dict[int, _Shape]] = {
    TypeFlag.SYSTEM_STATE: _timed(record.SystemState, "BBH"),
    TypeFlag.PART_STATE: _timed(record.PartState, "BBBIH31s"),
    TypeFlag.PART_READING: _timed(record.PartReading, "BBBIBh"),
    TypeFlag.SYSTEM_OPERATION: _timed(record.SystemOperation, "BBBB"),
    TypeFlag.SYSTEM_VERSION: _plain(record.SystemVersion, "BBBB"),
    TypeFlag.PART_TEXT: _plain(record.PartText, "BBBI31s"),
    TypeFlag.SYSTEM_TIME: _plain(record.SystemTime, "BB6s"),
    TypeFlag.DEVICE_STATE: _timed(record.DeviceState, "B"),
    TypeFlag.DEVICE_OPERATION: _timed(record.DeviceOperation, "BB"),
    TypeFlag.DEVICE_VERSION: _plain(record.DeviceVersion, "BB"),
    TypeFlag.DEVICE_TIME: _plain(record.DeviceTime, "6s"),
    TypeFlag.ASK_SYSTEM_STATE: _plain(record.AskSystem, "BB"),
    TypeFlag.ASK_PART_STATE: _plain(record.AskPart, "BBI"),
    TypeFlag.ASK_PART_READING: _plain(record.AskPart, "BBI"),
    TypeFlag.ASK_SYSTEM_OPERATIONS: _plain(record.AskSystemOperations, "BBB6s"),
    TypeFlag.ASK_SYSTEM_VERSION: _plain(record.AskSystem, "BB"),
    TypeFlag.ASK_SYSTEM_TEXT: _plain(record.AskSystem, "BB"),
    TypeFlag.ASK_PART_TEXT: _plain(record.AskPart, "BBI"),
    TypeFlag.ASK_SYSTEM_TIME: _plain(record.AskSystem, "BB"),
    TypeFlag.ASK_DEVICE_STATE: _plain(record.AskDevice, "B"),
    TypeFlag.ASK_DEVICE_OPERATIONS: _plain(record.AskDeviceOperations, "B6s"),
    TypeFlag.ASK_DEVICE_VERSION: _plain(record.AskDevice, "B"),
    TypeFlag.ASK_DEVICE_TEXT: _plain(record.AskDevice, "B"),
    TypeFlag.ASK_DEVICE_TIME: _plain(record.AskDevice, "B"),
    TypeFlag.INITIALISE: _plain(record.AskDevice, "B"),
    TypeFlag.SET_CLOCK: _plain(record.DeviceTime, "6s"),
    TypeFlag.DUTY_CHECK: _plain(record.DutyCheck, "B"),
}


class Unit(Struct, frozen=True, gc=False):
    """What a frame carries.

    Attributes:
        type_flag: 1 to 28 go up, 61 to 91 down, 128 to 254 are a vendor's own; None when the
            unit is too short to have one (heartbeats of one byte).
        count: Number of objects by the device's own word.
        records: The objects that could be read.
        rest: Bytes that belong to no object that could be read.
    """

    type_flag: int | None
    count: int = 0
    records: tuple[Record, ...] = ()
    rest: bytes = b""

    @property
    def is_whole(self) -> bool:
        """Whether it says exactly what its first two bytes promise."""
        return self.type_flag in TypeFlags and len(self.records) == self.count and not self.rest

    @property
    def may_hold_more(self) -> bool:
        """Whether behind the objects that were counted another state may stand: no padding, and as long."""
        least = _STATE_BYTES.get(self.type_flag or 0)
        return least is not None and len(self.rest) >= least and bool(self.rest.strip(_PADDING))


TypeFlags: Final = frozenset(TypeFlag)


def decode_unit(data: bytes) -> Unit:
    """What the unit says. Every bytes are a unit, if need be one of nothing but rest."""
    if len(data) < _HEAD_BYTES:
        return Unit(None, rest=data)
    flag, count = data[0], data[1]
    shape = _SHAPES.get(flag)
    if shape is not None:
        return _decode_rows(shape, flag, count, data)
    if flag in (TypeFlag.SYSTEM_TEXT, TypeFlag.DEVICE_TEXT):
        return _decode_texts(flag, count, data)
    return Unit(flag, count, rest=data[_HEAD_BYTES:])


def encode_unit(unit: Unit) -> bytes:
    """The unit's bytes."""
    if unit.type_flag is None:
        return unit.rest
    parts = [bytes((unit.type_flag, unit.count))]
    shape = _SHAPES.get(unit.type_flag)
    for one in unit.records:
        match one:
            case SystemText():
                parts.append(bytes((one.system_type, one.system_addr, len(one.text))) + one.text)
            case DeviceText():
                parts.append(bytes((len(one.text),)) + one.text)
            case _ if shape is not None:
                parts.append(_encode_row(shape, one))
    parts.append(unit.rest)
    return b"".join(parts)


def unit_of(flag: TypeFlag, *records: Record) -> Unit:
    """A unit of these objects."""
    return Unit(flag, len(records), records)


def _decode_rows(shape: _Shape, flag: int, count: int, data: bytes) -> Unit:
    body = len(data) - _HEAD_BYTES
    row = shape.row
    if body != count * row.size and shape.untimed is not None:
        row = shape.untimed if body == count * shape.untimed.size else row
    end = _HEAD_BYTES + min(count, body // row.size) * row.size
    rows = row.iter_unpack(memoryview(data)[_HEAD_BYTES:end])
    make = shape.make
    return Unit(flag, count, tuple([make(*fields) for fields in rows]), data[end:])


def _encode_row(shape: _Shape, one: Record) -> bytes:
    fields = astuple(one)
    if shape.untimed is not None and len(fields[-1]) != TIME_BYTES:
        return shape.untimed.pack(*fields[:-1])
    return shape.row.pack(*fields)


def _decode_texts(flag: int, count: int, data: bytes) -> Unit:
    """Types 6 and 26, whose texts carry their own length."""
    has_system = flag == TypeFlag.SYSTEM_TEXT
    head = 3 if has_system else 1
    records: list[Record] = []
    at = _HEAD_BYTES
    while len(records) < count and at + head <= len(data):
        length = data[at + head - 1]
        text = data[at + head : at + head + length]
        if len(text) < length:
            break
        records.append(SystemText(data[at], data[at + 1], text) if has_system else DeviceText(text))
        at += head + length
    return Unit(flag, count, tuple(records), data[at:])
