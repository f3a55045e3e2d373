"""An edge node of Sparkplug B: Google's protobuf with the fields of the published sparkplug_b.proto.

The Sparkplug libraries on PyPI want paho 1.x; the recorded payloads of the contract tests come from
one of them, and this node speaks for itself over a real connection.
"""

import socket
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as mqtt
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from paho.mqtt.enums import CallbackAPIVersion

_Field = descriptor_pb2.FieldDescriptorProto
_PAYLOAD = [
    ("timestamp", 1, _Field.TYPE_UINT64),
    ("metrics", 2, _Field.TYPE_MESSAGE),
    ("seq", 3, _Field.TYPE_UINT64),
]
_METRIC = [
    ("name", 1, _Field.TYPE_STRING),
    ("alias", 2, _Field.TYPE_UINT64),
    ("timestamp", 3, _Field.TYPE_UINT64),
    ("datatype", 4, _Field.TYPE_UINT32),
    ("is_historical", 5, _Field.TYPE_BOOL),
    ("is_null", 7, _Field.TYPE_BOOL),
    ("int_value", 10, _Field.TYPE_UINT32),
    ("long_value", 11, _Field.TYPE_UINT64),
    ("float_value", 12, _Field.TYPE_FLOAT),
    ("double_value", 13, _Field.TYPE_DOUBLE),
    ("boolean_value", 14, _Field.TYPE_BOOL),
    ("string_value", 15, _Field.TYPE_STRING),
]


def _payload_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="spb.proto", package="spb", syntax="proto2")
    for name, rows in (("Metric", _METRIC), ("Payload", _PAYLOAD)):
        message = file.message_type.add(name=name)
        for field_name, number, kind in rows:
            is_list = field_name == "metrics"
            message.field.add(
                name=field_name,
                number=number,
                type=kind,
                label=_Field.LABEL_REPEATED if is_list else _Field.LABEL_OPTIONAL,
                type_name=".spb.Metric" if is_list else None,
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("spb.Payload"))


PAYLOAD = _payload_class()


@dataclass
class EdgeNode:
    """A node with one device, born when it connects and whenever it is told to."""

    port: int
    bd_seq: int = 0
    seq: int = 0
    rebirths: int = 0
    now_ms: int = 1_763_769_600_000
    speed: float = 1.5
    is_raised: bool = False
    client: mqtt.Client = field(init=False)

    def connect(self) -> None:
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="gw1")
        self.client.on_message = lambda _c, _d, message: self._told(message)
        self.client.will_set("spBv1.0/site/NDEATH/gw1", self._pack([self._bd_seq()], None), qos=1)
        self.client.connect("127.0.0.1", self.port, keepalive=60)
        self.client.loop_start()
        self.client.subscribe("spBv1.0/site/NCMD/gw1", qos=1)
        self.bear()

    def bear(self) -> None:
        self.seq = 0
        self._say("NBIRTH", "", [self._bd_seq()])
        device = [
            {"name": "Speed", "alias": 1, "datatype": 9, "float_value": self.speed},
            {
                "name": "Alarms/Overspeed",
                "alias": 2,
                "datatype": 11,
                "boolean_value": self.is_raised,
            },
        ]
        self._say("DBIRTH", "/lift7", device)

    def alarm(self, *, is_raised: bool) -> None:
        self.is_raised = is_raised
        self._say("DDATA", "/lift7", [{"alias": 2, "boolean_value": is_raised}])

    def lose(self) -> None:
        """Number a message that is never sent."""
        self.seq = (self.seq + 1) % 256

    def vanish(self) -> None:
        """Cut the connection without a word: the broker speaks the will."""
        self.client.loop_stop()
        connection = self.client.socket()
        assert isinstance(connection, socket.socket)
        connection.close()

    def _told(self, message: mqtt.MQTTMessage) -> None:
        command = PAYLOAD.FromString(message.payload)
        if [one.name for one in command.metrics if one.boolean_value] == ["Node Control/Rebirth"]:
            self.rebirths += 1
            self.bear()

    def _bd_seq(self) -> dict[str, Any]:
        return {"name": "bdSeq", "datatype": 4, "long_value": self.bd_seq}

    def _say(self, kind: str, device: str, metrics: list[dict[str, Any]]) -> None:
        self.now_ms += 1000
        payload = self._pack(metrics, self.seq)
        self.client.publish(f"spBv1.0/site/{kind}/gw1{device}", payload, qos=0)
        self.seq = (self.seq + 1) % 256

    def _pack(self, metrics: list[dict[str, Any]], seq: int | None) -> bytes:
        payload = PAYLOAD(timestamp=self.now_ms)
        if seq is not None:
            payload.seq = seq
        for one in metrics:
            payload.metrics.add(timestamp=self.now_ms, **one)
        packed: bytes = payload.SerializeToString()
        return packed
