"""The live stream: one reader of the database, a bounded queue for every browser.

A thread reads the numbered changes after the last one it saw, renders each once a language and
offers it to every subscriber whose scope covers the place. A subscriber that does not keep up is
told to start again from a snapshot; it never slows the others down.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import structlog

from dashboards.console import metrics
from dashboards.console.pages import alarm_message, compact_json
from dashboards.console.people import NOBODY, People
from dashboards.console.role import covers
from dashboards.console.store import alarm as alarms
from dashboards.console.store import live as store
from dashboards.console.store.live import LiveRow
from dashboards.console.store.pool import Store
from gateway.clock import now_ms, steady_s
from ingest.database import Connection
from ingest.errors import StoreUnavailable

_LOG = structlog.get_logger("console.live")
PLATFORM: Final = "platform"
"""Kind of the changes that the path's self-test makes; they are for the console itself."""
QUEUE_LENGTH: Final = 4096
"""Messages that a slow browser may lag behind before it must take a snapshot: eight batches of the
hub, so that a flood of 5,000 alarms in ten seconds sends no healthy page away."""
BATCH: Final = 500
PIECE: Final = 200
"""Messages that are written to a browser at once."""
REPLAY_LIMIT: Final = 2000
"""More missed changes than this are cheaper as a snapshot."""
POLL_S: Final = 0.05
_BACK_OFF_S: Final = 1.0
_FRESH_S: Final = 2.5
"""The database was read within this time: only then does a heartbeat say that all is well."""
_BOUNDS_S: Final = 60.0


class Reason(StrEnum):
    """Why a page must take a snapshot instead of a replay."""

    TOO_OLD = "too_old"
    TOO_MANY = "too_many"
    TOO_SLOW = "too_slow"
    RESET = "reset"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One change as it goes to browsers.

    Attributes:
        alarm: The alarm as it is now, when the change is about one.
        is_readable: Whether its subject could be read; if not, pages take a snapshot.
    """

    row: LiveRow
    alarm: alarms.AlarmLine | None
    is_readable: bool = True
    rendered: dict[str, str] = field(default_factory=dict)

    def body(self, language: str, people: People = NOBODY) -> str:
        """The JSON for pages of a language, rendered once."""
        if language not in self.rendered:
            self.rendered[language] = compact_json(
                alarm_message(language, self.alarm, people)
                if self.alarm is not None
                else {"kind": self.row.kind, "id": self.row.subject_id}
            )
        return self.rendered[language]


class Subscriber:
    """A browser that listens; what waits for it belongs to the event loop."""

    def __init__(self, scope: tuple[str, ...], loop: asyncio.AbstractEventLoop) -> None:
        self.scope = scope
        self._loop = loop
        self._waiting: deque[Message] = deque()
        self._news = asyncio.Event()
        self.is_too_slow = False
        self.has_ended = False

    def offer(self, messages: Sequence[Message]) -> None:
        """Hand over a batch from any thread."""
        self._tell(lambda: self._put(messages))

    def end(self) -> None:
        """End the stream, from any thread."""
        self._tell(self._end)

    async def next(self, timeout_s: float) -> list[Message]:
        """What waits, oldest first, at most a piece of it; nothing once the stream has ended.

        Raises:
            TimeoutError: Nothing came in time.
        """
        async with asyncio.timeout(timeout_s):
            await self._news.wait()
        piece = [self._waiting.popleft() for _ in range(min(len(self._waiting), PIECE))]
        if not (self._waiting or self.has_ended):
            self._news.clear()
        return piece

    def _tell(self, what: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(what)
        except RuntimeError:  # the loop has ended, and the browser with it
            self.is_too_slow = True

    def _put(self, messages: Sequence[Message]) -> None:
        if self.has_ended:
            return
        if len(self._waiting) + len(messages) > QUEUE_LENGTH:
            self.is_too_slow = True
            self._waiting.clear()
            self._end()
            return
        self._waiting.extend(messages)
        self._news.set()

    def _end(self) -> None:
        self.has_ended = True
        self._news.set()


class Hub:
    """Reads the stream once a process and offers it to every subscriber."""

    def __init__(self, store_: Store) -> None:
        self._store = store_
        self._subscribers: set[Subscriber] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="console live", daemon=True)
        self._last_id: int | None = None
        self._failed_after: int | None = None
        self._read_at_s = -1e9
        self._canary_ms: int | None = None
        self.oldest_id = 0

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End every stream and the thread; may be called twice."""
        self._stopping.set()
        with self._lock:
            subscribers = list(self._subscribers)
        for subscriber in subscribers:
            subscriber.end()

    def join(self, timeout_s: float) -> None:
        """Wait for the thread."""
        self._thread.join(timeout_s)

    @property
    def is_stopping(self) -> bool:
        """Whether the process is on its way out."""
        return self._stopping.is_set()

    @property
    def is_fresh(self) -> bool:
        """Whether the database was read a moment ago."""
        return self.read_age_s < _FRESH_S

    @property
    def read_age_s(self) -> float:
        """How long ago the database was read [s]."""
        return steady_s() - self._read_at_s

    @property
    def canary_ms(self) -> int | None:
        """When the newest self-test of the path was sent that came here [ms UTC]; None: none."""
        return self._canary_ms

    @property
    def canary_age_s(self) -> float | None:
        """How long ago that was [s]; None before the first."""
        return None if self._canary_ms is None else (now_ms() - self._canary_ms) / 1000

    @property
    def last_id(self) -> int:
        """The newest change that was read; 0 before the first."""
        return self._last_id or 0

    @property
    def subscribers(self) -> int:
        """Browsers that listen now."""
        return len(self._subscribers)

    @contextmanager
    def subscribed(self, scope: tuple[str, ...]) -> Iterator[Subscriber]:
        """A place in the stream for a browser, from now on."""
        subscriber = Subscriber(scope, asyncio.get_running_loop())
        with self._lock:
            self._subscribers.add(subscriber)
            metrics.STREAMS.set(len(self._subscribers))
        try:
            yield subscriber
        finally:
            with self._lock:
                self._subscribers.discard(subscriber)
                metrics.STREAMS.set(len(self._subscribers))

    def replay(self, scope: tuple[str, ...], after: int) -> list[Message] | Reason:
        """What a browser missed since an id, or why it must take a snapshot.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        with self._store.scoped(scope) as connection:
            newest = store.fetch_bounds(connection).newest
            rows = store.fetch_after(connection, after, limit=REPLAY_LIMIT + 1)
            if len(rows) > REPLAY_LIMIT:
                return Reason.TOO_MANY
            messages = messages_of(connection, rows)
        if after + 1 < self.oldest_id:
            return Reason.TOO_OLD
        if after > newest:
            return Reason.RESET
        return messages

    def _run(self) -> None:
        is_away = False
        while not self._stopping.is_set():
            try:
                with store.listening(self._store.url) as connection:
                    if is_away:
                        _LOG.info("live_stream_back")
                    is_away = False
                    self._follow(connection)
            except StoreUnavailable as error:
                if not is_away:
                    _LOG.warning("live_stream_lost", error=str(error))
                is_away = True
                self._stopping.wait(_BACK_OFF_S)
            except Exception:  # noqa: BLE001 - the edge of the loop: one bad row must not end it
                _LOG.exception("live_stream_failed")
                self._stopping.wait(_BACK_OFF_S)

    def _follow(self, connection: Connection) -> None:
        bounds_at_s = -1e9
        while not self._stopping.is_set():
            if steady_s() - bounds_at_s > _BOUNDS_S:
                bounds = store.fetch_bounds(connection)
                self.oldest_id, bounds_at_s = bounds.oldest, steady_s()
                if self._last_id is None or self._last_id > bounds.newest:
                    self._last_id = bounds.newest
            rows = store.fetch_after(connection, self._last_id or 0, limit=BATCH)
            if rows:
                self._note_canary(rows)
                self._fan_out(self._messages(connection, rows))
                self._last_id = rows[-1].id
            # Only now: changes that are read again and again and never told are not fresh.
            self._read_at_s = steady_s()
            metrics.STREAM_READ_AT.set_to_current_time()
            if len(rows) < BATCH:
                store.wait_for_news(connection, POLL_S)

    def _messages(self, connection: Connection, rows: list[LiveRow]) -> list[Message]:
        """Changes for pages; one that cannot be read twice is passed over, and pages are told so.

        Read for ever, it would keep every later alarm from every page.
        """
        try:
            return messages_of(connection, rows)
        except Exception as error:  # the edge of a request: the one that is to blame is looked for
            is_again, self._failed_after = self._failed_after == self._last_id, self._last_id
            if connection.broken or not store.is_of_values(error) or not is_again:
                raise
            return [message for row in rows for message in _message_of(connection, row)]

    def _note_canary(self, rows: list[LiveRow]) -> None:
        sent = [row.subject_id for row in rows if row.kind == PLATFORM and row.subject_id]
        if sent:
            self._canary_ms = max(sent)
            metrics.CANARY_AGE.set_function(lambda: self.canary_age_s or 0.0)

    def _fan_out(self, messages: list[Message]) -> None:
        with self._lock:
            subscribers = list(self._subscribers)
        metrics.MESSAGES.inc(len(messages))
        for subscriber in subscribers:
            seen = [one for one in messages if covers(subscriber.scope, one.row.place_path)]
            if seen:
                subscriber.offer(seen)


def _message_of(connection: Connection, row: LiveRow) -> list[Message]:
    try:
        return messages_of(connection, [row])
    except Exception as error:  # the edge of a request: a snapshot takes its place
        if connection.broken or not store.is_of_values(error):
            raise
        _LOG.exception("change_cannot_be_read", id=row.id, kind=row.kind, subject_id=row.subject_id)
        metrics.UNREADABLE.inc()
        return [Message(row=row, alarm=None, is_readable=False)]


def messages_of(connection: Connection, rows: list[LiveRow]) -> list[Message]:
    """Changes for pages, with the alarms they are about, as those are now.

    Several changes of one alarm within a batch show the same, newest version; pages ignore what
    they already have.
    """
    wanted = sorted({r.subject_id for r in rows if r.kind == "alarm" and r.subject_id is not None})
    found: dict[int, alarms.AlarmLine] = {}
    for start in range(0, len(wanted), BATCH):
        lines = alarms.fetch_alarms(connection, wanted[start : start + BATCH])
        found.update((line.id, line) for line in lines)
    return [
        Message(row=row, alarm=found.get(row.subject_id or 0) if row.kind == "alarm" else None)
        for row in rows
        if row.kind != PLATFORM
    ]
