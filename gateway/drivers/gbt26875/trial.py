"""One frame, or several joined, as `towerwatch gateway try gbt26875` shows them."""

from collections.abc import Iterator
from typing import Final

import msgspec

from gateway.catalogue import Text
from gateway.code_systems import load_code_system
from gateway.drivers.gbt26875 import frame
from gateway.drivers.gbt26875.event import SYSTEM, Meanings, Reader, Reading
from gateway.drivers.gbt26875.frame import (
    HEAD_BYTES,
    MAX_FRAME_BYTES,
    OVERHEAD_BYTES,
    Command,
    Flaw,
    Frame,
)
from gateway.drivers.gbt26875.naming import DeviceKey, Naming
from gateway.drivers.gbt26875.profile import STANDARD, Profile, shipped_profiles
from gateway.drivers.gbt26875.show import ShownFrame, show_frame
from gateway.drivers.gbt26875.unit import Unit, decode_unit
from gateway.drivers.protocol import Protocol
from gateway.errors import BadFrame

_SENTENCES: Final = {
    Flaw.START: "a frame begins with 40 40",
    Flaw.SHORT: "the bytes end before the frame does",
    Flaw.LENGTH: "the length of its unit cannot be",
    Flaw.END: "the end mark 23 23 does not stand where the length says",
    Flaw.CHECKSUM: "the checksum is wrong in every known form",
    Flaw.COMMAND: "the command is not one of 1 to 6",
}


def read(data: bytes, now_ms: int) -> list[ShownFrame]:
    """Each frame in the bytes. Raises BadFrame at the first that is broken."""
    return [_read_one(piece, now_ms) for piece in _pieces(data)]


def _pieces(data: bytes) -> Iterator[bytes]:
    """The bytes cut at the lengths that the frames themselves say."""
    if not data:
        raise BadFrame(_SENTENCES[Flaw.SHORT])
    at = 0
    while at < len(data):
        rest = len(data) - at
        length = frame.length_at(data, at) if rest >= HEAD_BYTES else rest
        length = rest if length > MAX_FRAME_BYTES else min(length, rest)
        yield data[at : at + length]
        at += length


def _read_one(data: bytes, now_ms: int) -> ShownFrame:
    flaw = frame.flaw_of(data)
    if len(data) < OVERHEAD_BYTES or flaw in (Flaw.START, Flaw.SHORT, Flaw.LENGTH):
        raise BadFrame(_SENTENCES[flaw or Flaw.SHORT])
    read = frame.read_frame(data)
    unit = decode_unit(read.unit)
    profile = shipped_profiles()[STANDARD]
    shown = show_frame(data, read, unit, profile, _reading(read, unit, profile, now_ms))
    if flaw is None:
        return shown
    raise BadFrame(_SENTENCES[flaw], data, msgspec.to_builtins(shown))


def _reading(read: Frame, unit: Unit, profile: Profile, now_ms: int) -> Reading:
    """What the gateway would tell of it, if it were the first frame of its device."""
    if read.command not in (Command.SEND, Command.ANSWER) or unit.type_flag is None:
        return Reading([], [], None, [])
    naming = Naming(DeviceKey(str(read.source)), {}, profile.part_address)
    reader = Reader(naming, profile, Meanings(load_code_system(SYSTEM)), tidies=False)
    return reader.read(read, unit, now_ms)


PROTOCOL: Final = Protocol(
    name="gbt26875",
    label=Text(
        zh="GB/T 26875.3-2011 用户信息传输装置与监控中心",
        en="GB/T 26875.3-2011, transmission device to centre",
    ),
    example=bytes.fromhex(
        "404001000101203a091a090c790300000000385b01000000090002150108023a091a090c422323"
    ),
    read=read,
)
