"""The data lane's loop: take a batch and admit it, while another thread commits the one before.

Decoding and COPY so use both a core of Python and one of the database. At most one admitted batch
waits; when the database is slow or away nothing more is taken, and the broker holds the rest.

While events wait for a decision the lane pauses after each batch, in proportion to what the batch
took: a flood of alarms gets the machine, and telemetry still goes on at a seventh of its pace.
"""

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from gateway.clock import now_ms, steady_s
from ingest.admit import Admission, admit
from ingest.alarm_lane import receipt_messages
from ingest.batch import Inbound, Quarantined, Reason
from ingest.commit import Committer, Session
from ingest.contact import Contacts, pause_of
from ingest.database import Connection
from ingest.errors import Deaf, RefusedByDatabase, StoreUnavailable
from ingest.links import Links
from ingest.metrics import Metrics
from ingest.registry_cache import RegistryCache
from ingest.sample_store import Stored, alarms_wait, refuse_message, store_samples
from ingest.scatter import MOST_DAYS, touched

log = structlog.get_logger(__name__)

BATCH_MESSAGES: Final = 500
BATCH_BYTES: Final = 4 * 1024**2
HANGS_S: Final = 120.0
_LONGEST_PAUSE_S: Final = 5.0
YIELD: Final = 6.0
"""Pause for alarms that wait, as a multiple of the time that the batch before it took."""
YIELD_LOOK_S: Final = 0.02
LONGEST_YIELD_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """An admitted batch; `began_s` is when it was taken (steady clock)."""

    admission: Admission
    began_s: float


class DataLane:
    """Two threads that admit and store what the broker brings, in order.

    Attributes:
        contacts: Which assets said something; whoever runs the lane writes it down.
    """

    def __init__(self, link: Links, database_url: str, metrics: Metrics, batch_s: float) -> None:
        self._link = link
        self.contacts = Contacts()
        self._batch_s = batch_s
        self._metrics = metrics
        self._stopping = threading.Event()
        self._ready: queue.Queue[_Ready] = queue.Queue(maxsize=1)
        self._session = Session(database_url, "towerwatch ingest data")
        self._registry_session = Session(database_url, "towerwatch ingest data registry")
        self._registry = RegistryCache(self._registry_session)
        self._committer: Committer[Inbound, Stored] = Committer(
            self._session, self._store_again, _quarantine, self._stopping
        )
        self._admitted: Admission | None = None
        self._threads = [
            threading.Thread(target=self._run_admission, name="admit", daemon=True),
            threading.Thread(target=self._run_store, name="store", daemon=True),
        ]
        self._tick_s = steady_s()
        metrics.progress_age.set_function(self._age_s)

    def _age_s(self) -> float:
        return steady_s() - self._tick_s if self.is_database_up else 0.0

    @property
    def is_database_up(self) -> bool:
        """Whether the last transaction reached the database."""
        return not self._committer.is_down

    def check(self) -> None:
        """Whether the threads make progress.

        Raises:
            Deaf: One has died or hangs; waiting for an absent database is progress.
        """
        dead = [thread.name for thread in self._threads if not thread.is_alive()]
        if dead:
            raise Deaf(f"threads of the data lane have died: {', '.join(dead)}")
        if self.is_database_up and steady_s() - self._tick_s > HANGS_S:
            raise Deaf(f"the data lane has not moved for {HANGS_S:.0f} s")

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the batch in hand; what is not committed is not acknowledged."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=4)

    def _run_admission(self) -> None:
        while not self._stopping.is_set():
            batch = self._link.take(
                most=BATCH_MESSAGES, most_bytes=BATCH_BYTES, age_s=self._batch_s
            )
            began = steady_s()
            admission = self._admit(batch) if batch else None
            if admission is not None:
                self._hand_over(_Ready(admission=admission, began_s=began))
        self._registry_session.close()

    def _hand_over(self, ready: _Ready) -> None:
        while not self._stopping.is_set():
            try:
                self._ready.put(ready, timeout=0.5)
            except queue.Full:
                continue
            return

    def _admit(self, batch: Sequence[Inbound]) -> Admission | None:
        """The batch after admission; waits for the registry; None when the process stops."""
        pause_s = 0.1
        while True:
            try:
                return self._admit_once(batch)
            except StoreUnavailable as error:
                log.warning("registry_unavailable", error=str(error))
                self._registry_session.close()
            if self._stopping.wait(pause_s):
                return None
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def _admit_once(self, batch: Sequence[Inbound]) -> Admission:
        gateways = {inbound.gateway for inbound in batch}
        admission = admit(batch, self._registry.bindings(gateways))
        if admission.unknown_codes and self._registry.learn(admission.unknown_codes):
            admission = admit(batch, self._registry.bindings(gateways))
        return admission

    def _run_store(self) -> None:
        while not self._stopping.is_set():
            self._tick_s = steady_s()
            try:
                ready = self._ready.get(timeout=0.5)
            except queue.Empty:
                continue
            began = steady_s()
            self._store(ready)
            self._yield_to_alarms(min(YIELD * (steady_s() - began), LONGEST_YIELD_S))
        self._session.close()

    def _store(self, ready: _Ready) -> None:
        self._admitted = ready.admission
        results = self._committer.commit(ready.admission.batch)
        if results is None:
            return
        self._link.done(ready.admission.batch)
        for result in results:
            self._link.publish(receipt_messages(result.receipts))
            self._metrics.data_batch(result)
        for block in ready.admission.blocks:
            self.contacts.hear(block.asset, pause_of(block.kind), now_ms())
        self._metrics.commit_seconds.labels("data").observe(steady_s() - ready.began_s)

    def _yield_to_alarms(self, longest_s: float) -> None:
        until = steady_s() + longest_s
        try:
            while steady_s() < until and alarms_wait(self._session(), now_ms()):
                if self._stopping.wait(YIELD_LOOK_S):
                    return
        except (StoreUnavailable, RefusedByDatabase):
            self._session.close()

    def _store_again(self, connection: Connection, items: Sequence[Inbound]) -> Stored:
        """Store the admitted batch; a part of it, after a refusal, is cut out of it."""
        assert self._admitted is not None
        admission = self._admitted
        if len(items) < len(admission.batch):
            admission = admission.part(items)
        if len(items) > 1 and touched(admission.blocks) > MOST_DAYS:
            raise RefusedByDatabase("too many days for one transaction")
        return store_samples(connection, admission, now_ms())


def _quarantine(connection: Connection, item: Inbound, why: str) -> Stored:
    refused = Quarantined(message=item, reason=Reason.REFUSED_BY_DATABASE, detail=why)
    return refuse_message(connection, refused, now_ms())
