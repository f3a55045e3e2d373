"""The library's client on a socket that reads and writes in bulk.

What the library sends is gathered and goes out in one call; what arrives is read in one call and
cut into packets. Messages are taken from here; every other packet is lent to the library, whole
and in its turn, so that a message never overtakes the CONNACK before it.
"""

import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, cast

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from ingest.packet import Published, extent, is_publish, published

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

_READ_BYTES: Final = 256 * 1024
_ROUND_BYTES: Final = 4 * 1024**2
"""Read at most before what was read is taken [B]."""
_WOULD_BLOCK: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class BulkSocket:
    """A socket as the library wants it; gives it one whole packet at a time."""

    def __init__(self, sock: "SocketLike") -> None:
        self._sock = sock
        self._received = bytearray()
        self._lent = b""
        self._unsent = bytearray()
        self._is_over = False

    @property
    def unsent(self) -> int:
        """Bytes that wait to be sent."""
        return len(self._unsent)

    @property
    def is_over(self) -> bool:
        """Whether the connection is closed or lost."""
        return self._is_over

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._sock.fileno()

    def setblocking(self, flag: bool) -> None:
        """As of any socket."""
        self._sock.setblocking(flag)

    def close(self) -> None:
        """As of any socket."""
        self._sock.close()

    def recv(self, buffer_size: int) -> bytes:
        """Bytes of the packet that is lent; nothing at the end of the connection.

        Raises:
            BlockingIOError: No packet is lent.
        """
        if not self._lent:
            if self._is_over:
                return b""
            raise BlockingIOError
        given, self._lent = self._lent[:buffer_size], self._lent[buffer_size:]
        return given

    def send(self, buffer: bytes | bytearray) -> int:
        """Take all of it, to be sent by `flush`."""
        self._unsent += buffer
        return len(buffer)

    def flush(self) -> None:
        """Send what the network takes now."""
        try:
            while self._unsent:
                del self._unsent[: self._sock.send(self._unsent)]
        except _WOULD_BLOCK:
            return
        except OSError:
            self._unsent.clear()
            self._is_over = True

    def fill(self) -> None:
        """Read what has arrived."""
        try:
            while len(self._received) < _ROUND_BYTES:
                some = self._sock.recv(_READ_BYTES)
                if not some:
                    self._is_over = True
                    return
                self._received += some
                if len(some) < _READ_BYTES and not isinstance(self._sock, ssl.SSLSocket):
                    return
        except _WOULD_BLOCK:
            return
        except OSError:
            self._is_over = True

    def packets(self) -> Iterator[Published | None]:
        """Whole packets in order: messages, and None for one that is lent to the library now."""
        at = 0
        while at < len(self._received) and (found := extent(self._received, at)) is not None:
            start, end = found
            if end == at:
                end = len(self._received)
            taken = None
            if is_publish(self._received[at]):
                with memoryview(self._received) as whole, whole[start:end] as content:
                    taken = published(self._received[at], content)
            if taken is None:
                self._lent += bytes(self._received[at:end])
            at = end
            yield taken
        del self._received[:at]


class BulkClient(mqtt.Client):
    """The library's client, whose connection is a `BulkSocket`; for a loop of one's own."""

    def __init__(self, client_id: str) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=mqtt.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )

    def bulk(self) -> BulkSocket | None:
        """The present connection; None when there is none."""
        return cast("BulkSocket | None", self.socket())

    def read(self) -> Iterator[Published]:
        """Messages that have arrived; everything else goes its way in the library.

        Raises:
            ConnectionError: The connection is over, and the library knows it.
        """
        if (sock := self.bulk()) is None:
            return
        sock.fill()
        for packet in sock.packets():
            if packet is not None:
                yield packet
            elif self.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise ConnectionError("the connection is over")
        if sock.is_over:
            self.loop_read()
            raise ConnectionError("the connection is closed or lost")

    def _create_socket(self) -> "SocketLike":
        return BulkSocket(super()._create_socket())
