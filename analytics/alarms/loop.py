"""The alarm process: a loop that waits for a hint or 50 ms and takes up all that is waiting."""

from collections.abc import Callable
from contextlib import closing
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
from analytics.alarms.queue import BATCH, EventQueue
from analytics.clocks.deadline import SLICE_S, Deadlines
from analytics.duties.responsibility import Responsibility, ensure_matrix
from analytics.handover.carry_out import HandOvers
from analytics.holds.holding import HoldWatch
from analytics.incidents.derived import Derived
from analytics.incidents.folding import Folding
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
HOUSEKEEPING_S: Final = 5.0
PRUNE_S: Final = 3600.0
LIVE_KEPT: Final = timedelta(days=7)
CANARY_KEPT: Final = timedelta(hours=1)

_log = structlog.get_logger("analytics.alarms")


def now_utc() -> datetime:
    """The platform's clock."""
    return datetime.now(UTC)


class Turn:
    """One round of the loop: a part that fails takes none of the others with it.

    Args:
        connection: Of the loop; when it is lost the round ends there.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.done = 0
        self._failure: Exception | None = None

    def take(self, part: Callable[[], int]) -> int:
        """What a part did; 0 when it failed, which `end` will say.

        Raises:
            StoreUnavailable: The connection is lost, or the server is unwell.
        """
        try:
            count = part()
        except Exception as error:  # the edge of a part: clocks run though acts cannot be read
            if self.connection.broken:
                raise
            self._failure = self._failure or error
            return 0
        self.done += count
        return count

    def end(self) -> None:
        """Say what failed first, when every part has had its turn.

        Raises:
            Exception: The round failed; the loop rests and begins anew.
        """
        if self._failure is not None:
            raise self._failure


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
        self._connect = connect
        self._clock = clock
        self._leases = Leases(worker)
        responsibility = Responsibility()
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
        self._failures = 0
        self._looked_for_help_s = 0.0
        self._kept_house_at = 0.0
        self._grouped_at = 0.0
        self._pruned_at = 0.0

    def run(self, stop: Event) -> None:
        """Go round until told to stop; a lost database is waited for."""
        while not stop.is_set():
            try:
                with closing(self._connect()) as connection:
                    live.listen(connection)
                    self._ensure_matrix(connection)
                    self._serve(connection, stop)
            except Exception:  # noqa: BLE001 - the edge of the loop
                self._note_failure()
                stop.wait(BACK_OFF_S[min(self._failures, len(BACK_OFF_S)) - 1])

    def _serve(self, connection: Connection, stop: Event) -> None:
        while not stop.is_set():
            is_busy = self.turn(connection)
            if self._failures:
                _log.info("rounds_go_on", failures=self._failures)
                self._failures = 0
            if not is_busy:
                live.wait_for_hint(connection, POLL_S)
        self._leases.leave(connection)

    def _ensure_matrix(self, connection: Connection) -> None:
        """An alarm without a line that answers for it is still an alarm: no matrix stops none."""
        try:
            ensure_matrix(connection, self._clock())
        except Exception:  # noqa: BLE001 - the edge of the loop
            metrics.FAILURES.labels("alarms").inc()
            _log.exception("matrix_not_loaded")

    def _note_failure(self) -> None:
        metrics.FAILURES.labels("alarms").inc()
        metrics.ROUND.set_to_current_time()
        self._failures += 1
        if self._failures == 1:
            _log.exception("round_failed")

    def turn(self, connection: Connection) -> bool:
        """Take up what is waiting, once; whether there was anything."""
        turn = Turn(connection)
        decided = turn.take(lambda: self._decide(connection))
        now = self._clock()
        turn.take(lambda: self._office.handle(connection, now))
        self._life_safety.slices = self._queue.slices
        turn.take(lambda: self._life_safety.handle(connection, now))
        turn.take(lambda: self._deadlines.handle(connection, now))
        turn.take(lambda: self._holds.handle(connection, now))
        if self._leases.is_first:
            turn.take(lambda: self._canary.handle(connection, now))
        if decided < BATCH or steady_s() - self._grouped_at >= GROUP_S:
            self._grouped_at = steady_s()
            self._group(turn, now)
        turn.take(lambda: self._sequence(connection))
        turn.end()
        metrics.PROGRESS.labels("alarms").set(now.timestamp())
        metrics.ROUND.set_to_current_time()
        self._keep_house(connection, now)
        return turn.done > 0

    def _group(self, turn: Turn, now: datetime) -> None:
        connection = turn.connection
        turn.take(lambda: self._handovers.handle(connection, now))
        if self._leases.is_first:
            # Two that fold at once would each miss what the other one has just begun.
            turn.take(lambda: self._folding.handle(connection, now))
            turn.take(lambda: self._derived.handle(connection, now))
        turn.take(lambda: self._warnings.handle(connection, now))

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
            self._sequence(connection)
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

    def _keep_house(self, connection: Connection, now: datetime) -> None:
        steady = steady_s()
        if steady - self._kept_house_at >= HOUSEKEEPING_S:
            self._kept_house_at = steady
            metrics.BACKLOG.set(store.backlog(connection))
        if steady - self._pruned_at >= PRUNE_S:
            self._pruned_at = steady
            live.prune(connection, now - LIVE_KEPT, now - CANARY_KEPT)
