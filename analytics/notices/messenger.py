"""Tells people: each notice to each contact of its organisation, in time, until somebody takes it.

A target that hangs, refuses or is away holds up no other: one message at a time to each target,
every attempt in a thread that is given up after a time, and the database alone remembers.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import random
from threading import Event, Thread
from typing import Final

import msgspec
import structlog

from analytics import live, metrics
from analytics.duties.responsibility import Responsibility
from analytics.errors import NotDelivered
from analytics.live import Announcement, Change
from analytics.notices import message_store
from analytics.notices.contact import CallResult, Channel, Fate, fate_of
from analytics.notices.contact_file import Address
from analytics.notices.delivery import Attempted, Breaker, Position, next_attempt
from analytics.notices.message import words_of
from analytics.notices.message_store import Due, Subject
from analytics.notices.sender import Accepted, Outgoing, Senders
from analytics.notices.spread import Spreader
from analytics.notices.unreached import FAILED_AFTER, Unreached
from analytics.rounds import Rounds
from gateway.clock import steady_s
from ingest.database import Connection, in_transaction

BATCH: Final = 100
MAX_IN_FLIGHT: Final = 8
MAX_ABANDONED: Final = 24
"""Threads that were given up and have not ended; beyond it nothing new is begun but life safety."""
MAX_LIFE_SAFETY: Final = 32
"""In flight, whatever hangs beside it."""
MAX_ABANDONED_LIFE_SAFETY: Final = 96
LIMIT_S: Final = 20.0
CALL_LIMIT_S: Final = 60.0
"""One attempt, whatever the other side does [s]; a gateway of calls lets it ring."""
RING: Final = timedelta(seconds=60)
"""A call of which nothing is heard for so long was not answered (site rule)."""
LEASE: Final = timedelta(seconds=12)
"""Renewed while an attempt goes on; after a crash the message is tried again then."""
RENEW_S: Final = 3.0
LAST_WORD_S: Final = 3.0
"""What is on its way when the process is told to stop may go on so long [s]; then it is given back,
and the next process tries it at once."""
POLL_S: Final = 1.0
POLL_IN_FLIGHT_S: Final = 0.05
BACK_OFF_S: Final = (2.0,)
COUNT_EVERY_S: Final = 10.0

_log = structlog.get_logger("analytics.messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where people are, and where they find the console.

    Attributes:
        addresses: Where contacts are reached, by the names of their addresses.
        public_url: Where telephones reach the console; empty: messages have no link.
        cap_sender: Who sends CAP documents.
    """

    addresses: Mapping[str, Address]
    public_url: str = ""
    cap_sender: str = "towerwatch"

    def link(self, token: str) -> str:
        """Where a message can be read and taken."""
        return f"{self.public_url.rstrip('/')}/n/{token}" if self.public_url else ""


@dataclass(slots=True, kw_only=True)
class _Flight:
    """A message on its way."""

    due: Due
    outcome: Future[Accepted]
    thread: Thread
    give_up_s: float


class Messenger:
    """Spreads notices to contacts and delivers the messages.

    Args:
        connect: Opens a connection of the role tw_analytics.
        reach: Where people are, and where they find the console.
        senders: How messages leave.
        clock: The platform's clock.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        reach: Reach,
        *,
        senders: Senders | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._rounds = Rounds("messages", connect, BACK_OFF_S)
        self._reach = reach
        self._senders = senders or Senders()
        self._clock = clock
        self._spreader = Spreader(reach.cap_sender)
        self._unreached = Unreached(Responsibility())
        self._breakers: dict[str, Breaker] = {}
        self._flights: dict[str, _Flight] = {}
        self._abandoned: list[Thread] = []
        self._counted_at = 0.0
        self._renewed_s = 0.0

    def run(self, stop: Event) -> None:
        """Deliver until told to stop; a lost database is waited for."""
        self._rounds.run(self._serve, stop)

    def _serve(self, connection: Connection, stop: Event) -> None:
        live.listen_notices(connection)
        while not stop.is_set():
            is_busy = self.turn(connection)
            self._rounds.went_well()
            metrics.PROGRESS.labels("messages").set_to_current_time()
            self._count(connection)
            if not is_busy:
                wait_s = POLL_IN_FLIGHT_S if self._flights else POLL_S
                live.wait_for_hint(connection, wait_s)
        self._land(connection)

    def _land(self, connection: Connection) -> None:
        """Hear what is still to be heard, and give back the rest."""
        end = steady_s() + LAST_WORD_S
        while self._flights and steady_s() < end:
            if not self._collect(connection):
                live.wait_for_hint(connection, POLL_IN_FLIGHT_S)
        left = [flight.due.subject.id for flight in self._flights.values()]
        if left:
            message_store.give_back(connection, left, self._clock())
            self._flights.clear()
            _log.warning("messages_given_back", count=len(left), why="the process ends")

    def turn(self, connection: Connection) -> bool:
        """Go round once; whether there was something to do."""
        now = self._clock()
        is_busy = self._collect(connection)
        self._renew(connection, now)
        is_busy |= self._spreader.handle(connection, now) > 0
        is_busy |= in_transaction(connection, lambda held: self._hear_back(held, now)) > 0
        while self._begin_next(connection, now):
            is_busy = True
        return is_busy

    def position(self, target: str) -> Position:
        """How the breaker of a target stands."""
        return self._breakers.get(target, Breaker()).position(self._clock())

    def drain(self, connection: Connection, timeout_s: float) -> None:
        """Go round until nothing is on its way, or for the time given [s]."""
        end = steady_s() + timeout_s
        while (self.turn(connection) or self._flights) and steady_s() < end:
            live.wait_for_hint(connection, POLL_IN_FLIGHT_S)

    def _begin_next(self, connection: Connection, now: datetime) -> bool:
        self._abandoned = [thread for thread in self._abandoned if thread.is_alive()]
        flying, left = len(self._flights), len(self._abandoned)
        if flying >= MAX_LIFE_SAFETY or left >= MAX_ABANDONED_LIFE_SAFETY:
            return False
        is_full = flying >= MAX_IN_FLIGHT or left >= MAX_ABANDONED
        resting = {key for key, breaker in self._breakers.items() if breaker.is_open(now)}
        found: list[Due] = []
        is_work = in_transaction(
            connection,
            lambda held: _take(
                held, {*resting, *self._flights}, found, now, only_life_safety=is_full
            ),
        )
        for due in found[-1:]:
            self._flights[due.address_key] = self._start(due, now)
        return is_work

    def _start(self, due: Due, now: datetime) -> _Flight:
        outcome: Future[Accepted] = Future()

        def attempt() -> None:
            try:
                outcome.set_result(self._senders.send(self._outgoing(due, now)))
            except Exception as error:  # noqa: BLE001 - edge of the thread: handed to whoever waits
                outcome.set_exception(error)

        thread = Thread(target=attempt, name="message", daemon=True)
        thread.start()
        limit_s = CALL_LIMIT_S if due.channel is Channel.CALL else LIMIT_S
        return _Flight(due=due, outcome=outcome, thread=thread, give_up_s=steady_s() + limit_s)

    def _outgoing(self, due: Due, now: datetime) -> Outgoing:
        address = self._reach.addresses.get(due.address_key)
        if address is None:
            raise NotDelivered(f"no address {due.address_key}", is_of_target=False)
        try:
            words = words_of(due.body, due.language)
        except msgspec.DecodeError as error:
            raise NotDelivered("the notice has no words", is_of_target=False) from error
        return Outgoing(
            id=due.subject.id,
            channel=due.channel,
            address=address,
            words=words,
            language=due.language,
            is_life_safety=due.subject.is_life_safety,
            link=self._reach.link(due.token),
            sent_s=int(now.timestamp()),
        )

    def _collect(self, connection: Connection) -> bool:
        """Write down what became of messages; whether one ended."""
        ended = [
            (key, flight)
            for key, flight in self._flights.items()
            if flight.outcome.done() or steady_s() > flight.give_up_s
        ]
        for key, flight in ended:
            self._settle(connection, flight)
            if not flight.outcome.done():
                self._abandoned.append(flight.thread)
            del self._flights[key]
        return bool(ended)

    def _renew(self, connection: Connection, now: datetime) -> None:
        steady = steady_s()
        if not self._flights or steady - self._renewed_s < RENEW_S:
            return
        self._renewed_s = steady
        going = [flight.due.subject.id for flight in self._flights.values()]
        message_store.renew_leases(connection, going, now + LEASE)

    def _settle(self, connection: Connection, flight: _Flight) -> None:
        due, now = flight.due, self._clock()
        channel = str(due.channel)
        breaker = self._breakers.get(due.address_key, Breaker())
        try:
            accepted = flight.outcome.result(0)
        except TimeoutError:
            error = NotDelivered("no whole answer in time", is_of_target=True)
        except NotDelivered as refused:
            error = refused
        except Exception as fault:  # noqa: BLE001 - edge of the thread: whatever a library raised
            # Its words may hold the address, which is a secret.
            error = NotDelivered(type(fault).__name__, is_of_target=True)
        else:
            self._breakers[due.address_key] = breaker.after_success()
            metrics.MESSAGES.labels(channel, "delivered").inc()
            in_transaction(connection, lambda held: self._write_sent(held, due, accepted, now))
            return
        if error.is_of_target:
            self._breakers[due.address_key] = breaker.after_failure(now)
        again_at = _again_at(due, now)
        outcome = "given_up" if again_at is None else "failed"
        metrics.MESSAGES.labels(channel, outcome).inc()
        if due.attempts == 0 or again_at is None:
            _log.warning(
                "message_not_delivered", message=due.subject.id, why=str(error), outcome=outcome
            )
        in_transaction(
            connection, lambda held: self._write_unsent(held, due, str(error), again_at, now)
        )

    def _write_sent(
        self, connection: Connection, due: Due, accepted: Accepted, now: datetime
    ) -> None:
        message_store.mark_sent(connection, due.subject.id, accepted, now)
        if accepted.result is CallResult.NOT_ANSWERED:
            self._go_on(connection, due.subject, now)
        _announce(connection, due.subject, now)

    def _write_unsent(
        self,
        connection: Connection,
        due: Due,
        error: str,
        again_at: datetime | None,
        now: datetime,
    ) -> None:
        message_store.mark_unsent(connection, due.subject.id, error, again_at)
        self._go_on(connection, due.subject, now)

    def _hear_back(self, connection: Connection, now: datetime) -> int:
        """Write down receipts; calls that nobody took up let the next one ring."""
        receipts = message_store.claim_receipts(connection, limit=BATCH)
        for receipt in receipts:
            message_store.settle_receipt(connection, receipt, now)
            if receipt.kind == CallResult.NOT_ANSWERED:
                self._go_on(connection, receipt.subject, now)
            _announce(connection, receipt.subject, now)
        rung_out = message_store.ring_out(connection, now - RING, limit=BATCH)
        for subject in rung_out:
            self._go_on(connection, subject, now)
        return len(receipts) + len(rung_out)

    def _go_on(self, connection: Connection, subject: Subject, now: datetime) -> None:
        """This way failed: the next is due; where none is left the desk is told."""
        message_store.go_on(connection, subject, now, failed_after=FAILED_AFTER)
        self._unreached.look(connection, subject, now)

    def _count(self, connection: Connection) -> None:
        steady = steady_s()
        if steady - self._counted_at < COUNT_EVERY_S:
            return
        self._counted_at = steady
        now = self._clock()
        waiting = message_store.backlog(connection)
        metrics.MESSAGES_WAITING.labels("message").set(waiting.messages)
        metrics.MESSAGES_WAITING.labels("notice").set(waiting.notices)
        due_at = waiting.life_safety_due_at
        late_s = 0.0 if due_at is None else (now - due_at).total_seconds()
        metrics.LIFE_SAFETY_LATE.set(max(0.0, late_s))
        metrics.ABANDONED.set(len(self._abandoned))
        for key, breaker in self._breakers.items():
            metrics.note_breaker(key, breaker.position(now))


def _take(
    connection: Connection,
    busy: set[str],
    found: list[Due],
    now: datetime,
    *,
    only_life_safety: bool,
) -> bool:
    """Lock one due message and decide what becomes of it; the one to send is put into `found`."""
    found.clear()
    due = message_store.due_message(connection, now, busy, only_life_safety=only_life_safety)
    if due is None:
        return False
    fate, until = fate_of(due.standing, now)
    match fate:
        case Fate.UNNEEDED:
            message_store.mark_unneeded(connection, due.subject.id)
        case Fate.LATER:
            message_store.put_off(connection, due.subject.id, until)
        case Fate.SEND:
            message_store.begin_attempt(connection, due.subject.id, now + LEASE)
            found.append(due)
    return True


def _again_at(due: Due, now: datetime) -> datetime | None:
    """Life safety is tried until the alarm was seen or is over; then for days, like all else."""
    tried = Attempted(
        attempts=due.attempts + 1,
        is_life_safety=due.subject.is_life_safety and not due.standing.is_seen,
        created_at=due.created_at,
        is_for_person=True,
    )
    return next_attempt(tried, now, random())  # noqa: S311 - no secret


def _announce(connection: Connection, subject: Subject, now: datetime) -> None:
    told = Announcement()
    told.add(Change.NOTICE, subject.alarm_id, subject.place_path)
    told.write(connection, now)
