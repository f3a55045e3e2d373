"""The second path as a source of the alarm lane: requests wait here until they are committed."""

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

from gateway import wire
from gateway.errors import BadMessage
from gateway.wire import Receipt
from ingest import lenient
from ingest.alarm_lane import receipt_of
from ingest.batch import Inbound
from ingest.delivery_store import Receipted

MOST_WAITING: Final = 500
"""Requests that wait for a commit; more are refused at once [requests]."""


class IntakeFull(Exception):
    """Too many requests wait; the gateway tries again."""


class IntakeQueue:
    """Requests with a promise each; safe between the server and the alarm lane's thread."""

    def __init__(self) -> None:
        self._waiting: deque[Inbound] = deque()
        self._promises: dict[int, Future[Receipt | None]] = {}
        self._news = threading.Condition()

    def put(self, inbound: Inbound) -> "Future[Receipt | None]":
        """Queue a message; the promise is kept after the commit.

        Its receipt is None when the message is stored and nobody can tell its identity.

        Raises:
            IntakeFull: Too many wait.
        """
        promise: Future[Receipt | None] = Future()
        with self._news:
            if len(self._promises) >= MOST_WAITING:
                raise IntakeFull
            self._waiting.append(inbound)
            self._promises[id(inbound)] = promise
            self._news.notify()
        return promise

    def take(self, *, most: int, most_bytes: int, age_s: float) -> list[Inbound]:
        """The next batch; whatever waits, at once: requests do not gain by waiting."""
        del age_s
        with self._news:
            self._news.wait_for(lambda: self._waiting, 0.5)
            batch: list[Inbound] = []
            size = 0
            while self._waiting and len(batch) < most and size < most_bytes:
                batch.append(self._waiting.popleft())
                size += len(batch[-1].payload)
            return batch

    def committed(self, batch: Sequence[Inbound], receipts: Sequence[Receipted]) -> None:
        """Keep the promises."""
        known = {(one.key.gateway, one.key.stream): receipt_of(one) for one in receipts}
        for inbound in batch:
            with self._news:
                promise = self._promises.pop(id(inbound), None)
            # A request that has given up by now has cancelled its promise; after this it cannot.
            if promise is not None and promise.set_running_or_notify_cancel():
                promise.set_result(known.get((inbound.gateway, stream_of(inbound.payload))))


def stream_of(payload: bytes) -> int:
    """The stream a message says it belongs to; -1 when it says none."""
    try:
        return wire.decode_alarm(payload).stream
    except BadMessage:
        found = lenient.identity(payload)
        return -1 if found is None else found[0]
