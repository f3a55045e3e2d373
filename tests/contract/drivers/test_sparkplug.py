"""Sparkplug messages beside what they say; the payloads were packed by pysparkplug 0.6.1."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import clock
from gateway.driver import DriverSettings
from gateway.drivers.site_broker import Message
from gateway.drivers.sparkplug.host import Host
from gateway.drivers.sparkplug.link import SparkplugHost, open_driver
from gateway.drivers.sparkplug.payload import REBIRTH, DataType, Metric, decode, rebirth_command
from gateway.drivers.sparkplug.protobuf import encode, fields
from gateway.drivers.sparkplug.topic import Kind, Node, Where, parse
from gateway.errors import BadFrame, BadSettings
from tests.contract.drivers.notebook import Notebook

CASES = sorted((Path(__file__).parent / "cases" / "sparkplug").iterdir())
BASE_MS = 1_763_769_600_000
PROFILE: dict[str, Any] = {
    "metrics": {
        "speed": {"tag": "Speed", "unit": "m/s"},
        "floor": {"tag": "Floor", "unit": ""},
        "door_closed": {"tag": "Door", "unit": "", "words": {"closed": 1, "open": 0}},
    },
    "flags": [{"tag": "Alarms/Overspeed", "event": "overspeed"}],
    "codes": [{"tag": "Fault Code", "system": "gbt24476"}],
}
ASSET = {"code": "L-0007", "class": "lift", "address": "site/gw1/lift7"}
OPTIONS: dict[str, Any] = {
    "url": "mqtt://site",
    "client_id": "gw",
    "profiles": {"lift": PROFILE},
    "assets": [ASSET],
}


def host(**options: Any) -> SparkplugHost:
    made = open_driver(
        DriverSettings(name="spb", driver="sparkplug", options={**OPTIONS, **options})
    )
    assert isinstance(made, SparkplugHost)
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_messages_say_what_they_say(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, sink, said = host(), Notebook(), list[str]()

    def publish(message: Message) -> None:
        _, group, kind, node = message.topic.split("/")
        command = decode(message.payload)
        assert (kind, command.metrics[0].name) == ("NCMD", REBIRTH)
        said.append(f"rebirth {group}/{node}")

    for line in (case / "input.txt").read_text().splitlines():
        at, topic, *payload = line.split(" ")
        monkeypatch.setattr(clock, "now_ms", lambda at=int(at): BASE_MS + at * 1000)
        monkeypatch.setattr(clock, "steady_s", lambda at=int(at): 1000.0 + at)
        if topic == "tick":
            one.turn(sink, publish)
        else:
            one.do(one.take(topic, bytes.fromhex("".join(payload)), sink), sink, publish)
    wanted = json.loads((case / "expected.json").read_text())
    live = [[s.asset, s.at_ms, s.values] for s, _ in sink.samples if s.values]
    assert live[: len(wanted["samples"])] == wanted["samples"]
    assert [[e.asset, e.event, e.state, e.code] for e in sink.events] == wanted["events"]
    assert said == wanted["rebirths"]
    assert {what: n for what, n in sink.counted.items() if n} == {
        what: n for what, n in wanted["counted"].items() if n
    }


@pytest.mark.parametrize(
    ("datatype", "content", "value"),
    [
        (DataType.INT8, 0xFE, -2),
        (DataType.INT8, 0xFFFFFFFE, -2),
        (DataType.INT16, 0xFFB3, -77),
        (DataType.INT32, 0x80000000, -(2**31)),
        (DataType.INT64, 2**64 - 1, -1),
        (DataType.UINT8, 0xFE, 254),
        (DataType.UINT64, 2**64 - 1, 2**64 - 1),
        (DataType.FLOAT, 1.5, 1.5),
        (DataType.BOOLEAN, True, True),
        (99, 7, 7),
        (0, 7, 7),
    ],
)
def test_an_integer_is_signed_by_its_type(datatype: int, content: float, value: float) -> None:
    assert Metric(content=content).value(datatype) == value
    assert Metric(content=content, datatype=datatype).value(0) == value
    assert Metric(content=content, is_good=False).value(datatype) is None


@pytest.mark.parametrize(
    ("quality", "is_good"), [(192, True), (0, False), (500, False), (None, True)]
)
def test_a_value_of_bad_quality_is_no_value(quality: int | None, is_good: bool) -> None:
    value = encode(1, 3) + encode(3, quality or 0)
    properties = encode(1, b"Quality" if quality is not None else b"Other") + encode(2, value)
    metric = encode(1, b"Speed") + encode(9, properties) + encode(10, 5)
    (found,) = decode(encode(2, metric)).metrics
    assert found.value(DataType.INT32) == (5 if is_good else None)


def test_the_only_command_is_a_rebirth() -> None:
    command = decode(rebirth_command(1_763_769_600_123))
    (metric,) = command.metrics
    assert (command.at_ms, command.seq) == (1_763_769_600_123, None)
    assert (metric.name, metric.datatype, metric.content) == (REBIRTH, DataType.BOOLEAN, True)


def test_a_host_that_lost_its_connection_knows_nobody() -> None:
    known, where = Host(), Where(Node("g", "n"), "d")
    birth = decode(encode(3, 0) + encode(2, encode(1, b"Speed") + encode(10, 1)))
    known.take(Kind.NBIRTH, Where(Node("g", "n"), ""), birth, 1, 1.0)
    known.take(Kind.DBIRTH, where, birth, 1, 1.0)
    assert {str(getattr(one, "where", "")) for one in known.forget()} == {"g/n", "g/n/d"}
    assert known.forget() == []


def test_a_device_that_says_nothing_stands_while_it_is_online(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, sink = host(), Notebook()
    lines = (CASES[0].parent / "the_death_of_a_device" / "input.txt").read_text().splitlines()

    def say(line: str, at_s: int) -> None:
        monkeypatch.setattr(clock, "steady_s", lambda: 1000.0 + at_s)
        _, topic, payload = line.split(" ")
        one.do(one.take(topic, bytes.fromhex(payload), sink), sink, None)

    say(lines[0], 0)
    say(lines[1], 0)
    monkeypatch.setattr(clock, "steady_s", lambda: 1011.0)
    one.turn(sink, lambda _message: None)
    assert [sample.values["speed"] for sample, _ in sink.samples] == [1.5, 1.5]
    say(lines[2], 12)
    monkeypatch.setattr(clock, "steady_s", lambda: 1100.0)
    one.turn(sink, lambda _message: None)
    assert [sample.values["speed"] for sample, _ in sink.samples] == [1.5, 1.5, None]


def test_an_asset_without_values_that_never_comes_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flags = [{"tag": "A", "event": "overspeed"}]
    one, sink = host(profiles={"lift": {"flags": flags}}), Notebook()
    begun_s = clock.steady_s()
    for at_s in (0, 119, 200, 300):
        monkeypatch.setattr(clock, "steady_s", lambda at_s=at_s: begun_s + at_s)
        one.turn(sink, lambda _message: None)
        assert bool(sink.events) is (at_s >= 200)
    assert sink.said() == [("L-0007", "asset_silent", "raise")]
    birth = encode(2, encode(1, b"A") + encode(4, DataType.BOOLEAN) + encode(14, 0))
    one.do(one.take("spBv1.0/site/DBIRTH/gw1/lift7", birth, sink), sink, None)
    assert sink.said()[1:] == [("L-0007", "asset_silent", "clear")]


def test_what_one_value_ends_another_may_still_raise() -> None:
    flags = [{"tag": name, "event": "overspeed"} for name in ("A", "B")]
    one, sink = host(profiles={"lift": {"flags": flags}}), Notebook()
    where = "spBv1.0/site/{}/gw1/lift7"
    told = [
        ("DBIRTH", {b"A": 1, b"B": 0}),
        ("DDATA", {b"B": 1}),
        ("DDATA", {b"A": 0}),
        ("DDATA", {b"B": 0}),
    ]
    states = []
    for kind, values in told:
        payload = b"".join(
            encode(2, encode(1, name) + encode(4, DataType.BOOLEAN) + encode(14, value))
            for name, value in values.items()
        )
        one.do(one.take(where.format(kind), payload, sink), sink, None)
        states.append(sink.standing.of("L-0007"))
    assert states == [["overspeed"], ["overspeed"], ["overspeed"], []]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"host_id": "a/b"}, "host_id"),
        ({"profiles": {}}, "profiles"),
        ({"assets": [{**ASSET, "class": "pump"}]}, "no profile for class pump"),
        ({"assets": [{**ASSET, "address": "gw1"}]}, "is not group/node/device"),
        ({"profiles": {"lift": {}}}, "reads nothing"),
        ({"profiles": {"lift": PROFILE, "rocket": PROFILE}}, "no asset class"),
        (
            {"profiles": {"lift": {"metrics": {"flow": {"tag": "F", "unit": "L/s"}}}}},
            "no metric 'flow'",
        ),
        (
            {"profiles": {"lift": {"metrics": {"speed": {"tag": "F", "unit": "mm/s"}}}}},
            "in 'm/s', not in 'mm/s'",
        ),
        ({"profiles": {"lift": {"flags": [{"tag": "x", "event": "x"}]}}}, "no event 'x'"),
        ({"profiles": {"lift": {"codes": [{"tag": "x", "system": "x"}]}}}, "no code system"),
    ],
)
def test_wrong_options_are_refused(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadSettings, match=complaint):
        host(**change)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_payload_or_refused(noise: bytes) -> None:
    with suppress(BadFrame):
        decode(noise)
    with suppress(BadFrame):
        assert sum(1 for _ in fields(noise)) <= len(noise)


def _messages() -> Iterable[tuple[str, bytes]]:
    for case in CASES:
        for line in (case / "input.txt").read_text().splitlines():
            _, topic, *payload = line.split(" ")
            if payload and parse(topic):
                yield topic, bytes.fromhex(payload[0])


MESSAGES = list(dict.fromkeys(_messages()))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(MESSAGES), st.integers(0, 400), st.integers(0, 255))))
def test_any_order_of_messages_with_any_byte_changed_is_taken(
    said: list[tuple[tuple[str, bytes], int, int]],
) -> None:
    one, sink = host(), Notebook()
    for (topic, payload), at, byte in said:
        changed = bytearray(payload)
        if at < len(changed):
            changed[at] = byte
        one.do(one.take(topic, bytes(changed), sink), sink, lambda _message: None)
        one.turn(sink, lambda _message: None)
