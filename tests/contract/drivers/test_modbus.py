"""Modbus answers beside what they say, and register maps beside what they mean."""

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.driver import DriverSettings
from gateway.drivers.modbus.codec import look, registers, unread
from gateway.drivers.modbus.frame import (
    Block,
    Framing,
    Function,
    Question,
    crc,
    decode,
    encode,
    wanted,
)
from gateway.drivers.modbus.line import NoAnswer
from gateway.drivers.modbus.link import Blind, Modbus, ModbusOptions, Unit, open_driver
from gateway.drivers.modbus.register_map import RegisterMap, blocks, load_map, ready_maps
from gateway.drivers.modbus.value import Kind, Order, Registers, number
from gateway.drivers.turn import Turn
from gateway.errors import BadFrame, BadSettings
from tests.contract.drivers.notebook import Notebook

FOLDER = Path(__file__).parent / "cases"
FRAMES = sorted((FOLDER / "modbus_frame").iterdir())
LOOKS = sorted((FOLDER / "modbus").iterdir())


def question(values: dict[str, Any]) -> Question:
    return Question(
        framing=Framing(values["framing"]),
        unit=values["unit"],
        number=values["number"],
        block=Block(
            function=Function[values["function"].upper()],
            address=values["address"],
            count=values["count"],
        ),
    )


@pytest.mark.parametrize("case", FRAMES, ids=lambda case: case.name)
def test_an_answer_says_what_it_says(case: Path) -> None:
    asked = question(json.loads((case / "question.json").read_text()))
    answer = bytes.fromhex((case / "answer.hex").read_text())
    error = case / "error.txt"
    if error.exists():
        with pytest.raises(BadFrame) as raised:
            decode(asked, answer)
        assert raised.value.reason.startswith(error.read_text().strip())
        return
    assert list(decode(asked, answer)) == json.loads((case / "expected.json").read_text())
    assert wanted(asked.framing, answer[:6]) == len(answer)


@pytest.mark.parametrize("case", LOOKS, ids=lambda case: case.name)
def test_registers_say_what_their_map_says(case: Path) -> None:
    content = json.loads((case / "case.json").read_text())
    layout = (
        load_map(content["map"])
        if isinstance(content["map"], str)
        else RegisterMap.model_validate(content["map"])
    )
    found: Registers = {}
    for block, answer in zip(blocks(layout), content["answers"], strict=True):
        if answer is not None:
            asked = Question(framing=Framing.RTU, unit=1, block=block)
            found = {**found, **registers(block, decode(asked, bytes.fromhex(answer)))}
    seen = look(layout, "A-1", found, 1_763_766_001_000)
    wanted_look = json.loads((case / "expected.json").read_text())
    assert seen.sample is not None
    assert seen.sample.values == pytest.approx(wanted_look["values"], abs=1e-6)
    raised = [[one.event, one.code] for one in seen.conditions if one.state == "raise"]
    assert raised == wanted_look["raised"]
    over = [one.event for one in seen.conditions if one.state == "clear"]
    if isinstance(wanted_look["over"], str):
        standing = {event for event, _ in raised}
        assert standing == {*wanted_look["over"].removeprefix("all but ").split()}
        assert not standing & {*over}
        assert "safety_circuit_open" in over
    else:
        assert over == wanted_look["over"]
    assert list(seen.problems) == wanted_look["problems"]


def test_a_condition_is_not_over_while_another_bit_of_it_was_not_answered() -> None:
    flags = [
        {"function": "holding", "address": address, "bit": 0, "event": "fault"}
        for address in (4, 100)
    ]
    layout = RegisterMap.model_validate(
        {"name": "x", "title": "x", "source": "x", "class": "pump", "flags": flags}
    )
    half = {(Function.HOLDING, 4): 0}
    assert look(layout, "A-1", half, 1).conditions == ()
    whole = {**half, (Function.HOLDING, 100): 0}
    assert {one.state for one in look(layout, "A-1", whole, 1).conditions} == {"clear"}


def test_the_places_that_were_not_answered_are_named() -> None:
    layout = RegisterMap.model_validate(
        {
            "name": "x",
            "title": "x",
            "source": "x",
            "class": "pump",
            "flags": [{"function": "holding", "address": 4, "bit": 3, "event": "fault"}],
            "codes": [{"function": "input", "address": 9, "system": "gbt24476"}],
        }
    )
    seen = look(layout, "A-1", {(Function.HOLDING, 4): 0}, 1)
    assert seen.unread == ("input:9",)
    assert look(layout, "A-1", {}, 1).unread == ("holding:4:3", "input:9")
    raised = unread("A-1", 1, seen.unread)
    assert (raised.state, raised.text) == ("raise", "设备应答, 但读不到报警状态寄存器: input:9")
    assert unread("A-1", 1, ()).state == "clear"


class Half:
    """A line whose unit answers for its values, and for its status only at times."""

    def __init__(self) -> None:
        self.has_status = False

    def ask(self, question: Question) -> bytes:
        if question.block.address == 100 and not self.has_status:
            raise NoAnswer
        body = bytes((question.unit, 3, 2, 0, 1))
        return body + crc(body).to_bytes(2, "little")

    def close(self) -> None:
        pass


def test_a_unit_that_answers_and_not_for_its_alarms_is_told() -> None:
    layout = RegisterMap.model_validate(
        {
            "name": "x",
            "title": "x",
            "source": "x",
            "class": "fire_water",
            "metrics": {"pressure": {"function": "holding", "address": 0, "unit": "kPa"}},
            "flags": [{"function": "holding", "address": 100, "bit": 1, "event": "sensor_fault"}],
        }
    )
    options = ModbusOptions.model_validate(
        {
            "line": {"url": "rtu+tcp://127.0.0.1:1"},
            "units": [{"asset": "A-1", "unit": 1, "map": "pressure_transmitter"}],
        }
    )
    unit = Unit(
        options=options.units[0],
        layout=layout,
        blocks=tuple(blocks(layout)),
        turn=Turn(1.0),
        blind=Blind(),
    )
    one, sink, line = Modbus("m", options, [unit]), Notebook(), Half()
    stop = threading.Event()
    for _ in range(2):
        one.look(unit, line, sink, stop)
    assert sink.events == []
    for _ in range(2):
        one.look(unit, line, sink, stop)
    assert sink.said() == [("A-1", "unknown_event", "raise")]
    line.has_status = True
    one.look(unit, line, sink, stop)
    assert sink.said()[1:] == [("A-1", "unknown_event", "clear")]


def test_a_code_file_that_is_being_changed_stops_no_look(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("system,code,event\nmine,1,fault\n")
    place = {"function": "holding", "address": 1, "system": str(file)}
    layout = RegisterMap.model_validate(
        {"name": "x", "title": "x", "source": "x", "class": "pump", "codes": [place]}
    )
    file.write_text("half a line")
    seen = look(layout, "A-1", {(Function.HOLDING, 1): 1}, 1)
    assert [one.event for one in seen.conditions if one.state == "raise"] == ["fault"]


def test_questions_are_those_of_the_specification() -> None:
    block = Block(function=Function.HOLDING, address=0x6B, count=3)
    assert encode(Question(framing=Framing.TCP, unit=17, block=block, number=1)).hex() == (
        "0001000000061103006b0003"
    )
    assert encode(Question(framing=Framing.RTU, unit=17, block=block)).hex() == "1103006b00037687"


def test_no_question_can_write() -> None:
    assert {int(function) for function in Function} == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("words", "kind", "order", "value"),
    [
        ([0x1234], Kind.U16, Order.ABCD, 0x1234),
        ([0x1234], Kind.U16, Order.BADC, 0x3412),
        ([0xFFFE], Kind.I16, Order.CDAB, -2),
        ([0x0001, 0x86A0], Kind.U32, Order.ABCD, 100_000),
        ([0x86A0, 0x0001], Kind.U32, Order.CDAB, 100_000),
        ([0x0100, 0xA086], Kind.U32, Order.BADC, 100_000),
        ([0xA086, 0x0100], Kind.U32, Order.DCBA, 100_000),
        ([0xFFFF, 0xFFFF], Kind.I32, Order.DCBA, -1),
        ([0x42F6, 0xE979], Kind.F32, Order.ABCD, 123.456),
        ([0xE979, 0x42F6], Kind.F32, Order.CDAB, 123.456),
        ([0xF642, 0x79E9], Kind.F32, Order.BADC, 123.456),
        ([0x79E9, 0xF642], Kind.F32, Order.DCBA, 123.456),
        ([0, 0, 0, 1], Kind.U64, Order.ABCD, 1),
        ([1, 0, 0, 0], Kind.U64, Order.CDAB, 1),
        ([0xC000, 0, 0, 0], Kind.F64, Order.ABCD, -2.0),
        ([0x1999], Kind.BCD16, Order.ABCD, 1999),
        ([0x199A], Kind.BCD16, Order.ABCD, None),
        ([0x5678, 0x1234], Kind.BCD32, Order.CDAB, 12345678),
        ([0x7FC0, 0], Kind.F32, Order.ABCD, None),
        ([0x7F80, 0], Kind.F32, Order.ABCD, None),
        ([1], Kind.BIT, Order.ABCD, 1),
    ],
)
def test_a_number_stands_where_its_order_says(
    words: list[int], kind: Kind, order: Order, value: float | None
) -> None:
    assert number(words, kind, order) == pytest.approx(value)


@pytest.mark.parametrize("name", ready_maps())
def test_a_ready_map_can_be_asked_for(name: str) -> None:
    layout = load_map(name)
    assert layout.name == name
    assert "not tried" in layout.source
    assert blocks(layout)


MAP: dict[str, Any] = {"name": "m", "title": "t", "source": "s", "class": "fire_water"}
PRESSURE = {"function": "holding", "address": 4, "unit": "kPa"}


def test_neighbours_are_asked_together_and_strangers_alone() -> None:
    layout = RegisterMap.model_validate(
        {
            **MAP,
            "largest_gap": 2,
            "most_at_once": 10,
            "metrics": {
                "pressure": {**PRESSURE, "type": "f32"},
                "level": {"function": "holding", "address": 8, "unit": "m"},
                "flow": {"function": "holding", "address": 14, "unit": "L/s"},
                "battery": {"function": "input", "address": 9, "unit": "%"},
            },
        }
    )
    spans = [(one.function.name, one.address, one.count) for one in blocks(layout, shift=100)]
    assert spans == [("HOLDING", 104, 5), ("HOLDING", 114, 1), ("INPUT", 109, 1)]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"class": "rocket"}, "no asset class"),
        ({"metrics": {"speed": PRESSURE}}, "has no metric 'speed'"),
        ({"metrics": {"pressure": {**PRESSURE, "unit": "MPa"}}}, "in 'kPa', not in 'MPa'"),
        ({"metrics": {"pressure": {**PRESSURE, "function": "write"}}}, "function"),
        ({"metrics": {"pressure": {**PRESSURE, "type": "bit"}}}, "of type bit"),
        ({"metrics": {"pressure": {**PRESSURE, "address": 70000}}}, "address"),
        ({}, "reads nothing"),
        ({"flags": [{"function": "input", "address": 1, "event": "fault"}]}, "needs a bit"),
        (
            {"flags": [{"function": "input", "address": 1, "bit": 16, "event": "fault"}]},
            "less than or equal to 15",
        ),
        ({"flags": [{"function": "coils", "address": 1, "event": "nope"}]}, "no event 'nope'"),
        ({"codes": [{"function": "input", "address": 1, "system": "x"}]}, "no code system"),
    ],
)
def test_wrong_maps_are_refused(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(json.dumps({**MAP, **change}))
    with pytest.raises(BadSettings, match=complaint):
        load_map(str(path))


UNIT = {"asset": "W-1", "unit": 1, "map": "pressure_transmitter"}
OPTIONS: dict[str, Any] = {"line": {"url": "tcp://127.0.0.1:502"}, "units": [UNIT]}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"line": {"url": "http://x:1"}}, "is not tcp"),
        ({"line": {"url": "tcp://x"}}, "is not tcp"),
        ({"line": {"url": "serial:///dev/ttyS1", "parity": "X"}}, "parity"),
        ({"line": {"url": "rtu+tcp://x:1"}, "units": [{**UNIT, "unit": 0}]}, "on a serial line"),
        ({"units": [UNIT, UNIT]}, "at two units"),
        ({"units": [{**UNIT, "map": "nobody_made_it"}]}, "ready are .*pump_cabinet"),
        ({"units": [{**UNIT, "shift": 65535}]}, "cannot be read at once"),
        ({"assets": [{"code": "W-1", "class": "pump"}]}, "is a pump"),
        ({"assets": [{"code": "W-9", "class": "fire_water"}]}, "no unit for asset W-9"),
    ],
)
def test_wrong_options_are_refused(change: dict[str, Any], complaint: str) -> None:
    options = {**OPTIONS, **change}
    with pytest.raises(BadSettings, match=complaint):
        open_driver(DriverSettings(name="m", driver="modbus", options=options))


questions = st.builds(
    Question,
    framing=st.sampled_from(Framing),
    unit=st.integers(1, 247),
    number=st.integers(0, 0xFFFF),
    block=st.builds(
        Block,
        function=st.sampled_from(Function),
        address=st.integers(0, 1000),
        count=st.integers(1, 125),
    ),
)


@settings(max_examples=150, deadline=None)
@given(questions, st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_refused(asked: Question, noise: bytes) -> None:
    with suppress(BadFrame):
        assert len(decode(asked, noise)) == asked.block.count
    with suppress(BadFrame):
        assert wanted(asked.framing, noise) > 2


@settings(max_examples=150, deadline=None)
@given(questions, st.data())
def test_what_is_packed_is_read_and_any_bit_turned_is_noticed(
    asked: Question, data: st.DataObject
) -> None:
    body = data.draw(st.binary(min_size=asked.block.size, max_size=asked.block.size))
    pdu = bytes((asked.unit, asked.block.function, asked.block.size)) + body
    if asked.framing is Framing.TCP:
        head = asked.number.to_bytes(2, "big") + b"\0\0" + len(pdu).to_bytes(2, "big")
        answer = head + pdu
    else:
        answer = pdu + crc(pdu).to_bytes(2, "little")
    assert len(answer) == wanted(asked.framing, answer[:6])
    assert len(decode(asked, answer)) == asked.block.count
    if asked.framing is Framing.RTU:
        at = data.draw(st.integers(0, len(answer) * 8 - 1))
        turned = bytearray(answer)
        turned[at // 8] ^= 1 << at % 8
        with pytest.raises(BadFrame):
            decode(asked, bytes(turned))
