"""The packets that make up the load, as bytes: messages in, acknowledgements and receipts out.

The library takes about 90 us of a core for each message (four reads, then objects, locks and
property tables for a packet that has none); this takes about 15. Everything else that goes over
a connection (connecting, subscribing, keeping alive, QoS 2) stays with the library.

References:
    MQTT Version 5.0, OASIS Standard, clauses 1.5.5 (variable byte integer), 2.1 (fixed header),
    3.3 (PUBLISH), 3.4 (PUBACK).
"""

from typing import Final, NamedTuple

PUBLISH: Final = 0x30
_PUBACK: Final = b"\x40\x02"
_KIND: Final = 0xF0
_RETAIN: Final = 0x01
_MORE: Final = 0x80
_LENGTH_BYTES: Final = 4


class Published(NamedTuple):
    """A message as the broker sent it.

    Attributes:
        packet_id: To acknowledge it by; 0 at QoS 0.
    """

    topic: bytes
    payload: bytes
    packet_id: int
    is_retained: bool


def extent(buffer: bytes | bytearray | memoryview, at: int) -> tuple[int, int] | None:
    """Where the content of the packet that begins at `at` begins and ends.

    None when it is not all there. The end lies at `at` for a length that is none: nothing of
    what follows can be told apart, and the library shall say so.
    """
    length = found = 0
    for number in range(_LENGTH_BYTES):
        place = at + 1 + number
        if place >= len(buffer):
            return None
        found = buffer[place]
        length |= (found & 0x7F) << (7 * number)
        if found < _MORE:
            start = place + 1
            return (start, start + length) if len(buffer) >= start + length else None
    return at, at


def is_publish(first: int) -> bool:
    """Whether the first byte of a packet begins a message of QoS 0 or 1."""
    return first & _KIND == PUBLISH and not first & 0x04


def published(first: int, content: memoryview) -> Published | None:
    """The message of a packet for which `is_publish` holds; None when it is malformed."""
    size = len(content)
    if size < 2:
        return None
    at = 2 + (content[0] << 8 | content[1])
    end_of_topic, packet_id = at, 0
    if first & 0x06:
        if size < at + 2:
            return None
        packet_id = content[at] << 8 | content[at + 1]
        at += 2
    if size <= at:
        return None
    properties = extent(content, at - 1)
    if properties is None or properties[1] <= at - 1:
        return None
    return Published(
        content[2:end_of_topic].tobytes(),
        content[properties[1] :].tobytes(),
        packet_id,
        bool(first & _RETAIN),
    )


def acknowledgement(packet_id: int) -> bytes:
    """A PUBACK that says that all is well."""
    return _PUBACK + packet_id.to_bytes(2, "big")


def message(topic: str, payload: bytes) -> bytes:
    """A PUBLISH at QoS 0."""
    name = topic.encode()
    length = 2 + len(name) + 1 + len(payload)
    head = bytes((PUBLISH,)) + _variable(length) + len(name).to_bytes(2, "big")
    return b"".join((head, name, b"\0", payload))


def _variable(number: int) -> bytes:
    made = bytearray()
    while True:
        number, low = divmod(number, 128)
        made.append(low | (_MORE if number else 0))
        if not number:
            return bytes(made)
