"""Two ways to see the packets: a client of bare packets, and a tap between a client and a broker."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from tests.conformance.packet import (
    Connack,
    Connect,
    Kind,
    Packet,
    Puback,
    Publish,
    Wish,
    granted,
    packet,
    split,
    subscribe,
)

WAIT_S = 30.0
"""Patience with a busy machine [s]."""
QUIET_S = 1.0
"""How long nothing must come where nothing may come [s]."""


class Closed(Exception):
    """The broker ended the connection."""


class Raw:
    """A connection on which every packet is sent and read by hand."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()
        self._packets: list[Packet] = []
        self.connack = Connack(has_session=False, code=-1, properties={})

    def send(self, *packets: bytes) -> None:
        """Send packets at once."""
        self._connection.sendall(b"".join(packets))

    def read(self, within_s: float = WAIT_S) -> Packet | None:
        """The next packet; None when none comes. Raises Closed."""
        end = time.monotonic() + within_s
        while not self._packets:
            self._connection.settimeout(max(end - time.monotonic(), 0.001))
            try:
                part = self._connection.recv(65_536)
            except TimeoutError:
                return None
            except OSError as error:
                raise Closed from error
            if not part:
                raise Closed
            self._buffer += part
            self._packets += split(self._buffer)
        return self._packets.pop(0)

    def expect(self, kind: Kind) -> Packet:
        """The next packet, which must be of this type."""
        found = self.read()
        assert found is not None, f"no {kind.name} came"
        assert found.kind is kind, found
        return found

    def publishes(self, count: int) -> list[Publish]:
        """The next packets, which must be messages."""
        return [Publish.read(self.expect(Kind.PUBLISH)) for _ in range(count)]

    def ack(self, *messages: Publish) -> None:
        """Acknowledge messages."""
        self.send(*(Puback(id=one.id).packet() for one in messages))

    def publish(self, message: Publish) -> int:
        """Publish at QoS 1 and wait for the answer's reason code."""
        self.send(message.packet())
        answer = Puback.read(self.expect(Kind.PUBACK))
        assert answer.id == message.id
        return answer.code

    def subscribe(self, *wishes: Wish) -> list[int]:
        """Subscribe, and wait for what is granted."""
        self.send(subscribe(1, *wishes))
        return granted(self.expect(Kind.SUBACK))

    def is_quiet(self, for_s: float = QUIET_S) -> bool:
        """Whether nothing comes for a while."""
        return self.read(for_s) is None

    def leave(self) -> None:
        """Say goodbye; the will is not published."""
        with suppress(OSError):
            self.send(packet(Kind.DISCONNECT, 0))
        self.drop()

    def drop(self) -> None:
        """End the connection without a word."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()


@contextmanager
def raw(url: str, asked: Connect | None = None) -> Iterator[Raw]:
    """Connect by hand as the URL's user; what is asked beyond that is given."""
    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    asked = asked or Connect(client_id=user)
    whole = replace(asked, client_id=asked.client_id or user, user=user, password=password)
    connection = socket.create_connection((parts.hostname or "", parts.port or 1883), WAIT_S)
    client = Raw(connection)
    try:
        client.send(whole.packet())
        client.connack = Connack.read(client.expect(Kind.CONNACK))
        yield client
    finally:
        client.leave()


@dataclass(slots=True)
class Heard:
    """What went over one connection, as far as the tap has passed it on.

    Attributes:
        over: Set when the broker has closed it.
    """

    up: list[Packet] = field(default_factory=list)
    down: list[Packet] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def sent(self, kind: Kind) -> list[Packet]:
        """What the client sent."""
        return [one for one in list(self.up) if one.kind is kind]

    def received(self, kind: Kind) -> list[Packet]:
        """What the broker sent."""
        return [one for one in list(self.down) if one.kind is kind]

    @property
    def connect(self) -> Connect:
        return Connect.read(self.sent(Kind.CONNECT)[0])

    @property
    def connack(self) -> Connack:
        return Connack.read(self.received(Kind.CONNACK)[0])


class Tap:
    """Passes bytes on between a client and the broker, and reads along.

    Attributes:
        heard: What each connection said, in order.
        lets_down: Cleared, nothing of the broker's reaches the client.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard: list[Heard] = []
        self.lets_down = threading.Event()
        self.lets_down.set()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def wait_until_over(self) -> None:
        """Wait until the broker has closed every connection."""
        for heard in self.heard:
            assert heard.over.wait(WAIT_S)

    def cut(self) -> None:
        """End all connections without a word."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End, and wait for every thread."""
        self.lets_down.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(WAIT_S)
        self.cut()
        for thread in self._threads:
            thread.join(WAIT_S)
        for one in (self._listener, *self._open):
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                broker = socket.create_connection(("127.0.0.1", self._target), WAIT_S)
            except OSError:
                return
            broker.settimeout(None)
            self._open += [client, broker]
            heard = Heard()
            self.heard.append(heard)
            for source, sink, is_down in ((client, broker, False), (broker, client, True)):
                thread = threading.Thread(
                    target=self._pass_on, args=(source, sink, heard, is_down), daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def _pass_on(
        self, source: socket.socket, sink: socket.socket, heard: Heard, is_down: bool
    ) -> None:
        buffer = bytearray()
        where = heard.down if is_down else heard.up
        with suppress(OSError):
            while part := source.recv(65_536):
                if is_down:
                    self.lets_down.wait()
                buffer += part
                where += split(buffer)
                sink.sendall(part)
        # The client's goodbye is left to the broker to answer: it closes when it has dealt with it.
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR if is_down else socket.SHUT_WR)
        if is_down:
            heard.over.set()


def payloads(messages: Sequence[Publish]) -> list[bytes]:
    """What the messages say."""
    return [one.payload for one in messages]
