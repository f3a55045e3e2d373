"""The protocol as AsyncAPI 3.0; the messages' schemas come from the structs of the wire."""  # noqa: INP001

import inspect
import json
import textwrap
from dataclasses import dataclass
from typing import Final

import msgspec
import yaml

from gateway import topic, wire
from gateway.topic import SHARDS

Json = dict[str, object]

_REF: Final = "#/components/schemas/{name}"
_HEAD: Final = """\
# Generated from gateway/wire.py and gateway/topic.py by python docs/generate.py: change those.
"""
_GATEWAY: Final = {
    "description": "Id of the gateway: 3 to 40 of a-z, 0-9 and hyphen.",
    "examples": ["demo-gw-1"],
}
_LANE: Final = {"description": "Which of the two roads.", "enum": list(topic.Lane)}
_SHARD: Final = {
    "description": "CRC-32 of the gateway id modulo 16; a gateway keeps its shard.",
    "enum": [str(number) for number in range(SHARDS)],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Channel:
    """One topic, who sends on it and which message."""

    name: str
    address: str
    parameters: Json
    message: type[msgspec.Struct]
    title: str
    is_up: bool
    is_retained: bool = False


_CHANNELS: Final = (
    _Channel(
        name="alarm",
        address=f"{topic.ROOT}/{{gateway}}/alarm",
        parameters={"gateway": _GATEWAY},
        message=wire.AlarmMessage,
        title="Events; the lane that telemetry can never delay",
        is_up=True,
    ),
    _Channel(
        name="data",
        address=f"{topic.ROOT}/{{gateway}}/data/{{shard}}",
        parameters={"gateway": _GATEWAY, "shard": _SHARD},
        message=wire.DataMessage,
        title="Batches of samples",
        is_up=True,
    ),
    _Channel(
        name="state",
        address=f"{topic.ROOT}/{{gateway}}/state/{{lane}}",
        parameters={"gateway": _GATEWAY, "lane": _LANE},
        message=wire.StateMessage,
        title="Heartbeat of a lane, retained; also the will, with online false",
        is_up=True,
        is_retained=True,
    ),
    _Channel(
        name="receipt",
        address=f"{topic.ROOT}/{{gateway}}/receipt/{{lane}}",
        parameters={"gateway": _GATEWAY, "lane": _LANE},
        message=wire.Receipt,
        title="What the database has committed",
        is_up=False,
    ),
    _Channel(
        name="command",
        address=f"{topic.ROOT}/{{gateway}}/command",
        parameters={"gateway": _GATEWAY},
        message=wire.Command,
        title="A request that moves nothing",
        is_up=False,
    ),
)

_EXAMPLES: Final[dict[type[msgspec.Struct], msgspec.Struct]] = {
    wire.AlarmMessage: wire.AlarmMessage(
        stream=7302,
        origin=7302,
        seq=12,
        low=12,
        sent=1763766001234,
        events=[
            wire.WireEvent(
                asset="P1-2-014",
                at=1763766001200,
                event="fire_alarm",
                state="raise",
                code_system="gbt26875",
                code="2:42:1",
                text="3号楼 2层 走廊",
            )
        ],
    ),
    wire.DataMessage: wire.DataMessage(
        stream=7301,
        seq=4711,
        low=4650,
        sent=1763766001234,
        frames=[
            wire.Frame(
                asset="L-0007",
                t=[1763766000000, 1763766001000],
                m={"speed": [0.0, 1.72], "motor_temp": [41.2, None]},
            )
        ],
    ),
    wire.StateMessage: wire.StateMessage(
        online=True, sent=1763766001234, software="0.1.0", stream=7301, next_seq=4712, low=4650
    ),
    wire.Receipt: wire.Receipt(stream=7302, through=12, also=[(14, 15)]),
    wire.Command: wire.Command(id="c-1", command="duty_check", until=1763766601234, minutes=10),
}


def examples() -> dict[type[msgspec.Struct], msgspec.Struct]:
    """One message of each kind, as the document shows it."""
    return dict(_EXAMPLES)


def asyncapi_page() -> str:
    """The whole document as YAML."""
    text = yaml.safe_dump(
        asyncapi_document(), allow_unicode=True, sort_keys=False, width=100, indent=2
    )
    return _HEAD + text


def asyncapi_document() -> Json:
    """The document as plain values; nothing in it is shared or an enum."""
    document: Json = json.loads(json.dumps(_document()))
    return document


def _document() -> Json:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Towerwatch gateway protocol",
            "version": f"{wire.VERSION}.0.0",
            "description": (
                "MQTT v5, QoS 1, JSON in UTF-8, times in ms UTC. A message is known by (gateway,"
                " lane, stream, seq) and is kept by its sender until a receipt covers it; see"
                " protocol.md for the rules of delivery and the session parameters."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "broker.example:8883",
                "protocol": "mqtts",
                "protocolVersion": "5.0",
                "description": "Listener of the gateways; a user for each lane of each gateway.",
                "security": [{"$ref": "#/components/securitySchemes/lane"}],
            }
        },
        "channels": {channel.name: _channel(channel) for channel in _CHANNELS},
        "operations": {_operation_name(channel): _operation(channel) for channel in _CHANNELS},
        "components": {
            "messages": {channel.message.__name__: _message(channel) for channel in _CHANNELS},
            "schemas": _schemas(),
            "securitySchemes": {
                "lane": {
                    "type": "userPassword",
                    "description": "User and client id are `{gateway}.alarm` or `{gateway}.data`.",
                }
            },
        },
    }


def _channel(channel: _Channel) -> Json:
    name = channel.message.__name__
    return {
        "address": channel.address,
        "title": channel.title,
        "parameters": channel.parameters,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
    }


def _operation_name(channel: _Channel) -> str:
    return f"{'send' if channel.is_up else 'receive'}_{channel.name}"


def _operation(channel: _Channel) -> Json:
    """As the gateway sees it: it sends what goes up and receives what comes down."""
    return {
        "action": "send" if channel.is_up else "receive",
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "summary": channel.title,
        "bindings": {"mqtt": {"qos": 1, "retain": channel.is_retained, "bindingVersion": "0.2.0"}},
    }


def _message(channel: _Channel) -> Json:
    name = channel.message.__name__
    example = msgspec.to_builtins(_EXAMPLES[channel.message], str_keys=True)
    return {
        "name": name,
        "title": channel.title,
        "contentType": "application/json",
        "payload": {"$ref": _REF.format(name=name)},
        "examples": [{"payload": example}],
    }


def _schemas() -> Json:
    structs = [channel.message for channel in _CHANNELS]
    _, found = msgspec.json.schema_components(structs, ref_template=_REF)
    return {name: _described(_draft_07(found[name])) for name in sorted(found)}


def _described(schema: Json) -> Json:
    """The docstring's lines on attributes, put where a reader of the schema looks for them."""
    text = inspect.cleandoc(str(schema.get("description", "")))
    summary, _, attributes = text.partition("\n\nAttributes:\n")
    properties = {name: dict(value) for name, value in _items(schema["properties"])}
    name = ""
    for line in textwrap.dedent(attributes).splitlines():
        words = line.strip()
        if not line.startswith(" "):
            name, _, words = line.partition(": ")
            properties[name]["description"] = ""
        properties[name]["description"] = f"{properties[name]['description']} {words}".strip()
    return {**schema, "description": summary, "properties": properties}


def _items(mapping: object) -> list[tuple[str, Json]]:
    assert isinstance(mapping, dict)
    return list(mapping.items())


def _draft_07(schema: Json) -> Json:
    """The schema in the words of draft 7, which AsyncAPI's own schema language extends."""
    changed = {key: _draft_07_value(value) for key, value in schema.items()}
    if "prefixItems" in changed:
        changed.pop("items", None)
        changed["items"] = changed.pop("prefixItems")
        changed["additionalItems"] = False
    return changed


def _draft_07_value(value: object) -> object:
    if isinstance(value, list):
        return [_draft_07_value(item) for item in value]
    return _draft_07(value) if isinstance(value, dict) else value
