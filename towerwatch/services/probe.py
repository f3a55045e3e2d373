"""Whether a broker lets a user in, asked with one CONNECT packet.

A login takes over a live session of the same client id: ask for users that are not connected.
"""

import socket
import struct
from enum import StrEnum

_PROTOCOL = b"\x00\x04MQTT\x05"
_CLEAN_WITH_USER_AND_PASSWORD = 0xC2
_KEEPALIVE_S = 10
_TIMEOUT_S = 2.0
_CONNACK = 0x20
_DISCONNECT = b"\xe0\x00"
_PUBACK = 0x40
_NOT_AUTHORISED = 0x87
_FORBIDDEN_TOPIC = "tw/1"
"""Nobody reads it, so that a broker that has lost its access list passes nothing on."""


class Login(StrEnum):
    """What a broker answered."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    OPEN = "open"
    """A user without rights was let in and could publish: there is no access list."""


def connect_packet(user: str, password: str) -> bytes:
    """Return an MQTT 5 CONNECT with a client id equal to the user name.

    References:
        MQTT 5.0, 3.1.
    """
    head = _PROTOCOL + struct.pack("!BHB", _CLEAN_WITH_USER_AND_PASSWORD, _KEEPALIVE_S, 0)
    body = head + b"".join(_text(word) for word in (user, user, password))
    return b"\x10" + _variable_length(len(body)) + body


def publish_packet(topic: str) -> bytes:
    """Return an empty MQTT 5 PUBLISH of QoS 1.

    References:
        MQTT 5.0, 3.3.
    """
    body = _text(topic) + struct.pack("!HB", 1, 0)
    return b"\x32" + _variable_length(len(body)) + body


def try_rights(host: str, port: int, user: str, password: str) -> Login:
    """Log in as a user without any right and try to publish: ACCEPTED when that is refused."""
    try:
        with socket.create_connection((host, port), timeout=_TIMEOUT_S) as connection:
            connection.sendall(connect_packet(user, password))
            answer = connection.recv(64)
            if len(answer) < 4 or answer[0] != _CONNACK or answer[3] != 0:
                return Login.REFUSED
            connection.sendall(publish_packet(_FORBIDDEN_TOPIC))
            answer = connection.recv(64)
            connection.sendall(_DISCONNECT)
    except OSError:
        return Login.UNREACHABLE
    is_refused = len(answer) > 4 and answer[0] == _PUBACK and answer[4] == _NOT_AUTHORISED
    return Login.ACCEPTED if is_refused else Login.OPEN


def try_login(host: str, port: int, user: str, password: str) -> Login:
    """Connect, read the answer and disconnect."""
    try:
        with socket.create_connection((host, port), timeout=_TIMEOUT_S) as connection:
            connection.sendall(connect_packet(user, password))
            answer = connection.recv(64)
            if len(answer) < 4 or answer[0] != _CONNACK:
                return Login.REFUSED
            connection.sendall(_DISCONNECT)
    except OSError:
        return Login.UNREACHABLE
    return Login.ACCEPTED if answer[3] == 0 else Login.REFUSED


def _text(word: str) -> bytes:
    encoded = word.encode()
    return struct.pack("!H", len(encoded)) + encoded


def _variable_length(length: int) -> bytes:
    out = bytearray()
    while True:
        length, digit = divmod(length, 128)
        out.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(out)
