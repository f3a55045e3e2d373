"""BACnet messages beside what they say; the recorded ones are of a device of bacpypes3 0.0.110."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.driver import DriverSettings
from gateway.drivers.bacnet import apdu
from gateway.drivers.bacnet.apdu import (
    Changed,
    ObjectId,
    Refused,
    Values,
    confirm,
    decode,
    read_multiple,
    read_one,
    subscribe,
)
from gateway.drivers.bacnet.lift import Machine, ObjectKind, Property
from gateway.drivers.bacnet.link import open_driver
from gateway.errors import BadFrame, BadSettings

CASES = sorted((Path(__file__).parent / "cases" / "bacnet").iterdir())
LIFT = ObjectId(59, 1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_message_says_what_it_says(case: Path) -> None:
    datagram = bytes.fromhex((case / "input.hex").read_text())
    error = case / "error.txt"
    if error.exists():
        with pytest.raises(BadFrame) as raised:
            decode(datagram)
        assert raised.value.reason.startswith(error.read_text().strip())
        return
    wanted = json.loads((case / "expected.json").read_text())
    found = decode(datagram)
    assert type(found).__name__ == wanted["kind"]
    assert getattr(found, "invoke", None) == wanted.get("invoke")
    if isinstance(found, Refused):
        assert found.reason == wanted["reason"]
    if isinstance(found, Values | Changed):
        look = Machine(asset="A-1", kind=ObjectKind(found.of.kind)).read(found.properties, 1)
        assert look.sample.values == wanted["values"]
        raised_ones = [one for one in look.conditions if one.state == "raise"]
        assert [[one.event, one.code] for one in raised_ones] == wanted["raised"]
        assert all(one.raw for one in raised_ones if one.event == "unknown_event")


def test_questions_are_those_of_the_standard() -> None:
    many = "810a0016 01040005 010e 0c0ec00001 1e 0951 0a01ca 1f"
    assert read_multiple(1, LIFT, (81, 458)) == bytes.fromhex(many)
    assert read_one(2, LIFT, 458) == bytes.fromhex("810a0012 01040005 020c 0c0ec00001 1a01ca")
    notify = "810a0016 01040005 0305 0901 1c0ec00001 2901 3a012c"
    assert subscribe(3, LIFT, 1, 300) == bytes.fromhex(notify)
    assert confirm(9) == bytes.fromhex("810a0009 0100 200901")


def test_nothing_can_be_written() -> None:
    makers = (read_multiple(1, LIFT, (81,)), read_one(1, LIFT, 81), subscribe(1, LIFT, 1, 60))
    assert [one[9] for one in makers] == [14, 12, 5]
    assert not [name for name in vars(apdu) if "write" in name.lower()]


@pytest.mark.parametrize(
    ("doors", "closed"),
    [
        ((0, 0), 1.0),
        ((0, 1), 0.0),
        ((0, 2), None),
        ((2, 1), 0.0),
        ((0, 4, 5), 1.0),
        ((8,), 1.0),
        ((3,), None),
        ((5,), None),
        ((), None),
    ],
)
def test_a_car_is_closed_when_every_door_is(doors: tuple[int, ...], closed: float | None) -> None:
    machine = Machine(asset="A", kind=ObjectKind.LIFT)
    look = machine.read({Property.CAR_DOOR_STATUS: doors}, 1)
    assert look.sample.values["door_closed"] == closed


def test_floors_are_counted_from_the_first() -> None:
    machine = Machine(asset="A", kind=ObjectKind.LIFT, first_floor=-2)
    assert machine.read({Property.CAR_POSITION: (1,)}, 1).sample.values["floor"] == -2


MACHINE = {"asset": "L-1", "device": "127.0.0.1:47808", "object": "lift:1"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"machines": []}, "machines"),
        ({"machines": [{**MACHINE, "object": "analog-input:1"}]}, "object"),
        ({"machines": [{**MACHINE, "device": "somewhere"}]}, "device"),
        ({"machines": [MACHINE, MACHINE]}, "at two objects"),
        ({"assets": [{"code": "L-1", "class": "escalator"}]}, "no object of class escalator"),
        ({"listen": "x"}, "listen"),
    ],
)
def test_wrong_options_are_refused(change: dict[str, Any], complaint: str) -> None:
    options = {"machines": [MACHINE], **change}
    with pytest.raises(BadSettings, match=complaint):
        open_driver(DriverSettings(name="b", driver="bacnet", options=options))


DATAGRAMS = [bytes.fromhex((case / "input.hex").read_text()) for case in CASES]


def taken(datagram: bytes) -> None:
    with suppress(BadFrame):
        found = decode(datagram)
        if isinstance(found, Values | Changed):
            for kind in ObjectKind:
                Machine(asset="A", kind=kind).read(found.properties, 1)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=120))
def test_any_bytes_are_a_message_or_refused(noise: bytes) -> None:
    taken(noise)
    body = b"\x01\x00" + noise
    taken(b"\x81\x0a" + (len(body) + 4).to_bytes(2, "big") + body)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(DATAGRAMS), st.lists(st.tuples(st.integers(4, 90), st.integers(0, 255))))
def test_any_byte_changed_is_read_or_refused(
    datagram: bytes, changes: list[tuple[int, int]]
) -> None:
    changed = bytearray(datagram)
    for at, byte in changes:
        if at < len(changed):
            changed[at] = byte
    taken(bytes(changed))


def test_a_number_of_hundreds_of_digits_is_no_position() -> None:
    machine = Machine(asset="L-1", kind=ObjectKind.LIFT)
    look = machine.read({Property.CAR_POSITION: (256**200,)}, 1)
    assert look.sample.values["floor"] is None
