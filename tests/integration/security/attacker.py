"""A client that tries what it must not, says each packet itself, and hears how it is refused.

No client library stands between: libraries refuse to send half of these packets.
"""

import socket
import ssl
import struct
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, DISCONNECT = 1, 2, 3, 4, 8, 9, 14
PUBREC = 5
NOT_AUTHORISED = 0x87
PACKET_TOO_LARGE = 0x95
RETAIN = 0x01


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the broker said.

    Attributes:
        kind: Type of the packet; 0: the connection was closed without a word.
        code: Reason code (MQTT 5.0, 2.4), or the return code of version 3.1.1.
    """

    kind: int
    code: int = -1


CLOSED = Answer(kind=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    topic: str
    payload: bytes = b"forged"


@dataclass(slots=True)
class Attacker:
    """One connection."""

    port: int
    timeout_s: float = 5.0
    tls: ssl.SSLContext | None = None
    _socket: socket.socket = field(init=False, repr=False)

    def __enter__(self) -> Self:
        bare = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout_s)
        self._socket = self.tls.wrap_socket(bare, server_hostname="127.0.0.1") if self.tls else bare
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self._socket.close()

    def connect(
        self,
        user: str | None,
        password: str | None,
        *,
        client_id: str = "",
        level: int = 5,
        will: Will | None = None,
        session_expiry_s: int = 0,
    ) -> Answer:
        """Log in (MQTT 5.0, 3.1)."""
        flags = 0x02 | (0x80 if user is not None else 0) | (0x40 if password is not None else 0)
        if will is not None:
            flags |= 0x04 | 0x08 | 0x20
        name = b"\x00\x06MQIsdp" if level == 3 else b"\x00\x04MQTT"
        properties = struct.pack("!BBI", 5, 0x11, session_expiry_s) if level == 5 else b""
        body = name + struct.pack("!BBH", level, flags, 30) + properties + _text(client_id)
        if will is not None:
            body += (b"\x00" if level == 5 else b"") + _text(will.topic)
            body += struct.pack("!H", len(will.payload)) + will.payload
        body += b"".join(_text(word) for word in (user, password) if word is not None)
        return self.ask(_packet(CONNECT, 0, body))

    def publish(
        self, topic: str, payload: bytes = b"forged", *, qos: int = 1, retain: bool = False
    ) -> Answer:
        """Publish (MQTT 5.0, 3.3)."""
        number = struct.pack("!H", 7) if qos else b""
        flags = qos << 1 | (RETAIN if retain else 0)
        body = _text(topic) + number + b"\x00" + payload
        return self.ask(_packet(PUBLISH, flags, body))

    def subscribe(self, topic: str) -> Answer:
        """Subscribe (MQTT 5.0, 3.8)."""
        return self.ask(_packet(SUBSCRIBE, 2, b"\x00\x09\x00" + _text(topic) + b"\x01"))

    def ask(self, packet: bytes) -> Answer:
        """Send a packet and return what comes back."""
        try:
            self._socket.sendall(packet)
        except OSError:
            return CLOSED
        return self.hear()

    def hear(self) -> Answer:
        """The next packet, or that the connection was closed."""
        try:
            head = self._exactly(1)[0]
            length, shift = 0, 0
            while True:
                digit = self._exactly(1)[0]
                length |= (digit & 0x7F) << shift
                shift += 7
                if not digit & 0x80:
                    break
            return _answer(head >> 4, self._exactly(length))
        except (OSError, EOFError):
            return CLOSED

    def drop(self) -> None:
        """Vanish without a goodbye, so that a will is published."""
        self._socket.close()

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            part = self._socket.recv(count - len(found))
            if not part:
                raise EOFError
            found += part
        return found


def _answer(kind: int, body: bytes) -> Answer:
    if kind == CONNACK:
        return Answer(kind=kind, code=body[1])
    if kind in (PUBACK, PUBREC):
        return Answer(kind=kind, code=body[2] if len(body) > 2 else 0)
    if kind == SUBACK:
        return Answer(kind=kind, code=body[-1])
    return Answer(kind=kind, code=body[0] if body else 0)


def _text(word: str) -> bytes:
    encoded = word.encode()
    return struct.pack("!H", len(encoded)) + encoded


def _packet(kind: int, flags: int, body: bytes) -> bytes:
    length, out = len(body), bytearray([kind << 4 | flags])
    while True:
        length, digit = divmod(length, 128)
        out.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(out) + body
