"""Notices go to the bureau: signed, tried again for days, never in the way of an alarm."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import random
from threading import Event
from typing import Final, cast

import structlog

from analytics import live, metrics
from analytics.alarms.alarm import AlarmId
from analytics.alarms.report import PlacePath
from analytics.errors import NotDelivered
from analytics.live import Announcement, Change
from analytics.notices.delivery import (
    LONGEST,
    LONGEST_LIFE_SAFETY,
    Attempted,
    Breaker,
    next_attempt,
)
from analytics.notices.notice import NoticeId, Target
from analytics.notices.post import Endpoint, Post, Signed, same_bytes
from analytics.rounds import Rounds
from gateway.clock import steady_s
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "notice.sql")
LEASE: Final = timedelta(seconds=6)
"""Renewed while an attempt goes on; after a crash the notice is tried again then, and so long may a
fire wait for the bureau when the process is killed between taking and sending. Two attempts at once
carry one id, and the bureau holds the notice once."""
RENEW_S: Final = 2.0
LAST_WORD_S: Final = 2.0
"""An attempt that is on its way when the process is told to stop may go on so long [s]; then the
notice is given back, and the next process tries it at once."""
POLL_S: Final = 1.0
BACK_OFF_S: Final = (2.0,)
COUNT_EVERY_S: Final = 10.0

_log = structlog.get_logger("analytics.notices")


class _Interrupted(Exception):
    """The process ends while an attempt is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A notice that is to be delivered."""

    id: NoticeId
    alarm_id: AlarmId | None
    place_path: PlacePath
    kind: str
    body: bytes
    tried: Attempted


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who is told by webhook.

    Attributes:
        name: In metrics and the log.
        target: The way its notices go.
        take: Leases the next notice for it; None when none is due.
        endpoint: Where it takes notices now; None: nowhere.
    """

    name: str
    target: Target
    take: Callable[[Connection, datetime], Waiting | None]
    endpoint: Callable[[Connection], Endpoint | None]


class Courier:
    """Delivers what stands in the outbox for one addressee.

    Args:
        connect: Opens a connection of the role tw_analytics.
        to: Who is told; an endpoint is the bureau's.
        clock: The platform's clock.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        to: Endpoint | Addressee,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._rounds = Rounds("notices", connect, BACK_OFF_S)
        self._to = bureau_at(to) if isinstance(to, Endpoint) else to
        self._clock = clock
        self._breaker = Breaker()
        self._counted_at = 0.0
        self._post = Post()
        self._stop = Event()

    def run(self, stop: Event) -> None:
        """Deliver until told to stop; a lost database is waited for."""
        self._stop = stop
        self._rounds.run(self._serve, stop)
        self._post.close()

    def _serve(self, connection: Connection, stop: Event) -> None:
        live.listen_notices(connection)
        while not stop.is_set():
            is_busy = self.turn(connection)
            self._rounds.went_well()
            self._count(connection)
            if not is_busy:
                live.wait_for_hint(connection, POLL_S)

    def turn(self, connection: Connection) -> bool:
        """Try one notice; whether there was one to try."""
        now = self._clock()
        metrics.note_breaker(self._to.name, self._breaker.position(now))
        if self._breaker.is_open(now):
            return False
        endpoint = self._to.endpoint(connection)
        if endpoint is None:
            return False
        waiting = in_transaction(connection, lambda held: self._to.take(held, now))
        if waiting is None:
            return False
        try:
            receipt = self._deliver(connection, endpoint, waiting)
        except _Interrupted:
            _give_back(connection, waiting, self._clock())
            return False
        except NotDelivered as error:
            self._put_off(connection, waiting, error)
        else:
            self._breaker = self._breaker.after_success()
            metrics.NOTICES.labels("delivered").inc()
            at = self._clock()
            in_transaction(connection, lambda held: _mark_delivered(held, waiting, receipt, at))
        return True

    def _deliver(self, connection: Connection, endpoint: Endpoint, waiting: Waiting) -> str | None:
        sent = Signed(id=waiting.id, body=waiting.body, at=self._clock())
        watch = _Watch(stop=self._stop, renew=lambda: _renew(connection, waiting, self._clock()))
        return self._post.send(endpoint, sent, watch.look)

    def _put_off(self, connection: Connection, waiting: Waiting, error: NotDelivered) -> None:
        now = self._clock()
        if error.is_of_target:
            self._breaker = self._breaker.after_failure(now)
        again_at = next_attempt(waiting.tried, now, random())  # noqa: S311 - no secret
        outcome = "given_up" if again_at is None else "failed"
        metrics.NOTICES.labels(outcome).inc()
        if waiting.tried.attempts == 1 or again_at is None:
            _log.warning("notice_not_delivered", notice=waiting.id, why=str(error), outcome=outcome)
        in_transaction(connection, lambda held: _mark_failed(held, waiting, str(error), again_at))

    def _count(self, connection: Connection) -> None:
        steady = steady_s()
        if steady - self._counted_at < COUNT_EVERY_S:
            return
        self._counted_at = steady
        row = connection.execute(_QUERIES["count_waiting"], {"target": self._to.target}).fetchone()
        metrics.NOTICES_WAITING.set(0 if row is None else cast("int", row[0]))


class _Watch:
    """Keeps a notice leased while its attempt goes on, and ends the wait when the process ends."""

    def __init__(self, stop: Event, renew: Callable[[], None]) -> None:
        self._stop = stop
        self._renew = renew
        self._renewed_s = steady_s()
        self._told_s: float | None = None

    def look(self) -> None:
        """Renew when it is time.

        Raises:
            _Interrupted: The process was told to stop a while ago.
        """
        steady = steady_s()
        if self._stop.is_set():
            self._told_s = steady if self._told_s is None else self._told_s
            if steady - self._told_s >= LAST_WORD_S:
                raise _Interrupted
        if steady - self._renewed_s >= RENEW_S:
            self._renewed_s = steady
            self._renew()


def take_notice(connection: Connection, now: datetime) -> Waiting | None:
    """Lease the next notice for the bureau; None when none is due."""
    row = connection.execute(
        _QUERIES["take_notice"],
        {
            "target": Target.BUREAU,
            "now": now,
            "lease_until": now + LEASE,
            "far_life_safety": now + LEASE + LONGEST_LIFE_SAFETY,
            "far": now + LEASE + LONGEST,
        },
    ).fetchone()
    return None if row is None else read_waiting(row)


def bureau_at(endpoint: Endpoint) -> Addressee:
    """The emergency bureau."""
    return Addressee(
        name=Target.BUREAU, target=Target.BUREAU, take=take_notice, endpoint=lambda _: endpoint
    )


def read_waiting(row: tuple[object, ...]) -> Waiting:
    """A leased notice from its row."""
    notice_id, alarm_id, path, kind, body, is_life_safety, created_at, attempts = row
    return Waiting(
        id=NoticeId(str(notice_id)),
        alarm_id=cast("AlarmId | None", alarm_id),
        place_path=PlacePath(str(path)),
        kind=str(kind),
        body=same_bytes(str(body)),
        tried=Attempted(
            attempts=cast("int", attempts),
            is_life_safety=bool(is_life_safety),
            created_at=cast("datetime", created_at),
        ),
    )


def _renew(connection: Connection, waiting: Waiting, now: datetime) -> None:
    values = {"id": waiting.id, "lease_until": now + LEASE}
    connection.execute(_QUERIES["renew_notice"], values)


def _give_back(connection: Connection, waiting: Waiting, now: datetime) -> None:
    """The next process tries it at once."""
    connection.execute(_QUERIES["give_back_notice"], {"id": waiting.id, "now": now})


def _mark_delivered(
    connection: Connection, waiting: Waiting, receipt: str | None, now: datetime
) -> None:
    connection.execute(
        _QUERIES["mark_delivered"], {"id": waiting.id, "receipt": receipt, "now": now}
    )
    told = Announcement()
    told.add(Change.NOTICE, waiting.alarm_id, waiting.place_path)
    told.write(connection, now)


def _mark_failed(
    connection: Connection, waiting: Waiting, error: str, again_at: datetime | None
) -> None:
    connection.execute(
        _QUERIES["mark_failed"],
        {
            "id": waiting.id,
            "state": "given_up" if again_at is None else "waiting",
            "next_at": again_at or waiting.tried.created_at,
            "error": error,
        },
    )
