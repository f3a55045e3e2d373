"""What ingest counts about itself, for Prometheus (`towerwatch_ingest_*`)."""

from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from gateway.clock import now_ms
from ingest.event_store import StoredEvents
from ingest.sample_store import Stored

_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """Metrics in a registry of their own, so that tests can make many."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = self._counter("messages_total", "Messages stored", ("lane",))
        self.duplicates = self._counter("duplicates_total", "Messages known before", ("lane",))
        self.put_off = self._counter("put_off_total", "Messages put off: too many holes")
        self.quarantined = self._counter(
            "quarantined_total", "Messages put into quarantine, in whole or in part", ("lane",)
        )
        self.conflicts = self._counter(
            "identity_conflicts_total", "Messages with a known identity and another content"
        )
        self.events = self._counter("events_total", "Events stored")
        self.samples = self._counter("samples_total", "Values stored")
        self.commit_seconds = Histogram(
            "towerwatch_ingest_commit_seconds",
            "From a batch in hand to its commit [s]",
            ("lane",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.waiting = self._gauge("waiting_messages", "Messages received and not yet committed")
        self.is_connected = self._gauge("connected", "1 while subscribed at a broker")
        self.brokers_lost = self._gauge("brokers_lost", "Brokers of the settings that are away")
        self.is_database_up = self._gauge("database_up", "1 while the database takes commits")
        self.stale_acks = self._gauge(
            "stale_acknowledgements", "Acknowledgements withheld: their connection was gone"
        )
        self.shards = self._gauge("shards", "Shards of the data lane that this worker reads")
        self.gateways_silent = self._gauge("gateways_silent", "Gateways without a heartbeat")
        self.assets_silent = self._gauge(
            "assets_silent", "Assets that stopped sending while their gateway goes on"
        )
        self.canary_age = self._gauge("canary_age_seconds", "Age of the newest self-test, or NaN")
        self.canary_age.set(float("nan"))
        self.progress_age = self._gauge(
            "progress_age_seconds",
            "Since the lane last moved; waiting for an absent database counts as moving",
        )
        self.certificate_seconds = self._gauge(
            "certificate_seconds",
            "Time until the certificate that a door of the platform shows ends; negative: it is over",
            ("door",),
        )
        self.disk_free = self._gauge(
            "disk_free_bytes", "Room on the disk of a folder that is watched", ("folder",)
        )
        self.intake_requests = self._counter(
            "intake_requests_total", "Requests on the second path", ("status",)
        )

    def alarm_batch(self, result: StoredEvents) -> None:
        """Count a committed batch of the alarm lane."""
        self.messages.labels("alarm").inc(result.messages)
        self.duplicates.labels("alarm").inc(result.duplicates)
        self.quarantined.labels("alarm").inc(result.quarantined)
        self.conflicts.inc(result.conflicts)
        self.events.inc(result.events)

    def data_batch(self, result: Stored) -> None:
        """Count a committed batch of the data lane."""
        self.messages.labels("data").inc(result.messages)
        self.duplicates.labels("data").inc(result.duplicates)
        self.quarantined.labels("data").inc(result.quarantined)
        self.put_off.inc(result.put_off)
        self.samples.inc(result.samples)

    def canary_heard(self, at_ms: int) -> None:
        """Show the age of the self-test's newest event from now on."""
        self.canary_age.set_function(lambda: (now_ms() - at_ms) / 1000)

    def certificate_seen(self, door: str, ends_at: datetime) -> None:
        """Show how long the certificate of a door lasts from now on."""
        ends_ms = ends_at.timestamp() * 1000
        gauge = self.certificate_seconds.labels(door)
        gauge.set_function(lambda: (ends_ms - now_ms()) / 1000)

    def serve(self, port: int, host: str = "127.0.0.1") -> None:
        """Answer Prometheus; port 0 means not at all."""
        if port:
            start_http_server(port, addr=host, registry=self.registry)

    def _counter(self, name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
        return Counter(f"towerwatch_ingest_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"towerwatch_ingest_{name}", text, labels, registry=self.registry)
