"""A TCP proxy of the tests' own, which can be cut, frozen, slowed and made to jitter.

It runs in a thread with a loop of its own; what it is told takes effect on the connections that
are open and on those that come. Memory is bounded: each direction holds one piece at a time.
"""

import asyncio
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

_PIECE: Final = 16 * 1024
_HOST: Final = "127.0.0.1"
_START_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What the link does to bytes at the moment.

    Attributes:
        delay_s: Every piece is held back this long [s].
        jitter_s: And up to this much more, at random [s].
        bytes_per_s: Speed of each direction of each connection; 0: as fast as it goes.
        is_black_hole: Nothing passes, and no connection learns of it: half-open.
        is_down: No connection is accepted.
    """

    delay_s: float = 0.0
    jitter_s: float = 0.0
    bytes_per_s: int = 0
    is_black_hole: bool = False
    is_down: bool = False


FAIR: Final = Weather()


class Proxy:
    """A link to a port of loopback, for the time between `start` and `stop`."""

    def __init__(self, target: Callable[[], int], seed: int = 0, host: str = _HOST) -> None:
        """A link to the port that `target` names when a connection comes; it listens on `host`."""
        self._target = target
        self._host = host
        self._random = random.Random(seed)
        self._weather = FAIR
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self.port = 0
        self.connections = 0
        self._stranded = 0

    def start(self) -> None:
        """Open the port."""
        self._thread.start()
        assert self._ready.wait(_START_S), "the proxy did not start"

    def stop(self) -> None:
        """Close everything."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_START_S)

    def set(self, weather: Weather) -> None:
        """Change what the link does; being down also cuts what is open."""
        self._loop.call_soon_threadsafe(self._set, weather)
        if weather.is_down:
            self.cut()

    def cut(self) -> None:
        """Break every open connection at once."""
        self._loop.call_soon_threadsafe(self._cut)

    def strand(self) -> None:
        """Let nothing more through on the connections that are open, which never learn of it; those
        that come are as the weather is."""
        self._stranded = self.connections

    def _set(self, weather: Weather) -> None:
        self._weather = weather
        self._changed.set()
        self._changed = asyncio.Event()

    def _cut(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._accept, self._host, 0)
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        self._server.close()
        self._cut()
        left = asyncio.gather(*self._tasks, return_exceptions=True)
        self._loop.run_until_complete(left)
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if self._weather.is_down or task is None:
            writer.transport.abort()
            return
        self._tasks.add(task)
        self.connections += 1
        try:
            await self._join(reader, writer)
        except (OSError, asyncio.CancelledError):
            return
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = self.connections
        far_reader, far_writer = await asyncio.open_connection(_HOST, self._target())
        pumps = [
            asyncio.ensure_future(self._pump(reader, far_writer, number)),
            asyncio.ensure_future(self._pump(far_reader, writer, number)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*pumps, return_exceptions=True)
            far_writer.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while piece := await reader.read(_PIECE):
            await self._hold(len(piece), number)
            writer.write(piece)
            await writer.drain()

    async def _hold(self, size: int, number: int) -> None:
        while self._weather.is_black_hole or number <= self._stranded:
            await self._changed.wait()
        weather = self._weather
        pause = weather.delay_s + self._random.random() * weather.jitter_s
        if weather.bytes_per_s:
            pause += size / weather.bytes_per_s
        if pause:
            await asyncio.sleep(pause)
