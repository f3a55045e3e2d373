"""The centre: listens to transmission devices on TCP and UDP, and stores before it confirms.

One event loop holds every connection; what came at the same time is stored in one write by a
thread beside it, and only then confirmed. While the disk is slow the connections are not read, so
nothing piles up; while it cannot be written nothing is confirmed, and the devices send it again.
"""

import asyncio
import threading
from asyncio import AbstractEventLoop, BaseTransport, DatagramTransport, Transport
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from threading import Event as StopFlag
from typing import Final, Protocol, cast

import structlog

from gateway import clock
from gateway.code_systems import load_code_system
from gateway.driver import Driver, DriverSettings, Sink
from gateway.drivers.gbt26875.event import SYSTEM
from gateway.drivers.gbt26875.naming import DeviceKey, names_of
from gateway.drivers.gbt26875.options import CentreOptions, checked_centre, place_of
from gateway.drivers.gbt26875.splitter import Splitter
from gateway.drivers.gbt26875.station import Station
from gateway.drivers.gbt26875.turn import Now, Turn
from gateway.errors import DriverFailed
from gateway.wire import Command

_TURN_S: Final = 0.2
_BACKLOG: Final = 1024
_MOST_TURNS: Final = 2000
"""Frames that may wait for the disk before the connections are no longer read."""
_MOST_UNREAD_BYTES: Final = 64 * 1024
_MOST_SAID: Final = 5000
_STOP_LIMIT_S: Final = 2.0
_SAID_AGAIN_S: Final = 60.0
_IDLE_TIMES: Final = 10
"""A connection without a frame for so many silences is given up."""
_LOG = structlog.get_logger(__name__)


OPTIONS = CentreOptions


def open_driver(settings: DriverSettings) -> Driver:
    """The centre. Raises BadSettings."""
    return Centre(settings.name, checked_centre(settings))


class Way(Protocol):
    """A way back to a device."""

    def send(self, data: bytes) -> None:
        """Send a frame; a way that is gone swallows it, for the device will ask again."""


@dataclass(slots=True, eq=False)
class _Waiting:
    turn: Turn
    way: Way | None


class Centre:
    """A driver; constructing it touches nothing."""

    def __init__(self, name: str, options: CentreOptions) -> None:
        self._name = name
        self._options = options
        self._names = names_of(options.assets)
        self._profiles = options.device_profiles()
        self._codes = load_code_system(SYSTEM)
        self._lock = threading.Lock()
        self._running: _Exchange | None = None
        self.ports: dict[str, int] = {}

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Listen until told to stop. Raises DriverFailed when an address cannot be listened on."""
        station = Station(self._options.rules, self._names, self._profiles, self._codes)
        station.expect(self._profiles)
        try:
            asyncio.run(self._serve(_Exchange(self._name, station, sink), stop))
        except OSError as error:
            raise DriverFailed(f"cannot listen: {error}") from error
        finally:
            with self._lock:
                self._running = None

    def take_command(self, command: Command) -> None:
        """Pass a duty check 查岗 on to the devices."""
        with self._lock:
            if self._running is not None and command.command == "duty_check":
                self._running.ask_for_check(command.minutes)

    async def _serve(self, exchange: "_Exchange", stop: StopFlag) -> None:
        loop = asyncio.get_running_loop()
        exchange.loop = loop
        storing = asyncio.create_task(exchange.store_forever())
        doors: list[BaseTransport | asyncio.Server] = []
        try:
            doors = await self._open_doors(loop, exchange)
            with self._lock:
                self._running = exchange
            while not stop.is_set() and not storing.done():
                exchange.tick()
                await asyncio.sleep(_TURN_S)
        finally:
            for door in doors:
                door.close()
            await exchange.finish(storing)
            self.ports = {}

    async def _open_doors(
        self, loop: AbstractEventLoop, exchange: "_Exchange"
    ) -> list[BaseTransport | asyncio.Server]:
        doors: list[BaseTransport | asyncio.Server] = []
        gate = _Gate(self._options)
        if self._options.tcp is not None:
            host, port = place_of(self._options.tcp)
            server = await loop.create_server(
                lambda: _Connection(exchange, gate), host, port, backlog=_BACKLOG
            )
            doors.append(server)
            self.ports["tcp"] = server.sockets[0].getsockname()[1]
        if self._options.udp is not None:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(exchange, gate), place_of(self._options.udp)
            )
            doors.append(transport)
            self.ports["udp"] = transport.get_extra_info("sockname")[1]
        return doors


class _Gate:
    """Who may come in."""

    def __init__(self, options: CentreOptions) -> None:
        self._networks = [ip_network(text) for text in options.allowed]
        self.most = options.most_connections
        self.connections = 0
        self.idle_s = options.silence_s * _IDLE_TIMES

    def is_open_to(self, host: str) -> bool:
        address = ip_address(host)
        return not self._networks or any(address in network for network in self._networks)


class _Exchange:
    """What all connections share: the station, the way to each device, what waits for the disk."""

    def __init__(self, name: str, station: Station, sink: Sink) -> None:
        self.loop: AbstractEventLoop | None = None
        self.connections: set[_Connection] = set()
        self._name = name
        self._station = station
        self._sink = sink
        self._ways: dict[DeviceKey, Way] = {}
        self._waiting: list[_Waiting] = []
        self._is_something = asyncio.Event()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"{name} store")
        self.is_paused = False
        self._is_ending = False
        self._said_s: dict[str, float] = {}

    def hear(self, splitter: Splitter, data: bytes, host: str, way: Way) -> None:
        """Take what came from a host."""
        now = _now()
        for piece in splitter.feed(data):
            turn = self._station.hear(piece, host, now)
            if turn is None:
                continue
            if turn.is_from:
                self._ways[turn.device] = way
            self._put(_Waiting(turn, way))

    def tick(self) -> None:
        """Let time pass for the devices and the connections."""
        now = _now()
        for turn in self._station.tick(now):
            self._put(_Waiting(turn, self._ways.get(turn.device)))
        for connection in [one for one in self.connections if one.is_idle(now.steady_s)]:
            connection.close()

    def ask_for_check(self, minutes: int) -> None:
        """Ask every device whether anybody is there; from any thread."""
        if self.loop is not None:
            with suppress(RuntimeError):  # The loop ended meanwhile: nobody is there to be asked.
                self.loop.call_soon_threadsafe(lambda: self._station.duty_check(minutes, _now()))

    def forget(self, way: Way) -> None:
        """A way is gone."""
        for key in [key for key, known in self._ways.items() if known is way]:
            del self._ways[key]

    async def store_forever(self) -> None:
        """Store what waits, all of it in one write, and confirm it; ends with the exchange."""
        loop = asyncio.get_running_loop()
        while self._waiting or not self._is_ending:
            await self._is_something.wait()
            self._is_something.clear()
            batch, self._waiting = self._waiting, []
            stored = await loop.run_in_executor(self._pool, self._store, batch)
            now = _now()
            for one, is_stored in zip(batch, stored, strict=True):
                self._close_turn(one, now, is_stored=is_stored)
            self._resume()

    async def finish(self, storing: "asyncio.Task[None]") -> None:
        """Store what has come, then close every connection."""
        self._is_ending = True
        self._is_something.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(storing, _STOP_LIMIT_S)
        for connection in list(self.connections):
            connection.close()
        self._pool.shutdown(wait=False)

    def _close_turn(self, one: "_Waiting", now: Now, *, is_stored: bool) -> None:
        if not is_stored:
            self._station.lost(one.turn)
            return
        self._station.stored(one.turn, now)
        if one.way is not None and one.turn.answer:
            one.way.send(one.turn.answer)

    def _store(self, batch: list[_Waiting]) -> list[bool]:
        """Which of the batch have their events on disk; on the storing thread."""
        for one in batch:
            self._note(one.turn)
        try:
            self._sink.store([event for one in batch for event in one.turn.events])
        except Exception as error:  # noqa: BLE001 - edge of the storing loop: each for itself then
            self._say("stored", f"events cannot be stored together: {error!r}")
            return [self._store_one(one.turn) for one in batch]
        return [True] * len(batch)

    def _store_one(self, turn: Turn) -> bool:
        try:
            self._sink.store(turn.events)
        except Exception as error:  # noqa: BLE001 - edge of the storing loop: not confirmed
            self._say(turn.device, f"not stored and not confirmed: {error!r}")
            return False
        return True

    def _note(self, turn: Turn) -> None:
        for what in turn.counted:
            self._sink.count(what)
        for problem in turn.problems:
            self._say(turn.device, problem)
        for sample, kind in turn.samples:
            self._sink.sample(sample, kind)

    def _say(self, about: str, problem: str) -> None:
        """Log a problem, at most one a minute for each device."""
        now_s = clock.steady_s()
        if len(self._said_s) >= _MOST_SAID:
            self._said_s.clear()
        if now_s - self._said_s.get(about, -_SAID_AGAIN_S) >= _SAID_AGAIN_S:
            self._said_s[about] = now_s
            _LOG.warning("transmission device", driver=self._name, device=about, problem=problem)

    def _put(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        self._is_something.set()
        if len(self._waiting) >= _MOST_TURNS and not self.is_paused:
            self.is_paused = True
            for connection in self.connections:
                connection.pause()

    def _resume(self) -> None:
        if self.is_paused:
            self.is_paused = False
            for connection in self.connections:
                connection.resume()

    @property
    def is_full(self) -> bool:
        """Whether a datagram is better not taken: its device sends it again."""
        return len(self._waiting) >= 2 * _MOST_TURNS


class _Connection(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, exchange: _Exchange, gate: _Gate) -> None:
        self._exchange = exchange
        self._gate = gate
        self._splitter = Splitter()
        self._transport: Transport | None = None
        self._host = ""
        self._heard_s = clock.steady_s()

    def connection_made(self, transport: BaseTransport) -> None:
        self._transport = cast("Transport", transport)
        self._host = str(transport.get_extra_info("peername")[0])
        self._gate.connections += 1
        if self._gate.connections > self._gate.most or not self._gate.is_open_to(self._host):
            _LOG.warning("connection refused", host=self._host)
            transport.close()
            return
        self._exchange.connections.add(self)
        if self._exchange.is_paused:
            self.pause()

    def data_received(self, data: bytes) -> None:
        if self in self._exchange.connections:
            self._heard_s = clock.steady_s()
            self._exchange.hear(self._splitter, data, self._host, self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._gate.connections -= 1
        self._exchange.connections.discard(self)
        self._exchange.forget(self)

    def send(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > _MOST_UNREAD_BYTES:
            transport.abort()  # It does not read its answers: it may come again.
            return
        transport.write(data)

    def is_idle(self, now_s: float) -> bool:
        return now_s - self._heard_s > self._gate.idle_s

    def pause(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


@dataclass(slots=True)
class _Datagram:
    """The way back to where a datagram came from."""

    transport: DatagramTransport
    address: tuple[str, int]

    def send(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.sendto(data, self.address)


class _Datagrams(asyncio.DatagramProtocol):
    """The UDP door: each datagram stands for itself."""

    def __init__(self, exchange: _Exchange, gate: _Gate) -> None:
        self._exchange = exchange
        self._gate = gate
        self._transport: DatagramTransport | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        self._transport = cast("DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is None or self._exchange.is_full or not self._gate.is_open_to(addr[0]):
            return
        self._exchange.hear(Splitter(), data, addr[0], _Datagram(self._transport, addr))


def _now() -> Now:
    return Now(ms=clock.now_ms(), steady_s=clock.steady_s())
