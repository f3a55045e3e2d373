"""Messages of JSON terminals beside what they say."""

import fnmatch
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.driver import DriverSettings
from gateway.drivers.mqtt_terminal import TerminalOptions, open_driver, readers
from gateway.errors import BadSettings

CASES = sorted((Path(__file__).parent / "cases" / "mqtt_terminal").iterdir())
NOW = 1_763_766_001_000


def options(rule: object) -> TerminalOptions:
    return TerminalOptions.model_validate(
        {
            "url": "mqtt://site",
            "client_id": "gw",
            "rules": [rule],
            "assets": [{"code": "L-0007", "class": "lift", "address": "dtu-7"}],
        }
    )


def alike(found: Any, wanted: Any) -> bool:
    """Equal, where a star in an expected text stands for anything."""
    if isinstance(wanted, str) and isinstance(found, str):
        return wanted == found or ("*" in wanted and fnmatch.fnmatchcase(found, wanted))
    if isinstance(wanted, dict) and isinstance(found, dict):
        same = wanted.keys() == found.keys()
        return same and all(alike(found[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(alike, found, wanted))
    return bool(wanted == found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_message_says_what_it_says(case: Path) -> None:
    rule = json.loads((case / "rule.json").read_text())
    (reader,) = readers("terminals", options(rule))
    topic = (case / "topic.txt").read_text().strip()
    assert reader.matches(topic)
    reading = reader.read(topic, (case / "input.bin").read_bytes(), NOW)
    found = {
        "samples": [[one.asset, one.at_ms, one.values] for one in reading.samples],
        "events": msgspec.to_builtins(reading.events),
        "clears_all": reading.clears_all,
        "problems": reading.problems,
    }
    wanted = json.loads((case / "expected.json").read_text())
    assert alike(found, wanted), found


RULE: dict[str, object] = {
    "topic": "lift/{asset}/live",
    "class": "lift",
    "metrics": {"speed": {"path": "v"}},
}


def test_a_rule_is_only_for_its_topics() -> None:
    (reader,) = readers("terminals", options(RULE))
    assert reader.rule.subscription == "lift/+/live"
    assert not reader.matches("lift/a/b/live")
    assert not reader.matches("lift/a/fault")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"topic": "lift/#"}, "not allowed"),
        ({"topic": "lift/x-{asset}"}, "whole levels"),
        ({"topic": "lift/live"}, "the asset stands either"),
        ({"class": "rocket"}, "no asset class"),
        ({"metrics": {"flow": {"path": "v"}}}, "has no metric 'flow'"),
        ({"metrics": {}}, "neither metrics nor events"),
        ({"time": {"path": "t", "zone": "Asia/Shangai"}}, "is no time zone"),
        ({"events": {"system": "gbt24476", "code_path": "c"}}, "either state or state_path"),
        ({"events": {"system": "nobody", "code_path": "c", "state": "raise"}}, "no code system"),
    ],
)
def test_wrong_rules_are_refused(change: dict[str, object], complaint: str) -> None:
    settings = DriverSettings(
        name="t",
        driver="mqtt_terminal",
        options={"url": "mqtt://site", "client_id": "gw", "rules": [{**RULE, **change}]},
    )
    with pytest.raises(BadSettings, match=complaint):
        open_driver(settings)


def test_an_address_that_is_not_mqtt_is_refused() -> None:
    settings = DriverSettings(
        name="t",
        driver="mqtt_terminal",
        options={"url": "http://site", "client_id": "gw", "rules": [RULE]},
    )
    with pytest.raises(BadSettings, match="mqtt://host:port"):
        open_driver(settings)


def test_items_of_gbt24476_are_read_by_the_ready_rules() -> None:
    settings = TerminalOptions.model_validate(
        {
            "url": "mqtt://site",
            "client_id": "gw",
            "rule_sets": [{"name": "gbt24476", "topic": "lift/+/status"}],
            "assets": [{"code": "L-0007", "class": "lift", "address": "dtu-7"}],
        }
    )
    (reader,) = readers("terminals", settings)
    message = {
        "Identification_Number": "dtu-7",
        "Time_Stamps": NOW,
        "Car_Direction": 2,
        "Car_Position": 3,
        "Door_Status": True,
        "Message_Code": [5, 4711],
    }
    reading = reader.read("lift/x/status", json.dumps(message).encode(), NOW)
    (sample,) = reading.samples
    assert (sample.asset, sample.at_ms) == ("L-0007", NOW)
    assert sample.values == {"direction": -1, "floor": 3, "door_closed": 1}
    raised = [(one.event, one.code) for one in reading.conditions if one.state == "raise"]
    assert raised == [("unintended_movement", "5"), ("unknown_event", "4711")]
    over = {one.event for one in reading.conditions if one.state == "clear"}
    assert {"safety_circuit_open", "overspeed"} & over == {"safety_circuit_open"}


def test_the_kind_of_a_message_at_a_broker_stands_in_its_topic() -> None:
    with pytest.raises(ValueError, match="no rule has `when`"):
        options({**RULE, "when": {"path": "cmd", "words": ["x"]}})
