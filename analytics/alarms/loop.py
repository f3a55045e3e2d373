"""The alarm process: a loop that waits for a hint or 50 ms and takes up all that is waiting."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Final

import structlog

from analytics import live, metrics
from analytics.act.office import Office
from analytics.alarms import store
from analytics.alarms.canary import CanaryWatch
from analytics.alarms.desk import Desk
from analytics.alarms.lease import ALL, Leases
from analytics.alarms.part import Part
from analytics.alarms.part_watch import PartWatch, is_message_late
from analytics.alarms.queue import BATCH, EventQueue
from analytics.clocks.deadline import SLICE_S, Deadlines
from analytics.duties.responsibility import Responsibility, ensure_matrix
from analytics.duties.settling import settle
from analytics.handover.carry_out import HandOvers
from analytics.holds.holding import HoldWatch
from analytics.incidents.derived import Derived
from analytics.incidents.folding import Folding
from analytics.patience import briefly
from analytics.rounds import Rounds
from analytics.safety.workflow import LifeSafety
from analytics.warnings.queue import WarningQueue
from gateway.clock import steady_s
from ingest.database import Connection

POLL_S: Final = 0.05
"""Longest wait for a hint; the hint may be lost, the rows are not [s]."""
BACK_OFF_S: Final = (0.1, 0.2, 0.5, 1.0)
"""Short to the end: with ingest's own pauses an alarm stays within 10 s of the database's return."""
DECIDE_S: Final = 0.3
"""In a flood, events are decided so long in a row before anything else has its turn [s]."""
GROUP_S: Final = 1.0
"""In a flood, what only groups, hands over and warns has its turn this often [s]."""
HELP_AFTER: Final = timedelta(seconds=5)
"""Events of another worker's places that wait for longer are taken by whoever has time."""
HELP_LOOK_S: Final = 1.0
DOUBTFUL: Final = 3
"""Failures in a row of a part of life safety after which the session itself is suspected."""
RENEW_AFTER_S: Final = (1.0, 5.0, 30.0)
"""Least age of a session that is given up for another one, the first time, the second and so on [s]."""
HOUSEKEEPING_S: Final = 5.0
PRUNE_S: Final = 3600.0
LIVE_KEPT: Final = timedelta(days=7)
CANARY_KEPT: Final = timedelta(hours=1)

_BESIDE: Final = (
    "holds",
    "canary",
    "successions",
    "handovers",
    "folding",
    "derived",
    "warnings",
    "parts",
    "housekeeping",
    "messages",
)
"""Parts that no fire, rescue or deadline waits for; messages are a process of their own, looked after."""

_log = structlog.get_logger("analytics.alarms")


def now_utc() -> datetime:
    """The platform's clock."""
    return datetime.now(UTC)


class AlarmProcess:
    """Decides events, carries out acts, runs clocks and numbers what pages are shown.

    Args:
        connect: Opens a connection of the role tw_analytics.
        clock: The platform's clock.
        worker: Name of this worker among several.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        clock: Callable[[], datetime] = now_utc,
        worker: str = "alarms-0",
    ) -> None:
        # A round that fails is a round: who watches sees that the process lives, and what fails.
        failed = metrics.ROUND.set_to_current_time
        self._rounds = Rounds("alarms", connect, BACK_OFF_S, failed)
        self._clock = clock
        self._leases = Leases(worker)
        responsibility = Responsibility(settle)
        desk = Desk(responsibility)
        self._queue = EventQueue(desk)
        self._warnings = WarningQueue(desk, SLICE_S)
        self._canary = CanaryWatch(desk)
        self._office = Office(responsibility)
        self._deadlines = Deadlines(responsibility, SLICE_S)
        self._handovers = HandOvers(responsibility)
        self._holds = HoldWatch(responsibility)
        self._folding = Folding(responsibility)
        self._derived = Derived(desk)
        self._life_safety = LifeSafety(responsibility)
        self._acts = Part("acts", is_life_safety=True)
        self._numbering = Part("numbering", is_life_safety=True)
        self._beside = {name: Part(name) for name in _BESIDE}
        self._part_watch = PartWatch(desk, worker)
        self._renewals = 0
        self._connected_s = 0.0
        self._are_messages_late = False
        self._looked_for_help_s = 0.0
        self._kept_house_at = 0.0
        self._grouped_at = 0.0
        self._pruned_at = 0.0

    def run(self, stop: Event) -> None:
        """Go round until told to stop; a lost database is waited for."""
        self._rounds.run(self._serve, stop)

    def _serve(self, connection: Connection, stop: Event) -> None:
        live.listen(connection)
        self._connected_s = steady_s()
        self._ensure_matrix(connection)
        while not stop.is_set():
            is_busy = self.turn(connection)
            self._rounds.went_well()
            if self._is_session_doubtful():
                return
            if not is_busy:
                live.wait_for_hint(connection, POLL_S)
        self._leases.leave(connection)

    def _is_session_doubtful(self) -> bool:
        """Whether a part of life safety fails so often that another session is worth a try."""
        most = max(part.failures for part in self.parts if part.is_life_safety)
        if not most:
            self._renewals = 0
        after_s = RENEW_AFTER_S[min(self._renewals, len(RENEW_AFTER_S) - 1)]
        if most < DOUBTFUL or steady_s() - self._connected_s < after_s:
            return False
        self._renewals += 1
        return True

    def _ensure_matrix(self, connection: Connection) -> None:
        """An alarm without a line that answers for it is still an alarm: no matrix stops none."""
        try:
            ensure_matrix(connection, self._clock())
        except Exception:  # noqa: BLE001 - the edge of the loop
            metrics.FAILURES.labels("alarms").inc()
            _log.exception("matrix_not_loaded")

    @property
    def parts(self) -> list[Part]:
        """What every round does, each failing by itself."""
        own = [self._queue.part, self._acts, self._deadlines.part, self._numbering]
        return own + self._life_safety.parts + list(self._beside.values())

    def turn(self, connection: Connection) -> bool:
        """Take up what is waiting, once; whether there was anything.

        Raises:
            Exception: The connection is lost. What fails otherwise rests by itself.
        """
        decided = self._queue.part.take(connection, lambda: self._decide(connection))
        now = self._clock()
        done = decided + self._acts.take(connection, lambda: self._office.handle(connection, now))
        self._life_safety.slices = self._queue.slices
        done += self._life_safety.handle(connection, now)
        clocks = self._deadlines
        done += clocks.part.take(connection, lambda: clocks.handle(connection, now))
        done += self._take(connection, "holds", lambda: self._holds.handle(connection, now))
        if self._leases.is_first:
            done += self._take(connection, "canary", lambda: self._canary.handle(connection, now))
        if decided < BATCH or steady_s() - self._grouped_at >= GROUP_S:
            self._grouped_at = steady_s()
            done += self._group(connection, now)
        done += self._number(connection)
        done += self._take(connection, "parts", lambda: self._watch_parts(connection, now))
        if all(part.failing_s is None for part in self.parts):
            metrics.PROGRESS.labels("alarms").set(now.timestamp())
        metrics.ROUND.set_to_current_time()
        self._take(connection, "housekeeping", lambda: self._keep_house(connection, now))
        return done > 0

    def _take(self, connection: Connection, name: str, work: Callable[[], int]) -> int:
        return self._beside[name].take(connection, work)

    def _group(self, connection: Connection, now: datetime) -> int:
        if self._leases.is_first:
            # Before hand-overs: a part that was split off has them too.
            self._take(connection, "successions", lambda: self._settle(connection, now))
        done = self._take(connection, "handovers", lambda: self._handovers.handle(connection, now))
        if self._leases.is_first:
            # Two that fold at once would each miss what the other one has just begun.
            done += self._take(connection, "folding", lambda: self._folding.handle(connection, now))
            done += self._take(connection, "derived", lambda: self._derived.handle(connection, now))
        warn = self._warnings
        return done + self._take(connection, "warnings", lambda: warn.handle(connection, now))

    @staticmethod
    def _settle(connection: Connection, now: datetime) -> int:
        return briefly(connection, lambda held: settle(held, now))

    def _watch_parts(self, connection: Connection, now: datetime) -> int:
        is_first = self._leases.is_first
        return self._part_watch.handle(connection, self.parts, now, is_first=is_first)

    def _watch_messages(self, connection: Connection, now: datetime) -> None:
        """People hear of life safety through another process; twice late in a row is no backlog."""
        was_late = self._are_messages_late
        self._are_messages_late = self._leases.is_first and is_message_late(connection, now)
        if was_late and self._are_messages_late:
            self._beside["messages"].note_broken_row()

    def _number(self, connection: Connection) -> int:
        return self._numbering.take(connection, lambda: self._sequence(connection))

    def _sequence(self, connection: Connection) -> int:
        count = live.sequence(connection)
        metrics.NUMBERED.inc(count)
        return count

    def _decide(self, connection: Connection) -> int:
        """Decide and show what waits, batch after batch for a while; how many events."""
        begun_s = steady_s()
        done = 0
        while True:
            self._queue.slices = self._places(connection)
            count = self._queue.handle(connection, self._clock())
            done += count
            self._number(connection)
            if count < BATCH or steady_s() - begun_s >= DECIDE_S:
                return done

    def _places(self, connection: Connection) -> frozenset[int]:
        """The worker's own slices; all of them while another one lives but does not decide.

        A lease is renewed by a worker that fails at every batch, too.
        """
        held = self._leases.look(connection)
        if held == ALL or steady_s() - self._looked_for_help_s < HELP_LOOK_S:
            return held
        self._looked_for_help_s = steady_s()
        if not store.is_somebody_late(connection, held, self._clock() - HELP_AFTER):
            return held
        metrics.HELPED.inc()
        return ALL

    def _keep_house(self, connection: Connection, now: datetime) -> int:
        steady = steady_s()
        if steady - self._kept_house_at >= HOUSEKEEPING_S:
            self._kept_house_at = steady
            metrics.BACKLOG.set(store.backlog(connection))
            self._watch_messages(connection, now)
        if steady - self._pruned_at >= PRUNE_S:
            self._pruned_at = steady
            live.prune(connection, now - LIVE_KEPT, now - CANARY_KEPT)
        return 0
