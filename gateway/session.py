"""One MQTT v5 connection of one lane: a thin shell round the client library.

A session is used once: when its connection is lost it is thrown away and a new one is built,
so no message ever waits in the library's memory. Every callback only puts a note into the
uplink's bounded inbox; an exception in a callback would silently end the library's thread.
"""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gateway.polling_client import PollingClient
from gateway.secret_file import require_closed

KEEPALIVE_S = 15
CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker took the connection and the subscriptions are being made."""

    session: "Session"


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone or was never made."""

    session: "Session"
    reason: str


@dataclass(frozen=True, slots=True)
class Acked:
    """The broker answered a publish; only code 0 means that it also has a reader for it."""

    session: "Session"
    mid: int
    code: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message from the platform."""

    session: "Session"
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Woken:
    """Something was stored."""


Note = Connected | Lost | Acked | Arrived | Woken
Inbox = queue.Queue[Note]


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """What the broker publishes, retained, when this connection dies."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where to connect and as whom.

    Attributes:
        url: `mqtt://host:port` or `mqtts://host:port`.
        client_id: Also the user name; the broker's access rules hang on it.
        ca_file: Authority that signed the broker's certificate; None trusts the system's.
        certificate_file: Our own certificate and its key (PEM) for a broker that asks for one.
    """

    url: str
    client_id: str
    secret: str
    ca_file: Path | None = None
    certificate_file: Path | None = None


class Session:
    """A connection attempt and, if it succeeds, the connection."""

    def __init__(self, access: Access, inbox: Inbox, will: Will, topics: list[str]) -> None:
        self._access = access
        self._inbox = inbox
        self._topics = topics
        self._overflowed = False
        self._life = threading.Lock()
        self._is_looping = False
        self._is_stopped = False
        self._client = self._build(will)

    @property
    def is_deaf(self) -> bool:
        """Whether notes were dropped because the inbox was full: the session must be rebuilt."""
        return self._overflowed

    def start(self) -> None:
        """Connect in a thread of its own; the outcome arrives as a note."""
        threading.Thread(
            target=self._connect, name=f"mqtt-connect {self._access.client_id}", daemon=True
        ).start()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int | None:
        """Hand a message to the library; its id, or None when there is no connection."""
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        return sent.mid if sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def stop(self) -> None:
        """Say goodbye and end the library's thread; a connection on its way is not begun."""
        with self._life:
            self._is_stopped = True
            is_looping = self._is_looping
        if is_looping:
            self._client.disconnect()
            self._client.loop_stop()
        # The callbacks tie a ring that keeps the library's sockets open until a collection.
        client = self._client
        client.on_connect = client.on_disconnect = client.on_subscribe = None
        client.on_publish = client.on_message = None

    def _build(self, will: Will) -> mqtt.Client:
        access = self._access
        client = PollingClient(
            CallbackAPIVersion.VERSION2,
            client_id=access.client_id,
            protocol=mqtt.MQTTv5,
            reconnect_on_failure=False,
        )
        client.username_pw_set(access.client_id, access.secret)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(100)
        client.will_set(will.topic, will.payload, qos=1, retain=True)
        client.on_connect = self._guarded(self._on_connect)
        client.on_disconnect = self._guarded(self._on_disconnect)
        client.on_subscribe = self._guarded(self._on_subscribe)
        client.on_publish = self._guarded(self._on_publish)
        client.on_message = self._guarded(self._on_message)
        return client

    def _connect(self) -> None:
        url = urlsplit(self._access.url)
        port = url.port or (8883 if url.scheme == "mqtts" else 1883)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # untyped library
        properties.SessionExpiryInterval = 0
        try:
            self._set_tls()
            self._client.connect(
                url.hostname or "", port, KEEPALIVE_S, clean_start=True, properties=properties
            )
            # Left alone, a connection made after the stop would take the client id from the next.
            with self._life:
                if not self._is_stopped:
                    self._client.loop_start()
                    self._is_looping = True
                    return
            self._client.disconnect()
        except (OSError, ValueError) as error:
            self._offer(Lost(self, f"{self._access.url}: {error}"))

    def _set_tls(self) -> None:
        """Read the certificates anew, so that renewed ones count from the next connection on."""
        access = self._access
        if urlsplit(access.url).scheme == "mqtts":
            own = access.certificate_file
            if own is not None:
                require_closed(own)
            self._client.tls_set(
                ca_certs=str(access.ca_file) if access.ca_file else None,
                certfile=str(own) if own else None,
            )

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        def call(*args: Any) -> None:
            try:
                callback(*args)
            except Exception as error:  # noqa: BLE001 - edge of the library's loop
                self._offer(Lost(self, f"callback failed: {error!r}"))

        return call

    def _on_connect(
        self, _client: object, _data: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure:
            self._offer(Lost(self, f"{self._access.url} refused {self._access.client_id}: {code}"))
            return
        self._client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._topics])

    def _on_subscribe(
        self, _client: object, _data: object, _mid: int, codes: list[ReasonCode], _more: object
    ) -> None:
        refused = [
            f"{topic}: {code}"
            for topic, code in zip(self._topics, codes, strict=False)
            if code.is_failure
        ]
        if refused:
            self._offer(Lost(self, f"subscription refused: {'; '.join(refused)}"))
        else:
            self._offer(Connected(self))

    def _on_disconnect(
        self, _client: object, _data: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        self._offer(Lost(self, f"{self._access.url}: {code}"))

    def _on_publish(
        self, _client: object, _data: object, mid: int, code: ReasonCode, _more: object
    ) -> None:
        self._offer(Acked(self, mid, code.value))

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        self._offer(Arrived(self, message.topic, bytes(message.payload)))

    def _offer(self, note: Note) -> None:
        try:
            self._inbox.put_nowait(note)
        except queue.Full:
            self._overflowed = True
