"""The alarm lane's loop: take a batch, make events of it, commit, acknowledge, send receipts."""

from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from gateway import topic
from gateway.canary import CANARY_GATEWAY
from gateway.clock import now_ms, steady_s
from gateway.wire import Receipt, encode
from ingest.alarm import AdmittedAlarm, admit_alarm
from ingest.batch import Inbound, Quarantined, Reason
from ingest.commit import Committer, Session
from ingest.consume import Outgoing
from ingest.contact import EVENT_PAUSE_MS, Contacts
from ingest.database import Connection
from ingest.delivery_store import Receipted
from ingest.errors import Deaf
from ingest.event_store import Judged, StoredEvents, store_events
from ingest.metrics import Metrics
from ingest.worker import Worker

log = structlog.get_logger(__name__)

BATCH_MESSAGES: Final = 200
BATCH_BYTES: Final = 4 * 1024**2
BATCH_AGE_S: Final = 0.005
HANGS_S: Final = 60.0
"""A transaction that takes longer than this hangs [s]."""


class Source(Protocol):
    """Where alarm-lane messages come from: the broker, or the second path."""

    def take(self, *, most: int, most_bytes: int, age_s: float) -> list[Inbound]:
        """The next batch; empty after a short wait for nothing."""

    def committed(self, batch: Sequence[Inbound], receipts: Sequence[Receipted]) -> None:
        """The batch is committed: acknowledge it and say so to the gateways."""


class AlarmLane(Worker):
    """One thread that stores what a source brings, in order.

    Attributes:
        contacts: Which assets said something; whoever runs the lane writes it down.
    """

    def __init__(self, source: Source, database_url: str, metrics: Metrics, name: str) -> None:
        super().__init__(name)
        self._source = source
        self.contacts = Contacts()
        self._session = Session(database_url, name)
        self._metrics = metrics
        self._committer: Committer[Judged, StoredEvents] = Committer(
            self._session, _store, _quarantine, self._stopping
        )
        self._tick_s = steady_s()
        metrics.progress_age.set_function(self._age_s)

    def check(self) -> None:
        """Whether the thread makes progress.

        Raises:
            Deaf: It has died or hangs; waiting for an absent database is progress.
        """
        if not self.is_alive:
            raise Deaf("the thread of the alarm lane has died")
        if self.is_database_up and steady_s() - self._tick_s > HANGS_S:
            raise Deaf(f"the alarm lane has not moved for {HANGS_S:.0f} s")

    def _age_s(self) -> float:
        return steady_s() - self._tick_s if self.is_database_up else 0.0

    @property
    def is_database_up(self) -> bool:
        """Whether the last transaction reached the database."""
        return not self._committer.is_down

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._tick_s = steady_s()
            batch = self._source.take(
                most=BATCH_MESSAGES, most_bytes=BATCH_BYTES, age_s=BATCH_AGE_S
            )
            if batch:
                self._handle(batch)
        self._session.close()

    def _handle(self, batch: list[Inbound]) -> None:
        began = steady_s()
        judged = [admit_alarm(inbound) for inbound in batch]
        results = self._committer.commit(judged)
        if results is None:
            return
        self._source.committed(batch, [one for result in results for one in result.receipts])
        for result in results:
            self._metrics.alarm_batch(result)
            self.contacts.hear(result.assets, EVENT_PAUSE_MS, now_ms())
        self._note_canary(judged)
        self._metrics.commit_seconds.labels("alarm").observe(steady_s() - began)

    def _note_canary(self, judged: Sequence[Judged]) -> None:
        sung = [
            event.at_ms
            for one in judged
            if isinstance(one, AdmittedAlarm) and one.message.gateway == CANARY_GATEWAY
            for event in one.events
        ]
        if sung:
            self._metrics.canary_heard(max(sung))


def receipt_messages(receipts: Sequence[Receipted]) -> list[Outgoing]:
    """The receipts as messages to their gateways."""
    return [
        Outgoing(
            topic=topic.receipt(one.key.gateway, one.key.lane),
            payload=encode(receipt_of(one)),
        )
        for one in receipts
    ]


def receipt_of(one: Receipted) -> Receipt:
    """A receipt as it goes over the wire."""
    return Receipt(stream=one.key.stream, through=one.covered.through, also=list(one.covered.also))


def _store(connection: Connection, items: Sequence[Judged]) -> StoredEvents:
    return store_events(connection, items, now_ms())


def _quarantine(connection: Connection, item: Judged, why: str) -> StoredEvents:
    refused = Quarantined(
        message=item.message,
        reason=Reason.REFUSED_BY_DATABASE,
        detail=why,
        stream=item.stream,
        seq=item.seq,
    )
    log.error(
        "alarm_message_quarantined",
        gateway=item.message.gateway,
        is_decoded=isinstance(item, AdmittedAlarm),
        reason=why,
    )
    return store_events(connection, [refused], now_ms())
