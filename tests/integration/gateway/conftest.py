"""A gateway against the real broker, with a platform that commits nothing but says so."""

import itertools
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway import topic, wire
from gateway.topic import GatewayId, Lane
from tests.services import TestBroker, Workshop, end_server, run_server
from towerwatch.process import Launch, free_port, is_listening, wait_until
from towerwatch.runtime.unpack import clean_environment
from towerwatch.services.access import GatewayCredentials
from towerwatch.services.secrets import write_private

_NUMBERS = itertools.count(1)


@dataclass(slots=True)
class Platform:
    """The platform's end of one gateway: it sees messages, and gives receipts when told."""

    client: mqtt.Client
    gateway: GatewayId
    alarms: list[bytes] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    states: list[tuple[str, wire.StateMessage, bool]] = field(default_factory=list)
    gives_receipts: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: mqtt.MQTTMessage) -> None:
        where = topic.parse(message.topic)
        payload = bytes(message.payload)
        if where.is_state:
            state = wire.decode_state(payload)
            self.states.append((where.lane, state, message.retain))
            return
        if where.lane is Lane.ALARM:
            self.alarms.append(payload)
            alarm = wire.decode_alarm(payload)
            self.answer(where.lane, alarm.stream, alarm.seq)
        else:
            self.data.append(payload)
            batch = wire.decode_data(payload)
            self.answer(where.lane, batch.stream, batch.seq)

    def answer(self, lane: Lane, stream: int, seq: int) -> None:
        if self.gives_receipts:
            receipt = wire.Receipt(stream=stream, through=0, also=[(seq, seq)])
            self.client.publish(topic.receipt(self.gateway, lane), wire.encode(receipt), qos=1)

    def command(self, command: wire.Command) -> None:
        self.client.publish(topic.command(self.gateway), wire.encode(command), qos=1)

    def events(self) -> list[wire.WireEvent]:
        return [event for payload in self.alarms for event in wire.decode_alarm(payload).events]


@pytest.fixture
def credentials(broker: TestBroker) -> GatewayCredentials:
    return broker.add_gateway(f"gw-uplink-{next(_NUMBERS)}")


def connect_platform(broker: TestBroker, gateway: str) -> Platform:
    url = urlsplit(broker.platform_url)
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"platform-{next(_NUMBERS)}-of-{gateway}",
        protocol=mqtt.MQTTv5,
    )
    client.username_pw_set(url.username or "", url.password or "")
    platform = Platform(client, GatewayId(gateway))
    client.on_message = lambda _client, _data, message: platform.take(message)
    ready = threading.Event()
    client.on_subscribe = lambda *_: ready.set()
    client.connect(url.hostname or "", url.port or 0)
    client.loop_start()
    client.subscribe([(f"tw/1/{gateway}/{part}", 1) for part in ("alarm", "data/+", "state/+")])
    assert ready.wait(10)
    return platform


@pytest.fixture
def platform(broker: TestBroker, credentials: GatewayCredentials) -> Iterator[Platform]:
    one = connect_platform(broker, credentials.gateway)
    yield one
    one.client.disconnect()
    one.client.loop_stop()


@pytest.fixture
def config(broker: TestBroker, credentials: GatewayCredentials, tmp_path: Path) -> Path:
    """A configuration with a replay that has nothing to do yet."""
    write_private(tmp_path / "alarm.secret", credentials.alarm_password)
    write_private(tmp_path / "data.secret", credentials.data_password)
    write_private(tmp_path / "intake.secret", credentials.intake_secret)
    path = tmp_path / "gateway.yaml"
    path.write_text(
        f"gateway: {credentials.gateway}\n"
        "data_folder: outbox\n"
        "broker:\n"
        f"  urls: [mqtt://127.0.0.1:{broker.gateway_port}]\n"
        "  alarm_secret_file: alarm.secret\n"
        "  data_secret_file: data.secret\n"
        "outbox: {disk_reserve_bytes: 0}\n"
        "drivers:\n"
        f"  - {{name: recording, driver: replay, file: {tmp_path}/pump.csv, mapping: skab}}\n"
    )
    return path


@pytest.fixture
def lonely(tmp_path: Path) -> Path:
    """A configuration of a gateway that reaches nobody; it needs no broker."""
    for name in ("alarm", "data"):
        write_private(tmp_path / f"{name}.secret", "a-long-secret-of-this-gateway-000001")
    path = tmp_path / "gateway.yaml"
    path.write_text(
        "gateway: gw-lonely\n"
        "data_folder: first\n"
        "broker:\n"
        f"  urls: [mqtt://127.0.0.1:{free_port()}]\n"
        "  alarm_secret_file: alarm.secret\n"
        "  data_secret_file: data.secret\n"
        "drivers:\n"
        "  - {name: room, driver: gbt26875, tcp: '127.0.0.1:0'}\n"
    )
    return path


def eventually(is_true: Callable[[], bool], within_s: float = 15.0) -> None:
    assert wait_until(is_true, within_s=within_s)


@pytest.fixture
def site_port(servers: Workshop, tmp_path: Path) -> Iterator[int]:
    """A site's own broker, plain as such brokers are: its port."""
    port = free_port()
    folder = servers.folder / f"site-{port}"
    folder.mkdir(mode=0o755)
    settings = folder / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_dest stdout\n")
    launch = Launch(
        command=[str(servers.runtime.mosquitto), "-c", str(settings)],
        environment=clean_environment(),
        user=servers.user,
    )
    running = run_server(launch, folder / "site.log", lambda: is_listening(port))
    yield port
    end_server(running, signal.SIGKILL)


@dataclass(slots=True)
class Site:
    """A device of the site that speaks to the site's broker."""

    client: mqtt.Client
    port: int

    def say(self, topic: str, payload: bytes) -> None:
        sent = self.client.publish(topic, payload, qos=1)
        sent.wait_for_publish(5)


@pytest.fixture
def site(site_port: int) -> Iterator[Site]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.connect("127.0.0.1", site_port)
    client.loop_start()
    yield Site(client, site_port)
    client.disconnect()
    client.loop_stop()
