"""A broker with the shipped configuration, our own clients at it, and a tap between them."""

import queue
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

import pytest

from gateway import topic
from gateway.session import Access, Acked, Arrived, Connected, Lost, Note, Session, Will
from gateway.topic import GatewayId, Lane, Uplink
from ingest.batch import Inbound
from ingest.consume import SESSION_FOR_EVER, Link, Subscription, broker_access
from tests.conformance.packet import Connect
from tests.conformance.wire import WAIT_S, Tap, raw
from tests.services import TestBroker, Workshop
from towerwatch.process import wait_until

INGEST = "tw-ingest-alarm"
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def shipped(servers: Workshop) -> Iterator[TestBroker]:
    """The broker as it is shipped; a test holds deploy/mosquitto to the same text."""
    running = TestBroker(servers, name="conformance")
    try:
        running.start()
        yield running
    finally:
        running.stop(signal.SIGKILL)


@dataclass(slots=True)
class Road:
    """A gateway's own session, and the notes that it leaves."""

    session: Session
    notes: "queue.Queue[Note]"
    acked: dict[int, int] = field(default_factory=dict)
    arrived: list[bytes] = field(default_factory=list)
    is_connected: bool = False
    lost: str = ""

    def look(self) -> None:
        """Take up what has come."""
        while True:
            try:
                note = self.notes.get_nowait()
            except queue.Empty:
                return
            match note:
                case Connected():
                    self.is_connected = True
                case Lost(reason=reason):
                    self.lost = self.lost or reason
                case Acked(mid=mid, code=code):
                    self.acked[mid] = code
                case Arrived(payload=payload):
                    self.arrived.append(payload)
                case _:
                    pass

    def wait_for(self, is_true: Callable[["Road"], object]) -> None:
        """Wait until something is so."""

        def looked() -> bool:
            self.look()
            return bool(is_true(self))

        assert wait_until(looked, within_s=WAIT_S), self

    def publish(self, where: str, payload: bytes, *, retain: bool = False) -> int:
        """Publish as the uplink does; its id."""
        mid = self.session.publish(where, payload, retain=retain)
        assert mid is not None
        return mid

    def publish_answered(self, where: str, payload: bytes, *, retain: bool = False) -> int:
        """Publish and wait for the answer's reason code."""
        mid = self.publish(where, payload, retain=retain)
        self.wait_for(lambda road: mid in road.acked)
        return self.acked[mid]


@dataclass(slots=True)
class Field:
    """What a test stands on: the broker, one gateway of its own, the platform's listener.

    Attributes:
        gateway: Of this test alone.
        up: Between the gateway's sessions and the broker.
        down: Between the platform's links and the broker.
    """

    broker: TestBroker
    gateway: GatewayId
    up: Tap
    down: Tap
    held: ExitStack

    @property
    def alarm(self) -> str:
        """Where the gateway's alarms go."""
        return topic.alarm(self.gateway)

    @property
    def state(self) -> str:
        """Where its heartbeat goes."""
        return topic.state(self.gateway, Lane.ALARM)

    @property
    def receipts(self) -> str:
        """Where its receipts come from."""
        return topic.receipt(self.gateway, Lane.ALARM)

    def gateway_url(self, lane: Lane = Lane.ALARM) -> str:
        """The gateways' listener for a lane of this gateway."""
        return self.broker.gateway_url(self.broker.add_gateway(self.gateway), lane)

    @property
    def platform_url(self) -> str:
        """The platform's listener for ingest's alarm lane."""
        return self.broker.user_url(INGEST)

    def road(self, *, will: bytes = b'{"online":false}', is_direct: bool = False) -> Road:
        """The gateway's session of the alarm lane, connected."""
        parts = urlsplit(self.gateway_url())
        port = parts.port if is_direct else self.up.port
        notes: queue.Queue[Note] = queue.Queue(10_000)
        access = Access(
            url=f"mqtt://127.0.0.1:{port}",
            client_id=parts.username or "",
            secret=parts.password or "",
        )
        session = Session(access, notes, Will(topic=self.state, payload=will), [self.receipts])
        road = Road(session, notes)
        self.held.callback(session.stop)
        session.start()
        road.wait_for(lambda one: one.is_connected or one.lost)
        return road

    def link(
        self,
        *topics: str,
        expiry_s: int = SESSION_FOR_EVER,
        on_state: Callable[[Uplink, bytes, int], None] | None = None,
        is_direct: bool = False,
    ) -> Link:
        """Ingest's link, connected and subscribed."""
        url = self.platform_url
        if not is_direct:
            url = url.replace(f":{self.broker.ports.platform}", f":{self.down.port}")
        wishes = [Subscription(topic=one) for one in topics or ("tw/1/+/alarm",)]
        link = Link(broker_access(url), wishes, session_expiry_s=expiry_s, on_state=on_state)
        self.held.callback(link.stop)
        link.start()
        assert wait_until(lambda: link.is_up, within_s=WAIT_S)
        return link


def taken(link: Link, count: int) -> list[Inbound]:
    """The next messages of a link, not acknowledged."""
    found: list[Inbound] = []

    def took() -> bool:
        found.extend(link.take(most=count - len(found), most_bytes=10**7, age_s=0.1, wait_s=0.1))
        return len(found) >= count

    assert wait_until(took, within_s=WAIT_S), f"{len(found)} of {count}"
    return found


def payloads_of(link: Link, count: int) -> list[bytes]:
    """What the next messages of a link say."""
    return [one.payload for one in taken(link, count)]


@pytest.fixture
def ground(shipped: TestBroker) -> Iterator[Field]:
    """A gateway of the test's own; the platform's session is forgotten afterwards."""
    up, down = Tap(shipped.ports.gateway), Tap(shipped.ports.platform)
    with ExitStack() as held:
        held.callback(_forget, shipped.user_url(INGEST))
        for tap in (up, down):
            held.callback(tap.close)
        gateway = GatewayId(f"conform-{next(_NUMBERS)}")
        shipped.add_gateway(gateway)
        yield Field(shipped, gateway, up, down, held)


def _forget(url: str) -> None:
    with raw(url, Connect(client_id="", is_clean=True)):
        pass
