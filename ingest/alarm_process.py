"""The process `ingest alarm`: alarm lane, heartbeats, findings, commands."""

import threading
from collections.abc import Sequence
from typing import Final

import structlog

from ingest.alarm_lane import AlarmLane, receipt_messages
from ingest.batch import Inbound
from ingest.consume import CANARY, Subscription, broker_accesses
from ingest.delivery_store import Receipted
from ingest.disk_watch import DiskWatch, folders_of
from ingest.door import doors_of
from ingest.door_watch import DoorWatch
from ingest.links import Links
from ingest.memory import settle
from ingest.metrics import Metrics
from ingest.settings import AlarmSettings
from ingest.state_lane import Board, StateLane

log = structlog.get_logger(__name__)

SUBSCRIPTIONS: Final = (
    Subscription(topic="tw/1/+/alarm"),
    # A heartbeat that comes late is worth nothing: QoS 0 is not kept for an absent reader.
    Subscription(topic="tw/1/+/state/+", qos=0),
    Subscription(topic=CANARY, qos=0),
)
LOOK_S: Final = 0.5


class BrokerSource:
    """The broker as a source of the alarm lane."""

    def __init__(self, link: Links) -> None:
        self._link = link

    def take(self, *, most: int, most_bytes: int, age_s: float) -> list[Inbound]:
        """The next batch."""
        return self._link.take(most=most, most_bytes=most_bytes, age_s=age_s)

    def committed(self, batch: Sequence[Inbound], receipts: Sequence[Receipted]) -> None:
        """Acknowledge to the broker, then tell the gateways."""
        self._link.done(batch)
        self._link.publish(receipt_messages(receipts))


def run_alarm(settings: AlarmSettings, stopping: threading.Event) -> None:
    """Run until `stopping` is set.

    Raises:
        Deaf: A part of the process does not move any more; it must be started anew.
    """
    metrics = Metrics()
    metrics.serve(settings.metrics_port, settings.metrics_host)
    url = settings.database_url.get_secret_value()
    board = Board()
    accesses = broker_accesses(settings.mqtt_url.get_secret_value(), settings.mqtt_ca)
    link = Links(accesses, SUBSCRIPTIONS, on_state=board.put)
    lane = AlarmLane(BrokerSource(link), url, metrics, "towerwatch ingest alarm")
    states = StateLane(board, link, url, metrics, lane.contacts)
    doors = DoorWatch(doors_of(settings.tls_doors), url, metrics)
    disks = DiskWatch(folders_of(settings.watched_folders), url, metrics)
    link.start()
    lane.start()
    states.start()
    doors.start()
    disks.start()
    settle()
    log.info("alarm_lane_started")
    try:
        while not stopping.wait(LOOK_S):
            link.check()
            lane.check()
            states.check()
            show(metrics, link, is_database_up=lane.is_database_up)
    finally:
        lane.stop()
        states.stop()
        link.stop()
        doors.stop()
        disks.stop()
    log.info("alarm_lane_stopped")


def show(metrics: Metrics, link: Links, *, is_database_up: bool) -> None:
    """Set the gauges that every process with a broker has."""
    metrics.waiting.set(link.waiting)
    metrics.is_connected.set(link.is_up)
    metrics.brokers_lost.set(link.count_lost)
    metrics.stale_acks.set(link.stale_acks)
    metrics.is_database_up.set(is_database_up)
