"""What a device sends in a form that nobody should is kept as evidence: it may be an alarm."""

import pytest

from gateway.drivers.gbt26875.calendar_time import write_time
from gateway.drivers.gbt26875.device import TWO_HOSTS
from gateway.drivers.gbt26875.frame import Command, encode_frame
from gateway.drivers.gbt26875.record import DeviceState, PartState, SystemState
from gateway.drivers.gbt26875.text import write_text
from gateway.drivers.gbt26875.type_flag import TypeFlag
from gateway.drivers.gbt26875.unit import Unit, decode_unit, encode_unit, unit_of
from tests.unit.gateway.gbt26875.builders import (
    FIRE,
    NORMAL,
    NOW_MS,
    frame,
    heard,
    part,
    parts,
    reply_of,
    said,
    station,
)

KEPT = [("unknown_event", "raise")]


@pytest.mark.parametrize("command", [Command.CONTROL, Command.REQUEST])
def test_an_alarm_in_a_command_that_only_a_centre_gives_is_kept(command: Command) -> None:
    unit = unit_of(TypeFlag.PART_STATE, part(FIRE))
    where, data = station(), encode_frame(frame(command, unit))
    turn = heard(where, data)
    assert reply_of(turn).command == Command.DENY
    assert said(turn) == KEPT
    assert turn.events[0].raw == encode_unit(unit).hex()
    assert said(heard(where, data, 10.0)) == [], "the same, sent again as it was denied"


def test_a_command_that_carries_nothing_is_denied_alone() -> None:
    turn = heard(station(), encode_frame(frame(Command.REQUEST)))
    assert (reply_of(turn).command, said(turn)) == (Command.DENY, [])


def two(flag: TypeFlag) -> bytes:
    """Two objects, of which the device counts one; the second is a fire."""
    tag = write_time(NOW_MS)
    match flag:
        case TypeFlag.SYSTEM_STATE:
            unit = unit_of(flag, SystemState(1, 1, NORMAL, tag), SystemState(1, 2, FIRE, tag))
        case TypeFlag.DEVICE_STATE:
            unit = unit_of(flag, DeviceState(NORMAL, tag), DeviceState(FIRE, tag))
        case _:
            text = write_text("走廊")
            unit = unit_of(
                flag,
                PartState(1, 1, 42, 1, NORMAL, text, tag),
                PartState(1, 1, 42, 2, FIRE, text, tag),
            )
    data = encode_unit(unit)
    return data[:1] + b"\x01" + data[2:]


@pytest.mark.parametrize(
    "flag", [TypeFlag.SYSTEM_STATE, TypeFlag.PART_STATE, TypeFlag.DEVICE_STATE]
)
def test_an_object_more_than_a_device_counts_is_kept(flag: TypeFlag) -> None:
    data = two(flag)
    unit = decode_unit(data)
    assert encode_unit(unit) == data
    turn = heard(station(), encode_frame(frame(unit=unit)))
    assert reply_of(turn).command == Command.CONFIRM
    assert [one for one in said(turn) if one[1] == "raise"] == KEPT
    assert next(one.raw for one in turn.events if one.state == "raise") == data.hex()


@pytest.mark.parametrize("padding", [b"\0" * 60, b"\xff" * 60, b"  \0", b"\x16"])
def test_padding_behind_what_was_counted_is_nothing(padding: bytes) -> None:
    data = encode_unit(unit_of(TypeFlag.PART_STATE, part(NORMAL))) + padding
    turn = heard(station(), encode_frame(frame(unit=decode_unit(data))))
    assert [one for one in said(turn) if one[1] == "raise"] == []


def test_two_devices_under_one_address_are_told_now_and_then() -> None:
    where = station()
    told = []
    for beat in range(600):
        host = ("192.0.2.7", "192.0.2.8")[beat % 2]
        turn = heard(where, parts(part(NORMAL), serial=beat), 15.0 * beat, host=host)
        told += [(beat, one.text) for one in turn.events if one.code == TWO_HOSTS]
    text = "两台设备使用同一地址 10021: 192.0.2.7 与 192.0.2.8, 其报警会混在一起"
    assert [(beat, said) for beat, said in told if beat < 240] == [
        (4, text.replace("7 与 192.0.2.8", "8 与 192.0.2.7"))
    ]
    assert len(told) == 3, "once an hour"


def test_a_device_that_comes_from_another_host_at_times_is_one() -> None:
    where = station()
    for beat in range(100):
        host = f"192.0.2.{beat % 2}"
        turn = heard(where, parts(part(NORMAL), serial=beat), 60.0 * beat, host=host)
        assert [one for one in turn.events if one.code == TWO_HOSTS] == []


def test_what_could_not_be_stored_of_two_devices_is_told_again() -> None:
    where, told = station(), 0
    for beat in range(8):
        turn = heard(
            where,
            parts(part(NORMAL), serial=beat),
            15.0 * beat,
            host=f"192.0.2.{beat % 2}",
            stores=beat != 4,
        )
        told += sum(one.code == TWO_HOSTS for one in turn.events)
    assert told == 2


def test_a_unit_of_no_type_holds_no_more() -> None:
    assert not Unit(None, rest=b"\x16").may_hold_more
