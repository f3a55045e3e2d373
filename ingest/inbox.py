"""Messages that were received and wait for a batch, whichever broker brought them."""

import threading
from collections import deque
from collections.abc import Callable

from ingest.batch import Inbound


class Inbox:
    """Filled by the network threads, emptied by one reader; bounded by the brokers' windows."""

    def __init__(self) -> None:
        self._waiting: deque[Inbound] = deque()
        self._bytes = 0
        self._full = (1, 1)
        self._news = threading.Condition()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Inbound) -> None:
        """Take a message in."""
        with self._news:
            self._waiting.append(message)
            self._bytes += len(message.payload)
            if self._is_full():
                self._news.notify()

    def take(
        self, *, most: int, most_bytes: int, age_s: float, wait_s: float = 0.5
    ) -> list[Inbound]:
        """The next batch, oldest first: ends by number, by bytes or by the age of its first.

        Args:
            age_s: How long the first message waits for others [s].
            wait_s: How long to wait for a first one [s]; then the batch is empty.
        """
        with self._news:
            self._full = (1, 1)
            self._news.wait_for(lambda: self._waiting or self._is_closed, wait_s)
            if not self._waiting:
                return []
            self._full = (most, most_bytes)
            self._news.wait_for(lambda: self._is_full() or self._is_closed, age_s)
            return self._drawn(most, most_bytes)

    def forget(self, is_gone: Callable[[Inbound], bool]) -> None:
        """Drop what will be sent again."""
        with self._news:
            self._waiting = deque(one for one in self._waiting if not is_gone(one))
            self._bytes = sum(len(one.payload) for one in self._waiting)

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._news:
            self._is_closed = True
            self._news.notify_all()

    def _drawn(self, most: int, most_bytes: int) -> list[Inbound]:
        batch: list[Inbound] = []
        size = 0
        while self._waiting and len(batch) < most and size < most_bytes:
            batch.append(self._waiting.popleft())
            size += len(batch[-1].payload)
        self._bytes -= size
        return batch

    def _is_full(self) -> bool:
        """Whether the batch that somebody waits for is complete by number or bytes."""
        return len(self._waiting) >= self._full[0] or self._bytes >= self._full[1]
