"""The process of orders: whom they go to, what falls due by the calendar, what was really repaired.

It stands beside the path of alarms: when it is away, orders keep the organisation that owns them
and their clocks run in the alarm process; nothing is lost, only nobody is picked by name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Final

import structlog

from analytics import metrics
from analytics.alarms.loop import now_utc
from analytics.duties.responsibility import Responsibility
from analytics.exchange.case_follow import follow_cases
from analytics.orders.dispatch import Dispatcher
from analytics.orders.link import link_new
from analytics.orders.planner import plan_turns
from analytics.orders.store import watch_ownerless
from analytics.orders.verify import Verifier
from analytics.rounds import Rounds
from analytics.supervision.reminder import remind
from analytics.supervision.review import review_periods
from ingest.database import Connection

ROUND_S: Final = 1.0
"""Time between two rounds [s]: a trapped person's order waits no longer for a name."""
BACK_OFF_S: Final = (0.5, 1.0, 2.0, 5.0)

_log = structlog.get_logger("analytics.orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing that every round does.

    Attributes:
        every: Least time between two runs.
        work: Returns how much there was to do.
    """

    name: str
    every: timedelta
    work: Callable[[Connection, datetime], int]


class OrderProcess:
    """Goes round: links new orders, gives them out, and does what else falls due.

    Args:
        connect: Opens a connection of the role tw_analytics.
        clock: The platform's clock.
    """

    def __init__(
        self, connect: Callable[[], Connection], clock: Callable[[], datetime] = now_utc
    ) -> None:
        self._rounds = Rounds("orders", connect, BACK_OFF_S)
        self._clock = clock
        self._jobs = jobs(Responsibility())
        self._done_at: dict[str, datetime] = {}
        self._failing: set[str] = set()

    def run(self, stop: Event) -> None:
        """Go round until told to stop; a lost database is waited for."""
        self._rounds.run(self._serve, stop)

    def _serve(self, connection: Connection, stop: Event) -> None:
        while not stop.is_set():
            self.turn(connection)
            self._rounds.went_well()
            stop.wait(ROUND_S)

    def turn(self, connection: Connection) -> int:
        """Do what is due once; how much there was."""
        now = self._clock()
        count = 0
        for job in self._jobs:
            done_at = self._done_at.get(job.name)
            if done_at is not None and done_at <= now < done_at + job.every:
                continue
            count += self._run(job, connection, now)
            self._done_at[job.name] = now
        metrics.PROGRESS.labels("orders").set(now.timestamp())
        return count

    def _run(self, job: Job, connection: Connection, now: datetime) -> int:
        """One job; another one that fails does not keep it from its work."""
        try:
            count = job.work(connection, now)
        except Exception:  # the edge of a loop: the other jobs go on
            if connection.broken:
                raise
            metrics.FAILURES.labels("orders").inc()
            if job.name not in self._failing:
                self._failing.add(job.name)
                _log.exception("job_failed", job=job.name)
            return 0
        self._failing.discard(job.name)
        return count


def jobs(responsibility: Responsibility) -> list[Job]:
    """What the process does, in the order of a round."""
    every_round = timedelta(0)
    return [
        Job(name="link", every=every_round, work=link_new),
        Job(name="dispatch", every=every_round, work=Dispatcher(responsibility).turn),
        Job(name="cases", every=every_round, work=follow_cases),
        Job(name="plan", every=timedelta(seconds=60), work=plan_turns),
        Job(name="verify", every=timedelta(seconds=5), work=Verifier(responsibility).turn),
        Job(name="ownerless", every=timedelta(seconds=10), work=watch_ownerless),
        Job(name="remind", every=timedelta(minutes=10), work=remind),
        Job(name="review", every=timedelta(minutes=1), work=review_periods),
    ]
