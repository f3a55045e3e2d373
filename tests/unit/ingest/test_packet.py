"""Packets as bytes, judged by the generator's own making of them and by the library's reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.packet import Published, acknowledgement, extent, is_publish, message, published
from ingest.packet_client import BulkSocket
from tests.benchmarks import packet as oracle

PING = b"\xd0\0"


class Wire:
    """A socket whose other end says some bytes in pieces and then nothing, or goodbye."""

    def __init__(self, pieces: list[bytes], *, is_closed: bool = False) -> None:
        self._pieces = pieces
        self._is_closed = is_closed
        self.sent = b""
        self.takes = 1_000_000

    def recv(self, buffer_size: int) -> bytes:
        if self._pieces:
            return self._pieces.pop(0)[:buffer_size]
        if self._is_closed:
            return b""
        raise BlockingIOError

    def send(self, buffer: bytes | bytearray) -> int:
        if not self.takes:
            raise BlockingIOError
        taken = bytes(buffer[: self.takes])
        self.takes -= len(taken)
        self.sent += taken
        return len(taken)

    def close(self) -> None: ...

    def fileno(self) -> int:
        return 0

    def setblocking(self, flag: bool) -> None: ...


def said(topic: str, payload: bytes, packet_id: int) -> bytes:
    before, after = oracle.publish_head(topic, len(payload))
    return before + packet_id.to_bytes(2, "big") + after + payload


def read(pieces: list[bytes]) -> list[Published | bytes]:
    """Messages and lent packets in order, however the bytes are cut."""
    found: list[Published | bytes] = []
    sock = BulkSocket(Wire([]))
    for piece in pieces:
        sock._sock = Wire([piece])
        sock.fill()
        found.extend(
            sock.recv(1_000_000) if packet is None else packet for packet in sock.packets()
        )
    return found


@given(
    messages=st.lists(
        st.tuples(st.text("tw/1abc", min_size=1), st.binary(max_size=300), st.integers(1, 65_535)),
        min_size=1,
        max_size=6,
    ),
    cut=st.integers(1, 400),
)
def test_messages_and_others_come_in_order_however_they_are_cut(
    messages: list[tuple[str, bytes, int]], cut: int
) -> None:
    stream = b"".join(said(*one) + PING for one in messages)
    pieces = [stream[at : at + cut] for at in range(0, len(stream), cut)]

    found = read(pieces)

    expected: list[Published | bytes] = []
    for topic, payload, packet_id in messages:
        expected += [Published(topic.encode(), payload, packet_id, False), PING]
    assert found == expected


@given(data=st.binary(max_size=60))
def test_no_bytes_whatever_break_the_reading(data: bytes) -> None:
    read([data])


@given(topic=st.text("tw/1abc", min_size=1), payload=st.binary(max_size=70_000))
def test_what_is_written_at_qos_0_is_read_again(topic: str, payload: bytes) -> None:
    written = message(topic, payload)

    assert read([written]) == [Published(topic.encode(), payload, 0, False)]
    ((kind, body),) = oracle.packets(bytearray(written))
    assert kind == oracle.PUBLISH
    assert oracle.payload_of(body) == payload


def test_properties_are_passed_over() -> None:
    properties = b"\x0d\x02\0\0\x00\x0a" + b"\x26\0\1a\0\1b"
    content = b"\0\1t" + b"\0\7" + bytes((len(properties),)) + properties + b"payload"

    found = published(0x3B, memoryview(content))

    assert found == Published(b"t", b"payload", 7, True)


@pytest.mark.parametrize(
    "content", [b"", b"\0", b"\0\1t", b"\0\1t\0\1", b"\0\1t\0\1\xff\xff\xff\xff"]
)
def test_a_malformed_message_is_left_to_the_library(content: bytes) -> None:
    assert published(0x32, memoryview(content)) is None


def test_a_length_that_is_none_ends_the_reading() -> None:
    assert extent(b"\x32\xff\xff\xff\xff\x01", 0) == (0, 0)
    assert read([b"\x32\xff\xff\xff\xff\x01abc"]) == [b"\x32\xff\xff\xff\xff\x01abc"]


def test_exactly_once_messages_are_left_to_the_library() -> None:
    assert is_publish(0x30)
    assert is_publish(0x3B)
    assert not is_publish(0x34)
    assert not is_publish(0x40)


def test_an_acknowledgement_names_the_packet() -> None:
    assert acknowledgement(0x1234) == b"\x40\x02\x12\x34"


def test_what_the_network_does_not_take_now_is_sent_later() -> None:
    wire = Wire([])
    wire.takes = 3
    sock = BulkSocket(wire)
    assert sock.send(b"abcdef") == 6

    sock.flush()
    assert (wire.sent, sock.unsent) == (b"abc", 3)
    wire.takes = 100
    sock.flush()

    assert (wire.sent, sock.unsent) == (b"abcdef", 0)


def test_the_end_of_a_connection_is_told_after_its_last_message() -> None:
    sock = BulkSocket(Wire([said("t", b"last", 1)], is_closed=True))

    sock.fill()
    sock.fill()

    assert [one for one in sock.packets() if one] == [Published(b"t", b"last", 1, False)]
    assert sock.is_over
    assert sock.recv(1) == b""
