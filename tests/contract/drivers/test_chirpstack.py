"""Events of ChirpStack beside what they say."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import clock
from gateway.driver import DriverSettings
from gateway.drivers.chirpstack.link import Chirpstack, open_driver
from gateway.errors import BadSettings
from tests.contract.drivers.notebook import Notebook

FOLDER = Path(__file__).parent / "cases"
CASES = sorted((FOLDER / "chirpstack").iterdir())
NOW = 1_763_769_600_500
EUI = "24e124126d376993"


def driver(options: dict[str, Any]) -> Chirpstack:
    text = json.dumps(options).replace("acme_smoke.csv", str(FOLDER / "acme_smoke.csv"))
    made = open_driver(
        DriverSettings(
            name="lora",
            driver="chirpstack",
            options={
                "url": "mqtt://site",
                "client_id": "gw",
                "assets": [{"code": "W-7", "class": "fire_water", "address": EUI.upper()}],
                **json.loads(text),
            },
        )
    )
    assert isinstance(made, Chirpstack)
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_events_say_what_they_say(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    one, sink = driver(json.loads((case / "options.json").read_text())), Notebook()
    for line in (case / "input.txt").read_text().splitlines():
        topic, payload = line.split(" ", 1)
        one.take(topic, payload.encode(), sink)
    wanted = json.loads((case / "expected.json").read_text())
    assert [[s.asset, s.at_ms, s.values] for s, _ in sink.samples] == wanted["samples"]
    assert [[e.asset, e.event, e.state, e.code] for e in sink.events] == wanted["events"]
    assert all(e.raw for e in sink.events if e.event == "unknown_event" and e.state == "raise")
    assert sink.counted == wanted["counted"]


def test_an_uplink_that_could_not_be_stored_is_taken_again() -> None:
    case = FOLDER / "chirpstack" / "another_profile_is_an_alarm_once"
    one = driver(json.loads((case / "options.json").read_text()))
    sink = Notebook(failures=1)
    topic, payload = (case / "input.txt").read_text().splitlines()[0].split(" ", 1)
    with pytest.raises(Exception, match="disk full"):
        one.take(topic, payload.encode(), sink)
    one.take(topic, payload.encode(), sink)
    assert sink.said() == [("W-7", "unknown_event", "raise")]


LAYOUT: dict[str, Any] = {
    "profile": "p",
    "class": "fire_water",
    "metrics": {"pressure": {"at": 0, "type": "u16", "unit": "kPa"}},
}


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "neither a layout nor a rule"),
        ({"layouts": [{**LAYOUT, "class": "rocket"}]}, "no asset class"),
        ({"layouts": [{**LAYOUT, "metrics": {}}]}, "reads nothing"),
        (
            {"layouts": [{**LAYOUT, "metrics": {"speed": {"at": 0, "type": "u8", "unit": ""}}}]},
            "no metric 'speed'",
        ),
        (
            {"layouts": [{**LAYOUT, "metrics": {"level": {"at": 0, "type": "u8", "unit": "mm"}}}]},
            "in 'm', not in 'mm'",
        ),
        ({"layouts": [{**LAYOUT, "flags": [{"at": 0, "bit": 0, "event": "x"}]}]}, "no event 'x'"),
        ({"layouts": [LAYOUT], "application": "a/b"}, "application"),
        ({"rules": [{"class": "lift"}]}, "neither metrics nor events"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadSettings, match=complaint):
        driver(options)


topics = st.sampled_from(["up", "join", "status", "log", "ack", "x"]).map(
    lambda kind: f"application/1/device/{EUI}/event/{kind}"
)
junk = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
events = st.fixed_dictionaries(
    {"deviceInfo": st.just({"devEui": EUI, "deviceProfileName": "p"}) | junk},
    optional={
        "fCnt": st.integers() | junk,
        "fPort": st.integers(0, 300) | junk,
        "data": st.text(max_size=12) | junk,
        "object": junk,
        "time": st.text(max_size=30) | junk,
        "rxInfo": junk,
        "batteryLevel": st.floats(allow_nan=False) | junk,
    },
)


ANY = driver({"layouts": [{**LAYOUT, "flags": [{"at": 1, "bit": 0, "event": "tilt"}]}]})


@settings(max_examples=200, deadline=None)
@given(topics, events.map(lambda one: json.dumps(one).encode()) | st.binary(max_size=60))
def test_any_event_is_read_or_refused(topic: str, payload: bytes) -> None:
    ANY.take(topic, payload, Notebook())
