"""The session parameters of docs/protocol.md hold on the real broker."""

import json
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gateway import topic
from gateway.topic import GatewayId, Lane
from ingest import consume
from tests.services import TestBroker
from towerwatch.services.broker import MAX_KEEPALIVE_S, MAX_PACKET

GATEWAY = GatewayId("session-gw")
OTHER = GatewayId("other-gw")
WAIT_S = 10.0


@dataclass(slots=True)
class Client:
    """A connected client, what it received and why it lost its connection."""

    mqtt: mqtt.Client
    arrived: "queue.Queue[MQTTMessage]" = field(default_factory=queue.Queue)
    lost: threading.Event = field(default_factory=threading.Event)
    subscribed: threading.Event = field(default_factory=threading.Event)
    session_present: bool = False
    server_keepalive_s: int | None = None
    granted: list[int] = field(default_factory=list)

    def publish(self, address: str, payload: bytes, *, retain: bool = False) -> None:
        sent = self.mqtt.publish(address, payload, qos=1, retain=retain)
        sent.wait_for_publish(WAIT_S)

    def subscribe(self, address: str) -> list[int]:
        self.subscribed.clear()
        self.mqtt.subscribe([(address, SubscribeOptions(qos=1))])
        assert self.subscribed.wait(WAIT_S)
        return self.granted

    def take(self, count: int) -> list[MQTTMessage]:
        return [self.arrived.get(timeout=WAIT_S) for _ in range(count)]


@contextmanager
def connected(
    url: str,
    *,
    client_id: str | None = None,
    clean_start: bool = True,
    session_expiry_s: int = 0,
    receive_maximum: int | None = None,
    keepalive_s: int = 15,
    acknowledges: bool = True,
    inflight: int = 20,
    will: tuple[str, bytes] | None = None,
) -> Iterator[Client]:
    parts = urlsplit(url)
    user = parts.username or ""
    library = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id or user,
        protocol=mqtt.MQTTv5,
        manual_ack=not acknowledges,
        reconnect_on_failure=False,
    )
    library.username_pw_set(user, parts.password)
    library.max_inflight_messages_set(inflight)
    if will is not None:
        library.will_set(will[0], will[1], qos=1, retain=True)
    client = Client(mqtt=library)
    ready = threading.Event()

    def on_connect(_c: object, _d: object, flags: object, code: object, more: object) -> None:
        assert str(code) == "Success", code
        client.session_present = bool(getattr(flags, "session_present", False))
        client.server_keepalive_s = getattr(more, "ServerKeepAlive", None)
        ready.set()

    def on_subscribe(_c: object, _d: object, _m: int, codes: list[ReasonCode], _p: object) -> None:
        client.granted = [code.value for code in codes]
        client.subscribed.set()

    library.on_connect = on_connect
    library.on_subscribe = on_subscribe
    library.on_message = lambda _c, _d, message: client.arrived.put(message)
    library.on_disconnect = lambda *_: client.lost.set()
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # untyped library
    properties.SessionExpiryInterval = session_expiry_s
    if receive_maximum is not None:
        properties.ReceiveMaximum = receive_maximum
    library.connect(
        parts.hostname or "",
        parts.port or 1883,
        keepalive_s,
        clean_start=clean_start,
        properties=properties,
    )
    library.loop_start()
    try:
        assert ready.wait(WAIT_S)
        yield client
    finally:
        library.disconnect()
        library.loop_stop()


@pytest.fixture
def gateway_urls(own_broker: TestBroker) -> dict[str, str]:
    credentials = own_broker.add_gateway(GATEWAY)
    return {lane: own_broker.gateway_url(credentials, lane) for lane in Lane}


@pytest.fixture
def platform_url(own_broker: TestBroker) -> str:
    return own_broker.user_url("tw-ingest-alarm")


def test_the_platform_is_given_its_receive_maximum_and_no_more(
    gateway_urls: dict[str, str], platform_url: str
) -> None:
    surplus = 50
    with (
        connected(
            platform_url, receive_maximum=consume.RECEIVE_MAXIMUM, acknowledges=False
        ) as platform,
        connected(gateway_urls[Lane.ALARM], inflight=0) as gateway,
    ):
        assert platform.subscribe("tw/1/+/alarm") == [1]
        for number in range(consume.RECEIVE_MAXIMUM + surplus):
            gateway.mqtt.publish(topic.alarm(GATEWAY), str(number).encode(), qos=1)
        held = platform.take(consume.RECEIVE_MAXIMUM)
        with pytest.raises(queue.Empty):
            platform.arrived.get(timeout=0.3)
        for message in held[:surplus]:
            platform.mqtt.ack(message.mid, message.qos)
        assert [message.payload for message in platform.take(surplus)] == [
            str(consume.RECEIVE_MAXIMUM + number).encode() for number in range(surplus)
        ]


def test_the_broker_holds_more_than_its_default_for_an_absent_platform(
    gateway_urls: dict[str, str], platform_url: str
) -> None:
    with connected(
        platform_url, clean_start=False, session_expiry_s=consume.SESSION_FOR_EVER
    ) as platform:
        assert not platform.session_present
        platform.subscribe("tw/1/+/alarm")
    count = 3500
    with connected(gateway_urls[Lane.ALARM]) as gateway:
        sent = [
            gateway.mqtt.publish(topic.alarm(GATEWAY), str(number).encode(), qos=1)
            for number in range(count)
        ]
        sent[-1].wait_for_publish(WAIT_S)
    with connected(
        platform_url,
        clean_start=False,
        session_expiry_s=consume.SESSION_FOR_EVER,
        receive_maximum=consume.RECEIVE_MAXIMUM,
    ) as platform:
        assert platform.session_present
        first = platform.arrived.get(timeout=1.0)
        assert len({first.payload, *(other.payload for other in platform.take(count - 1))}) == count


def test_a_gateway_keeps_no_session_at_the_broker(gateway_urls: dict[str, str]) -> None:
    for _ in range(2):
        with connected(gateway_urls[Lane.ALARM]) as gateway:
            assert not gateway.session_present
            gateway.subscribe(topic.receipt(GATEWAY, Lane.ALARM))


def test_no_gateway_takes_over_the_platforms_session(
    gateway_urls: dict[str, str], platform_url: str
) -> None:
    with connected(platform_url) as platform:
        with connected(gateway_urls[Lane.DATA], client_id="tw-ingest-alarm"):
            platform.subscribe("tw/1/+/alarm")
        assert not platform.lost.is_set()


def test_a_second_connection_of_a_lane_replaces_the_first_whatever_its_id(
    gateway_urls: dict[str, str],
) -> None:
    with (
        connected(gateway_urls[Lane.ALARM]) as first,
        connected(gateway_urls[Lane.ALARM], client_id="another"),
    ):
        assert first.lost.wait(WAIT_S)


def test_a_lane_reaches_its_own_topics_and_nothing_else(
    gateway_urls: dict[str, str], platform_url: str
) -> None:
    with connected(platform_url) as platform, connected(gateway_urls[Lane.DATA]) as gateway:
        platform.subscribe("tw/1/+/alarm")
        platform.subscribe("tw/1/+/state/+")
        for foreign in (
            topic.alarm(GATEWAY),
            topic.alarm(OTHER),
            topic.state(OTHER, Lane.DATA),
            topic.state(GATEWAY, Lane.ALARM),
        ):
            gateway.publish(foreign, b"foreign")
        gateway.publish(topic.state(GATEWAY, Lane.DATA), b"own")
        assert platform.take(1)[0].payload == b"own"


def test_a_killed_gateway_is_told_offline_by_its_retained_will(
    gateway_urls: dict[str, str], platform_url: str
) -> None:
    address = topic.state(GATEWAY, Lane.ALARM)
    offline = json.dumps({"online": False}).encode()
    with connected(gateway_urls[Lane.ALARM], will=(address, offline)) as gateway:
        gateway.publish(address, b'{"online": true}', retain=True)
        cut = gateway.mqtt.socket()
        assert isinstance(cut, socket.socket)
        cut.shutdown(socket.SHUT_RDWR)
        assert gateway.lost.wait(WAIT_S)
    with connected(platform_url) as platform:
        platform.subscribe(address)
        message = platform.take(1)[0]
    assert (message.payload, message.retain) == (offline, True)


def test_a_keepalive_that_is_too_long_is_shortened(gateway_urls: dict[str, str]) -> None:
    with connected(gateway_urls[Lane.ALARM], keepalive_s=MAX_KEEPALIVE_S + 1) as gateway:
        assert gateway.server_keepalive_s == MAX_KEEPALIVE_S


def test_a_packet_over_the_limit_ends_the_connection(gateway_urls: dict[str, str]) -> None:
    with connected(gateway_urls[Lane.DATA]) as gateway:
        gateway.publish(topic.data(GATEWAY), b"x" * 64 * 1024)
        assert not gateway.lost.is_set()
        gateway.mqtt.publish(topic.data(GATEWAY), b"x" * (MAX_PACKET + 1), qos=1)
        assert gateway.lost.wait(WAIT_S)
