"""The durable outbox of one lane: every message waits here until a receipt covers it.

A message is encoded once, with its stream, number, `low` and `sent` as of writing, and those
bytes never change: a resend is the same message to the last byte.
"""

import random
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from math import inf
from pathlib import Path

from gateway import clock, wire
from gateway.errors import OutboxFull, OutboxUnusable
from gateway.outbox_file import (
    SQL,
    OutboxFile,
    Part,
    count_waiting,
    line_of,
    open_file,
    require_owner,
    take_along,
    transaction,
)
from gateway.stream import RANDOM_BITS, SPENT, Line, next_opening
from gateway.topic import Lane

Body = Sequence[wire.WireEvent] | Sequence[wire.Frame]
_DISK_LOOK_S = 1.0
_SHED_AT_ONCE = 64


class WhenFull(Enum):
    """What a writer wants when there is no room."""

    SHED = auto()
    """Give up the oldest messages, counted."""
    REFUSE = auto()
    """Raise OutboxFull, so that the writer waits (a recording can wait)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much an outbox may hold.

    Attributes:
        max_bytes: Payload bytes before the oldest are given up [B].
        disk_reserve_bytes: Free space of the disk that this lane leaves alone [B]; the alarm
            lane leaves none, so that what telemetry leaves is its reserved room.
    """

    max_bytes: int
    disk_reserve_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A message in the outbox, as bytes that never change."""

    id: int
    stream: int
    seq: int
    stored_ms: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStatus:
    """A stream of this outbox: its next number, its low, what was given up."""

    stream: int
    next_seq: int
    low: int
    shed: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxStatus:
    """What waits: the current stream, the older ones, and totals over all.

    Attributes:
        origin: The first stream of this line of openings.
        oldest_ms: Age of the oldest message [ms]; 0 when empty or the clock went back.
    """

    origin: int
    current: StreamStatus
    older: tuple[StreamStatus, ...]
    depth: int
    bytes: int
    oldest_ms: int


@dataclass(slots=True)
class _Ticket:
    body: Body
    when_full: WhenFull
    stored: Stored | None = None
    error: Exception | None = None
    is_done: bool = False


@dataclass(slots=True)
class _Held:
    """What the file holds, kept beside it so that a write needs no counting."""

    depth: int = 0
    bytes: int = 0
    shed_count: int = 0
    disk_looked_at_s: float = -_DISK_LOOK_S
    disk_is_low: bool = False
    queue: list[_Ticket] = field(default_factory=list)


class Outbox:
    """The outbox of one lane. Safe to use from any thread; writers share commits.

    Attributes:
        has_left_some: Whether the last opening left the messages of an adopted file where they are.
    """

    def __init__(self, path: Path, lane: Lane, limits: Limits, owner: str = "") -> None:
        """Nothing is touched yet.

        Args:
            owner: The gateway whose messages it holds, and no other's; empty: whoever's they are.
        """
        self._home = self._path = path
        self._owner = owner
        self._lane = lane
        self._limits = limits
        self._file: OutboxFile | None = None
        self._line = Line(origin=0, newest=0)
        self._next_seq = 1
        self._held = _Held()
        self._took_all, self._known = True, 0
        self.has_left_some = False
        self._queue_lock = threading.Lock()
        self._lock = threading.RLock()

    def open(
        self, path: Path | None = None, adopted: Path | None = None, at_once: float = inf
    ) -> Path | None:
        """Open the file and begin a new stream; answers where a broken file was kept, if so.

        What waits in the file that is open now is taken along, so that nothing stays behind in
        a file that nobody reads any more.

        Args:
            path: Another file than the present one, when that cannot be written.
            adopted: A file left by a former process, whose messages are taken over.
            at_once: Of an adopted file with more messages than that, only what stands is taken over;
                the rest is the caller's to bring, part by part (`has_left_some`).

        Raises:
            OutboxUnusable: The file is in use or the folder cannot be written; another file
                that was open stays open.
            OutboxForeign: The adopted file is another gateway's.
        """
        synchronous = "FULL" if self._lane is Lane.ALARM else "NORMAL"
        now_ms = clock.now_ms()
        with self._lock:
            path = path or self._path
            if path == self._path:
                self.close()
            with ExitStack() as left:
                fresh = open_file(path, synchronous=synchronous, now_ms=now_ms, owner=self._owner)
                left.callback(fresh.close)
                if adopted is not None:
                    other = open_file(adopted, synchronous=synchronous, now_ms=now_ms)
                    with closing(other):
                        require_owner(other, adopted, self._owner)
                        self.has_left_some = count_waiting(other.database) > at_once
                        self._begin(fresh.database, [other.database], now_ms)
                else:
                    self.has_left_some = False
                    self._known = 0
                    former = [self._file.database] if self._file is not None else []
                    self._begin(fresh.database, former, now_ms)
                left.pop_all()
            self.close()
            self._file, self._path = fresh, path
            return fresh.moved_aside

    def _begin(
        self, database: sqlite3.Connection, sources: list[sqlite3.Connection], now_ms: int
    ) -> None:
        with transaction(database, self._path):
            here, *there = (line_of(one) for one in (database, *sources))
            # After one adoption the newest stream here is our own, which tells of nothing yet.
            known = self._known or (0 if here is None else here.newest)
            is_all = not self.has_left_some
            in_part = [
                one for one in sources if not take_along(one, database, known, has_messages=is_all)
            ]
            self._took_all = not in_part
            database.execute(SQL["forget_streams"], {"spent": SPENT})
            lines = [one for one in (here, *there) if one is not None]
            line = next_opening(lines, now_ms, random.SystemRandom().getrandbits(RANDOM_BITS))
            opening = {"origin": line.origin, "stream": line.newest, "now_ms": now_ms}
            database.execute(SQL["insert_stream"], opening)
            database.execute(SQL["keep_line"], opening)
            if self._owner:
                database.execute(SQL["keep_owner"], {"gateway": self._owner})
            held = database.execute(SQL["fetch_depth"]).fetchone()
        self._known = max([known, *(one.newest for one in there if one is not None)])
        self._line, self._next_seq = line, 1
        self._held.depth, self._held.bytes, self._held.shed_count = held[0], held[1], 0

    @property
    def is_open(self) -> bool:
        """Whether a file is open."""
        return self._file is not None

    @property
    def took_all(self) -> bool:
        """Whether all could be read that the last opening took along."""
        return self._took_all

    @property
    def depth(self) -> int:
        """How many messages wait."""
        return self._held.depth

    @property
    def home(self) -> Path:
        """The usual file."""
        return self._home

    @property
    def is_away(self) -> bool:
        """Whether another file than the usual one is open."""
        return self._path != self._home

    @property
    def owner(self) -> str:
        """The gateway whose messages it holds; empty: whoever's they are."""
        return self._owner

    def close(self) -> None:
        """Close the file; what waits stays in it."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    @property
    def stream(self) -> int:
        """The stream of this opening."""
        return self._line.newest

    @property
    def shed_count(self) -> int:
        """Messages given up since the opening."""
        return self._held.shed_count

    def put(self, body: Body, when_full: WhenFull = WhenFull.SHED) -> Stored | None:
        """Store one message; it is committed when this returns.

        Returns:
            The message, or None when it was itself given up (no room at all).

        Raises:
            OutboxFull: No room, and the writer asked to wait.
            OutboxUnusable: It could not be written; nothing was promised.
        """
        ticket = _Ticket(body, when_full)
        with self._queue_lock:
            self._held.queue.append(ticket)
        # Whoever gets the lock first commits for all that queued behind it meanwhile.
        with self._lock:
            if not ticket.is_done:
                with self._queue_lock:
                    tickets, self._held.queue = self._held.queue, []
                self._commit(tickets)
        if ticket.error is not None:
            raise ticket.error
        return ticket.stored

    def take_in(self, part: Part) -> bool:
        """Keep messages of another file; False when there is no room, and nothing is given up for it."""
        with self._lock:
            if self._is_full(sum(len(one[3]) for one in part.messages)):
                return False
            count = size = 0
            with self._transaction() as database:
                database.executemany(SQL["copy_streams"], part.streams)
                database.executemany(SQL["copy_sheds"], part.sheds)
                for one in part.messages:
                    if database.execute(SQL["copy_messages"], one).rowcount:
                        count, size = count + 1, size + len(one[3])
            self._held.depth += count
            self._held.bytes += size
        return True

    def fetch_after(self, after: int, limit: int, *, newest_first: bool = False) -> list[Stored]:
        """Messages behind the cursor `after` (an id), oldest first unless said otherwise."""
        name = "fetch_newest" if newest_first else "fetch_after"
        with self._lock, self._translated() as database:
            rows = database.execute(SQL[name], {"after": after, "limit": limit}).fetchall()
        return [
            Stored(id=row[0], stream=row[1], seq=row[2], stored_ms=row[3], payload=row[4])
            for row in rows
        ]

    def cursor_before(self, stream: int, seq: int) -> int:
        """The cursor with which `fetch_after` begins at this message, or the next kept one."""
        with self._lock, self._translated() as database:
            row = database.execute(SQL["fetch_id_before"], {"stream": stream, "seq": seq})
            return int(row.fetchone()[0])

    def apply(self, receipts: Sequence[wire.Receipt]) -> frozenset[int]:
        """Drop what the receipts cover; answers the ids that were dropped."""
        dropped: dict[int, int] = {}
        with self._lock:
            with self._transaction() as database:
                for receipt in receipts:
                    ranges = [(1, receipt.through), *receipt.also]
                    for first, last in ranges:
                        dropped |= database.execute(
                            SQL["delete_range"],
                            {"stream": receipt.stream, "first_seq": first, "last_seq": last},
                        ).fetchall()
                    database.execute(
                        SQL["delete_sheds_through"],
                        {"stream": receipt.stream, "through": receipt.through},
                    )
            # Counted once it is committed: a disk that takes no writes has dropped nothing.
            self._held.depth -= len(dropped)
            self._held.bytes -= sum(dropped.values())
        return frozenset(dropped)

    def status(self) -> OutboxStatus:
        """What waits now, of which streams."""
        with self._lock, self._translated() as database:
            streams = [
                StreamStatus(
                    stream=stream,
                    next_seq=next_seq,
                    low=low,
                    shed=tuple(database.execute(SQL["fetch_sheds"], {"stream": stream}).fetchall()),
                )
                for stream, next_seq, low in database.execute(
                    SQL["fetch_streams"], {"current": self._line.newest}
                ).fetchall()
            ]
            oldest = database.execute(SQL["fetch_oldest_ms"]).fetchone()
            return OutboxStatus(
                origin=self._line.origin,
                current=streams[0],
                older=tuple(streams[1:]),
                depth=self._held.depth,
                bytes=self._held.bytes,
                oldest_ms=max(clock.now_ms() - oldest[0], 0) if oldest else 0,
            )

    def raised_conditions(self) -> frozenset[tuple[str, str]]:
        """Derived conditions (asset, event) that are raised, also from before a restart."""
        with self._lock, self._translated() as database:
            return frozenset(database.execute(SQL["fetch_conditions"]).fetchall())

    def remember_condition(self, asset: str, event: str, *, is_raised: bool) -> None:
        """Keep a derived condition across restarts."""
        self.remember_conditions([(asset, event, is_raised)])

    def remember_conditions(self, changes: Sequence[tuple[str, str, bool]]) -> None:
        """Keep many, or forget them, in one write: nobody's alarm waits behind a write for each."""
        with self._lock, self._transaction() as database:
            for asset, event, is_raised in changes:
                name = "insert_condition" if is_raised else "delete_condition"
                database.execute(SQL[name], {"asset": asset, "event": event})

    def _commit(self, tickets: list[_Ticket]) -> None:
        before = (self._next_seq, self._held.depth, self._held.bytes, self._held.shed_count)
        try:
            with self._transaction() as database:
                for ticket in tickets:
                    try:
                        ticket.stored = self._store(database, ticket)
                    except (OutboxFull, ValueError, TypeError, OverflowError) as error:
                        # One body that cannot be encoded must not cost the others theirs.
                        ticket.error = error
                database.execute(
                    SQL["update_next_seq"],
                    {"stream": self._line.newest, "next_seq": self._next_seq},
                )
        except Exception as error:  # noqa: BLE001 - edge of the writing thread: handed to every writer
            # Whatever it was, nothing is committed: no writer may go home believing it is.
            self._next_seq, self._held.depth, self._held.bytes, self._held.shed_count = before
            unusable = (
                error
                if isinstance(error, OutboxUnusable)
                else OutboxUnusable(f"outbox {self._path}: {error!r}")
            )
            for ticket in tickets:
                ticket.stored, ticket.error = None, unusable
        finally:
            for ticket in tickets:
                ticket.is_done = True

    def _store(self, database: sqlite3.Connection, ticket: _Ticket) -> Stored | None:
        now_ms = clock.now_ms()
        payload = self._encode(database, ticket.body, now_ms)
        if not self._make_room(database, len(payload), ticket.when_full):
            self._shed(database, self._line.newest, self._next_seq)
            self._next_seq += 1
            return None
        row = {
            "stream": self._line.newest,
            "seq": self._next_seq,
            "stored_ms": now_ms,
            "payload": payload,
        }
        inserted = database.execute(SQL["insert_message"], row).lastrowid
        self._held.depth += 1
        self._held.bytes += len(payload)
        self._next_seq += 1
        return Stored(
            id=inserted or 0,
            stream=self._line.newest,
            seq=self._next_seq - 1,
            stored_ms=now_ms,
            payload=payload,
        )

    def _encode(self, database: sqlite3.Connection, body: Body, now_ms: int) -> bytes:
        low = database.execute(SQL["fetch_low"], {"stream": self._line.newest}).fetchone()[0]
        seq = self._next_seq
        message: wire.AlarmMessage | wire.DataMessage
        if self._lane is Lane.ALARM:
            events = [item for item in body if isinstance(item, wire.WireEvent)]
            message = wire.AlarmMessage(
                stream=self._line.newest,
                origin=self._line.origin,
                seq=seq,
                low=low or seq,
                sent=now_ms,
                events=events,
            )
        else:
            frames = [item for item in body if isinstance(item, wire.Frame)]
            message = wire.DataMessage(
                stream=self._line.newest, seq=seq, low=low or seq, sent=now_ms, frames=frames
            )
        return wire.encode(message)

    def _make_room(self, database: sqlite3.Connection, size: int, when_full: WhenFull) -> bool:
        while self._is_full(size):
            if when_full is WhenFull.REFUSE:
                raise OutboxFull(f"{self._lane} outbox holds {self._held.bytes} bytes")
            oldest = database.execute(SQL["fetch_oldest"], {"limit": _SHED_AT_ONCE}).fetchall()
            if not oldest:
                return False
            self._held.disk_is_low = False  # Freed pages are used again without growing the file.
            for message_id, stream, seq, length in oldest:
                database.execute(SQL["delete_message"], {"id": message_id})
                self._held.depth -= 1
                self._held.bytes -= length
                self._shed(database, stream, seq)
                if not self._is_full(size):
                    break
        return True

    def _shed(self, database: sqlite3.Connection, stream: int, seq: int) -> None:
        row = {"stream": stream, "seq": seq}
        if database.execute(SQL["extend_shed"], row).rowcount == 0:
            database.execute(SQL["insert_shed"], row)
        self._held.shed_count += 1

    def _is_full(self, size: int) -> bool:
        if self._held.bytes + size > self._limits.max_bytes:
            return True
        if self._limits.disk_reserve_bytes == 0:
            return False
        now_s = clock.steady_s()
        if now_s - self._held.disk_looked_at_s >= _DISK_LOOK_S:
            self._held.disk_looked_at_s = now_s
            free = shutil.disk_usage(self._path.parent).free
            self._held.disk_is_low = free < self._limits.disk_reserve_bytes
        return self._held.disk_is_low

    @contextmanager
    def _translated(self) -> Iterator[sqlite3.Connection]:
        if self._file is None:
            raise OutboxUnusable(f"outbox {self._path} is closed")
        try:
            yield self._file.database
        except sqlite3.Error as error:
            raise OutboxUnusable(f"outbox {self._path}: {error}") from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._translated() as database, transaction(database, self._path):
            yield database
