"""From a notice to the messages of its organisation's contacts, and to the bureau's feed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from analytics import metrics
from analytics.cap.store import add_documents
from analytics.notices import message_store
from analytics.notices.contact import Channel, Contact
from analytics.notices.message_store import NewMessage, StoredContact, Unspread
from analytics.notices.notice import NoticeId, Target
from analytics.notices.on_duty import Duty, RosterLine, Turn, persons_on_duty, turns_of
from ingest.database import Connection, in_transaction
from ingest.errors import StoreUnavailable

BATCH: Final = 100
SET_ASIDE: Final = timedelta(seconds=60)
"""How long a notice rests that could not be spread."""
MAX_WAITING: Final = 10_000
"""Messages that may wait for one target; beyond it only life safety is added, the rest is shed,
kept as a row and counted."""

_log = structlog.get_logger("analytics.spread")


class Spreader:
    """Spreads notices: people get messages, and what the bureau is told becomes a CAP document.

    Args:
        cap_sender: Who sends CAP documents.
    """

    def __init__(self, cap_sender: str) -> None:
        self._cap_sender = cap_sender
        self._aside: dict[NoticeId, datetime] = {}

    def handle(self, connection: Connection, now: datetime) -> int:
        """Spread a batch; how many notices. One that cannot be spread stands in no other's way.

        Raises:
            StoreUnavailable: The database is away or too busy; the notices stay.
        """
        self._aside = {one: until for one, until in self._aside.items() if until > now}
        try:
            return in_transaction(connection, lambda held: self._spread(held, BATCH, now))
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 - the edge of a loop: the bad notice is looked for
            return sum(self._one(connection, now) for _ in range(BATCH))

    def _one(self, connection: Connection, now: datetime) -> int:
        claimed: list[NoticeId] = []
        try:
            return in_transaction(connection, lambda held: self._spread(held, 1, now, claimed))
        except StoreUnavailable:
            raise
        except Exception:  # the edge of a loop: others go on
            if not claimed:
                raise
            metrics.FAILURES.labels("spread").inc()
            _log.exception("notice_not_spread", notice=claimed[-1], again_in_s=SET_ASIDE.seconds)
            self._aside[claimed[-1]] = now + SET_ASIDE
            return 1

    def _spread(
        self,
        connection: Connection,
        limit: int,
        now: datetime,
        claimed: list[NoticeId] | None = None,
    ) -> int:
        notices = message_store.claim_notices(connection, limit=limit, set_aside=self._aside)
        if not notices:
            return 0
        if claimed is not None:
            claimed += [notice.id for notice in notices]
        _tell_people(connection, notices, now)
        for_bureau = [one for one in notices if one.target is Target.BUREAU]
        add_documents(connection, for_bureau, self._cap_sender)
        message_store.drop_notice_work(connection, [notice.id for notice in notices])
        return len(notices)


def _tell_people(connection: Connection, notices: Sequence[Unspread], now: datetime) -> None:
    for_people = [one for one in notices if one.target is not Target.BUREAU]
    asked = {one.organisation for one in for_people if one.organisation is not None}
    contacts = message_store.contacts_of(connection, asked) if asked else []
    roster = _roster_of(connection, contacts)
    messages = [
        message for notice in for_people for message in messages_of(notice, contacts, roster, now)
    ]
    called = {message.notice.id for message in messages}
    for notice in for_people:
        if notice.target is Target.CALL and notice.id not in called:
            message_store.give_up_call(connection, notice)
    if not messages:
        return
    keys = {message.to.contact.address_key for message in messages}
    full = message_store.full_targets(connection, keys, most=MAX_WAITING)
    kept = [shed_if_full(message, full) for message in messages]
    message_store.add_messages(connection, kept)
    for message in kept:
        if message.is_shed:
            metrics.MESSAGES.labels(str(message.to.contact.channel), "shed").inc()


def _roster_of(connection: Connection, contacts: Sequence[StoredContact]) -> list[RosterLine]:
    """The shifts of contacts that are a person's; none when they cannot be read: everybody is told."""
    persons = {to.contact.person for to in contacts} - {""}
    if not persons:
        return []
    try:
        return in_transaction(connection, lambda held: message_store.shifts_of(held, persons))
    except Exception:  # the edge of a request: a roster keeps no notice back
        if connection.broken:
            raise
        _log.exception("roster_not_read")
        return []


def messages_of(
    notice: Unspread,
    contacts: Sequence[StoredContact],
    roster: Sequence[RosterLine],
    now: datetime,
) -> list[NewMessage]:
    """Who is told about a notice, and when: who is on the roster now before colleagues.

    A notice to a telephone calls at once, and only calls.
    """
    is_call = notice.target is Target.CALL
    told = [
        to
        for to in contacts
        if to.organisation == notice.organisation and notice.heard_as in to.contact.hears
        if not is_call or to.contact.channel is Channel.CALL
    ]
    present = persons_on_duty(roster, notice.place_path, notice.organisation, now)
    turns = turns_of([to.contact for to in told], present)
    if any(turn.duty is Duty.HOLE for turn in turns):
        metrics.ROSTER_HOLES.inc()
    return [
        NewMessage(
            notice=notice,
            to=to,
            round=number,
            due_at=notice.created_at + after + to.contact.every * number,
            is_first=number == 0 and turn.after == timedelta(0),
            duty=turn.duty,
        )
        for to, turn in zip(told, turns, strict=True)
        for after in [_after_of_call(to.contact, turn) if is_call else turn.after]
        for number in range(to.contact.rounds)
    ]


def _after_of_call(contact: Contact, turn: Turn) -> timedelta:
    """Every telephone rings at once, but those off duty after those on duty."""
    return turn.after - contact.after if turn.duty is Duty.OFF else timedelta(0)


def shed_if_full(message: NewMessage, full: frozenset[str]) -> NewMessage:
    """The message, shed where its target's queue is full; life safety never is."""
    if message.notice.is_life_safety or message.to.contact.address_key not in full:
        return message
    return replace(message, is_shed=True)
