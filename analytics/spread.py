"""From a notice to the messages of its organisation's contacts."""

from collections.abc import Sequence
from typing import Final

from analytics import message_store, metrics
from analytics.message_store import NewMessage, StoredContact, Unspread
from analytics.notice import Target
from ingest.database import Connection

MAX_WAITING: Final = 10_000
"""Messages that may wait for one target; beyond it only life safety is added, the rest is shed,
kept as a row and counted."""


def spread_notices(connection: Connection, *, limit: int) -> int:
    """Spread some notices, in the caller's transaction; how many."""
    notices = message_store.claim_notices(connection, limit=limit)
    if not notices:
        return 0
    _tell_people(connection, notices)
    message_store.drop_notice_work(connection, [notice.id for notice in notices])
    return len(notices)


def _tell_people(connection: Connection, notices: Sequence[Unspread]) -> None:
    for_people = [one for one in notices if one.target is Target.DESK]
    asked = {one.organisation for one in for_people if one.organisation is not None}
    contacts = message_store.contacts_of(connection, asked) if asked else []
    messages = [message for notice in for_people for message in messages_of(notice, contacts)]
    if not messages:
        return
    keys = {message.to.contact.address_key for message in messages}
    full = message_store.full_targets(connection, keys, most=MAX_WAITING)
    kept = [shed_if_full(message, full) for message in messages]
    message_store.add_messages(connection, kept)
    for message in kept:
        if message.is_shed:
            metrics.MESSAGES.labels(str(message.to.contact.channel), "shed").inc()


def messages_of(notice: Unspread, contacts: Sequence[StoredContact]) -> list[NewMessage]:
    """Who is told about a notice, and when."""
    return [
        NewMessage(notice=notice, to=to, round=number, due_at=due_at)
        for to in contacts
        if to.organisation == notice.organisation and notice.heard_as in to.contact.hears
        for number, due_at in enumerate(to.contact.send_times(notice.created_at))
    ]


def shed_if_full(message: NewMessage, full: frozenset[str]) -> NewMessage:
    """The message, shed where its target's queue is full; life safety never is."""
    if message.notice.is_life_safety or message.to.contact.address_key not in full:
        return message
    return NewMessage(
        notice=message.notice,
        to=message.to,
        round=message.round,
        due_at=message.due_at,
        is_shed=True,
    )
