"""Devices that already speak JSON to the site's own broker.

An event is acknowledged to the site's broker only when it is on the gateway's disk: the session
is kept by the broker, so what was not acknowledged comes again after a crash.
"""

from dataclasses import dataclass
from pathlib import Path
from threading import Event as StopFlag
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import Field

from gateway import clock
from gateway.catalogue import Ending, event_kind
from gateway.code_systems import load_code_system
from gateway.driver import Driver, DriverSettings, Sink
from gateway.drivers.options import Options, checked_options
from gateway.drivers.terminal_message import Reader, Reading, Rule
from gateway.errors import BadSettings, DriverFailed
from gateway.wire import WireEvent

_KEEPALIVE_S = 30
_CONNECT_LIMIT_S = 10.0
_SESSION_S = 24 * 3600
_TURN_S = 0.5
_LOG = structlog.get_logger(__name__)


class AssetAddress(Options):
    """An asset and the name under which its device speaks."""

    code: str
    asset_class: str = Field(alias="class")
    address: str


class TerminalOptions(Options):
    """Options of the driver."""

    url: str = Field(description="mqtt:// or mqtts:// address of the site's broker")
    client_id: str = Field(min_length=1, max_length=100)
    user: str | None = None
    secret_file: Path | None = None
    ca_file: Path | None = None
    rules: list[Rule] = Field(min_length=1)
    assets: list[AssetAddress] = Field(default=[])


def open_driver(settings: DriverSettings) -> Driver:
    """The terminal driver. Raises BadSettings."""
    options = checked_options(TerminalOptions, settings)
    if urlsplit(options.url).scheme not in ("mqtt", "mqtts"):
        raise BadSettings(f"driver {settings.name!r}: {options.url!r} is not mqtt://host:port")
    return MqttTerminal(settings.name, options, readers(settings.name, options))


def readers(name: str, options: TerminalOptions) -> list[Reader]:
    """A reader for each rule. Raises BadSettings for an unknown code system."""
    assets = {asset.address or asset.code: asset.code for asset in options.assets}
    return [
        Reader(
            rule=rule,
            codes=load_code_system(rule.events.system) if rule.events else None,
            assets=assets,
            fallback=name,
        )
        for rule in options.rules
    ]


@dataclass(slots=True)
class _Connection:
    is_ready: bool = False
    trouble: str = ""


class MqttTerminal:
    """Listens at the site's broker."""

    def __init__(self, name: str, options: TerminalOptions, readers: list[Reader]) -> None:
        self._name = name
        self._options = options
        self._readers = readers
        self._raised: dict[str, dict[str, WireEvent]] = {}
        self._told: set[str] = set()

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Listen until told to stop. Raises DriverFailed when the connection is lost."""
        connection = _Connection()
        client = self._client(sink, connection)
        try:
            self._connect(client)
            began_s = clock.steady_s()
            while not stop.is_set():
                code = client.loop(_TURN_S)
                is_late = clock.steady_s() - began_s > _CONNECT_LIMIT_S
                if code != MQTTErrorCode.MQTT_ERR_SUCCESS or connection.trouble:
                    raise DriverFailed(
                        f"{self._options.url}: {connection.trouble or mqtt.error_string(code)}"
                    )
                if is_late and not connection.is_ready:
                    raise DriverFailed(f"{self._options.url}: does not answer")
        except (OSError, ValueError) as error:
            raise DriverFailed(f"{self._options.url}: {error}") from error
        finally:
            client.disconnect()
            client.loop(0.1)
            client.on_connect = client.on_subscribe = client.on_message = None

    def take(self, topic: str, payload: bytes, sink: Sink) -> None:
        """Put what a message says into the sink."""
        for reader in self._readers:
            if reader.matches(topic):
                self._put(reader, reader.read(topic, payload, clock.now_ms()), sink)

    def _put(self, reader: Reader, reading: Reading, sink: Sink) -> None:
        for event in reading.events:
            self._remember(event)
            sink.event(event)
        for asset in reading.clears_all:
            for event in self._cleared(asset):
                sink.event(event)
        for sample in reading.samples:
            sink.sample(sample, reader.rule.asset_class)
        for problem in reading.problems:
            if reader.rule.topic not in self._told:
                _LOG.warning("device's message", driver=self._name, problem=problem)
                self._told.add(reader.rule.topic)

    def _remember(self, event: WireEvent) -> None:
        if event_kind(event.event).ending is Ending.MOMENT:
            return
        standing = self._raised.setdefault(event.asset, {})
        if event.state == "raise":
            standing[event.event] = event
        else:
            standing.pop(event.event, None)

    def _cleared(self, asset: str) -> list[WireEvent]:
        now_ms = clock.now_ms()
        return [
            WireEvent(
                asset=asset,
                at=now_ms,
                event=event.event,
                state="clear",
                code_system=event.code_system,
                code=event.code,
            )
            for event in self._raised.pop(asset, {}).values()
        ]

    def _connect(self, client: mqtt.Client) -> None:
        url = urlsplit(self._options.url)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # untyped library
        properties.SessionExpiryInterval = _SESSION_S
        port = url.port or (8883 if url.scheme == "mqtts" else 1883)
        client.connect(
            url.hostname or "", port, _KEEPALIVE_S, clean_start=False, properties=properties
        )

    def _client(self, sink: Sink, connection: _Connection) -> mqtt.Client:
        options = self._options
        client = mqtt.Client(
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

        def on_connect(_c: Any, _d: Any, _f: Any, code: ReasonCode, _p: Any) -> None:
            if code.is_failure:
                connection.trouble = f"refused: {code}"
            else:
                client.subscribe([(reader.rule.subscription, 1) for reader in self._readers])

        def on_subscribe(_c: Any, _d: Any, _m: int, codes: list[ReasonCode], _p: Any) -> None:
            refused = [str(code) for code in codes if code.is_failure]
            connection.trouble = f"subscription refused: {refused}" if refused else ""
            connection.is_ready = not refused

        def on_message(_c: Any, _d: Any, message: mqtt.MQTTMessage) -> None:
            self.take(message.topic, bytes(message.payload), sink)
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
