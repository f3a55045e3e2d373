"""A site's own broker, for every driver whose devices speak MQTT.

A message is acknowledged only when the driver has stored what it says: the session is kept by the
broker, so what was not acknowledged comes again after a crash.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event as StopFlag
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import Field, field_validator

from gateway import clock
from gateway.drivers.options import Options
from gateway.errors import DriverFailed, GatewayError
from gateway.polling_client import PollingClient

_KEEPALIVE_S = 30
_CONNECT_LIMIT_S = 10.0
_SESSION_S = 24 * 3600
_TURN_S = 0.5
_MOST_BYTES = 1024 * 1024
"""A larger message is kept from us by the broker (MQTT 5, 3.1.2.11.4) [B]: no device's message is so large,
and one of 256 MB would end the process, and again each time that it is brought."""


class BrokerOptions(Options):
    """Options of every driver that listens at a site's broker."""

    url: str = Field(description="mqtt:// or mqtts:// address of the site's broker")
    client_id: str = Field(min_length=1, max_length=100)
    user: str | None = None
    secret_file: Path | None = None
    ca_file: Path | None = None

    @field_validator("url")
    @classmethod
    def _is_a_broker(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ValueError(f"{url!r} is not mqtt://host:port")
        if parts.username or parts.password:
            raise ValueError("secrets stand in files, never in the address")
        return url


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What the driver says to the broker, or as its last will."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


Publish = Callable[[Message], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """What a driver wants of the broker.

    Attributes:
        topics: Filters and their quality of service.
        take: Called for each message with topic, payload, and whether it was retained; the
            message is acknowledged when it returns.
        keep: Called with the payload when `take` failed on it for no fault of the store; raises,
            and the message comes again, or the message is acknowledged when it returns.
        ready: Called when the broker has taken the subscriptions.
        turn: Called between messages, at least every half second.
        will: What the broker says when the gateway is gone.
        farewell: What is said when the driver is stopped.
    """

    topics: list[tuple[str, int]]
    take: Callable[[str, bytes, bool], None]
    keep: Callable[[bytes, Exception], None]
    ready: Callable[[Publish], None] | None = None
    turn: Callable[[Publish], None] | None = None
    will: Message | None = None
    farewell: Callable[[Publish], None] | None = None


@dataclass(slots=True)
class _Connection:
    is_ready: bool = False
    trouble: str = ""


def listen(options: BrokerOptions, wanted: Listening, stop: StopFlag) -> None:
    """Listen until told to stop. Raises DriverFailed when the connection is lost or refused."""
    connection = _Connection()
    client = _client(options, wanted, connection)

    def publish(message: Message) -> None:
        client.publish(message.topic, message.payload, message.qos, message.retain)

    try:
        _connect(client, options)
        _loop(client, connection, options, wanted, publish, stop)
        if wanted.farewell is not None and connection.is_ready:
            wanted.farewell(publish)
    except (OSError, ValueError) as error:
        raise DriverFailed(f"{options.url}: {error}") from error
    finally:
        client.disconnect()
        client.on_connect = client.on_subscribe = client.on_message = None
        client.loop(0.1)


def _loop(  # noqa: PLR0913, PLR0917 - one connection's whole life
    client: mqtt.Client,
    connection: _Connection,
    options: BrokerOptions,
    wanted: Listening,
    publish: Publish,
    stop: StopFlag,
) -> None:
    began_s = clock.steady_s()
    was_ready = False
    while not stop.is_set():
        code = client.loop(_TURN_S)
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS or connection.trouble:
            raise DriverFailed(f"{options.url}: {connection.trouble or mqtt.error_string(code)}")
        if connection.is_ready and not was_ready:
            was_ready = True
            if wanted.ready is not None:
                wanted.ready(publish)
        if not connection.is_ready and clock.steady_s() - began_s > _CONNECT_LIMIT_S:
            raise DriverFailed(f"{options.url}: does not answer")
        if was_ready and wanted.turn is not None:
            wanted.turn(publish)


def _connect(client: mqtt.Client, options: BrokerOptions) -> None:
    url = urlsplit(options.url)
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # untyped library
    properties.SessionExpiryInterval = _SESSION_S
    properties.MaximumPacketSize = _MOST_BYTES
    port = url.port or (8883 if url.scheme == "mqtts" else 1883)
    client.connect(url.hostname or "", port, _KEEPALIVE_S, clean_start=False, properties=properties)


def _client(options: BrokerOptions, wanted: Listening, connection: _Connection) -> mqtt.Client:
    client = PollingClient(
        CallbackAPIVersion.VERSION2,
        client_id=options.client_id,
        protocol=mqtt.MQTTv5,
        manual_ack=True,
        reconnect_on_failure=False,
    )
    if options.user is not None:
        client.username_pw_set(options.user, _secret(options.secret_file))
    if urlsplit(options.url).scheme == "mqtts":
        client.tls_set(ca_certs=str(options.ca_file) if options.ca_file else None)
    if wanted.will is not None:
        will = wanted.will
        client.will_set(will.topic, will.payload, will.qos, will.retain)

    def on_connect(_c: Any, _d: Any, _f: Any, code: ReasonCode, _p: Any) -> None:
        if code.is_failure:
            connection.trouble = f"refused: {code}"
        else:
            client.subscribe(wanted.topics)

    def on_subscribe(_c: Any, _d: Any, _m: int, codes: list[ReasonCode], _p: Any) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        connection.trouble = f"subscription refused: {refused}" if refused else ""
        connection.is_ready = not refused

    def on_message(_c: Any, _d: Any, message: mqtt.MQTTMessage) -> None:
        try:
            wanted.take(message.topic, bytes(message.payload), message.retain)
        except (GatewayError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - edge of a message: the next must be heard
            wanted.keep(bytes(message.payload), error)
        client.ack(message.mid, message.qos)

    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.on_message = on_message
    return client


def _secret(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DriverFailed(f"{path}: the secret cannot be read: {error}") from error
