"""The few rules of protobuf's wire format that Sparkplug needs, core.

Reading needs no generated code: a message is a row of numbered fields, and unknown ones are passed
over. Nothing recurses and nothing is longer than the bytes that came.

References:
    Protocol Buffers documentation, "Encoding": varints, tags and wire types 0, 1, 2 and 5.
"""

from collections.abc import Iterator
from typing import Final

from gateway.errors import BadFrame

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5
_MOST_VARINT: Final = 10
_MASK: Final = 2**64 - 1

Field = tuple[int, int, int | bytes]
"""Number, wire type, and the value: an int of a varint, bytes of everything else."""


def fields(content: bytes) -> Iterator[Field]:
    """The fields of a message in order. Raises BadFrame where the bytes do not fit."""
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise BadFrame("a field has the number 0", content)
        if kind == VARINT:
            value, at = _varint(content, at)
            yield number, kind, value
            continue
        if kind == BYTES:
            length, at = _varint(content, at)
        elif kind in (FIXED32, FIXED64):
            length = 4 if kind == FIXED32 else 8
        else:
            raise BadFrame(f"field {number} is of wire type {kind}, which is not used", content)
        if at + length > len(content):
            raise BadFrame(f"field {number} is longer than its message", content)
        yield number, kind, content[at : at + length]
        at += length


def encode(number: int, value: int | bytes) -> bytes:
    """One field: a varint, or bytes with their length."""
    if isinstance(value, int):
        return _packed(number << 3 | VARINT) + _packed(value)
    return _packed(number << 3 | BYTES) + _packed(len(value)) + value


def _packed(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """A varint and where the next thing begins."""
    value = 0
    for place in range(_MOST_VARINT):
        if at + place >= len(content):
            raise BadFrame("the message ends within a number", content)
        byte = content[at + place]
        value |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return value & _MASK, at + place + 1
    raise BadFrame("a number is longer than ten bytes", content)
