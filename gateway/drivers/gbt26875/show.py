"""A frame for people and programs who look at it: every field by name, nothing left out."""

from typing import Any, Final

from msgspec import Struct

from gateway.drivers.gbt26875 import calendar_time, frame
from gateway.drivers.gbt26875.event import Reading
from gateway.drivers.gbt26875.frame import HEAD_BYTES, Checksum, Frame
from gateway.drivers.gbt26875.profile import Profile, value_of
from gateway.drivers.gbt26875.record import (
    DeviceOperation,
    DeviceState,
    PartReading,
    PartState,
    Record,
    SystemOperation,
    SystemState,
)
from gateway.drivers.gbt26875.text import read_part, read_text
from gateway.drivers.gbt26875.unit import Unit
from gateway.drivers.gbt26875.word import Table, bit_names, word
from gateway.wire import WireEvent

Shown = dict[str, str | int | float | list[str] | None]
_BITS: Final[dict[type[Record], Table]] = {
    SystemState: "system_state",
    PartState: "part_state",
    DeviceState: "device_state",
    SystemOperation: "system_operation",
    DeviceOperation: "device_operation",
}


class ShownFrame(Struct, frozen=True, kw_only=True):
    """A frame, laid open.

    Attributes:
        time: Wall clock of the sender, which has no zone; None when it is no time.
        type: Type flag; None when the unit is too short to have one.
        rest_hex: Bytes of the unit that belong to no object.
        events: What the gateway would tell the platform.
        readings: What the gateway would measure, in the catalogue's units.
        problems: What the gateway could not use.
    """

    protocol: str = "gbt26875"
    serial: int
    version: str
    time: str | None
    source: int
    source_hex: str
    destination: int
    destination_hex: str
    app_len: int
    command: int
    command_name: str
    type: int | None
    type_name: str | None
    count: int
    objects: list[Shown]
    rest_hex: str
    checksum_ok: bool
    checksum_form: str | None
    checksum_given: str
    checksum_computed: str
    end_ok: bool
    events: list[WireEvent]
    readings: list[Shown]
    problems: list[str]


def show_frame(
    data: bytes, read: Frame, unit: Unit, profile: Profile, reading: Reading
) -> ShownFrame:
    """The frame, laid open; its sum may be wrong."""
    form = frame.form_of(data)
    flag = unit.type_flag
    return ShownFrame(
        serial=read.serial,
        version=f"{read.main_version}.{read.user_version}",
        time=calendar_time.local_text(read.sent, profile.time),
        source=read.source,
        source_hex=_address_hex(read.source),
        destination=read.destination,
        destination_hex=_address_hex(read.destination),
        app_len=len(data) - HEAD_BYTES - 3,
        command=read.command,
        command_name=word("command", read.command).name,
        type=flag,
        type_name=None if flag is None else word("type", flag).name,
        count=unit.count,
        objects=[show_record(one, profile) for one in unit.records],
        rest_hex=unit.rest.hex(),
        checksum_ok=form is not None,
        checksum_form=form,
        checksum_given=f"{data[-3]:02x}",
        checksum_computed=f"{frame.checksum_of(data, form or profile.checksum or Checksum.SUM):02x}",
        end_ok=data[-2:] == frame.END,
        events=reading.events,
        readings=[
            {"asset": sample.asset, "class": kind, "metric": metric, "value": value}
            for sample, kind in reading.samples
            for metric, value in sample.values.items()
        ],
        problems=reading.problems,
    )


def show_record(one: Record, profile: Profile) -> Shown:
    """An information object by the names of its fields."""
    shown: Shown = {}
    for name in one.__struct_fields__:
        shown |= _show_field(name, getattr(one, name), one, profile)
    return shown


def _show_field(name: str, value: Any, one: Record, profile: Profile) -> Shown:
    match name:
        case "system_type" | "part_type":
            kind: Table = "system" if name == "system_type" else "part"
            return {name: value, f"{kind}_name": word(kind, value).name}
        case "part_addr":
            return {
                name: read_part(value, profile.part_address),
                "part_addr_hex": value.to_bytes(4, "little").hex(),
                "part_addr_u32_le": value,
            }
        case "status" | "bits":
            bits = bit_names(_BITS[type(one)], value)
            return {"status" if name == "status" else "op_flag": value, "bits": bits}
        case "text":
            return {"desc": read_text(value)}
        case "time" | "since":
            return {name: calendar_time.local_text(value, profile.time)}
        case _:
            return _show_number(name, value, one, profile)


def _show_number(name: str, value: int, one: Record, profile: Profile) -> Shown:
    match name:
        case "quantity":
            return {"analog_type": value, "analog": word("quantity", value).name}
        case "raw" if isinstance(one, PartReading):
            quantity = profile.quantity(one.quantity)
            measured = None if quantity is None else value_of(value, quantity)
            return {
                name: value,
                "value": measured,
                "unit": None if quantity is None else quantity.unit,
            }
        case "minor":
            return {"version": f"{getattr(one, 'major', 0)}.{value}"}
        case "major":
            return {}
        case "minutes":
            return {"answer_timeout_min": value}
        case _:
            return {name: value}


def _address_hex(address: int) -> str:
    return address.to_bytes(6, "little").hex()
