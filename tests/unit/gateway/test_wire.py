"""The protocol's messages: what goes in comes out, and what is wrong has a reason."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import topic, wire
from gateway.errors import BadMessage, Fault
from gateway.topic import GatewayId, Lane

names = st.text(max_size=2000)
events = st.builds(
    wire.WireEvent,
    asset=names,
    at=st.integers(),
    event=names,
    state=st.sampled_from(["raise", "clear"]),
    code_system=names,
    code=names,
    text=names,
    raw=st.text("0123456789abcdef", max_size=9000),
)


@given(events)
def test_whatever_a_device_says_becomes_an_event_the_platform_can_read(
    event: wire.WireEvent,
) -> None:
    message = wire.AlarmMessage(stream=1, seq=1, low=1, sent=0, events=[wire.fitted(event)])
    assert wire.decode_alarm(wire.encode(message)) == message


@given(st.lists(events, max_size=40))
def test_many_events_become_messages_that_the_platform_accepts_in_their_order(
    many: list[wire.WireEvent],
) -> None:
    messages = list(wire.messages_of(many))
    for one in messages:
        message = wire.AlarmMessage(stream=1, seq=1, low=1, sent=0, events=one)
        assert wire.decode_alarm(wire.encode(message)) == message
    assert [event for one in messages for event in one] == [wire.fitted(event) for event in many]


def test_a_message_holds_no_more_events_than_the_protocol_allows() -> None:
    many = [wire.WireEvent(asset=f"D-{n}", at=n, event="fault", state="raise") for n in range(450)]
    assert [len(one) for one in wire.messages_of(many)] == [200, 200, 50]
    assert list(wire.messages_of([])) == []


def test_half_a_character_does_not_cost_an_alarm() -> None:
    half: str = json.loads('"\\ud800 fire"')
    event = wire.WireEvent(asset=half, at=1, event="fire_alarm", state="raise", text=half)
    assert wire.fitted(event).asset == "? fire"


def test_an_event_within_the_limits_is_left_as_it_is() -> None:
    event = wire.WireEvent(asset="P1-2-014", at=1, event="fire_alarm", state="raise", text="走廊")
    assert wire.fitted(event) == event


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (b"", Fault.BAD_JSON),
        (b"{", Fault.BAD_JSON),
        (b"\xff\xfe", Fault.BAD_UTF8),
        (b'{"stream":1}', Fault.BAD_SHAPE),
        (b'{"stream":1,"seq":0,"low":1,"sent":0,"events":[]}', Fault.BAD_SHAPE),
        (b'{"stream":-1,"seq":1,"low":1,"sent":0,"events":[]}', Fault.BAD_SHAPE),
        (b"[" * 100_000, Fault.OVERSIZE),
        (b"[" * 50_000, Fault.BAD_JSON),
    ],
)
def test_what_cannot_be_decoded_has_a_reason(payload: bytes, fault: Fault) -> None:
    with pytest.raises(BadMessage) as raised:
        wire.decode_alarm(payload)
    assert raised.value.fault in (fault, Fault.BAD_SHAPE)


def test_an_unknown_field_of_a_newer_gateway_is_ignored() -> None:
    payload = b'{"stream":1,"seq":2,"low":1,"sent":3,"frames":[],"colour":"red"}'
    assert wire.decode_data(payload).seq == 2


def test_topics_say_who_sent_what() -> None:
    gateway = topic.gateway_id("gw-1")
    assert topic.parse(topic.alarm(gateway)) == topic.Uplink(gateway=gateway, lane=Lane.ALARM)
    assert topic.parse(topic.data(gateway)).lane is Lane.DATA
    assert topic.parse(topic.state(gateway, Lane.DATA)).is_state


@given(st.from_regex(r"[a-z0-9-]{3,40}", fullmatch=True))
def test_a_gateway_keeps_its_shard(gateway: str) -> None:
    name = GatewayId(gateway)
    assert topic.parse(topic.data(name)).gateway == name
    assert 0 <= topic.shard(name) < topic.SHARDS


@pytest.mark.parametrize("text", ["ab", "UPPER", "gw/1", "gw+", "#", "gw 1", "", "a" * 41, "gw\n"])
def test_a_gateway_id_can_hold_no_wildcard(text: str) -> None:
    with pytest.raises(ValueError, match="does not match"):
        topic.gateway_id(text)


@pytest.mark.parametrize(
    "text",
    ["tw/1/gw-1", "tw/1/gw-1/data", "tw/1/gw-1/data/16", "tw/2/gw-1/alarm", "tw/1/gw-1/command"],
)
def test_another_topic_is_none_of_ours(text: str) -> None:
    with pytest.raises(BadMessage):
        topic.parse(text)
