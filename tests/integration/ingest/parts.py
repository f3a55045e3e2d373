"""What ingest's integration tests are told in: a registry, gateways that publish, processes."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion

from gateway import topic, wire
from gateway.topic import Lane, gateway_id
from ingest.batch import Inbound, Path
from tests.services import TestBroker
from towerwatch.services.database import DatabaseUrls

NOW = 1_763_766_000_000
"""22 November 2025 [ms since 1970]."""


PATIENCE_S = 60.0
"""Four suites on two cores: what takes a second alone may take twenty [s]."""


def wait_for(is_true: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    end = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < end, "it did not happen in time"
        threading.Event().wait(0.02)


def one(urls: DatabaseUrls, sql: str, *values: object) -> object:
    with psycopg.connect(urls.owner_url, autocommit=True) as connection:
        row = connection.execute(sql, values).fetchone()
        return None if row is None else row[0]


def rows(urls: DatabaseUrls, sql: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(urls.owner_url, autocommit=True) as connection:
        return connection.execute(sql, values).fetchall()


def register(urls: DatabaseUrls, gateway: str, assets: dict[str, str]) -> dict[str, int]:
    """A compound with a gateway and assets (code -> class), bound since 2020; their ids."""
    ids = {}
    place = gateway.replace("-", "_")
    with psycopg.connect(urls.owner_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO places (code, path, level, name_zh) VALUES ('hf', 'hf', 'city', '合肥')"
            " ON CONFLICT DO NOTHING"
        )
        row = connection.execute(
            "INSERT INTO places (code, path, level, name_zh)"
            " VALUES (%s, ('hf.' || %s)::ltree, 'compound', '小区') RETURNING id",
            (place, place),
        ).fetchone()
        assert row is not None
        connection.execute("INSERT INTO gateways (id, place_id) VALUES (%s, %s)", (gateway, row[0]))
        for code, kind in assets.items():
            asset = connection.execute(
                "INSERT INTO assets (code, class, place_id, name_zh) VALUES (%s, %s, %s, %s)"
                " RETURNING id",
                (f"{gateway}.{code}", kind, row[0], code),
            ).fetchone()
            assert asset is not None
            ids[code] = asset[0]
            connection.execute(
                "INSERT INTO bindings (gateway_id, code, asset_id, valid_during)"
                " VALUES (%s, %s, %s, '[2020-01-01Z,)')",
                (gateway, code, asset[0]),
            )
    return ids


def event(
    asset: str = "P1-1",
    kind: str = "fire_alarm",
    at: int = NOW,
    state: wire.RaiseOrClear = "raise",
) -> wire.WireEvent:
    return wire.WireEvent(asset=asset, at=at, event=kind, state=state)


def alarm_bytes(seq: int, *events: wire.WireEvent, stream: int = 7, low: int = 1) -> bytes:
    return wire.encode(
        wire.AlarmMessage(
            stream=stream, seq=seq, low=low, sent=NOW, events=list(events) or [event()]
        )
    )


def data_bytes(
    seq: int, frames: list[wire.Frame], stream: int = 7, low: int = 1, sent: int = NOW
) -> bytes:
    return wire.encode(wire.DataMessage(stream=stream, seq=seq, low=low, sent=sent, frames=frames))


def inbound(
    payload: bytes,
    gateway: str = "gw-a",
    lane: Lane = Lane.ALARM,
    received_ms: int = NOW + 500,
    path: Path = Path.MQTT,
) -> Inbound:
    who = gateway_id(gateway)
    return Inbound(
        gateway=who,
        lane=lane,
        topic=topic.alarm(who) if lane is Lane.ALARM else topic.data(who),
        payload=payload,
        received_ms=received_ms,
        path=path,
    )


class Site:
    """One lane of a gateway at the broker: publishes, and collects what the platform says."""

    def __init__(self, broker: TestBroker, gateway: str, lane: Lane) -> None:
        self.gateway = gateway_id(gateway)
        self.lane = lane
        url = urlsplit(broker.gateway_url(broker.add_gateway(gateway), str(lane)))
        self.receipts: queue.Queue[wire.Receipt] = queue.Queue()
        self.commands: queue.Queue[wire.Command] = queue.Queue()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=str(url.username), protocol=mqtt.MQTTv5
        )
        self._client.username_pw_set(str(url.username), url.password)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", url.port or 0)
        self._client.subscribe(topic.receipt(self.gateway, lane), qos=1)
        if lane is Lane.ALARM:
            self._client.subscribe(topic.command(self.gateway), qos=1)
        self._client.loop_start()

    def send(self, payload: bytes) -> None:
        is_alarm = self.lane is Lane.ALARM
        where = topic.alarm(self.gateway) if is_alarm else topic.data(self.gateway)
        self._client.publish(where, payload, qos=1).wait_for_publish(PATIENCE_S)

    def send_until_receipted(self, payload: bytes) -> wire.Receipt:
        """Send again and again, as a gateway does that has no receipt of this very message."""
        said = json.loads(payload)
        stream, seq = said["stream"], said["seq"]
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            self.send(payload)
            with suppress(queue.Empty):
                while True:
                    receipt = self.receipts.get(timeout=0.3)
                    spans = [(1, receipt.through), *receipt.also]
                    if receipt.stream == stream and any(a <= seq <= b for a, b in spans):
                        return receipt
        raise AssertionError("no receipt came")

    def beat(self, **fields: Any) -> None:
        said = {"online": True, "sent": time.time_ns() // 1_000_000, **fields}
        self.say_state(wire.encode(wire.StateMessage(**said)))

    def say_state(self, payload: bytes) -> None:
        where = topic.state(self.gateway, self.lane)
        self._client.publish(where, payload, qos=1, retain=True).wait_for_publish(PATIENCE_S)

    def receipt(self, within_s: float = PATIENCE_S) -> wire.Receipt:
        return self.receipts.get(timeout=within_s)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic.endswith("/command"):
            self.commands.put(wire.decode_command(bytes(message.payload)))
        else:
            self.receipts.put(wire.decode_receipt(bytes(message.payload)))


@contextmanager
def running(work: Callable[[threading.Event], None]) -> Iterator[threading.Event]:
    """A process of ingest as a thread; what it raises is raised here."""
    stopping = threading.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work(stopping)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield stopping
    finally:
        stopping.set()
        thread.join(timeout=PATIENCE_S)
        assert not thread.is_alive()
        assert not failures, failures


@contextmanager
def process_of(
    arguments: list[str], environment: dict[str, str], *, ends: int = 0
) -> Iterator[subprocess.Popen[str]]:
    """A process of ingest for real; it must stop cleanly when asked to, or end as is told."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ingest", *arguments],
        env=environment | {"PATH": os.environ["PATH"]},
        text=True,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE_S)
        print(errors)
    assert process.returncode == ends, errors
