"""Where devices come in: TCP connections and UDP datagrams of those who are allowed."""

import asyncio
from asyncio import BaseTransport, DatagramTransport, Transport
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final, cast

import structlog

from gateway import clock
from gateway.drivers.gbt26875.exchange import Exchange
from gateway.drivers.gbt26875.splitter import Splitter

_MOST_UNREAD_BYTES: Final = 64 * 1024
"""Answers that a device leaves unread before its connection is ended [B]."""
_LOG = structlog.get_logger(__name__)


class Gate:
    """Who may come in, and how many.

    Args:
        networks: Where devices may come from; empty: from anywhere.
        most: Connections at one time.
        idle_s: A connection on which nothing came for so long is given up [s].
    """

    def __init__(self, networks: Sequence[str], most: int, idle_s: float) -> None:
        self.idle_s = idle_s
        self._networks = [ip_network(text) for text in networks]
        self._most = most
        self._connections = 0

    def is_open_to(self, host: str) -> bool:
        """Whether devices may come from there."""
        address = ip_address(host)
        return not self._networks or any(address in network for network in self._networks)

    @property
    def is_crowded(self) -> bool:
        """Whether there are more connections than may be at one time."""
        return self._connections > self._most

    def enter(self, host: str) -> bool:
        """Whether a connection may stay; only such are counted."""
        if not self.is_open_to(host):
            return False
        self._connections += 1
        return True

    def leave(self) -> None:
        """A connection is gone."""
        self._connections -= 1


class Connection(asyncio.Protocol):
    """One TCP connection.

    Attributes:
        host: Where it comes from.
        heard_s: When something last came on it, by the steady clock [s].
    """

    def __init__(self, exchange: Exchange, gate: Gate) -> None:
        self._exchange = exchange
        self._gate = gate
        self._splitter = Splitter()
        self._transport: Transport | None = None
        self.host = ""
        self._is_in = False
        self.heard_s = clock.steady_s()

    def connection_made(self, transport: BaseTransport) -> None:
        """Let it in, or not."""
        self._transport = cast("Transport", transport)
        self.host = _plain(str(transport.get_extra_info("peername")[0]))
        self._is_in = self._gate.enter(self.host)
        if self._is_in:
            if self._gate.is_crowded:
                # Half-open ones of devices that came again must not keep others out.
                self._exchange.part_with_one()
            self._exchange.open(self)
        else:
            _LOG.warning("connection refused", host=self.host)
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Hear it."""
        if self._is_in:
            self.heard_s = clock.steady_s()
            self._exchange.hear(self._splitter, data, self.host, self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        del exc
        if self._is_in:
            self._gate.leave()
            self._exchange.close(self)

    def send(self, data: bytes) -> None:
        """Send a frame; a device that does not read its answers is sent away, and may come again."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > _MOST_UNREAD_BYTES:
            transport.abort()
            return
        transport.write(data)

    def is_idle(self, now_s: float) -> bool:
        """Whether nothing came on it for very long."""
        return now_s - self.heard_s > self._gate.idle_s

    def pause(self) -> None:
        """Read no more."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._transport is not None:
            self._transport.resume_reading()

    def close(self) -> None:
        """End it."""
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """End it at once, whatever it has still to be sent."""
        if self._transport is not None:
            self._transport.abort()


@dataclass(slots=True)
class _Return:
    """The way back to where a datagram came from."""

    transport: DatagramTransport
    address: tuple[str, int]

    def send(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.sendto(data, self.address)


class Datagrams(asyncio.DatagramProtocol):
    """The door for UDP: each datagram stands for itself."""

    def __init__(self, exchange: Exchange, gate: Gate) -> None:
        self._exchange = exchange
        self._gate = gate
        self._transport: DatagramTransport | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """The door is open."""
        self._transport = cast("DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Hear it, unless too much waits: then its device sends it again."""
        host = _plain(addr[0])
        if self._transport is None or self._exchange.is_full or not self._gate.is_open_to(host):
            return
        self._exchange.hear(Splitter(), data, host, _Return(self._transport, addr))


def _plain(host: str) -> str:
    """An address as people write it: IPv4 that came in at an IPv6 door is IPv4."""
    mapped = getattr(ip_address(host), "ipv4_mapped", None)
    return host if mapped is None else str(mapped)
