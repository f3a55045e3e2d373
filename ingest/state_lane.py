"""Heartbeats, findings about gateways, and commands to them: beside the alarm lane, never before it.

It has a thread and a connection of its own, so that an alarm never waits for a heartbeat.
Heartbeats of the two lanes are committed apart: the ledger row of a busy data lane may be locked.
"""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

import structlog

from gateway import topic
from gateway.canary import CANARY_GATEWAY
from gateway.clock import StepWatch, now_ms, steady_s
from gateway.errors import BadMessage
from gateway.topic import GatewayId, Lane, Uplink
from gateway.wire import Command, decode_state, encode
from ingest import lenient
from ingest.alarm_lane import receipt_messages
from ingest.batch import Inbound, Quarantined
from ingest.commit import Session
from ingest.consume import Outgoing
from ingest.contact import Contacts
from ingest.contact_store import ContactWriter, count_silent, tell_silence
from ingest.errors import Deaf, RefusedByDatabase, StoreUnavailable
from ingest.event_store import prune_canary
from ingest.links import Links
from ingest.metrics import Metrics
from ingest.network_store import tell_networks
from ingest.state_store import (
    Heartbeat,
    fetch_facts,
    fetch_standing,
    quarantine_states,
    send_commands,
    store_findings,
    store_heartbeats,
)
from ingest.supervise import Hearing, judge
from ingest.worker import Worker

log = structlog.get_logger(__name__)

COLLECT_S: Final = 0.25
LOOK_S: Final = 2.0
SILENCE_LOOK_S: Final = 5.0
"""How often silent assets are looked for [s]; the shortest silence of a class is 60 s."""
PRUNE_S: Final = 600.0
KEEP_CANARY_MS: Final = 3_600_000
KEPT_OF_A_LANE: Final = 32
"""More than the streams that a gateway's outbox remembers."""
_LONGEST_PAUSE_S: Final = 5.0
HANGS_S: Final = 120.0
"""A round that takes longer than this hangs: no gateway would be called silent any more [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A heartbeat as it came from the broker."""

    sender: Uplink
    payload: bytes
    received_ms: int


class Board:
    """Heartbeats that are not stored yet; bounded by gateways and lanes.

    A gateway says one for each stream that it still has something to say of, the present one
    last; of each lane the newest few are kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[tuple[GatewayId, Lane], deque[Arrived]] = {}

    def put(self, sender: Uplink, payload: bytes, received_ms: int) -> None:
        """Take a heartbeat; when a lane says more than we keep, its oldest gives way."""
        arrived = Arrived(sender=sender, payload=payload, received_ms=received_ms)
        with self._lock:
            key = (sender.gateway, sender.lane)
            self._waiting.setdefault(key, deque(maxlen=KEPT_OF_A_LANE)).append(arrived)

    def draw(self) -> list[Arrived]:
        """Take all that wait, of each lane in the order they came."""
        with self._lock:
            drawn, self._waiting = self._waiting, {}
        return [one for lane in drawn.values() for one in lane]


class StateLane(Worker):
    """One thread for everything about gateways and assets that is not an alarm or a sample.

    Args:
        contacts: Assets that the alarm lane heard.
    """

    def __init__(
        self, board: Board, link: Links, database_url: str, metrics: Metrics, contacts: Contacts
    ) -> None:
        super().__init__("states")
        self._board = board
        self._link = link
        self._session = Session(database_url, "towerwatch ingest states")
        self._writer = ContactWriter(contacts, self._session)
        self._metrics = metrics
        self._skews: dict[tuple[GatewayId, Lane], int] = {}
        self._missing_since_ms: dict[GatewayId, int] = {}
        self._looked_s = -LOOK_S
        self._listened_s = steady_s()
        self._pruned_s = steady_s()
        self._steps = StepWatch(now_ms(), steady_s())
        self._stepped_s: float | None = None
        self._tick_s = steady_s()

    def check(self) -> None:
        """Whether the thread makes progress; trying a database that is away is progress.

        Raises:
            Deaf: It has died or hangs.
        """
        if not self.is_alive:
            raise Deaf("the thread of heartbeats has died")
        if steady_s() - self._tick_s > HANGS_S:
            raise Deaf(f"the thread of heartbeats has not moved for {HANGS_S:.0f} s")

    def _run(self) -> None:
        pause_s = COLLECT_S
        while not self._stopping.wait(pause_s):
            self._tick_s = steady_s()
            try:
                self._round()
                pause_s = COLLECT_S
            except (StoreUnavailable, RefusedByDatabase) as error:
                log.warning("states_put_off", error=str(error))
                self._session.close()
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            except Exception:  # edge of the loop
                log.exception("states_failed")
                self._session.close()
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        self._writer.look(is_last=True)
        self._session.close()

    def _round(self) -> None:
        self._store(self._board.draw())
        if self._link.is_up:
            send_commands(self._session(), self._send, now_ms())
        self._writer.look()
        if steady_s() - self._looked_s >= LOOK_S:
            self._look()
            self._look_for_silence()
            self._prune()
            self._looked_s = steady_s()

    def _store(self, drawn: list[Arrived]) -> None:
        by_lane: dict[Lane, list[Heartbeat]] = {}
        bad: list[Quarantined] = []
        for one in drawn:
            try:
                by_lane.setdefault(one.sender.lane, []).append(self._heartbeat(one))
            except BadMessage as error:
                bad.append(_refused(one, error))
        for heartbeats in by_lane.values():
            self._hear(heartbeats)
        if bad:
            quarantine_states(self._session(), bad, now_ms())

    def _hear(self, heartbeats: list[Heartbeat]) -> None:
        """Store heartbeats; one that the database refuses makes no other gateway silent."""
        try:
            receipts = store_heartbeats(self._session(), heartbeats, now_ms())
        except RefusedByDatabase as error:
            if len(heartbeats) == 1:
                log.error("heartbeat_refused", gateway=heartbeats[0].gateway, reason=str(error))  # noqa: TRY400 - one line
                return
            for one in heartbeats:
                self._hear([one])
            return
        self._link.publish(receipt_messages(receipts))

    def _heartbeat(self, one: Arrived) -> Heartbeat:
        gateway, lane = one.sender.gateway, one.sender.lane
        state = decode_state(one.payload)
        skew = None
        if state.sent > 0:
            newest = state.sent - one.received_ms
            skew = agreed(self._skews.get((gateway, lane)), newest)
            self._skews[gateway, lane] = newest
        return Heartbeat(
            gateway=gateway, lane=lane, state=state, received_ms=one.received_ms, skew_ms=skew
        )

    def _send(self, gateway: GatewayId, command: Command) -> None:
        message = Outgoing(topic=topic.command(gateway), payload=encode(command), qos=1)
        self._link.publish([message])

    def _watch_clock(self) -> None:
        """Notice that our own clock was set: what was heard before says nothing by the new one."""
        now_s = steady_s()
        step_ms = self._steps.look(now_ms(), now_s)
        if step_ms:
            log.warning("clock_was_set", step_ms=step_ms)
            self._stepped_s = now_s

    def _listening_since_ms(self, now: int) -> int | None:
        """Since when heartbeats would have been heard, by the clock as it is set now [ms UTC]."""
        if not self._link.is_up:
            return None
        since_s = max(self._link.connected_at_s, self._stepped_s or 0.0)
        return now - round((steady_s() - since_s) * 1000)

    def _clock_set_ms(self, now: int) -> int | None:
        """When our clock was set last, by the clock as it is set now [ms UTC]."""
        if self._stepped_s is None:
            return None
        return now - round((steady_s() - self._stepped_s) * 1000)

    def _look(self) -> None:
        self._watch_clock()
        connection, now = self._session(), now_ms()
        # A canary that does not sing is told of where its song should arrive, and only there.
        facts = [one for one in fetch_facts(connection, now) if one.gateway != CANARY_GATEWAY]
        findings = judge(
            facts,
            fetch_standing(connection),
            Hearing(since_ms=self._listening_since_ms(now), clock_set_ms=self._clock_set_ms(now)),
            now_ms=now,
            missing_since_ms=self._missing_since_ms,
        )
        if findings:
            store_findings(connection, findings, now)
        silent = sum(one.heard_ms is not None and now - one.heard_ms > 30_000 for one in facts)
        self._metrics.gateways_silent.set(silent)

    def _look_for_silence(self) -> None:
        if steady_s() - self._listened_s < SILENCE_LOOK_S:
            return
        self._listened_s = steady_s()
        connection, now = self._session(), now_ms()
        tell_silence(connection, now, self._clock_set_ms(now) or 0)
        tell_networks(connection, now)
        self._metrics.assets_silent.set(count_silent(connection))

    def _prune(self) -> None:
        if steady_s() - self._pruned_s >= PRUNE_S:
            self._pruned_s = steady_s()
            prune_canary(self._session(), now_ms() - KEEP_CANARY_MS)


def agreed(before_ms: int | None, newest_ms: int) -> int:
    """The smaller of two differences of the clocks; 0 unless both lie on one side [ms].

    One heartbeat that was held up on its way is not a wrong clock.
    """
    if before_ms is None or (before_ms > 0) is not (newest_ms > 0):
        return 0
    return min(before_ms, newest_ms, key=abs)


def _refused(one: Arrived, error: BadMessage) -> Quarantined:
    inbound = Inbound(
        gateway=one.sender.gateway,
        lane=Lane.DATA,
        topic=topic.state(one.sender.gateway, one.sender.lane),
        payload=one.payload,
        received_ms=one.received_ms,
    )
    return Quarantined(
        message=inbound, reason=lenient.REASONS[error.fault], detail=f"heartbeat: {error.detail}"
    )
