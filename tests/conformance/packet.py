"""MQTT 5 packets as values: read from bytes and written to them, every flag and property kept.

A client library hides what the clauses speak of: packet identifiers, DUP, who acknowledges when.

References:
    MQTT Version 5.0, OASIS Standard, 7 March 2019, clauses 2.1, 2.2.2 and 3.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Kind(IntEnum):
    """Type of a control packet (2.1.2)."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    SUBSCRIBE = 8
    SUBACK = 9
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14


class Property(IntEnum):
    """Identifier of a property (2.2.2.2)."""

    SESSION_EXPIRY = 0x11
    ASSIGNED_CLIENT_ID = 0x12
    SERVER_KEEP_ALIVE = 0x13
    WILL_DELAY = 0x18
    REASON_STRING = 0x1F
    RECEIVE_MAXIMUM = 0x21
    TOPIC_ALIAS_MAXIMUM = 0x22
    MAXIMUM_QOS = 0x24
    RETAIN_AVAILABLE = 0x25
    MAXIMUM_PACKET_SIZE = 0x27
    WILDCARD_AVAILABLE = 0x28
    IDENTIFIERS_AVAILABLE = 0x29
    SHARED_AVAILABLE = 0x2A


_WHOLE = {
    Property.SESSION_EXPIRY: ">I",
    Property.SERVER_KEEP_ALIVE: ">H",
    Property.WILL_DELAY: ">I",
    Property.RECEIVE_MAXIMUM: ">H",
    Property.TOPIC_ALIAS_MAXIMUM: ">H",
    Property.MAXIMUM_QOS: ">B",
    Property.RETAIN_AVAILABLE: ">B",
    Property.MAXIMUM_PACKET_SIZE: ">I",
    Property.WILDCARD_AVAILABLE: ">B",
    Property.IDENTIFIERS_AVAILABLE: ">B",
    Property.SHARED_AVAILABLE: ">B",
}
Properties = Mapping[Property, int]
"""Whole numbers only; texts are passed over."""
NONE: Properties = {}


@dataclass(frozen=True, slots=True)
class Packet:
    """A control packet: its type, the lower half of its first byte, and what follows."""

    kind: Kind
    flags: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """What the broker is to say when the connection dies."""

    topic: str
    payload: bytes
    is_retained: bool = True
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """A CONNECT (3.1)."""

    client_id: str
    user: str = ""
    password: str = ""
    is_clean: bool = True
    keepalive_s: int = 60
    properties: Properties = field(default_factory=dict)
    will: Will | None = None

    def packet(self) -> bytes:
        flags = 0xC0 | 0x02 * self.is_clean
        body = b""
        if self.will is not None:
            flags |= 0x04 | 0x08 | 0x20 * self.will.is_retained
            payload = struct.pack(">H", len(self.will.payload)) + self.will.payload
            body = _written(self.will.properties) + _text(self.will.topic) + payload
        head = _text("MQTT") + bytes((5, flags)) + struct.pack(">H", self.keepalive_s)
        head += _written(self.properties) + _text(self.client_id)
        return packet(Kind.CONNECT, 0, head + body + _text(self.user) + _text(self.password))

    @classmethod
    def read(cls, found: Packet) -> "Connect":
        reader = Reader(found.body)
        reader.text()
        reader.number(">B")
        flags, keepalive_s = reader.number(">B"), reader.number(">H")
        properties, client_id = reader.properties(), reader.text()
        will = None
        if flags & 0x04:
            said = reader.properties()
            topic, size = reader.text(), reader.number(">H")
            payload = reader.take(size)
            will = Will(
                topic=topic, payload=payload, is_retained=bool(flags & 0x20), properties=said
            )
        return cls(
            client_id=client_id,
            user=reader.text(),
            is_clean=bool(flags & 0x02),
            keepalive_s=keepalive_s,
            properties=properties,
            will=will,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Connack:
    """A CONNACK (3.2)."""

    has_session: bool
    code: int
    properties: Properties

    @classmethod
    def read(cls, found: Packet) -> "Connack":
        reader = Reader(found.body)
        flags, code = reader.number(">B"), reader.number(">B")
        return cls(has_session=bool(flags & 1), code=code, properties=reader.properties())


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """A PUBLISH (3.3); `id` is 0 at QoS 0."""

    topic: str
    payload: bytes = b""
    id: int = 0
    qos: int = 1
    is_dup: bool = False
    is_retained: bool = False

    def packet(self) -> bytes:
        flags = 0x08 * self.is_dup | self.qos << 1 | self.is_retained
        number = struct.pack(">H", self.id) if self.qos else b""
        return packet(Kind.PUBLISH, flags, _text(self.topic) + number + b"\0" + self.payload)

    @classmethod
    def read(cls, found: Packet) -> "Publish":
        reader = Reader(found.body)
        qos = found.flags >> 1 & 3
        topic, number = reader.text(), 0
        if qos:
            number = reader.number(">H")
        reader.properties()
        return cls(
            topic=topic,
            payload=reader.rest(),
            id=number,
            qos=qos,
            is_dup=bool(found.flags & 8),
            is_retained=bool(found.flags & 1),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Puback:
    """A PUBACK (3.4); without a reason code it is 0."""

    id: int
    code: int = 0

    def packet(self) -> bytes:
        return packet(Kind.PUBACK, 0, struct.pack(">H", self.id))

    @classmethod
    def read(cls, found: Packet) -> "Puback":
        reader = Reader(found.body)
        number = reader.number(">H")
        return cls(id=number, code=reader.number(">B") if reader.has_more else 0)


@dataclass(frozen=True, slots=True)
class Wish:
    """A topic filter with its options (3.8.3.1)."""

    topic: str
    qos: int = 1
    retain_handling: int = 0
    retain_as_published: bool = False

    @property
    def options(self) -> int:
        return self.qos | self.retain_as_published << 3 | self.retain_handling << 4


def subscribe(number: int, *wishes: Wish) -> bytes:
    """A SUBSCRIBE (3.8)."""
    body = b"".join(_text(one.topic) + bytes((one.options,)) for one in wishes)
    return packet(Kind.SUBSCRIBE, 2, struct.pack(">H", number) + b"\0" + body)


def granted(found: Packet) -> list[int]:
    """The reason codes of a SUBACK (3.9.3)."""
    reader = Reader(found.body)
    reader.number(">H")
    reader.properties()
    return list(reader.rest())


def goodbye(found: Packet) -> int:
    """The reason code of a DISCONNECT (3.14.2.1)."""
    return found.body[0] if found.body else 0


def packet(kind: Kind, flags: int, body: bytes = b"") -> bytes:
    """A packet with its fixed header (2.1.1)."""
    return bytes((kind << 4 | flags,)) + _length(len(body)) + body


def split(buffer: bytearray) -> Iterator[Packet]:
    """Take whole packets off the front of what was received."""
    while len(buffer) > 1:
        reader = Reader(bytes(buffer[1:5]))
        try:
            length = reader.varying()
        except IndexError:
            return
        start = 1 + reader.at
        if len(buffer) < start + length:
            return
        first, body = buffer[0], bytes(buffer[start : start + length])
        del buffer[: start + length]
        yield Packet(Kind(first >> 4), first & 15, body)


class Reader:
    """Walks through the bytes of a packet."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.at = 0

    @property
    def has_more(self) -> bool:
        """Whether something is left."""
        return self.at < len(self._body)

    def take(self, size: int) -> bytes:
        """The next bytes."""
        self.at += size
        return self._body[self.at - size : self.at]

    def number(self, shape: str) -> int:
        """The next whole number."""
        return int(struct.unpack(shape, self.take(struct.calcsize(shape)))[0])

    def text(self) -> str:
        """The next text (1.5.4)."""
        return self.take(self.number(">H")).decode()

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self._body) - self.at)

    def varying(self) -> int:
        """The next variable byte integer (1.5.5). Raises IndexError when it is cut off."""
        number = shift = 0
        while True:
            byte = self._body[self.at]
            self.at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    def properties(self) -> Properties:
        """The next properties (2.2.2)."""
        if not self.has_more:
            return {}
        length = self.varying()
        end = length + self.at
        found: dict[Property, int] = {}
        while self.at < end:
            name = Property(self.varying())
            if name in _WHOLE:
                found[name] = self.number(_WHOLE[name])
            else:
                self.text()
        return found


def _written(properties: Properties) -> bytes:
    body = b"".join(
        bytes((name,)) + struct.pack(_WHOLE[name], value) for name, value in properties.items()
    )
    return _length(len(body)) + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _length(number: int) -> bytes:
    made = bytearray()
    while True:
        number, low = divmod(number, 128)
        made.append(low | (0x80 if number else 0))
        if not number:
            return bytes(made)
