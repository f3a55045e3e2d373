"""Notices go to the bureau: signed, tried again for days, never in the way of an alarm."""

import json
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from random import random
from threading import Event, Thread
from typing import Final, cast

import msgspec
import niquests
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
from analytics.notices.notice import NoticeId, Target, signature
from analytics.notices.outgoing import answer_beginning, direct_session
from gateway.clock import steady_s
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "notice.sql")
CONNECT_LIMIT_S: Final = 3.0
ANSWER_LIMIT_S: Final = 10.0
WHOLE_LIMIT_S: Final = 15.0
"""One attempt from the look-up of the name to the last byte of the answer [s]: the other limits
begin anew with every byte, and a name service has none."""
LEASE: Final = timedelta(seconds=20)
"""Longer than one attempt can take (15 s); after a crash the notice is tried again then, and so
long may a fire wait for the bureau when the process is killed between taking and sending."""
POLL_S: Final = 1.0
BACK_OFF_S: Final = 2.0
COUNT_EVERY_S: Final = 10.0
MAX_RECEIPT: Final = 200
_NOT_THE_NOTICE: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)

_log = structlog.get_logger("analytics.notices")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where the bureau takes notices, and the key that signs them."""

    url: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A notice that is to be delivered."""

    id: NoticeId
    alarm_id: AlarmId | None
    place_path: PlacePath
    kind: str
    body: bytes
    tried: Attempted


class _Answer(msgspec.Struct):
    receipt: str | None = None


class Courier:
    """Delivers what stands in the outbox for the bureau.

    Args:
        connect: Opens a connection of the role tw_analytics.
        endpoint: The bureau's endpoint.
        clock: The platform's clock.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        endpoint: Endpoint,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._connect = connect
        self._endpoint = endpoint
        self._clock = clock
        self._breaker = Breaker()
        self._counted_at = 0.0
        self._session = direct_session()
        self._failures = 0

    def run(self, stop: Event) -> None:
        """Deliver until told to stop; a lost database is waited for."""
        while not stop.is_set():
            try:
                with closing(self._connect()) as connection:
                    live.listen_notices(connection)
                    self._serve(connection, stop)
            except Exception:  # noqa: BLE001 - the edge of the loop
                metrics.FAILURES.labels("notices").inc()
                self._failures += 1
                if self._failures == 1:
                    _log.exception("round_failed")
                stop.wait(BACK_OFF_S)
        self._session.close()

    def _serve(self, connection: Connection, stop: Event) -> None:
        while not stop.is_set():
            is_busy = self.turn(connection)
            self._failures = 0
            self._count(connection)
            if not is_busy:
                live.wait_for_hint(connection, POLL_S)

    def turn(self, connection: Connection) -> bool:
        """Try one notice; whether there was one to try."""
        now = self._clock()
        metrics.note_breaker("bureau", self._breaker.position(now))
        if self._breaker.is_open(now):
            return False
        waiting = in_transaction(connection, lambda held: take_notice(held, now))
        if waiting is None:
            return False
        try:
            receipt = self._deliver_within(waiting, WHOLE_LIMIT_S)
        except NotDelivered as error:
            self._put_off(connection, waiting, error)
        else:
            self._breaker = self._breaker.after_success()
            metrics.NOTICES.labels("delivered").inc()
            at = self._clock()
            in_transaction(connection, lambda held: _mark_delivered(held, waiting, receipt, at))
        return True

    def _deliver_within(self, waiting: Waiting, limit_s: float) -> str | None:
        """The same as `_deliver`, given up after so long [s]; its thread is left to itself."""
        outcome: Future[str | None] = Future()
        session = self._session

        def attempt() -> None:
            try:
                outcome.set_result(self._deliver(session, waiting))
            except Exception as error:  # noqa: BLE001 - edge of the thread: handed to whoever waits
                outcome.set_exception(error)

        Thread(target=attempt, name="notice", daemon=True).start()
        try:
            return outcome.result(limit_s)
        except TimeoutError:
            self._session = direct_session()
            late = f"no whole answer within {limit_s:g} s"
            raise NotDelivered(late, is_of_target=True) from None

    def _deliver(self, session: niquests.Session, waiting: Waiting) -> str | None:
        """Post the notice; the receipt, if the other side gives one.

        Raises:
            NotDelivered: It was not taken.
        """
        sent_s = int(self._clock().timestamp())
        headers = {
            "content-type": "application/json; charset=utf-8",
            "webhook-id": waiting.id,
            "webhook-timestamp": str(sent_s),
            "webhook-signature": signature(self._endpoint.key, waiting.id, sent_s, waiting.body),
        }
        try:
            answer = session.post(
                self._endpoint.url,
                data=waiting.body,
                headers=headers,
                timeout=(CONNECT_LIMIT_S, ANSWER_LIMIT_S),
                allow_redirects=False,
                stream=True,
            )
            status, content = answer.status_code or 0, answer_beginning(answer)
        except niquests.exceptions.RequestException as error:
            raise NotDelivered(f"no answer: {type(error).__name__}", is_of_target=True) from error
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return _receipt_in(content)
        is_of_target = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _NOT_THE_NOTICE
        raise NotDelivered(f"answer {status}", is_of_target=is_of_target)

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
        row = connection.execute(_QUERIES["count_waiting"]).fetchone()
        metrics.NOTICES_WAITING.set(0 if row is None else cast("int", row[0]))


def _receipt_in(content: bytes) -> str | None:
    try:
        receipt = msgspec.json.decode(content, type=_Answer).receipt
    except msgspec.DecodeError:
        return None
    return None if receipt is None else receipt[:MAX_RECEIPT]


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
    if row is None:
        return None
    notice_id, alarm_id, path, kind, body, is_life_safety, created_at, attempts = row
    return Waiting(
        id=NoticeId(str(notice_id)),
        alarm_id=cast("AlarmId | None", alarm_id),
        place_path=PlacePath(str(path)),
        kind=str(kind),
        body=_same_bytes(str(body)),
        tried=Attempted(
            attempts=cast("int", attempts),
            is_life_safety=bool(is_life_safety),
            created_at=cast("datetime", created_at),
        ),
    )


def _same_bytes(stored: str) -> bytes:
    """The same bytes at every attempt: a receiver may refuse one id with two bodies."""
    content = json.loads(stored)
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


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
