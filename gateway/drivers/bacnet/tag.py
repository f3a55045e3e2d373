"""BACnet's tags, core: the values inside an APDU.

References:
    ANSI/ASHRAE 135-2020 clause 20.2 (encoding of tags and application data).
"""

import math
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from gateway.errors import BadFrame

Value = float | int | bool | str | None


class Application(IntEnum):
    """Application tags whose values are read."""

    NULL = 0
    BOOLEAN = 1
    UNSIGNED = 2
    SIGNED = 3
    REAL = 4
    DOUBLE = 5
    TEXT = 7
    ENUMERATED = 9


_OPENING: Final = 6
_CLOSING: Final = 7
_EXTENDED: Final = 5
_UTF8: Final = 0


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag.

    Attributes:
        number: Application tag, or the number of the context.
        content: Its bytes; an application boolean has one byte here.
    """

    number: int
    is_context: bool
    is_opening: bool
    is_closing: bool
    content: bytes

    def opens(self, number: int) -> bool:
        """Whether it opens this context."""
        return self.is_opening and self.number == number

    def closes(self, number: int) -> bool:
        """Whether it closes this context."""
        return self.is_closing and self.number == number

    def is_of(self, number: int) -> bool:
        """Whether it is a value of this context."""
        is_value = not self.is_opening and not self.is_closing
        return self.is_context and is_value and self.number == number

    @property
    def unsigned(self) -> int:
        """The content as an unsigned number."""
        return int.from_bytes(self.content, "big")

    @property
    def value(self) -> Value:
        """An application value; None for what is not read (times, bit strings, octets)."""
        read = None if self.is_context else _READERS.get(self.number)
        return None if read is None else read(self.content)


def _text(content: bytes) -> str | None:
    return content[1:].decode("utf-8", "replace") if content[:1] == bytes((_UTF8,)) else None


def _float(content: bytes) -> float | None:
    forms = {4: ">f", 8: ">d"}
    found = struct.unpack(forms[len(content)], content)[0] if len(content) in forms else math.nan
    return found if math.isfinite(found) else None


_READERS: Final[Mapping[int, Callable[[bytes], Value]]] = {
    Application.BOOLEAN: lambda content: bool(content[0]),
    Application.UNSIGNED: lambda content: int.from_bytes(content, "big"),
    Application.SIGNED: lambda content: int.from_bytes(content, "big", signed=True),
    Application.REAL: _float,
    Application.DOUBLE: _float,
    Application.TEXT: _text,
    Application.ENUMERATED: lambda content: int.from_bytes(content, "big"),
}


def tags(content: bytes) -> Iterator[Tag]:
    """The tags in order. Raises BadFrame where the bytes do not fit."""
    at = 0
    while at < len(content):
        first = content[at]
        at += 1
        number, is_context, length = first >> 4, bool(first & 8), first & 7
        if number == 15:
            number, at = _number(content, at, 1)
        if is_context and length in (_OPENING, _CLOSING):
            is_opening = length == _OPENING
            yield Tag(number, True, is_opening, not is_opening, b"")
            continue
        if not is_context and number == Application.BOOLEAN:
            yield Tag(number, False, False, False, bytes((length & 1,)))
            continue
        if length > _EXTENDED:
            raise BadFrame(f"tag {number} has the length {length}", content)
        if length == _EXTENDED:
            length, at = _length(content, at)
        if at + length > len(content):
            raise BadFrame(f"tag {number} is longer than its message", content)
        yield Tag(number, is_context, False, False, content[at : at + length])
        at += length


def context(number: int, content: bytes) -> bytes:
    """A value of a context; such contents are at most four bytes here."""
    return bytes((number << 4 | 8 | len(content),)) + content


def opening(number: int) -> bytes:
    """The opening of a context."""
    return bytes((number << 4 | 8 | _OPENING,))


def closing(number: int) -> bytes:
    """The closing of a context."""
    return bytes((number << 4 | 8 | _CLOSING,))


def shortest(value: int) -> bytes:
    """An unsigned number in as few bytes as it needs."""
    return value.to_bytes(max((value.bit_length() + 7) // 8, 1), "big")


def _length(content: bytes, at: int) -> tuple[int, int]:
    length, at = _number(content, at, 1)
    if length == 254:
        return _number(content, at, 2)
    if length == 255:
        return _number(content, at, 4)
    return length, at


def _number(content: bytes, at: int, size: int) -> tuple[int, int]:
    if at + size > len(content):
        raise BadFrame("the message ends within a tag", content)
    return int.from_bytes(content[at : at + size], "big"), at + size
