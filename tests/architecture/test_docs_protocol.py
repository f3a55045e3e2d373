"""The protocol's documents say what the code does."""

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import msgspec
import pytest
import yaml

from docs.generate import DOCS, pages, stale_pages
from docs.page_asyncapi import asyncapi_document, examples
from gateway import topic, wire
from gateway.errors import BadMessage
from gateway.topic import GatewayId, Lane

DECODERS: dict[type[msgspec.Struct], Callable[[bytes], msgspec.Struct]] = {
    wire.AlarmMessage: wire.decode_alarm,
    wire.DataMessage: wire.decode_data,
    wire.StateMessage: wire.decode_state,
    wire.Receipt: wire.decode_receipt,
    wire.Command: wire.decode_command,
}
GATEWAY = GatewayId("demo-gw-1")
PROTOCOL = (DOCS / "protocol.md").read_text("utf-8")


def _schema_of(name: str) -> dict[str, object]:
    """The schema of a message with everything that it refers to."""
    document = asyncapi_document()
    return {"$ref": f"#/components/schemas/{name}", "components": document["components"]}


def test_the_generated_pages_are_up_to_date() -> None:
    assert stale_pages() == [], "run python docs/generate.py"


def test_the_document_is_read_back_as_it_was_meant() -> None:
    text = (DOCS / "asyncapi.yaml").read_text("utf-8")
    document = yaml.safe_load(text)
    assert document == asyncapi_document()
    assert document["asyncapi"] == "3.0.0"
    assert "&id" not in text


def test_every_topic_of_the_code_is_a_channel_and_no_other() -> None:
    channels = asyncapi_document()["channels"]
    assert isinstance(channels, dict)
    addresses = {
        channel["address"].format(gateway=GATEWAY, shard=topic.shard(GATEWAY), lane="alarm")
        for channel in channels.values()
    }
    assert addresses == {
        topic.alarm(GATEWAY),
        topic.data(GATEWAY),
        topic.state(GATEWAY, Lane.ALARM),
        topic.receipt(GATEWAY, Lane.ALARM),
        topic.command(GATEWAY),
    }
    for channel in channels.values():
        assert f"`{channel['address']}`" in PROTOCOL


def test_up_going_channels_are_those_that_the_platform_understands() -> None:
    operations = asyncapi_document()["operations"]
    channels = asyncapi_document()["channels"]
    assert isinstance(operations, dict)
    assert isinstance(channels, dict)
    for operation in operations.values():
        name = operation["channel"]["$ref"].rpartition("/")[2]
        text = channels[name]["address"].format(gateway=GATEWAY, shard=0, lane="data")
        if operation["action"] == "send":
            assert topic.parse(text).gateway == GATEWAY
        else:
            with pytest.raises(BadMessage):
                topic.parse(text)


@pytest.mark.parametrize("kind", DECODERS, ids=lambda kind: str(kind.__name__))
def test_each_example_is_a_message_that_the_code_and_the_schema_accept(
    kind: type[msgspec.Struct],
) -> None:
    example = examples()[kind]
    payload = msgspec.json.encode(example)
    assert DECODERS[kind](payload) == example
    jsonschema.Draft7Validator(_schema_of(kind.__name__)).validate(json.loads(payload))


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("AlarmMessage", {"stream": 1, "seq": 1, "low": 1, "sent": 1, "events": []}),
        ("AlarmMessage", {"stream": 1, "seq": 0, "low": 1, "sent": 1}),
        ("DataMessage", {"stream": 1, "seq": 1, "low": 1, "sent": 1, "frames": [{"asset": ""}]}),
        ("Receipt", {"stream": 1, "through": 0, "also": [[1, 2, 3]]}),
        ("Command", {"id": "1", "command": "start_lift", "until": 1}),
    ],
)
def test_what_the_code_refuses_the_schema_refuses(kind: str, payload: object) -> None:
    decode = next(decoder for struct, decoder in DECODERS.items() if struct.__name__ == kind)
    with pytest.raises(BadMessage):
        decode(json.dumps(payload).encode())
    validator = jsonschema.Draft7Validator(_schema_of(kind))
    assert not validator.is_valid(payload)


def test_every_field_on_the_wire_has_a_schema_that_says_so() -> None:
    components = asyncapi_document()["components"]
    assert isinstance(components, dict)
    schemas = components["schemas"]
    structs: tuple[type[msgspec.Struct], ...] = (*DECODERS, wire.Frame, wire.WireEvent)
    for struct in structs:
        fields = {field.encode_name for field in msgspec.structs.fields(struct)}
        assert set(schemas[struct.__name__]["properties"]) == fields


def test_the_page_names_every_command_and_every_field_of_identity() -> None:
    commands = {"resend", "duty_check", "rebirth"}
    for word in (*commands, "stream", "seq", "low", "through", "also", "shed"):
        assert f"`{word}`" in PROTOCOL


def test_the_check_of_the_generator_fails_on_an_edited_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for page in pages():
        (tmp_path / page).write_text((DOCS / page).read_text("utf-8"), "utf-8")
    (tmp_path / "catalogue.md").write_text("edited", "utf-8")
    monkeypatch.setattr("docs.generate.DOCS", tmp_path)
    assert stale_pages() == ["catalogue.md"]
