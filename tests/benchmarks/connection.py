"""One gateway's connection in the generator: bytes out, acknowledgements and receipts in."""

import socket
import struct
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic, time_ns

from gateway import topic, wire
from gateway.topic import GatewayId, Lane
from tests.benchmarks import packet
from tests.benchmarks.body import HEAD_BYTES, head
from tests.benchmarks.plan import Login

_BUFFER = 512 * 1024
_CONNECT_S = 20.0


@dataclass(slots=True, kw_only=True, eq=False)
class Waiting:
    """A message without a receipt."""

    seq: int
    tail: bytes
    samples: int
    sent_s: float


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    """A gateway on one lane.

    Attributes:
        waiting: Without a receipt, oldest first.
        turn: How many messages it has made.
    """

    index: int
    login: Login
    lane: Lane
    stream: int
    sock: socket.socket
    waiting: deque[Waiting] = field(default_factory=deque)
    turn: int = 0
    bytes_sent: int = 0
    refused: list[int] = field(default_factory=list)
    _unsent: bytes = b""
    _received: bytearray = field(default_factory=bytearray)
    _heads: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    _packet: int = 0
    _moved_s: float = 0.0

    @property
    def is_blocked(self) -> bool:
        """Whether bytes wait for the socket."""
        return bool(self._unsent)

    def send(self, tail: bytes, samples: int, now_s: float) -> int:
        """Publish the next message; its number."""
        self.turn += 1
        self.waiting.append(Waiting(seq=self.turn, tail=tail, samples=samples, sent_s=now_s))
        self._publish(self.turn, tail)
        return self.turn

    def is_overdue(self, now_s: float, patience_s: float) -> bool:
        """Whether messages wait and no receipt has come for a while."""
        if not self.waiting:
            return False
        return now_s - max(self._moved_s, self.waiting[0].sent_s) > patience_s

    def resend_oldest(self, now_s: float) -> None:
        """Publish the oldest message without a receipt again, under its number."""
        self._moved_s = now_s
        self._publish(self.waiting[0].seq, self.waiting[0].tail)

    def flush(self) -> None:
        """Send what the socket did not take before."""
        rest, self._unsent = self._unsent, b""
        self._write(rest)

    def receive(self) -> Iterator[wire.Receipt]:
        """Receipts among what has come; refusals are noted."""
        with suppress(BlockingIOError):
            data = self.sock.recv(65_536)
            if not data:
                raise ConnectionError(f"the broker has cut {self.login.user}")
            self._received += data
        for kind, body in packet.packets(self._received):
            if kind == packet.PUBLISH:
                yield wire.decode_receipt(packet.payload_of(body))
            elif code := packet.refusal(kind, body):
                self.refused.append(code)

    def settle(self, receipt: wire.Receipt) -> list[Waiting]:
        """Messages that a receipt covers."""
        if receipt.stream != self.stream:
            return []
        settled = []
        self._moved_s = monotonic()
        while self.waiting and self.waiting[0].seq <= receipt.through:
            settled.append(self.waiting.popleft())
        if receipt.also and self.waiting:
            ranges = receipt.also
            found = [w for w in self.waiting if any(a <= w.seq <= b for a, b in ranges)]
            settled += found
            gone = {w.seq for w in found}
            self.waiting = deque(w for w in self.waiting if w.seq not in gone)
        return settled

    def close(self) -> None:
        """Say goodbye."""
        with suppress(OSError):
            self.sock.sendall(packet.disconnect())
        self.sock.close()

    def _publish(self, seq: int, tail: bytes) -> None:
        size = HEAD_BYTES + len(tail)
        ends = self._heads.get(size)
        if ends is None:
            name = GatewayId(self.login.gateway)
            where = topic.alarm(name) if self.lane is Lane.ALARM else topic.data(name)
            ends = self._heads[size] = packet.publish_head(where, size)
        self._packet = self._packet % 65_535 + 1
        low = self.waiting[0].seq if self.waiting else seq
        said = head(self.stream, seq, low, time_ns() // 1_000_000)
        self._write(b"".join((ends[0], struct.pack(">H", self._packet), ends[1], said, tail)))

    def _write(self, data: bytes) -> None:
        if self._unsent:
            self._unsent += data
            return
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            sent = 0
        self.bytes_sent += sent
        if sent < len(data):
            self._unsent = data[sent:]


def open_connections(
    logins: list[Login], *, port: int, lane: Lane, streams_from: int
) -> list[Connection]:
    """Connect, log in and subscribe to receipts, all gateways at once.

    Raises:
        ConnectionError: The broker refuses one of them.
    """
    made = [
        Connection(
            index=index,
            login=login,
            lane=lane,
            stream=streams_from + index,
            sock=_greet(login, port, lane),
        )
        for index, login in enumerate(logins)
    ]
    for one in made:
        _await_subscription(one)
    return made


def _greet(login: Login, port: int, lane: Lane) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=_CONNECT_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
    receipts = topic.receipt(GatewayId(login.gateway), lane)
    sock.sendall(packet.connect(login.user, login.password) + packet.subscribe(receipts))
    return sock


def _await_subscription(one: Connection) -> None:
    buffer = bytearray()
    while True:
        data = one.sock.recv(4096)
        if not data:
            raise ConnectionError(f"the broker refuses {one.login.user}")
        buffer += data
        for kind, body in packet.packets(buffer):
            if code := packet.refusal(kind, body):
                raise ConnectionError(f"the broker refuses {one.login.user}: {code:#x}")
            if kind == packet.SUBACK:
                one.sock.setblocking(False)
                return
