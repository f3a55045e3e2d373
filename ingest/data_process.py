"""The process `ingest data --worker N`: a worker of the data lane with its shards, and retention."""

import gc
import threading
from typing import Final

import structlog

from gateway.clock import now_ms, steady_s
from gateway.topic import ROOT, SHARDS
from ingest.alarm_process import show
from ingest.commit import Session
from ingest.consume import Subscription, broker_accesses
from ingest.contact import Contacts
from ingest.contact_store import ContactWriter
from ingest.data_lane import DataLane
from ingest.errors import RefusedByDatabase, StoreUnavailable
from ingest.lease import RENEW_S, leave, take_shards
from ingest.links import Links
from ingest.memory import Housekeeping
from ingest.metrics import Metrics
from ingest.registry.request import RegistryDesk
from ingest.sample_store import drop_old_samples, prune_arrivals, sum_up_days
from ingest.settings import DataSettings

log = structlog.get_logger(__name__)

SESSION_S: Final = 3600
"""The broker keeps the session of an absent worker for this [s]: its shards are taken over soon,
and a session that nobody comes back to would only fill the broker's memory."""
RETENTION_S: Final = 3600.0
KEEP_ARRIVALS_MS: Final = 86_400_000
LOOK_S: Final = 0.5
GATHER_S: Final = 0.005
"""Messages that trickle in are read together after this: a fraction of a batch's age [s]."""


def shard_topic(shard: int) -> str:
    """Filter of a shard of the data lane."""
    return f"{ROOT}/+/data/{shard}"


ALL_TOPICS: Final = tuple(shard_topic(shard) for shard in range(SHARDS))


class Duties:
    """What a worker does beside its lane: renew leases, drop what is too old, sum up days; own connection."""

    def __init__(
        self,
        settings: DataSettings,
        worker: str,
        link: Links,
        metrics: Metrics,
        contacts: Contacts,
    ) -> None:
        self._worker = worker
        self._link = link
        self._metrics = metrics
        self._keep_ms = settings.keep_samples_days * 86_400_000
        self._session = Session(settings.database_url.get_secret_value(), f"towerwatch {worker}")
        self._writer = ContactWriter(contacts, self._session)
        self._shards: frozenset[int] = frozenset()
        self._renewed_s = -RENEW_S
        self._pruned_s = steady_s() - RETENTION_S + 60
        self._is_down = False

    @property
    def shards(self) -> frozenset[int]:
        """What this worker reads."""
        return self._shards

    def look(self) -> None:
        """Do what is due; a database that is away is tried again, and the shards are kept."""
        if steady_s() - self._renewed_s < RENEW_S:
            return
        self._renewed_s = steady_s()
        self._writer.look()
        try:
            self._renew()
            self._prune()
        except (StoreUnavailable, RefusedByDatabase) as error:
            if not self._is_down:
                log.warning("leases_not_renewed", error=str(error))
            self._is_down = True
            self._session.close()

    def leave(self) -> None:
        """Give the shards back and write who was heard, if the database can be told."""
        self._writer.look(is_last=True)
        try:
            leave(self._session(), self._worker)
        except (StoreUnavailable, RefusedByDatabase) as error:
            log.warning("leases_not_released", error=str(error))
        self._session.close()

    def _renew(self) -> None:
        held = take_shards(self._session(), self._worker)
        self._is_down = False
        if held != self._shards:
            log.info("shards", held=sorted(held))
            self._shards = held
            self._metrics.shards.set(len(held))
            topics = [shard_topic(shard) for shard in sorted(held)]
            self._link.want([Subscription(topic=one) for one in topics], unwanted=ALL_TOPICS)

    def _prune(self) -> None:
        if 0 not in self._shards or steady_s() - self._pruned_s < RETENTION_S:
            return
        self._pruned_s = steady_s()
        pruned = prune_arrivals(self._session(), now_ms() - KEEP_ARRIVALS_MS)
        chunks = drop_old_samples(self._session(), now_ms(), self._keep_ms)
        sum_up_days(self._session(), now_ms())
        if pruned or chunks:
            log.info("pruned", arrivals=pruned, chunks=chunks)


def run_data(settings: DataSettings, number: int, stopping: threading.Event) -> None:
    """Run until `stopping` is set.

    Raises:
        Deaf: A part of the process does not move any more; it must be started anew.
    """
    metrics = Metrics()
    metrics.serve(settings.metrics_port, settings.metrics_host)
    # Decoded messages are lists of numbers without cycles: looking for cycles is mostly in vain.
    gc.set_threshold(200_000, 50, 100)
    url = settings.database_url.get_secret_value()
    accesses = broker_accesses(settings.mqtt_url.get_secret_value(), settings.mqtt_ca)
    link = Links(accesses, (), session_expiry_s=SESSION_S, gather_s=GATHER_S)
    lane = DataLane(link, url, metrics, settings.batch_ms / 1000)
    duties = Duties(settings, f"tw-ingest-data-{number}", link, metrics, lane.contacts)
    desk = RegistryDesk(url)
    threading.Thread(target=desk.run, args=(stopping,), name="registry", daemon=True).start()
    duties.look()
    memory = Housekeeping()
    link.start()
    lane.start()
    log.info("data_lane_started", worker=number)
    try:
        while not stopping.wait(LOOK_S):
            link.check()
            lane.check()
            duties.look()
            memory.look()
            show(metrics, link, is_database_up=lane.is_database_up)
    finally:
        lane.stop()
        link.stop()
        duties.leave()
    log.info("data_lane_stopped", worker=number)
