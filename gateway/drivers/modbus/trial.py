"""One Modbus answer or question, as `towerwatch gateway try modbus` shows it."""

import struct
from typing import Final

from msgspec import Struct

from gateway.catalogue import Text
from gateway.drivers.modbus.frame import Function, crc
from gateway.drivers.modbus.value import Kind, Order, number
from gateway.drivers.protocol import Protocol
from gateway.errors import BadFrame

_READS = {int(function) for function in Function}
_EXCEPTION = 0x80


class ShownFrame(Struct, frozen=True, omit_defaults=True):
    """A frame of Modbus with its values in each usual form; a map says which is meant."""

    framing: str
    unit: int
    function: str
    address: int | None = None
    count: int | None = None
    exception: int | None = None
    registers: list[int] = []
    signed: list[int] = []
    floats_abcd: list[float | None] = []
    floats_cdab: list[float | None] = []
    bits: list[int] = []


def read(data: bytes, _now_ms: int) -> list[ShownFrame]:
    """The frame, TCP or RTU by what its bytes say. Raises BadFrame."""
    if (
        len(data) >= 8
        and data[2:4] == b"\0\0"
        and int.from_bytes(data[4:6], "big") + 6 == len(data)
    ):
        return [_shown("tcp", data[6:])]
    if len(data) < 4:
        raise BadFrame(f"{len(data)} bytes are too few for a frame of Modbus", data)
    body, check = data[:-2], int.from_bytes(data[-2:], "little")
    if crc(body) != check:
        right = crc(body).to_bytes(2, "little").hex()
        raise BadFrame(
            f"neither a header of Modbus TCP nor a CRC: {data[-2:].hex()} should be {right}", data
        )
    return [_shown("rtu", body)]


def _shown(framing: str, body: bytes) -> ShownFrame:
    unit, code, rest = body[0], body[1], body[2:]
    if code & _EXCEPTION:
        return ShownFrame(framing, unit, _name(code & 0x7F), exception=rest[0] if rest else None)
    if code not in _READS:
        raise BadFrame(f"function {code} does not read: this gateway never uses it", body)
    is_answer = rest and rest[0] == len(rest) - 1
    if not is_answer:
        if len(rest) != 4:
            raise BadFrame(f"{len(rest)} bytes after function {code} are no answer", body)
        return ShownFrame(
            framing,
            unit,
            _name(code),
            address=int.from_bytes(rest[:2], "big"),
            count=int.from_bytes(rest[2:], "big"),
        )
    values = rest[1:]
    if Function(code).reads_bits:
        bits = [byte >> i & 1 for byte in values for i in range(8)]
        return ShownFrame(framing, unit, _name(code), bits=bits)
    words = [int.from_bytes(values[i : i + 2], "big") for i in range(0, len(values) - 1, 2)]
    return ShownFrame(
        framing,
        unit,
        _name(code),
        registers=words,
        signed=[struct.unpack(">h", word.to_bytes(2, "big"))[0] for word in words],
        floats_abcd=_floats(words, Order.ABCD),
        floats_cdab=_floats(words, Order.CDAB),
    )


def _floats(words: list[int], order: Order) -> list[float | None]:
    return [number(words[i : i + 2], Kind.F32, order) for i in range(0, len(words) - 1, 2)]


def _name(code: int) -> str:
    return f"{code} {Function(code).name.lower()}" if code in _READS else str(code)


PROTOCOL: Final = Protocol(
    name="modbus",
    label=Text(zh="Modbus RTU/TCP 只读应答", en="Modbus RTU or TCP, answers that read"),
    example=bytes.fromhex("01030217a2360d"),
    read=read,
)
