"""Notices go to the bureau: signed, tried again for days, never in the way of an alarm."""

from collections.abc import Callable, Sequence
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
    Position,
    next_attempt,
)
from analytics.notices.notice import NoticeId, Target
from analytics.notices.post import Endpoint, Post, Posting, Signed, same_bytes
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
"""Attempts that are on their way when the process is told to stop may go on so long [s]; then the
notices are given back, and the next process tries them at once."""
POLL_S: Final = 1.0
POLL_IN_FLIGHT_S: Final = 0.05
MAX_IN_FLIGHT: Final = 12
"""Notices on their way to one addressee at once: fifty fires reach a bureau that takes 5 s for each
within half a minute."""
MAX_OTHERS: Final = 4
"""Beyond this only life safety is begun."""
BACK_OFF_S: Final = (2.0,)
COUNT_EVERY_S: Final = 10.0

_log = structlog.get_logger("analytics.notices")


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
class Asked:
    """Which notice may go next.

    Attributes:
        busy: Alarms of which something is on its way.
    """

    now: datetime
    busy: Sequence[AlarmId] = ()
    only_life_safety: bool = False


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
    take: Callable[[Connection, Asked], Waiting | None]
    endpoint: Callable[[Connection], Endpoint | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flight:
    """A notice on its way."""

    waiting: Waiting
    posting: Posting


class Courier:
    """Delivers what stands in the outbox for one addressee, several notices at once.

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
        self._flights: list[_Flight] = []
        self._renewed_s = self._counted_at = 0.0
        self._post = Post()

    def run(self, stop: Event) -> None:
        """Deliver until told to stop; a lost database is waited for."""
        self._rounds.run(self._serve, stop)
        self._post.close()

    def _serve(self, connection: Connection, stop: Event) -> None:
        live.listen_notices(connection)
        while not stop.is_set():
            is_busy = self.look(connection)
            self._rounds.went_well()
            self._count(connection)
            if not is_busy:
                live.wait_for_hint(connection, POLL_IN_FLIGHT_S if self._flights else POLL_S)
        self._land(connection)

    def look(self, connection: Connection) -> bool:
        """Write down what ended and begin what is due; whether there was something to do."""
        is_busy = self._collect(connection)
        self._renew(connection)
        while self._begin_next(connection):
            is_busy = True
        return is_busy

    def turn(self, connection: Connection) -> bool:
        """Try what is due and wait until all of it has ended; whether there was anything to try."""
        is_busy = self.look(connection)
        while self._flights:
            live.wait_for_hint(connection, POLL_IN_FLIGHT_S)
            self._collect(connection)
            self._renew(connection)
        return is_busy

    def _begin_next(self, connection: Connection) -> bool:
        """Send the next notice on its way, if another one may go; whether there was one."""
        now = self._clock()
        position = self._breaker.position(now)
        metrics.note_breaker(self._to.name, position)
        flying = len(self._flights)
        # A target that was left alone is tried by one notice.
        most = {Position.OPEN: 0, Position.HALF_OPEN: 1, Position.CLOSED: MAX_IN_FLIGHT}[position]
        endpoint = self._to.endpoint(connection) if flying < most else None
        if endpoint is None:
            return False
        busy = [one.waiting.alarm_id for one in self._flights if one.waiting.alarm_id is not None]
        asked = Asked(now=now, busy=busy, only_life_safety=flying >= MAX_OTHERS)
        waiting = in_transaction(connection, lambda held: self._to.take(held, asked))
        if waiting is None:
            return False
        sent = Signed(id=waiting.id, body=waiting.body, at=now)
        posting = self._post.begin(endpoint, sent)
        self._flights.append(_Flight(waiting=waiting, posting=posting))
        return True

    def _collect(self, connection: Connection) -> bool:
        """Write down what became of notices; whether one ended."""
        ended = [flight for flight in self._flights if flight.posting.is_over]
        for flight in ended:
            self._settle(connection, flight)
            self._flights.remove(flight)
            self._post.end(flight.posting)
        return bool(ended)

    def _settle(self, connection: Connection, flight: _Flight) -> None:
        waiting, at = flight.waiting, self._clock()
        try:
            receipt = flight.posting.receipt()
        except NotDelivered as error:
            self._put_off(connection, waiting, error)
        except Exception as fault:  # noqa: BLE001 - edge of the thread: whatever a library raised
            self._put_off(
                connection, waiting, NotDelivered(type(fault).__name__, is_of_target=True)
            )
        else:
            in_transaction(connection, lambda held: _mark_delivered(held, waiting, receipt, at))
            self._breaker = self._breaker.after_success()
            metrics.NOTICES.labels("delivered").inc()

    def _put_off(self, connection: Connection, waiting: Waiting, error: NotDelivered) -> None:
        now = self._clock()
        again_at = next_attempt(waiting.tried, now, random())  # noqa: S311 - no secret
        in_transaction(connection, lambda held: _mark_failed(held, waiting, str(error), again_at))
        if error.is_of_target:
            self._breaker = self._breaker.after_failure(now)
        outcome = "given_up" if again_at is None else "failed"
        metrics.NOTICES.labels(outcome).inc()
        if waiting.tried.attempts == 1 or again_at is None:
            _log.warning("notice_not_delivered", notice=waiting.id, why=str(error), outcome=outcome)

    def _renew(self, connection: Connection) -> None:
        steady = steady_s()
        if not self._flights or steady - self._renewed_s < RENEW_S:
            return
        self._renewed_s = steady
        values = {"notices": self._going(), "lease_until": self._clock() + LEASE}
        connection.execute(_QUERIES["renew_notices"], values)

    def _land(self, connection: Connection) -> None:
        """Hear what is still to be heard, and give back the rest: the next process tries it at once."""
        end_s = steady_s() + LAST_WORD_S
        while self._flights and steady_s() < end_s:
            if not self._collect(connection):
                live.wait_for_hint(connection, POLL_IN_FLIGHT_S)
        if self._flights:
            values = {"notices": self._going(), "now": self._clock()}
            connection.execute(_QUERIES["give_back_notices"], values)
            self._flights.clear()

    def _going(self) -> list[NoticeId]:
        return [flight.waiting.id for flight in self._flights]

    def _count(self, connection: Connection) -> None:
        steady = steady_s()
        if steady - self._counted_at < COUNT_EVERY_S:
            return
        self._counted_at = steady
        row = connection.execute(_QUERIES["count_waiting"], {"target": self._to.target}).fetchone()
        metrics.NOTICES_WAITING.set(0 if row is None else cast("int", row[0]))


def take_notice(connection: Connection, asked: Asked) -> Waiting | None:
    """Lease the next notice for the bureau; None when none is due."""
    now = asked.now
    row = connection.execute(
        _QUERIES["take_notice"],
        {
            "target": Target.BUREAU,
            "now": now,
            "busy": list(asked.busy),
            "only_life_safety": asked.only_life_safety,
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
