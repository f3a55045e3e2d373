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


class Login(StrEnum):
    """What a broker answered."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


def connect_packet(user: str, password: str) -> bytes:
    """Return an MQTT 5 CONNECT with a client id equal to the user name.

    References:
        MQTT 5.0, 3.1.
    """
    head = _PROTOCOL + struct.pack("!BHB", _CLEAN_WITH_USER_AND_PASSWORD, _KEEPALIVE_S, 0)
    body = head + b"".join(_text(word) for word in (user, user, password))
    return b"\x10" + _variable_length(len(body)) + body


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
