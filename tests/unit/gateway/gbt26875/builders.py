"""Frames of a device, with what a test cares about said and the rest as usual."""

from typing import Any

from msgspec.structs import replace

from gateway.code_systems import load_code_system
from gateway.drivers.asset_option import AssetAddress
from gateway.drivers.gbt26875.calendar_time import write_time
from gateway.drivers.gbt26875.device import Rules
from gateway.drivers.gbt26875.frame import (
    Address,
    Checksum,
    Command,
    Frame,
    encode_frame,
    flaw_of,
    read_frame,
)
from gateway.drivers.gbt26875.naming import DeviceKey, names_of
from gateway.drivers.gbt26875.profile import Profile
from gateway.drivers.gbt26875.record import (
    DeviceOperation,
    DeviceState,
    PartState,
    Record,
    SystemState,
)
from gateway.drivers.gbt26875.splitter import Piece
from gateway.drivers.gbt26875.station import Station
from gateway.drivers.gbt26875.text import write_text
from gateway.drivers.gbt26875.turn import Now, Turn
from gateway.drivers.gbt26875.type_flag import TypeFlag
from gateway.drivers.gbt26875.unit import Unit, encode_unit, unit_of

NOW_MS = 1_763_706_625_000
DEVICE = Address(10021)
CENTRE = Address(31000)
KEY = DeviceKey("10021")
HOST = "192.0.2.7"

FIRE = 0b11
FAULT = 0b101
NORMAL = 1


def at(steady_s: float = 0.0) -> Now:
    """So many seconds after the beginning, on both clocks."""
    return Now(ms=NOW_MS + round(steady_s * 1000), steady_s=1000.0 + steady_s)


def frame(command: Command = Command.SEND, unit: Unit | None = None, **changes: Any) -> Frame:
    usual = Frame(
        7,
        1,
        2,
        write_time(NOW_MS),
        DEVICE,
        CENTRE,
        command,
        b"" if unit is None else encode_unit(unit),
        Checksum.SUM,
    )
    return replace(usual, **changes)


def part(status: int, point: int = 17, kind: int = 42, *, time: bytes | None = None) -> Record:
    """State of a part at zone 3."""
    tag = write_time(NOW_MS) if time is None else time
    return PartState(1, 1, kind, 3 | point << 16, status, write_text("走廊"), tag)


def parts(*states: Record, **changes: Any) -> bytes:
    return encode_frame(frame(unit=unit_of(TypeFlag.PART_STATE, *states), **changes))


def system(status: int) -> bytes:
    state = SystemState(1, 1, status, write_time(NOW_MS))
    return encode_frame(frame(unit=unit_of(TypeFlag.SYSTEM_STATE, state)))


def device_state(status: int, **changes: Any) -> bytes:
    state = DeviceState(status, write_time(NOW_MS))
    return encode_frame(frame(unit=unit_of(TypeFlag.DEVICE_STATE, state), **changes))


def operation(bits: int, **changes: Any) -> bytes:
    one = DeviceOperation(bits, 3, write_time(NOW_MS))
    return encode_frame(frame(unit=unit_of(TypeFlag.DEVICE_OPERATION, one), **changes))


def spoilt(data: bytes) -> bytes:
    """The frame with a sum that holds in no known form."""
    return data[:-3] + bytes(((data[-3] + 0x5B) & 0xFF,)) + data[-2:]


def station(profile: Profile | None = None, *assets: tuple[str, str, str], **rules: Any) -> Station:
    named = [
        AssetAddress.model_validate({"code": code, "class": kind, "address": address})
        for code, kind, address in assets
    ]
    hosts = rules.pop("hosts", None)
    profiles = {} if profile is None else {KEY: profile}
    codes = load_code_system("gbt26875")
    return Station(Rules(address=CENTRE, **rules), names_of(named), profiles, codes, hosts)


def heard(
    where: Station, data: bytes, steady_s: float = 0.0, *, stores: bool = True, host: str = HOST
) -> Turn:
    """What a frame leads to, stored or lost as the disk would have it."""
    turn = where.hear(Piece(data, flaw_of(data)), host, at(steady_s))
    assert turn is not None
    if stores:
        where.stored(turn, at(steady_s))
    else:
        where.lost(turn)
    return turn


def said(turn: Turn) -> list[tuple[str, str]]:
    return [(event.event, event.state) for event in turn.events]


def reply_of(turn: Turn) -> Frame:
    return read_frame(turn.answer)
