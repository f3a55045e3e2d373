"""What all connections of the centre share: the station, the ways back, and what waits for the disk.

Everything that came at the same time is stored in one write by a thread beside the event loop, and
only then confirmed. Samples go by a thread of their own: telemetry never holds up an alarm.
"""

import asyncio
from asyncio import AbstractEventLoop
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from gateway import clock
from gateway.driver import Counted, Sink
from gateway.drivers.gbt26875.naming import DeviceKey
from gateway.drivers.gbt26875.splitter import Piece, Splitter
from gateway.drivers.gbt26875.station import Station
from gateway.drivers.gbt26875.turn import Now, Turn

_MOST_TURNS: Final = 2000
"""Frames that may wait for the disk before the connections are no longer read."""
_MOST_SAID: Final = 5000
_MOST_WAYS: Final = 10_000
_SAID_AGAIN_S: Final = 60.0
_STOP_LIMIT_S: Final = 2.0
_LOG = structlog.get_logger(__name__)


class Way(Protocol):
    """A way back to a device."""

    def send(self, data: bytes) -> None:
        """Send a frame; a way that is gone swallows it, for the device will ask again."""


class Line(Way, Protocol):
    """A connection that lasts.

    Attributes:
        host: Where it comes from.
        heard_s: When something last came on it, by the steady clock [s].
    """

    host: str
    heard_s: float

    def is_idle(self, now_s: float) -> bool:
        """Whether nothing came on it for very long."""

    def pause(self) -> None:
        """Read no more."""

    def resume(self) -> None:
        """Read again."""

    def close(self) -> None:
        """End it."""

    def drop(self) -> None:
        """End it at once, whatever it has still to be sent."""


@dataclass(slots=True, eq=False)
class _Waiting:
    turn: Turn
    way: Way | None


class Exchange:
    """The centre while it runs.

    Attributes:
        is_paused: Whether the connections are not read, because the disk is behind.
    """

    def __init__(self, name: str, station: Station, sink: Sink) -> None:
        self.is_paused = False
        self._name = name
        self._station = station
        self._sink = sink
        self._loop: AbstractEventLoop | None = None
        self._lines: set[Line] = set()
        self._ways: dict[DeviceKey, Way] = {}
        self._waiting: list[_Waiting] = []
        self._measured: list[Turn] = []
        self._is_something = asyncio.Event()
        self._is_measured = asyncio.Event()
        self._is_ending = False
        self._said_s: dict[str, float] = {}

    @property
    def is_full(self) -> bool:
        """Whether a datagram is better not taken: its device sends it again."""
        return len(self._waiting) >= 2 * _MOST_TURNS

    def open(self, line: Line) -> None:
        """A device connected."""
        self._lines.add(line)
        if self.is_paused:
            line.pause()

    def part_with_one(self) -> None:
        """There are too many connections: of the host with most of them the quietest goes.

        Half-open ones of a device that came again, or one that opens hundreds, keep nobody else out.
        """
        if self._lines:
            of_host = Counter(one.host for one in self._lines)
            line = min(self._lines, key=lambda one: (-of_host[one.host], one.heard_s))
            self._lines.discard(line)
            _LOG.warning("too many connections, the quietest is dropped", driver=self._name)
            line.drop()

    def close(self, line: Line) -> None:
        """A connection is gone, and with it the way to its devices."""
        self._lines.discard(line)
        for key in [key for key, known in self._ways.items() if known is line]:
            del self._ways[key]

    def hear(self, splitter: Splitter, data: bytes, host: str, way: Way) -> None:
        """Take what came from a host."""
        now = _now()
        for piece in splitter.feed(data):
            turn = self._take(piece, host, now)
            if turn is None:
                continue
            if turn.is_from:
                if len(self._ways) >= _MOST_WAYS:
                    self._ways.clear()  # Datagrams of strangers; each device brings its own again.
                self._ways[turn.device] = way
            self._put(_Waiting(turn, way))

    def tick(self) -> None:
        """Let time pass for the devices and the connections."""
        now = _now()
        for turn in self._station.tick(now):
            self._put(_Waiting(turn, self._ways.get(turn.device)))
        for line in [one for one in self._lines if one.is_idle(now.steady_s)]:
            line.close()

    def ask_for_check(self, minutes: int) -> None:
        """Ask every device whether anybody is there; from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # The loop ended meanwhile: nobody is there to be asked.
                self._loop.call_soon_threadsafe(lambda: self._station.duty_check(minutes, _now()))

    async def run(self) -> None:
        """Store and confirm until `finish`."""
        self._loop = asyncio.get_running_loop()
        with _thread(f"{self._name} store") as storing, _thread(f"{self._name} note") as noting:
            note = asyncio.create_task(self._note_forever(noting))
            try:
                await self._store_forever(storing)
            finally:
                note.cancel()
                with suppress(asyncio.CancelledError):
                    await note

    async def finish(self, running: "asyncio.Task[None]") -> None:
        """Store what has come, then close every connection."""
        self._is_ending = True
        self._is_something.set()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(running, _STOP_LIMIT_S)
        finally:
            for line in list(self._lines):
                line.close()

    def _take(self, piece: Piece, host: str, now: Now) -> Turn | None:
        try:
            return self._station.hear(piece, host, now)
        except Exception as error:  # noqa: BLE001 - edge of a frame: the next ones must be heard
            _LOG.exception("frame", driver=self._name, raw=piece.data.hex())
            return self._station.keep(piece, host, type(error).__name__, now)

    def _put(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        self._is_something.set()
        if len(self._waiting) >= _MOST_TURNS and not self.is_paused:
            self.is_paused = True
            for line in self._lines:
                line.pause()

    async def _store_forever(self, pool: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting or not self._is_ending:
            await self._is_something.wait()
            self._is_something.clear()
            batch, self._waiting = self._waiting, []
            stored = await loop.run_in_executor(pool, self._store, batch)
            now = _now()
            for one, is_stored in zip(batch, stored, strict=True):
                self._close_turn(one, now, is_stored=is_stored)
            if self.is_paused:
                self.is_paused = False
                for line in self._lines:
                    line.resume()

    def _store(self, batch: list[_Waiting]) -> list[bool]:
        """Which of the batch have their events on disk; on the storing thread."""
        try:
            self._sink.store([event for one in batch for event in one.turn.events])
        except Exception as error:  # noqa: BLE001 - edge of the storing loop: each for itself then
            self._say("stored", f"events cannot be stored together: {error!r}")
            return [self._store_one(one.turn) for one in batch]
        self._keep_notes([one.turn for one in batch])
        return [True] * len(batch)

    def _keep_notes(self, turns: Sequence[Turn]) -> None:
        # A check asks every device: a write for each would hold up the fires behind them.
        notes = [(turn.device, *note) for turn in turns for note in turn.notes]
        if notes:
            self._sink.note_all(notes)

    def _store_one(self, turn: Turn) -> bool:
        try:
            self._sink.store(turn.events)
        except Exception as error:  # noqa: BLE001 - edge of the storing loop: not confirmed
            self._say(turn.device, f"not stored and not confirmed: {error!r}")
            return False
        self._keep_notes([turn])
        return True

    def _close_turn(self, one: _Waiting, now: Now, *, is_stored: bool) -> None:
        if not is_stored:
            self._station.lost(one.turn)
            return
        if self._station.is_overtaken(one.turn):
            return
        self._station.stored(one.turn, now)
        if one.way is not None and one.turn.answer:
            one.way.send(one.turn.answer)
        if len(self._measured) < 2 * _MOST_TURNS:
            self._measured.append(one.turn)
            self._is_measured.set()

    async def _note_forever(self, pool: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._is_measured.wait()
            self._is_measured.clear()
            turns, self._measured = self._measured, []
            try:
                await loop.run_in_executor(pool, self._note, turns)
            except Exception as error:  # noqa: BLE001 - edge of the noting loop: samples alone
                self._say("noted", f"samples are lost: {error!r}")

    def _note(self, turns: list[Turn]) -> None:
        """Samples, counts and the log; on the noting thread."""
        counts: dict[Counted, int] = {}
        for turn in turns:
            for what in turn.counted:
                counts[what] = counts.get(what, 0) + 1
            for problem in turn.problems:
                self._say(turn.device, problem)
            for sample, kind in turn.samples:
                self._sink.sample(sample, kind)
        for what, number in counts.items():
            self._sink.count(what, number)

    def _say(self, about: str, problem: str) -> None:
        """Log a problem, at most one a minute for each device."""
        now_s = clock.steady_s()
        if len(self._said_s) >= _MOST_SAID:
            self._said_s.clear()
        if now_s - self._said_s.get(about, -_SAID_AGAIN_S) >= _SAID_AGAIN_S:
            self._said_s[about] = now_s
            _LOG.warning("transmission device", driver=self._name, device=about, problem=problem)


@contextmanager
def _thread(name: str) -> Iterator[ThreadPoolExecutor]:
    """A thread for work that may wait for the disk; it is not waited for at the end."""
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False)


def _now() -> Now:
    return Now(ms=clock.now_ms(), steady_s=clock.steady_s())
