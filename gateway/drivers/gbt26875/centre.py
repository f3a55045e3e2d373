"""The centre: listens to transmission devices on TCP and UDP, and stores before it confirms.

One event loop holds every connection. While the disk is slow the connections are not read, so
nothing piles up; while it cannot be written nothing is confirmed, and the devices send it again.
"""

import asyncio
import threading
from asyncio import BaseTransport
from threading import Event as StopFlag
from typing import Final

import structlog

from gateway import clock
from gateway.code_systems import load_code_system
from gateway.descriptors import affordable
from gateway.driver import Door, Driver, DriverSettings, Sink
from gateway.drivers.gbt26875.door import Connection, Datagrams, Gate
from gateway.drivers.gbt26875.event import SYSTEM
from gateway.drivers.gbt26875.exchange import Exchange
from gateway.drivers.gbt26875.naming import names_of
from gateway.drivers.gbt26875.options import CentreOptions, checked_centre, place_of
from gateway.drivers.gbt26875.station import Station
from gateway.drivers.gbt26875.turn import Now
from gateway.errors import DriverFailed, OutboxUnusable
from gateway.wire import Command

_TURN_S: Final = 0.2
_BACKLOG: Final = 1024
_IDLE_TIMES: Final = 10
"""A connection on which nothing came for so many silences is given up."""
_LOG: Final = structlog.get_logger(__name__)

OPTIONS = CentreOptions


def open_driver(settings: DriverSettings) -> Driver:
    """The centre. Raises BadSettings."""
    return Centre(settings.name, checked_centre(settings))


class Centre:
    """A driver; constructing it touches nothing.

    Attributes:
        ports: Where it listens while it runs, by `tcp` and `udp`.
    """

    def __init__(self, name: str, options: CentreOptions) -> None:
        self.ports: dict[str, int] = {}
        self._name = name
        self._options = options
        self._names = names_of(options.assets)
        self._profiles = options.device_profiles()
        self._codes = load_code_system(SYSTEM)
        self._lock = threading.Lock()
        self._running: Exchange | None = None
        self._deaf_since_s: float | None = None
        self._is_told = False

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Listen until told to stop. Raises DriverFailed when an address cannot be listened on."""
        hosts = self._options.device_hosts()
        station = Station(self._options.rules, self._names, self._profiles, self._codes, hosts)
        station.expect(self._profiles)
        self._remember(station, sink)
        try:
            asyncio.run(self._serve(Exchange(self._name, station, sink), stop))
        except OSError as error:
            self._tell_silence(station, sink)
            raise DriverFailed(f"cannot listen: {error}") from error
        finally:
            self._set_running(None)

    def _remember(self, station: Station, sink: Sink) -> None:
        """Take up the notes; a disk that cannot be read must not keep the centre from listening."""
        try:
            notes = sink.notes()
        except OutboxUnusable as error:
            _LOG.error("notes cannot be read", driver=self._name, reason=str(error))
        else:
            station.remember(notes, Now(ms=clock.now_ms(), steady_s=clock.steady_s()))

    def _tell_silence(self, station: Station, sink: Sink) -> None:
        """Say once, when nobody could listen for as long as makes a device silent, that all are."""
        now_s = clock.steady_s()
        if self._deaf_since_s is None:
            self._deaf_since_s = now_s
        if not self._is_told and now_s - self._deaf_since_s >= self._options.silence_s:
            sink.store(station.silence(Now(ms=clock.now_ms(), steady_s=now_s)))
            self._is_told = True

    def doors(self) -> list[Door]:
        """Where devices come in."""
        found: list[Door] = []
        if self._options.tcp is not None:
            host, port = place_of(self._options.tcp)
            found.append(Door(kind="tcp", host=host, port=port))
        if self._options.udp is not None:
            host, port = place_of(self._options.udp)
            found.append(Door(kind="udp", host=host, port=port))
        return found

    def take_command(self, command: Command) -> None:
        """Pass a duty check 查岗 on to the devices."""
        with self._lock:
            if self._running is not None and command.command == "duty_check":
                self._running.ask_for_check(command.minutes)

    async def _serve(self, exchange: Exchange, stop: StopFlag) -> None:
        running = asyncio.create_task(exchange.run())
        doors: list[BaseTransport | asyncio.Server] = []
        try:
            doors = await self._open_doors(exchange)
            self._set_running(exchange)
            self._deaf_since_s, self._is_told = None, False
            while not stop.is_set() and not running.done():
                exchange.tick()
                await asyncio.sleep(_TURN_S)
        finally:
            for door in doors:
                door.close()
            self.ports = {}
            await exchange.finish(running)

    async def _open_doors(self, exchange: Exchange) -> list[BaseTransport | asyncio.Server]:
        loop = asyncio.get_running_loop()
        options = self._options
        most = affordable(options.most_connections)
        gate = Gate(options.allowed, most, options.silence_s * _IDLE_TIMES)
        doors: list[BaseTransport | asyncio.Server] = []
        if options.tcp is not None:
            host, port = place_of(options.tcp)
            server = await loop.create_server(
                lambda: Connection(exchange, gate), host, port, backlog=_BACKLOG
            )
            doors.append(server)
            self.ports["tcp"] = server.sockets[0].getsockname()[1]
        if options.udp is not None:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: Datagrams(exchange, gate), place_of(options.udp)
            )
            doors.append(transport)
            self.ports["udp"] = transport.get_extra_info("sockname")[1]
        return doors

    def _set_running(self, exchange: Exchange | None) -> None:
        with self._lock:
            self._running = exchange
