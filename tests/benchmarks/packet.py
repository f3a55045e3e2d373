"""MQTT 5 packets of a publisher, as bytes: what a load generator needs and no more.

A client library costs 30-50 us a message and would hide the platform behind itself.
Reconnecting, keep-alive and resending belong to the product's own uplink.

References:
    MQTT Version 5.0, OASIS Standard, clauses 2.1 (fixed header), 3.1, 3.3, 3.8.
"""

import struct
from collections.abc import Iterator
from typing import Final

CONNACK: Final = 0x20
PUBLISH: Final = 0x30
PUBACK: Final = 0x40
SUBACK: Final = 0x90
_KEEPALIVE_S: Final = 60
"""Far below the broker's `max_keepalive`, with which Mosquitto 2.0.21 cuts clients at random; no
run is long enough to need a ping [s]."""
_FAILURE: Final = 0x80


def connect(user: str, password: str) -> bytes:
    """CONNECT with a clean start; the user name is the client id."""
    flags = 0x80 | 0x40 | 0x02
    head = _text("MQTT") + bytes((5, flags)) + struct.pack(">H", _KEEPALIVE_S) + b"\0"
    return _packet(0x10, head + _text(user) + _text(user) + _text(password))


def subscribe(topic: str) -> bytes:
    """SUBSCRIBE to one topic at QoS 1."""
    return _packet(0x82, b"\0\1" + b"\0" + _text(topic) + b"\1")


def publish_head(topic: str, payload_bytes: int) -> tuple[bytes, bytes]:
    """What stands before and after the packet id of a QoS 1 PUBLISH with a payload of a size."""
    name = _text(topic)
    length = len(name) + 2 + 1 + payload_bytes
    return bytes((0x32,)) + _length(length) + name, b"\0"


def disconnect() -> bytes:
    """A clean goodbye."""
    return b"\xe0\0"


def packets(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take whole packets off the front of what was received: (type, what follows the header)."""
    at = 0
    while True:
        found = _read_length(buffer, at + 1)
        if found is None:
            break
        length, start = found
        if len(buffer) < start + length:
            break
        yield buffer[at] & 0xF0, bytes(buffer[start : start + length])
        at = start + length
    del buffer[:at]


def payload_of(body: bytes) -> bytes:
    """The payload of a QoS 0 PUBLISH."""
    start = 2 + (body[0] << 8 | body[1])
    found = _read_length(body, start)
    if found is None:
        raise ValueError("a PUBLISH without properties length")
    return body[found[1] + found[0] :]


def refusal(kind: int, body: bytes) -> int:
    """The reason code of a CONNACK, SUBACK or PUBACK when it is a failure, else 0."""
    code = 0
    if kind == CONNACK:
        code = body[1]
    elif kind == SUBACK:
        code = body[-1]
    elif kind == PUBACK and len(body) > 2:
        code = body[2]
    return code if code >= _FAILURE else 0


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _packet(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + _length(len(body)) + body


def _length(number: int) -> bytes:
    made = bytearray()
    while True:
        number, low = divmod(number, 128)
        made.append(low | (0x80 if number else 0))
        if not number:
            return bytes(made)


def _read_length(buffer: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """(length, where the rest begins), None when the bytes are not all there."""
    number = shift = 0
    while at < len(buffer):
        byte = buffer[at]
        number |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return number, at
        shift += 7
    return None
