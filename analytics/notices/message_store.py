"""Rows of contacts and messages: one function for each named query."""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, cast

from analytics.alarms.alarm import AlarmId
from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId
from analytics.errors import BadContacts
from analytics.notices.contact import (
    CallResult,
    Channel,
    Contact,
    ContactId,
    Hears,
    QuietHours,
    Standing,
)
from analytics.notices.notice import NoticeId, Target
from analytics.notices.on_duty import Duty, RosterLine
from analytics.notices.sender import Accepted
from analytics.orders.technician import Shift
from analytics.rows import rows_of
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "message.sql")
_TOKEN_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Unspread:
    """A notice that people have not got yet.

    Attributes:
        kind: Of alarms, orders, duty checks or supervision; those who tell name it.
    """

    id: NoticeId
    alarm_id: AlarmId | None
    place_path: PlacePath
    organisation: OrganisationId | None
    target: Target
    kind: str
    body: bytes
    is_life_safety: bool
    is_of_order: bool
    created_at: datetime

    @property
    def heard_as(self) -> Hears:
        """By what a contact chooses whether to be told."""
        if self.is_life_safety:
            return Hears.LIFE_SAFETY
        return Hears.ORDERS if self.is_of_order else Hears.ALARMS


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredContact:
    """A contact with its row."""

    id: ContactId
    organisation: OrganisationId
    contact: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A notice as one contact shall get it, in one round.

    Attributes:
        is_first: Whether it goes out at once, whatever others have done.
    """

    notice: Unspread
    to: StoredContact
    round: int
    due_at: datetime
    is_first: bool
    duty: Duty = Duty.EVERYBODY
    is_shed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a message is about."""

    id: str
    notice_id: NoticeId
    organisation: OrganisationId
    alarm_id: AlarmId | None
    place_path: PlacePath
    is_life_safety: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A message that is due, locked by this transaction."""

    subject: Subject
    channel: Channel
    address_key: str
    created_at: datetime
    attempts: int
    token: str
    body: bytes
    language: str
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came back by the link of a message or from a voice gateway."""

    id: int
    kind: str
    at: datetime
    subject: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits to leave.

    Attributes:
        life_safety_due_at: When the longest waiting message about life safety was due.
    """

    messages: int
    notices: int
    life_safety_due_at: datetime | None


def claim_notices(
    connection: Connection, *, limit: int, set_aside: Iterable[NoticeId] = ()
) -> list[Unspread]:
    """Lock notices that nobody has spread yet."""
    values = {"limit": limit, "set_aside": list(set_aside)}
    rows = connection.execute(_QUERIES["claim_notices"], values).fetchall()
    return [
        Unspread(
            id=NoticeId(str(notice_id)),
            alarm_id=cast("AlarmId | None", alarm_id),
            place_path=PlacePath(str(path)),
            organisation=cast("OrganisationId | None", organisation),
            target=Target(str(target)),
            kind=str(kind),
            body=str(body).encode(),
            is_life_safety=bool(is_life_safety),
            is_of_order=bool(is_of_order),
            created_at=cast("datetime", created_at),
        )
        for (
            notice_id,
            alarm_id,
            path,
            organisation,
            target,
            kind,
            body,
            is_life_safety,
            is_of_order,
            created_at,
        ) in rows
    ]


def give_up_call(connection: Connection, notice: Unspread) -> None:
    """The organisation has no telephone; the clock of the alarm goes on by itself."""
    values = {"id": notice.id, "error": "no contact of the organisation is called"}
    connection.execute(_QUERIES["give_up_call"], values)


def drop_notice_work(connection: Connection, notices: Iterable[NoticeId]) -> None:
    """The notices are spread."""
    connection.execute(_QUERIES["drop_notice_work"], {"notices": list(notices)})


def contacts_of(
    connection: Connection, organisations: Iterable[OrganisationId] | None = None
) -> list[StoredContact]:
    """The contacts in use, of some organisations or of all."""
    asked = None if organisations is None else list(organisations)
    rows = connection.execute(_QUERIES["contacts_of"], {"organisations": asked}).fetchall()
    return [_contact(row) for row in rows]


def shifts_of(connection: Connection, persons: Iterable[str]) -> list[RosterLine]:
    """The rosters of some persons."""
    rows = connection.execute(_QUERIES["shifts_of"], {"persons": sorted(set(persons))}).fetchall()
    return [
        RosterLine(
            person=str(person),
            shift=Shift(
                weekday=cast("int", weekday),
                starts_at=cast("time", starts_at),
                ends_at=cast("time", ends_at),
            ),
            place_path=None if path is None else PlacePath(str(path)),
            organisation=cast("OrganisationId | None", organisation),
        )
        for person, weekday, starts_at, ends_at, path, organisation in rows
    ]


def _contact(row: tuple[object, ...]) -> StoredContact:
    contact_id, organisation, code, role, channel, key, hears, language = row[:8]
    after_s, rounds, every_s, quiet_from, quiet_until, person = row[8:]
    return StoredContact(
        id=ContactId(cast("int", contact_id)),
        organisation=OrganisationId(cast("int", organisation)),
        contact=Contact(
            organisation=str(code),
            role=str(role),
            channel=Channel(str(channel)),
            address_key=str(key),
            hears=frozenset(map(Hears, cast("list[str]", hears))),
            language=str(language),
            after=timedelta(seconds=cast("int", after_s)),
            rounds=cast("int", rounds),
            every=timedelta(seconds=cast("int", every_s)),
            quiet=_quiet(quiet_from, quiet_until),
            person=str(person),
        ),
    )


def _quiet(begin: object, end: object) -> QuietHours | None:
    if begin is None or end is None:
        return None
    return QuietHours(begin=cast("time", begin), end=cast("time", end))


def full_targets(connection: Connection, targets: Iterable[str], *, most: int) -> frozenset[str]:
    """Those of the targets that have as many messages waiting as may wait."""
    asked = {"targets": sorted(set(targets)), "most": most}
    return frozenset(str(row[0]) for row in connection.execute(_QUERIES["full_targets"], asked))


def add_messages(connection: Connection, messages: Sequence[NewMessage]) -> None:
    """Write messages; one that is there already stays as it is."""
    if messages:
        connection.execute(_QUERIES["add_messages"], rows_of([_columns(one) for one in messages]))


def _columns(message: NewMessage) -> dict[str, object]:
    notice, contact = message.notice, message.to.contact
    return {
        "notice_id": notice.id,
        "contact_id": message.to.id,
        "round": message.round,
        "organisation_id": message.to.organisation,
        "role": contact.role,
        "channel": contact.channel,
        "address_key": contact.address_key,
        "alarm_id": notice.alarm_id,
        "place_path": notice.place_path,
        "is_life_safety": notice.is_life_safety,
        "created_at": notice.created_at,
        "next_at": message.due_at,
        "state": "shed" if message.is_shed else "waiting",
        "token": secrets.token_urlsafe(_TOKEN_BYTES),
        "duty": message.duty,
        "is_first": message.is_first,
    }


def due_message(
    connection: Connection, now: datetime, busy: Iterable[str], *, only_life_safety: bool = False
) -> Due | None:
    """Lock the next message that is due at a target that is free."""
    asked = {"now": now, "busy": sorted(busy), "only_life_safety": only_life_safety}
    row = connection.execute(_QUERIES["due_message"], asked).fetchone()
    if row is None:
        return None
    (message_id, notice_id, organisation, alarm_id, path, channel, key, is_life_safety) = row[:8]
    created_at, attempts, token, body, language, quiet_from, quiet_until = row[8:15]
    is_first, is_taken, is_seen = map(bool, row[15:])
    return Due(
        subject=_subject((message_id, notice_id, organisation, alarm_id, path, is_life_safety)),
        channel=Channel(str(channel)),
        address_key=str(key),
        created_at=cast("datetime", created_at),
        attempts=cast("int", attempts),
        token=str(token),
        body=_same_bytes(str(body)),
        language=str(language),
        standing=Standing(
            is_life_safety=bool(is_life_safety),
            is_first=is_first,
            is_taken=is_taken,
            is_seen=is_seen,
            quiet=_quiet(quiet_from, quiet_until),
        ),
    )


def _same_bytes(stored: str) -> bytes:
    return json.dumps(json.loads(stored), ensure_ascii=False).encode()


def _subject(row: Sequence[object]) -> Subject:
    message_id, notice_id, organisation, alarm_id, path, is_life_safety = row
    return Subject(
        id=str(message_id),
        notice_id=NoticeId(str(notice_id)),
        organisation=OrganisationId(cast("int", organisation)),
        alarm_id=cast("AlarmId | None", alarm_id),
        place_path=PlacePath(str(path)),
        is_life_safety=bool(is_life_safety),
    )


def begin_attempt(connection: Connection, message_id: str, lease_until: datetime) -> None:
    """The message is on its way."""
    values = {"id": message_id, "lease_until": lease_until}
    connection.execute(_QUERIES["begin_attempt"], values)


def renew_leases(connection: Connection, messages: Iterable[str], lease_until: datetime) -> None:
    """Messages are on their way still."""
    values = {"messages": list(messages), "lease_until": lease_until}
    connection.execute(_QUERIES["renew_leases"], values)


def give_back(connection: Connection, messages: Iterable[str], now: datetime) -> None:
    """Messages of which nothing was heard before the process ends: the next one tries them."""
    connection.execute(_QUERIES["give_back"], {"messages": list(messages), "now": now})


def put_off(connection: Connection, message_id: str, until: datetime) -> None:
    """The message waits for the end of quiet hours."""
    connection.execute(_QUERIES["put_off"], {"id": message_id, "next_at": until})


def mark_unneeded(connection: Connection, message_id: str) -> None:
    """Somebody took the notice before."""
    connection.execute(_QUERIES["mark_unneeded"], {"id": message_id})


def mark_sent(connection: Connection, message_id: str, accepted: Accepted, now: datetime) -> None:
    """The other side has the message."""
    result = None if accepted.result is None else str(accepted.result)
    values = {"id": message_id, "result": result, "receipt": accepted.receipt, "now": now}
    connection.execute(_QUERIES["mark_sent"], values)
    connection.execute(_QUERIES["settle_call"], {"id": message_id, "now": now})


def mark_unsent(
    connection: Connection, message_id: str, error: str, again_at: datetime | None
) -> None:
    """The other side does not have the message; None: it is given up."""
    values = {"id": message_id, "error": error, "next_at": again_at}
    connection.execute(_QUERIES["mark_unsent"], values)


def go_on(connection: Connection, subject: Subject, now: datetime, *, failed_after: int) -> None:
    """This way of reaching the organisation failed: the next is due now.

    When there is no further one, and life safety is at stake, the alarm's own chain goes on now.

    Args:
        failed_after: A message that failed so often in a row is no way any more.
    """
    named = {
        "failed_after": failed_after,
        "notice_id": subject.notice_id,
        "organisation_id": subject.organisation,
        "alarm_id": subject.alarm_id,
        "now": now,
    }
    connection.execute(_QUERIES["hasten_next"], named)
    if subject.is_life_safety and subject.alarm_id is not None:
        connection.execute(_QUERIES["hasten_clock"], named)


def claim_receipts(connection: Connection, *, limit: int) -> list[Receipt]:
    """Lock receipts that nobody has looked at."""
    rows = connection.execute(_QUERIES["claim_receipts"], {"limit": limit}).fetchall()
    return [
        Receipt(
            id=cast("int", row[0]),
            kind=str(row[1]),
            at=cast("datetime", row[2]),
            subject=_subject(row[3:]),
        )
        for row in rows
    ]


def settle_receipt(connection: Connection, receipt: Receipt, now: datetime) -> None:
    """Write what a receipt says into its message."""
    subject = receipt.subject
    if receipt.kind == CallResult.NOT_ANSWERED:
        connection.execute(_QUERIES["note_not_answered"], {"id": subject.id})
    else:
        is_taken = receipt.kind == CallResult.TAKEN
        values = {"id": subject.id, "at": receipt.at, "is_taken": is_taken}
        connection.execute(_QUERIES["note_read"], values)
        connection.execute(_QUERIES["settle_call"], {"id": subject.id, "now": now})
    connection.execute(_QUERIES["settle_receipt"], {"id": receipt.id, "now": now})


def ring_out(connection: Connection, before: datetime, *, limit: int) -> list[Subject]:
    """Calls of which nothing was heard since a time; they count as not answered now."""
    values = {"before": before, "limit": limit}
    return [_subject(row) for row in connection.execute(_QUERIES["ring_out"], values).fetchall()]


def backlog(connection: Connection) -> Backlog:
    """What waits to leave."""
    row = connection.execute(_QUERIES["count_messages"]).fetchone()
    if row is None:
        return Backlog(messages=0, notices=0, life_safety_due_at=None)
    return Backlog(
        messages=cast("int", row[0]),
        notices=cast("int", row[1]),
        life_safety_due_at=cast("datetime | None", row[2]),
    )


def replace_contacts(connection: Connection, contacts: Sequence[Contact], now: datetime) -> None:
    """Put contacts into force instead of all others, in the caller's transaction.

    Raises:
        BadContacts: An organisation is not in the registry.
    """
    codes = sorted({contact.organisation for contact in contacts})
    rows = connection.execute(_QUERIES["organisation_ids"], {"codes": codes}).fetchall()
    ids = {str(code): found for code, found in rows}
    unknown = [code for code in codes if code not in ids]
    if unknown:
        raise BadContacts(f"no organisation {', '.join(unknown)} in the registry")
    connection.execute(_QUERIES["remove_contacts"], {"now": now})
    connection.cursor().executemany(
        _QUERIES["add_contact"],
        [
            {
                "organisation_id": ids[contact.organisation],
                "role": contact.role,
                "channel": contact.channel,
                "address_key": contact.address_key,
                "language": contact.language,
                "hears": sorted(map(str, contact.hears)),
                "after_s": round(contact.after.total_seconds()),
                "rounds": contact.rounds,
                "every_s": round(contact.every.total_seconds()),
                "quiet_from": contact.quiet and contact.quiet.begin,
                "quiet_until": contact.quiet and contact.quiet.end,
                "person": contact.person or None,
            }
            for contact in contacts
        ],
    )
