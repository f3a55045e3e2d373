"""Alarm-lane messages: whatever can be understood becomes an event."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import wire
from gateway.topic import Lane, gateway_id
from ingest.alarm import ANONYMOUS_STREAM, AdmittedAlarm, Flag, admit_alarm, condition_of
from ingest.batch import Inbound, Path, Quarantined, Reason

NOW = 1_763_766_000_000


def inbound(payload: bytes, path: Path = Path.MQTT) -> Inbound:
    return Inbound(
        gateway=gateway_id("gw-a"),
        lane=Lane.ALARM,
        topic="tw/1/gw-a/alarm",
        payload=payload,
        received_ms=NOW,
        path=path,
    )


def events(*items: object, **head: object) -> bytes:
    return json.dumps({"stream": 7, "seq": 3, "low": 2, "sent": 1, "events": items} | head).encode()


def fire(**fields: object) -> dict[str, object]:
    return {"asset": "P1", "at": NOW, "event": "fire_alarm", "state": "raise"} | fields


def admitted(payload: bytes, path: Path = Path.MQTT) -> AdmittedAlarm:
    found = admit_alarm(inbound(payload, path))
    assert isinstance(found, AdmittedAlarm)
    return found


def test_a_sound_message_keeps_its_identity_and_order() -> None:
    found = admitted(events(fire(), fire(state="clear", at=NOW + 1)))
    assert (found.stream, found.seq, found.low, found.damage) == (7, 3, 2, None)
    assert [(e.position, e.condition, e.state, e.flags) for e in found.events] == [
        (0, "fire_alarm", "raise", ()),
        (1, "fire_alarm", "clear", ()),
    ]


def test_an_unknown_event_is_an_alarm_of_its_own_code() -> None:
    (event,) = admitted(events(fire(event="zap", code_system="acme", code="17"))).events
    assert (event.event, event.condition) == ("unknown_event", "unknown_event:acme:17")
    assert event.flags == (Flag.UNKNOWN_EVENT,)
    assert condition_of("zap", "", "") == "unknown_event::zap"


@pytest.mark.parametrize("at", [0, -1, 12, NOW + 300_001, 253_402_300_800_000])
def test_an_impossible_time_is_flagged_and_becomes_the_time_of_receipt(at: int) -> None:
    (event,) = admitted(events(fire(at=at))).events
    assert (event.at_ms, event.device_ms) == (NOW, at)
    assert Flag.IMPOSSIBLE_TIME in event.flags


@pytest.mark.parametrize(
    ("at", "flags"),
    [(NOW + 6000, (Flag.SKEWED,)), (NOW - 61_000, (Flag.LATE,)), (NOW - 59_000, ())],
)
def test_a_possible_time_is_kept(at: int, flags: tuple[Flag, ...]) -> None:
    (event,) = admitted(events(fire(at=at))).events
    assert (event.at_ms, event.flags) == (at, flags)


def test_the_second_path_is_flagged() -> None:
    assert admitted(events(fire()), Path.HTTPS).events[0].flags == (Flag.SECOND_PATH,)


@pytest.mark.parametrize(
    "bad",
    [
        {"asset": "P1"},
        fire(at="soon"),
        fire(state="on"),
        fire(asset=17),
        fire(asset="x" * 500),
        fire(text="y" * 5000),
        fire(raw=["40", "40"]),
        "FIRE IN HALL 3",
        7,
    ],
)
def test_one_bad_event_among_good_ones_costs_neither(bad: object) -> None:
    found = admitted(events(fire(), bad, fire(asset="P2")))
    assert (found.stream, found.seq) == (7, 3)
    assert [event.asset for event in found.events][::2] == ["P1", "P2"]
    assert all(event.state == "raise" for event in found.events)
    assert all(Flag.DEGRADED in event.flags for event in found.events)
    assert found.damage is not None
    assert found.damage.reason is Reason.BAD_SHAPE
    assert found.damage.refused


@pytest.mark.parametrize("at", ["--5", "\u00b2", "\u0665", "- 5", "9" * 19, "9" * 40, "1_0", ""])
def test_what_only_looks_like_a_number_breaks_nothing(at: str) -> None:
    (event,) = admitted(events(fire(at=at))).events
    assert (event.condition, event.at_ms) == ("fire_alarm", NOW)


@pytest.mark.parametrize("opened", ["[", '{"a":'])
def test_no_depth_of_nesting_breaks_the_alarm_lane(opened: str) -> None:
    closed = {"[": "]", '{"a":': "1}"}[opened]
    for depth in (10, 300, *range(880, 1010), 9000):
        nested = opened * depth + closed[:-1] + closed[-1] * depth
        admit_alarm(inbound(events(fire(at=1.5)).replace(b'"P1"', nested.encode())))


def test_a_message_that_trips_us_is_kept_and_holds_up_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def trip(*_: object) -> object:
        raise ArithmeticError("nobody thought of this")

    monkeypatch.setattr("ingest.alarm._salvaged", trip)
    found = admit_alarm(inbound(events(fire(at="x"))))
    assert isinstance(found, Quarantined)
    assert (found.stream, found.seq) == (7, 3)


def test_a_time_in_quotes_or_with_a_fraction_is_a_time() -> None:
    found = admitted(events(fire(at=str(NOW)), fire(at=NOW + 0.5)))
    assert [event.at_ms for event in found.events] == [NOW, NOW]


@pytest.mark.parametrize(
    "payload",
    [
        events(*[fire() for _ in range(300)]),
        events(fire(text="\ud800\x00")),
        events(fire()) + b" and more",
        b"\xef\xbb\xbf" + events(fire()),
        events(fire()).replace(b"P1", b"P\xff"),
        events(fire(at=float("nan"))),
        events(fire(text="z" * 70_000)),
        json.dumps(fire()).encode(),
        json.dumps([fire()]).encode(),
        events(fire(), stream="?"),
    ],
)
def test_damage_never_hides_a_fire_alarm(payload: bytes) -> None:
    found = admitted(payload)
    assert {event.condition for event in found.events} == {"fire_alarm"}
    for event in found.events:
        assert "\x00" not in event.text
        event.text.encode()


def test_a_message_that_was_cut_off_still_says_fire_once_its_name_has_come() -> None:
    whole = events(fire(text="3号楼,2层,走廊"), fire(asset="P2"))
    for length in range(whole.index(b'"fire_alarm"') + 13, len(whole)):
        found = admitted(whole[:length])
        assert (found.stream, found.seq) == (7, 3)
        assert found.events[0].condition == "fire_alarm"
        assert {event.asset for event in found.events} <= {"P1", "P2"}
        assert all(event.state == "raise" for event in found.events)
        assert found.damage is not None


def test_a_byte_that_breaks_the_message_hides_at_most_the_event_it_is_in() -> None:
    whole = events(fire(), fire(asset="P2"), fire(asset="P3"))
    for position in range(whole.index(b"[") + 1, len(whole)):
        broken = bytes([*whole[:position], 0x01, *whole[position + 1 :]])
        said = [event for event in admitted(broken).events if event.condition == "fire_alarm"]
        assert len(said) >= 2


@pytest.mark.parametrize(
    "crafted",
    [
        b'{"a":[' * 150 + b"1," * 500_000,
        b'{"event":1,' * 90_000,
        b'{"event":"x' + b"," * 1_000_000,
        b'{"' * 500_000,
    ],
)
def test_no_crafted_bytes_hold_up_the_lane(crafted: bytes) -> None:
    began_s = time.process_time()
    admit_alarm(inbound(crafted))
    assert time.process_time() - began_s < 2


def test_a_message_without_identity_is_known_by_its_content() -> None:
    one, same = (admitted(json.dumps([fire()]).encode()) for _ in range(2))
    other = admitted(json.dumps([fire(asset="P2")]).encode())
    assert one.stream == ANONYMOUS_STREAM
    assert one.seq == same.seq != other.seq


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"fire", b"null", b"[]", b"{}", b'{"events":[]}', b"[" * 9000, b"\xff"]
)
def test_only_what_nobody_can_read_is_quarantined(payload: bytes) -> None:
    found = admit_alarm(inbound(payload))
    assert isinstance(found, Quarantined)
    assert not found.refused


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_bytes_break_the_alarm_lane(payload: bytes) -> None:
    admit_alarm(inbound(payload))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["asset", "at", "event", "state", "events", "code", "text", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=300, deadline=None)
def test_no_json_breaks_the_alarm_lane_and_every_event_can_be_stored(value: object) -> None:
    found = admit_alarm(inbound(json.dumps(value).encode()))
    if isinstance(found, AdmittedAlarm):
        for event in found.events:
            assert event.asset
            assert event.state in {"raise", "clear"}
            assert 0 <= event.at_ms <= wire.MAX_MS
            f"{event.text}{event.raw}{event.code}{event.asset}{event.condition}".encode()
