"""From the broker into a bounded inbox, and acknowledgements back once the rows are committed.

One network thread owns the client: it alone reads, acknowledges and publishes. A message is
acknowledged in order of receipt and only on the connection it came on; what an older connection
brought is forgotten, for the broker sends it again. The inbox is bounded by the Receive Maximum:
the broker sends no more than that without an acknowledgement, and holds the rest.

Receipts go out at QoS 0: a lost one costs a resend, which is answered again, and publishing at
QoS 0 keeps nothing in the client and so can never hold up an acknowledgement.
"""

import os
import random
import select
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gateway.clock import now_ms, steady_s
from gateway.errors import BadMessage
from gateway.topic import GatewayId, Lane, Uplink, parse
from ingest.batch import Inbound
from ingest.errors import BadSettings, Deaf
from ingest.inbox import Inbox
from ingest.packet import Published, acknowledgement, message
from ingest.packet_client import BulkClient

log = structlog.get_logger(__name__)

RECEIVE_MAXIMUM: Final = 2000
"""Messages that the broker may send without an acknowledgement."""
KEEPALIVE_S: Final = 15
CONNECT_TIMEOUT_S: Final = 5.0
SESSION_FOR_EVER: Final = 0xFFFF_FFFF
CANARY: Final = "$SYS/broker/uptime"
"""The broker says it every `sys_interval`; a connection that stops hearing it is deaf."""
DEAF_S: Final = 60.0
DENIED_S: Final = 30.0
"""A connection that is not granted what is asked for is made anew after this [s]."""
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 10.0
_TICK_S: Final = 0.25
_PUBLISH_LIMIT: Final = 50_000
_UNSENT_BYTES: Final = 1024**2
"""No more is handed to a connection that has so much to send [B]."""
_FEW: Final = 32
"""So few messages in one look are not worth a look each: the next ones are gathered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAccess:
    """Where the broker is and as whom to come; the user name is the client id."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    is_tls: bool = False
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A topic filter and the QoS that must be granted."""

    topic: str
    qos: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message for a gateway, at QoS 0 or 1."""

    topic: str
    payload: bytes
    qos: int = 0


def broker_accesses(urls: str, ca_file: Path | None = None) -> tuple[BrokerAccess, ...]:
    """Where one or several addresses point that are separated by blanks.

    Raises:
        BadSettings: One is not of the form, or there is none.
    """
    found = tuple(broker_access(url, ca_file) for url in urls.split())
    if not found:
        raise BadSettings("TOWERWATCH_MQTT_URL is empty")
    return found


def broker_access(url: str, ca_file: Path | None = None) -> BrokerAccess:
    """Where `mqtt://user:password@host:port` (or mqtts) points.

    Raises:
        BadSettings: The URL is not of that form.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or not parts.username:
        raise BadSettings("TOWERWATCH_MQTT_URL is not mqtt://user:password@host:port")
    is_tls = parts.scheme == "mqtts"
    return BrokerAccess(
        host=parts.hostname,
        port=parts.port or (8883 if is_tls else 1883),
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        is_tls=is_tls,
        ca_file=ca_file,
    )


class Link:
    """A connection to the broker that is made again whenever it is lost.

    Args:
        session_expiry_s: How long the broker keeps the session of an absent client [s].
        gather_s: How long messages that come one by one may gather before they are read [s].
        on_state: Takes (sender, payload, received_ms) of heartbeats; must not block.
    """

    def __init__(
        self,
        access: BrokerAccess,
        subscriptions: Sequence[Subscription],
        *,
        session_expiry_s: int = SESSION_FOR_EVER,
        gather_s: float = 0.0,
        on_state: Callable[[Uplink, bytes, int], None] | None = None,
    ) -> None:
        self._access = access
        self._number, self._count = 0, 1
        self._session_expiry_s = session_expiry_s
        self._gather_s = gather_s
        self._on_state = on_state
        self._inbox = Inbox()
        self._done: deque[Inbound] = deque()
        self._outgoing: deque[Outgoing] = deque(maxlen=_PUBLISH_LIMIT)
        self._wanted = {one.topic: one for one in subscriptions}
        self._unwanted: set[str] = set()
        self._asked: dict[int, list[Subscription]] = {}
        self._subscribed: set[str] = set()
        self._stopping = threading.Event()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        os.set_blocking(self._wake_read, False)
        self._epoch = 0
        self._is_up = False
        self._refusal = ""
        self._denied: dict[str, str] = {}
        self._canary_s: float | None = None
        self._tick_s = steady_s()
        self._thread = threading.Thread(target=self._run, name=f"mqtt {access.user}", daemon=True)
        self.stale_acks = 0
        self.acknowledged = 0
        self.connected_at_s = 0.0

    def share(self, inbox: Inbox, number: int, count: int) -> None:
        """Before the start: be one of several connections into one inbox.

        Args:
            number: Which one; epochs of two connections never meet.
            count: Of how many.
        """
        self._inbox = inbox
        self._epoch = self._number = number
        self._count = count

    @property
    def is_up(self) -> bool:
        """Connected, and every subscription granted."""
        return self._is_up and self._subscribed >= self._wanted.keys()

    @property
    def epoch(self) -> int:
        """Number of the present connection."""
        return self._epoch

    @property
    def waiting(self) -> int:
        """Messages in the inbox."""
        return len(self._inbox)

    def start(self) -> None:
        """Begin to connect, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Acknowledge what is committed, say goodbye, end the thread."""
        self._stopping.set()
        self._wake()
        self._inbox.close()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def take(
        self, *, most: int, most_bytes: int, age_s: float, wait_s: float = 0.5
    ) -> list[Inbound]:
        """The next batch, as `Inbox.take` has it."""
        return self._inbox.take(most=most, most_bytes=most_bytes, age_s=age_s, wait_s=wait_s)

    def brought(self, message: Inbound) -> bool:
        """Whether a message came by this connection or one before it."""
        return message.epoch % self._count == self._number

    def done(self, batch: Sequence[Inbound]) -> None:
        """The batch is committed: acknowledge it (if its connection still stands)."""
        self._done.extend(batch)
        self._wake()

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Hand messages to the network thread; the oldest are dropped when it is far behind."""
        self._outgoing.extend(messages)
        self._wake()

    def want(self, subscriptions: Sequence[Subscription], unwanted: Sequence[str] = ()) -> None:
        """Change what is subscribed; `unwanted` are filters that an old session may hold."""
        wanted = {one.topic: one for one in subscriptions}
        self._unwanted = (set(unwanted) | (self._wanted.keys() - wanted.keys())) - wanted.keys()
        self._wanted = wanted
        self._wake()

    def check(self, *, has_others: bool = False) -> None:
        """Whether the thread makes progress; the process should end when it does not.

        Args:
            has_others: Other brokers are read: one that grants too little is like one that is away.

        Raises:
            Deaf: The network thread has died, hangs, or the broker grants less than is needed.
        """
        if self._stopping.is_set():
            return
        if not self._thread.is_alive():
            raise Deaf("the network thread has died")
        if steady_s() - self._tick_s > DEAF_S:
            raise Deaf(f"the network thread has not moved for {DEAF_S:.0f} s")
        denied = [reason for one, reason in list(self._denied.items()) if one in self._wanted]
        if self._refusal or (denied and not has_others):
            raise Deaf(self._refusal or denied[0])

    def _wake(self) -> None:
        with suppress(BlockingIOError, OSError):
            os.write(self._wake_write, b"x")

    def _run(self) -> None:
        tries = 0
        while not self._stopping.is_set():
            epoch = self._epoch
            self._attempt(is_first=tries == 0)
            self._forget()
            tries = 0 if self._epoch > epoch else tries + 1
            pause = min(_FIRST_PAUSE_S * 2.0 ** min(tries, 8), _LONGEST_PAUSE_S)
            self._stopping.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter

    def _attempt(self, *, is_first: bool) -> None:
        """Connect and stay connected as long as it goes; failures are logged when they begin."""
        self._tick_s = steady_s()
        client = self._client()
        try:
            self._connect(client)
            self._loop(client)
        except (OSError, ValueError) as error:
            if is_first:
                log.warning("broker_unreachable", error=str(error))
        except Exception:  # edge of the loop
            log.exception("broker_loop_failed")

    def _client(self) -> BulkClient:
        client = BulkClient(self._access.user)
        client.username_pw_set(self._access.user, self._access.password)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_queued_messages_set(1000)
        if self._access.is_tls:
            client.tls_set(ca_certs=str(self._access.ca_file) if self._access.ca_file else None)
        client.on_connect = self._guarded(self._on_connect)
        client.on_subscribe = self._guarded(self._on_subscribe)
        client.on_disconnect = self._guarded(self._on_disconnect)
        return client

    def _connect(self, client: BulkClient) -> None:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self._session_expiry_s
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        client.connect(
            self._access.host,
            self._access.port,
            KEEPALIVE_S,
            clean_start=False,
            properties=properties,
        )

    def _loop(self, client: BulkClient) -> None:
        while (sock := client.bulk()) is not None:
            self._tick_s = steady_s()
            number = sock.fileno()
            ready = self._wait(number, is_writing=bool(sock.unsent))
            if self._wake_read in ready:
                with suppress(BlockingIOError):
                    os.read(self._wake_read, 65_536)
            if ready.get(number, 0) & ~select.POLLOUT and not self._read(client):
                return
            if client.loop_misc():
                return
            if self._is_up:
                self._acknowledge(client)
                self._subscribe(client)
                self._send(client)
            if self._is_deaf():
                log.error("broker_deaf", seconds=DEAF_S)
            is_stale = bool(self._denied) and steady_s() - self.connected_at_s > DENIED_S
            if self._is_deaf() or is_stale or self._stopping.is_set():
                client.disconnect()
                sock.flush()
                return
            sock.flush()

    def _wait(self, number: int, *, is_writing: bool) -> dict[int, int]:
        """What there is to do: descriptor to event bits; select() would know none past 1023."""
        waiting = select.poll()
        waiting.register(number, select.POLLIN | (select.POLLOUT if is_writing else 0))
        waiting.register(self._wake_read, select.POLLIN)
        return dict(waiting.poll(_TICK_S * 1000))

    def _read(self, client: BulkClient) -> bool:
        """Take what is there; False at the end of the connection."""
        many = 0
        try:
            for packet in client.read():
                many += 1
                self._on_message(packet)
        except ConnectionError:
            return False
        except Exception:  # edge of the library's loop
            log.exception("message_not_taken")
            self._refusal = "a message could not be taken"
        if 0 < many < _FEW and self._gather_s:
            self._stopping.wait(self._gather_s)
        return True

    def _acknowledge(self, client: BulkClient) -> None:
        sock = client.bulk()
        while sock is not None and self._done:
            one = self._done.popleft()
            if one.epoch != self._epoch:
                self.stale_acks += 1
            elif one.packet:
                sock.send(acknowledgement(one.packet))
                self.acknowledged += 1

    def _subscribe(self, client: BulkClient) -> None:
        for topic in list(self._unwanted):
            client.unsubscribe(topic)
            self._unwanted.discard(topic)
            self._subscribed.discard(topic)
        pending = {one.topic for some in self._asked.values() for one in some}
        settled = pending.union(self._subscribed, self._denied)
        missing = [one for one in list(self._wanted.values()) if one.topic not in settled]
        if missing:
            _, mid = client.subscribe(
                [
                    (
                        one.topic,
                        SubscribeOptions(
                            qos=one.qos, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND
                        ),
                    )
                    for one in missing
                ]
            )
            if mid is not None:
                self._asked[mid] = missing

    def _send(self, client: BulkClient) -> None:
        sock = client.bulk()
        while sock is not None and self._outgoing and sock.unsent < _UNSENT_BYTES:
            one = self._outgoing.popleft()
            if one.qos:
                client.publish(one.topic, one.payload, qos=one.qos)
            else:
                sock.send(message(one.topic, one.payload))

    def _is_deaf(self) -> bool:
        return self._canary_s is not None and steady_s() - self._canary_s > DEAF_S

    def _forget(self) -> None:
        """What this connection brought will be sent again on the next."""
        self._is_up = False
        self._asked.clear()
        self._subscribed.clear()
        self._denied.clear()
        self._canary_s = None
        self._inbox.forget(self.brought)

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        def call(*args: Any) -> None:
            try:
                callback(*args)
            except Exception:  # edge of the library's loop
                log.exception("broker_callback_failed", callback=callback.__name__)
                self._refusal = f"a callback failed: {callback.__name__}"

        return call

    def _on_connect(
        self, _client: object, _data: object, flags: Any, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure:
            log.error("broker_refused", user=self._access.user, reason=str(code))
            return
        self._epoch += self._count
        self._is_up = True
        self.connected_at_s = steady_s()
        log.info("broker_connected", epoch=self._epoch, has_session=bool(flags.session_present))

    def _on_subscribe(
        self, _client: object, _data: object, mid: int, codes: list[ReasonCode], _more: object
    ) -> None:
        for one, code in zip(self._asked.pop(mid, []), codes, strict=True):
            if (code.is_failure or code.value < one.qos) and one.topic != CANARY:
                self._denied[one.topic] = f"the broker does not grant {one.topic}: {code}"
                log.error("broker_grants_too_little", topic=one.topic, reason=str(code))
                continue
            self._subscribed.add(one.topic)

    def _on_disconnect(
        self, _client: object, _data: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        self._is_up = False
        if not self._stopping.is_set():
            log.info("broker_disconnected", reason=str(code))

    def _on_message(self, packet: Published) -> None:
        topic, sender = _origin(packet.topic)
        if topic == CANARY:
            self._canary_s = steady_s()
            return
        received = now_ms()
        if sender.is_state:
            if self._on_state is not None and not packet.is_retained:
                self._on_state(sender, packet.payload, received)
            return
        self._inbox.put(
            Inbound(
                gateway=sender.gateway,
                lane=sender.lane,
                topic=topic,
                payload=packet.payload,
                received_ms=received,
                epoch=self._epoch,
                packet=packet.packet_id,
            )
        )


@lru_cache(maxsize=16_384)
def _origin(name: bytes) -> tuple[str, Uplink]:
    """The topic as text and whose it is; gateways say the same ones all the time."""
    topic = name.decode("utf-8", "replace")
    try:
        return topic, parse(topic)
    except BadMessage:
        return topic, _sender_of(topic)


def _sender_of(topic: str) -> Uplink:
    """The sender in a topic that is not as it should be; admission says what is wrong."""
    levels = [*topic.split("/"), "", "", "", ""]
    lane = Lane.ALARM if levels[3] == "alarm" else Lane.DATA
    return Uplink(gateway=GatewayId(levels[2][:40]), lane=lane, is_state=levels[3] == "state")
