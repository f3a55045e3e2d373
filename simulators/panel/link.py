"""Panels on a network: one thread and one event loop for hundreds, over TCP or UDP."""

import asyncio
import random
import threading
from asyncio import BaseTransport, DatagramTransport, Transport
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Final, cast

from gateway import clock
from gateway.drivers.gbt26875.frame import read_frame
from gateway.drivers.gbt26875.splitter import Splitter
from gateway.patience import backoff
from simulators.panel.device import PanelDevice

_TURN_S: Final = 0.1
_BEAT_S: Final = 25.0
"""Heartbeats come every 20 to 30 s in the field [s]."""


class Over(StrEnum):
    """What carries the frames."""

    TCP = "tcp"
    UDP = "udp"


class PanelLink(asyncio.Protocol, asyncio.DatagramProtocol):
    """A panel's connection to its centre; reconnects for ever.

    Attributes:
        connected: How often it got through.
        confirmed_s: When everything was last found confirmed, on the steady clock [s].
    """

    def __init__(self, device: PanelDevice, host: str, port: int, over: Over, seed: int) -> None:
        self.device = device
        self.connected = 0
        self.confirmed_s = 0.0
        self._place = (host, port)
        self._over = over
        self._splitter = Splitter()
        self._transport: BaseTransport | None = None
        self._noise = random.Random(seed)  # noqa: S311 - a pause, no secret
        self._failures = 0
        self._due_s = 0.0
        self._beat_s = clock.steady_s() + self._noise.random() * _BEAT_S
        self._opening: asyncio.Task[None] | None = None

    def tick(self) -> None:
        """Connect when it is time, and send what is due."""
        now_s = clock.steady_s()
        if self._transport is None:
            if self._opening is None and now_s >= self._due_s:
                self._opening = asyncio.get_running_loop().create_task(self._open())
            return
        if now_s >= self._beat_s:
            self._beat_s = now_s + _BEAT_S
            self.device.beat()
        self._flush()

    def cut(self) -> None:
        """Lose the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin with what was not confirmed."""
        self._transport = transport
        self._splitter = Splitter()
        self._failures = 0
        self.connected += 1
        self.device.cut()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Come back later."""
        del exc
        self._transport = None
        self._due_s = clock.steady_s() + self._noise.random()

    def data_received(self, data: bytes) -> None:
        """Take what the centre sent, and go on at once."""
        for piece in self._splitter.feed(data):
            if piece.flaw is None:
                answer = self.device.hear(read_frame(piece.data), clock.now_ms(), clock.steady_s())
                self._send(answer)
        self._flush()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take a datagram."""
        del addr
        self.data_received(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens: what was sent is sent again."""

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            if self._over is Over.TCP:
                await loop.create_connection(lambda: self, *self._place)
            else:
                await loop.create_datagram_endpoint(lambda: self, remote_addr=self._place)
        except OSError:
            pause_s = backoff(self._failures, self._noise.random(), first_s=0.5)
            self._failures += 1
            self._due_s = clock.steady_s() + pause_s
        finally:
            self._opening = None

    def _flush(self) -> None:
        self._send(self.device.due(clock.now_ms(), clock.steady_s()))
        if self.device.is_done:
            self.confirmed_s = clock.steady_s()

    def _send(self, data: bytes) -> None:
        if not data or self._transport is None or self._transport.is_closing():
            return
        if self._over is Over.TCP:
            cast("Transport", self._transport).write(data)
        else:
            cast("DatagramTransport", self._transport).sendto(data)


async def run_links(links: Sequence[PanelLink], stop: asyncio.Event) -> None:
    """Let panels speak until told to stop."""
    try:
        while not stop.is_set():
            for link in links:
                link.tick()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _TURN_S)
    finally:
        for link in links:
            link.cut()


@contextmanager
def in_background(links: Sequence[PanelLink]) -> Iterator[None]:
    """Let panels speak in a thread of their own while the block runs."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete, args=(run_links(links, stop),), name="panels"
    )
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
