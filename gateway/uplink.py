"""A lane's road to the platform: publish, wait for receipts, resend, and never give up.

One thread owns everything here. The client library's thread, writers and the second path only
put notes into its bounded inbox. The lane is watched by progress: a connection on which nothing
moves is thrown away and built anew, whatever the library believes about it.
"""

import queue
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog

from gateway import clock, topic, wire
from gateway.errors import BadMessage, OutboxUnusable
from gateway.metrics import Metrics
from gateway.outbox import Outbox, OutboxStatus, StreamStatus
from gateway.patience import Escalation, Patience, backoff
from gateway.session import Access, Acked, Arrived, Connected, Inbox, Lost, Session, Will, Woken
from gateway.topic import GatewayId, Lane
from gateway.window import Window

CONNECT_LIMIT_S = 15.0
URGENT_S = 8.0
"""With alarms waiting, a lost connection is tried again about this often [s], however long it is gone:
a fire must not wait for the end of a pause of a minute once the line is back."""
STILL_LIMIT_S = 40.0
"""Heartbeats bring an acknowledgement every 15 s; without any for this long nothing moves."""
FAREWELL_S = 1.0
_TURN_S = 0.25
_INBOX = 4096
_NOISE = random.SystemRandom()
_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the heartbeat says about the program."""

    gateway: GatewayId
    software: str
    configuration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What a lane may ask of its surroundings; each returns at once.

    Attributes:
        on_command: A command that has not expired.
        on_second_path: The lane wants its waiting messages posted over HTTPS.
        on_sounder: No receipt for 30 s: make noise on the spot.
    """

    on_command: Callable[[wire.Command], None] = lambda _command: None
    on_second_path: Callable[[], None] = lambda: None
    on_sounder: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSetup:
    """What a lane is made of; the accesses are tried in turn."""

    lane: Lane
    identity: Identity
    accesses: tuple[Access, ...]
    hooks: Hooks = field(default_factory=Hooks)
    patience: Patience = field(default_factory=Patience)


@dataclass(slots=True)
class _Road:
    """The state of the connection."""

    session: Session | None = None
    is_connected: bool = False
    started_s: float = 0.0
    moved_s: float = 0.0
    read_s: float = 0.0
    retry_s: float = 0.0
    urgent_s: float = 0.0
    failures: int = 0
    heartbeat_s: float = 0.0
    beats: int = 0
    mids: dict[int, int] = field(default_factory=dict)


class Uplink:
    """One lane of one gateway.

    `start` and `stop` belong to the agent; `wake`, `give_receipt` and `request` to any thread.
    """

    def __init__(self, setup: LaneSetup, outbox: Outbox, metrics: Metrics) -> None:
        self._lane = setup.lane
        self._outbox = outbox
        self._identity = setup.identity
        self._accesses = setup.accesses
        self._metrics = metrics
        self._hooks = setup.hooks
        self._inbox: Inbox = queue.Queue(_INBOX)
        self._given: queue.SimpleQueue[wire.Receipt] = queue.SimpleQueue()
        self._requests: queue.SimpleQueue[wire.Command] = queue.SimpleQueue()
        self._road = _Road()
        self._drops = 0
        self._window = Window(outbox, setup.lane, metrics)
        self._waiting = self._window.waiting
        self._patience = setup.patience
        self._escalation = Escalation(setup.patience)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._reported_broken = ""
        self._broken_s: float | None = None
        self._is_read = True

    @property
    def is_connected(self) -> bool:
        """Whether the broker holds a connection of this lane."""
        return self._road.is_connected

    def start(self) -> None:
        """Begin to send; also begins again after the thread died."""
        self._thread = threading.Thread(target=self._run, name=f"uplink {self._lane}", daemon=True)
        self._thread.start()

    def revive(self) -> None:
        """Start again if the lane's thread has died; it never should."""
        if self._thread is not None and not self._thread.is_alive() and not self._stop.is_set():
            _LOG.critical("lane's thread died, starting it again", lane=self._lane)
            self.start()

    def stop(self) -> None:
        """Say offline, disconnect and end the thread; what waits stays in the outbox."""
        self._stop.set()
        self.wake()
        if self._thread is not None:
            self._thread.join(5.0)

    def wake(self) -> None:
        """Something was stored: look at the outbox at once."""
        try:
            self._inbox.put_nowait(Woken())
        except queue.Full:
            return  # A full inbox wakes the thread anyway.

    def give_receipt(self, receipt: wire.Receipt) -> None:
        """A receipt that came by the second path."""
        self._given.put(receipt)
        self.wake()

    def rename(self, configuration: str) -> None:
        """The configuration was changed while running: the next heartbeat says so, at once."""
        self._identity = replace(self._identity, configuration=configuration)
        self._road.heartbeat_s = 0.0
        self.wake()

    def request(self, command: wire.Command) -> None:
        """Carry out `resend` or `rebirth` on this lane."""
        self._requests.put(command)
        self.wake()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._turn()
                self._reported_broken, self._broken_s = "", None
            except Exception as error:  # noqa: BLE001 - edge of the lane's loop
                if repr(error) != self._reported_broken:
                    _LOG.exception("lane failed, trying again", lane=self._lane)
                    self._reported_broken = repr(error)
                self._drop_session()
                self._call_for_help(clock.steady_s())
                self._stop.wait(1.0)
        self._say_goodbye()

    def _turn(self) -> None:
        receipts = self._read_inbox()
        self._apply(receipts)
        self._apply_given()
        now_s = clock.steady_s()
        self._carry_out_requests()
        self._watch_road(now_s)
        self._window.fill(now_s)
        if self._road.is_connected:
            self._publish_due(now_s)
            self._beat(now_s)
        if self._lane is Lane.ALARM:
            self._escalate(now_s)

    def _read_inbox(self) -> list[wire.Receipt]:
        receipts: list[wire.Receipt] = []
        try:
            note = self._inbox.get(timeout=_TURN_S)
            while True:
                match note:
                    case Connected() | Lost() | Acked() | Arrived():
                        if note.session is self._road.session:
                            self._take_note(note, receipts)
                    case Woken():
                        pass
                note = self._inbox.get_nowait()
        except queue.Empty:
            return receipts

    def _take_note(
        self, note: Connected | Lost | Acked | Arrived, receipts: list[wire.Receipt]
    ) -> None:
        road = self._road
        road.moved_s = clock.steady_s()
        match note:
            case Connected():
                _LOG.info("connected", lane=self._lane)
                road.is_connected, road.failures, road.heartbeat_s = True, 0, 0.0
                road.beats, road.read_s = 0, road.moved_s
                self._metrics.connections.labels(self._lane).inc()
                self._metrics.is_connected.labels(self._lane).set(1)
            case Lost(reason=reason):
                if road.is_connected or road.failures == 0:
                    _LOG.warning("no connection", lane=self._lane, reason=reason)
                self._drop_session()
            case Acked(mid=mid, code=code):
                self._take_ack(mid, code)
            case Arrived():
                self._take_message(note, receipts)

    def _take_ack(self, mid: int, code: int) -> None:
        waiting = self._waiting.get(self._road.mids.pop(mid, 0))
        if waiting is not None and waiting.mid == mid:
            waiting.mid = None
        is_delivered = code == 0
        if not is_delivered:
            # 0x10 means that the platform's session is gone: acknowledged, and read by nobody.
            self._metrics.not_delivered.labels(self._lane).inc()
        if is_delivered is not self._is_read:
            self._is_read = is_delivered
            _LOG.warning("platform's reader", lane=self._lane, is_there=is_delivered, code=code)

    def _take_message(self, note: Arrived, receipts: list[wire.Receipt]) -> None:
        try:
            if note.topic == topic.receipt(self._identity.gateway, self._lane):
                receipts.append(wire.decode_receipt(note.payload))
            elif note.topic == topic.command(self._identity.gateway):
                self._take_command(wire.decode_command(note.payload))
        except BadMessage as error:
            _LOG.error("unreadable message", topic=note.topic, reason=error.detail)

    def _take_command(self, command: wire.Command) -> None:
        if command.until < clock.now_ms():
            _LOG.warning("expired command refused", id=command.id, command=command.command)
            return
        _LOG.info("command", id=command.id, command=command.command)
        self._hooks.on_command(command)

    def _apply(self, receipts: list[wire.Receipt]) -> None:
        if receipts and self._drop_covered(receipts):
            self._escalation.receipt_came()
            self._road.read_s = clock.steady_s()

    def _apply_given(self) -> None:
        given: list[wire.Receipt] = []
        while not self._given.empty():
            given.append(self._given.get_nowait())
        if given:
            self._drop_covered(given)

    def _drop_covered(self, receipts: list[wire.Receipt]) -> int:
        dropped = self._outbox.apply(receipts)
        for message_id in dropped:
            self._waiting.pop(message_id, None)
        self._metrics.receipted.labels(self._lane).inc(len(dropped))
        if dropped:
            due_s = clock.steady_s()
            for waiting in self._waiting.values():
                # The platform answers again: nothing needs to wait out a long pause.
                if waiting.tries > 1:
                    waiting.tries, waiting.due_s = (
                        1,
                        (due_s + self._patience.resend_pause(0, _NOISE.random())),
                    )
        return len(dropped)

    def _carry_out_requests(self) -> None:
        while not self._requests.empty():
            command = self._requests.get_nowait()
            if command.command == "rebirth":
                self._road.heartbeat_s = 0.0
                self._road.beats = 0
            elif command.command == "resend":
                first = self._outbox.cursor_before(command.stream, command.seq)
                for message_id, waiting in self._waiting.items():
                    if message_id > first:
                        waiting.due_s, waiting.mid = 0.0, None

    def _watch_road(self, now_s: float) -> None:
        road = self._road
        if road.session is None:
            is_urgent = self._lane is Lane.ALARM and bool(self._waiting)
            if now_s >= (road.urgent_s if is_urgent else road.retry_s):
                self._start_session(now_s)
            return
        is_late = not road.is_connected and now_s - road.started_s > CONNECT_LIMIT_S
        is_still = road.is_connected and now_s - road.moved_s > STILL_LIMIT_S
        if is_late or is_still or road.session.is_deaf or self._is_unread(now_s):
            _LOG.warning("connection does not move, building a new one", lane=self._lane)
            self._drop_session()

    def _is_unread(self, now_s: float) -> bool:
        oldest_s = min((waiting.since_s for waiting in self._waiting.values()), default=now_s)
        is_late = now_s - max(oldest_s, self._road.read_s) > self._patience.unread_s
        return is_late and self._road.is_connected and len(self._accesses) > 1

    def _start_session(self, now_s: float) -> None:
        road = self._road
        access = self._accesses[self._drops % len(self._accesses)]
        topics = [topic.receipt(self._identity.gateway, self._lane)]
        if self._lane is Lane.ALARM:
            topics.append(topic.command(self._identity.gateway))
        will = Will(
            topic=topic.state(self._identity.gateway, self._lane),
            payload=wire.encode(
                wire.StateMessage(
                    online=False,
                    software=self._identity.software,
                    configuration=self._identity.configuration,
                    stream=self._outbox.stream,
                )
            ),
        )
        road.started_s = road.moved_s = now_s
        road.session = Session(access, self._inbox, will, topics)
        road.session.start()

    def _drop_session(self) -> None:
        road = self._road
        session, road.session = road.session, None
        self._drops += 1
        road.is_connected = False
        road.mids.clear()
        self._metrics.is_connected.labels(self._lane).set(0)
        now_s, noise = clock.steady_s(), _NOISE.random()
        road.retry_s = now_s + backoff(road.failures, noise, first_s=1.0)
        road.urgent_s = now_s + backoff(road.failures, noise, first_s=1.0, most_s=URGENT_S)
        road.failures += 1
        for waiting in self._waiting.values():
            waiting.mid, waiting.due_s, waiting.tries = None, 0.0, 0
        if session is not None:
            threading.Thread(target=session.stop, name="mqtt-stop", daemon=True).start()

    def _publish_due(self, now_s: float) -> None:
        session = self._road.session
        if session is None:
            return
        for waiting in self._waiting.values():
            # What the broker has not acknowledged is still on its way on this connection.
            if waiting.mid is not None or waiting.due_s > now_s:
                continue
            mid = session.publish(self._up_topic(), waiting.stored.payload)
            if mid is None:
                return
            waiting.mid = mid
            waiting.due_s = now_s + self._patience.resend_pause(waiting.tries, _NOISE.random())
            waiting.tries += 1
            self._road.mids[mid] = waiting.stored.id
            self._metrics.published.labels(self._lane).inc()
            if waiting.ever_sent:
                self._metrics.resent.labels(self._lane).inc()
            waiting.ever_sent = True

    def _up_topic(self) -> str:
        gateway = self._identity.gateway
        return topic.alarm(gateway) if self._lane is Lane.ALARM else topic.data(gateway)

    def _beat(self, now_s: float) -> None:
        road = self._road
        if road.session is None or now_s < road.heartbeat_s:
            return
        status = self._outbox.status()
        self._measure(status)
        where = topic.state(self._identity.gateway, self._lane)
        for older in reversed(status.older):
            is_open = older.low < older.next_seq or bool(older.shed)
            if road.beats == 0 or (is_open and road.beats % 4 == 0):
                road.session.publish(where, wire.encode(self._state(status, older)))
        road.session.publish(where, wire.encode(self._state(status, status.current)), retain=True)
        road.heartbeat_s = now_s + self._patience.heartbeat_s
        road.beats += 1

    def _state(
        self, status: OutboxStatus, stream: StreamStatus, *, online: bool = True
    ) -> wire.StateMessage:
        return wire.StateMessage(
            online=online,
            sent=clock.now_ms(),
            software=self._identity.software,
            configuration=self._identity.configuration,
            stream=stream.stream,
            origin=status.origin if self._lane is Lane.ALARM else 0,
            next_seq=stream.next_seq,
            low=stream.low,
            shed=list(stream.shed),
            depth=status.depth,
            oldest_ms=status.oldest_ms,
        )

    def _measure(self, status: OutboxStatus) -> None:
        self._metrics.outbox_messages.labels(self._lane).set(status.depth)
        self._metrics.outbox_bytes.labels(self._lane).set(status.bytes)
        self._metrics.outbox_oldest_seconds.labels(self._lane).set(status.oldest_ms / 1000)

    def _escalate(self, now_s: float) -> None:
        was_sounding = self._escalation.is_sounding
        waits = [now_s - waiting.since_s for waiting in self._waiting.values()]
        self._escalation.advance(max(waits, default=None))
        if waits and self._escalation.is_second_path_needed:
            self._hooks.on_second_path()
        if self._escalation.is_sounding:
            self._hooks.on_sounder()
            if not was_sounding:
                _LOG.critical("alarms have no receipt for 30 s", waiting=len(waits))
        elif was_sounding:
            _LOG.info("alarms are received again")

    def _call_for_help(self, now_s: float) -> None:
        """No turn comes to its end, so nobody judges how long alarms wait: the worst is assumed."""
        if self._lane is not Lane.ALARM:
            return
        self._broken_s = now_s if self._broken_s is None else self._broken_s
        broken_for_s = now_s - self._broken_s
        if broken_for_s >= self._patience.second_path_s:
            self._hooks.on_second_path()
        if broken_for_s >= self._patience.sounder_s:
            self._hooks.on_sounder()

    def _say_goodbye(self) -> None:
        road = self._road
        if road.session is None:
            return
        try:
            if road.is_connected:
                status = self._outbox.status()
                where = topic.state(self._identity.gateway, self._lane)
                state = self._state(status, status.current, online=False)
                mid = road.session.publish(where, wire.encode(state), retain=True)
                self._wait_for_ack(mid)
        except OutboxUnusable as error:
            _LOG.error("no farewell", lane=self._lane, reason=str(error))
        road.session.stop()

    def _wait_for_ack(self, mid: int | None) -> None:
        """A socket closed with something unread is reset, and a farewell on its way is lost."""
        until_s = clock.steady_s() + FAREWELL_S
        while mid is not None and (left_s := until_s - clock.steady_s()) > 0:
            try:
                note = self._inbox.get(timeout=left_s)
            except queue.Empty:
                return
            if isinstance(note, Lost) or (isinstance(note, Acked) and note.mid == mid):
                return
