"""The frame of GB/T 26875.3-2011 (table 1): bytes in, fields out, and back to the same bytes.

    @@ | serial | version | time | source | destination | length | command | unit | sum | ##
    2      2        2        6       6          6           2         1       L     1     2

Numbers are little-endian; the sum goes over everything between the start mark and itself. Nothing
here waits or remembers: `splitter` finds frames in a stream, `unit` reads what a frame carries.
"""

import struct
from enum import IntEnum, StrEnum
from functools import reduce
from operator import xor
from typing import Final, NewType

from msgspec import Struct

Address = NewType("Address", int)
"""Address of a transmission device or a centre: six bytes, the lowest first."""

START: Final = b"@@"
END: Final = b"##"
HEAD_BYTES: Final = 27
"""From the start mark to the command [B]."""
OVERHEAD_BYTES: Final = 30
"""A frame without a unit [B]."""
MAX_UNIT_BYTES: Final = 1024
MAX_FRAME_BYTES: Final = OVERHEAD_BYTES + MAX_UNIT_BYTES
_HEAD: Final = struct.Struct("<2sHBB6sIHIHHB")
_LENGTH: Final = struct.Struct("<H")
_LENGTH_AT: Final = 24
SUM_FROM: Final = 2
_COMMAND_AT: Final = 26


class Command(IntEnum):
    """What a frame wants (table 2). 7 to 127 are reserved, 128 to 255 a vendor's own."""

    CONTROL = 1
    SEND = 2
    CONFIRM = 3
    REQUEST = 4
    ANSWER = 5
    DENY = 6


COMMANDS: Final = frozenset(Command)


class Checksum(StrEnum):
    """What a device adds up. The standard knows the first form; the others were met in the field."""

    SUM = "sum"
    SUM_FROM_COMMAND = "sum_from_command"
    XOR = "xor"


class Flaw(StrEnum):
    """Why bytes are not a frame: what the standard lets a receiver deny (clause 6)."""

    START = "start"
    SHORT = "short"
    LENGTH = "length"
    END = "end"
    CHECKSUM = "checksum"
    COMMAND = "command"


class Frame(Struct, frozen=True, gc=False):
    """A frame. Two frames are equal when their bytes are.

    Attributes:
        serial: Counted up by whoever begins a dialogue; an answer repeats it.
        sent: When, as its six bytes; `calendar_time` reads them.
        unit: Application data unit, may be empty.
        checksum: The form in which its sum holds.
    """

    serial: int
    main_version: int
    user_version: int
    sent: bytes
    source: Address
    destination: Address
    command: int
    unit: bytes = b""
    checksum: Checksum = Checksum.SUM


class Head(Struct, frozen=True, gc=False):
    """The fields before the unit, of a frame that may be broken further on."""

    serial: int
    main_version: int
    user_version: int
    sent: bytes
    source: Address
    destination: Address
    length: int
    command: int


def head_of(data: bytes | bytearray | memoryview, at: int = 0) -> Head:
    """The head at a place; there must be HEAD_BYTES of it."""
    (_, serial, main, user, sent, s_low, s_high, d_low, d_high, length, command) = (
        _HEAD.unpack_from(data, at)
    )
    return Head(
        serial,
        main,
        user,
        sent,
        Address(s_low | s_high << 32),
        Address(d_low | d_high << 32),
        length,
        command,
    )


def length_at(data: bytes | bytearray | memoryview, at: int) -> int:
    """Length of the whole frame [B] by its own word; HEAD_BYTES of it must be there."""
    return int(_LENGTH.unpack_from(data, at + _LENGTH_AT)[0]) + OVERHEAD_BYTES


def checksum_of(data: bytes | bytearray | memoryview, form: Checksum = Checksum.SUM) -> int:
    """The sum that a whole frame should carry, whatever it does carry."""
    match form:
        case Checksum.SUM:
            return sum(data[SUM_FROM:-3]) & 0xFF
        case Checksum.SUM_FROM_COMMAND:
            return sum(data[_COMMAND_AT:-3]) & 0xFF
        case Checksum.XOR:
            return reduce(xor, data[SUM_FROM:-3], 0)


def form_of(data: bytes | bytearray | memoryview) -> Checksum | None:
    """The form in which the frame's sum holds, the standard's first; None: in no known form."""
    given = data[-3]
    if sum(data[SUM_FROM:-3]) & 0xFF == given:
        return Checksum.SUM
    for form in (Checksum.SUM_FROM_COMMAND, Checksum.XOR):
        if checksum_of(data, form) == given:
            return form
    return None


def flaw_of(data: bytes | memoryview) -> Flaw | None:
    """What is wrong with bytes that should be one frame; a command nobody knows comes last."""
    if data[:2] != START:
        return Flaw.START
    length = length_at(data, 0) if len(data) >= HEAD_BYTES else MAX_FRAME_BYTES
    if length > MAX_FRAME_BYTES or length < len(data):
        return Flaw.LENGTH
    if length > len(data):
        return Flaw.SHORT
    if data[-2:] != END:
        return Flaw.END
    if form_of(data) is None:
        return Flaw.CHECKSUM
    return None if data[_COMMAND_AT] in COMMANDS else Flaw.COMMAND


def read_frame(data: bytes) -> Frame:
    """The fields of one whole frame that `flaw_of` found nothing wrong with, or only its sum."""
    (_, serial, main, user, sent, s_low, s_high, d_low, d_high, _length, command) = (
        _HEAD.unpack_from(data)
    )
    return Frame(
        serial,
        main,
        user,
        sent,
        Address(s_low | s_high << 32),
        Address(d_low | d_high << 32),
        command,
        bytes(data[HEAD_BYTES:-3]),
        form_of(data) or Checksum.SUM,
    )


def encode_frame(frame: Frame) -> bytes:
    """The frame's bytes.

    Raises:
        ValueError: The unit is longer than the standard allows.
    """
    if len(frame.unit) > MAX_UNIT_BYTES:
        raise ValueError(f"a unit of {len(frame.unit)} bytes; the standard allows {MAX_UNIT_BYTES}")
    head = _HEAD.pack(
        START,
        frame.serial,
        frame.main_version,
        frame.user_version,
        frame.sent,
        frame.source & 0xFFFFFFFF,
        frame.source >> 32,
        frame.destination & 0xFFFFFFFF,
        frame.destination >> 32,
        len(frame.unit),
        frame.command,
    )
    body = b"".join((head, frame.unit, b"\x00", END))
    return b"".join((body[:-3], bytes((checksum_of(body, frame.checksum),)), END))
