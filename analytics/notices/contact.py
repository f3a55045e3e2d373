"""Whom an organisation is told through: channels, an order in time, quiet hours.

A notice to an organisation goes to its contacts in the order of `after`: the first at once, later
ones only while nobody of the organisation has taken it. Whatever is done about life safety ends in
a call, since a chat message that nobody reads looks exactly like one that somebody did.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final, NewType
from zoneinfo import ZoneInfo

from gateway.catalogue import Text

ContactId = NewType("ContactId", int)
ZONE: Final = ZoneInfo("Asia/Shanghai")
"""Quiet hours are meant in the time of the place: one zone in the whole country."""
LATEST_CALL: Final = timedelta(seconds=180)
"""Life safety rings no later than this after the notice (site rule, unverified)."""


class Channel(StrEnum):
    """A way to reach a person."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    MAIL = "mail"
    SMS = "sms"
    CALL = "call"


CHANNEL_WORDS: Final = {
    Channel.WECOM: Text(zh="企业微信", en="WeCom"),
    Channel.DINGTALK: Text(zh="钉钉", en="DingTalk"),
    Channel.FEISHU: Text(zh="飞书", en="Feishu"),
    Channel.MAIL: Text(zh="邮件", en="mail"),
    Channel.SMS: Text(zh="短信", en="SMS"),
    Channel.CALL: Text(zh="电话", en="call"),
}
MESSAGE_STATES: Final = {
    "waiting": Text(zh="待发送", en="waiting"),
    "delivered": Text(zh="已送达", en="delivered"),
    "not_answered": Text(zh="无人接听", en="not answered"),
    "shed": Text(zh="队列已满未发送", en="queue full, not sent"),
    "given_up": Text(zh="发送失败", en="could not be sent"),
    "read": Text(zh="已读", en="read"),
    "taken": Text(zh="已接手", en="taken"),
}
"""What became of a message, for a timeline."""


class Hears(StrEnum):
    """What a contact is told about."""

    LIFE_SAFETY = "life_safety"
    ALARMS = "alarms"
    ORDERS = "orders"


class CallResult(StrEnum):
    """What a voice gateway says of a call."""

    TAKEN = "taken"
    """Somebody pressed the key that means: I take it."""
    ANSWERED = "answered"
    NOT_ANSWERED = "not_answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Hours of the day in which only life safety is told; they may pass midnight."""

    begin: time
    end: time

    def ends_at(self, now: datetime) -> datetime | None:
        """When the quiet hours that are running end; None: none are running."""
        here = now.astimezone(ZONE)
        clock = here.time()
        if self.begin <= self.end:
            is_quiet, is_tomorrow = self.begin <= clock < self.end, False
        else:
            is_quiet, is_tomorrow = clock >= self.begin or clock < self.end, clock >= self.begin
        if not is_quiet:
            return None
        day = here.date() + timedelta(days=int(is_tomorrow))
        return datetime.combine(day, self.end, tzinfo=ZONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One way to tell one role of one organisation.

    Attributes:
        organisation: Code of the organisation.
        role: Who it reaches there: desk, manager, technician on duty.
        address_key: Name of the address in the secret file.
        person: Whose address it is, by the log-in name of the roster; empty: nobody's own.
        after: How long after the notice, if nobody took it before.
        rounds: How often it is tried while nobody takes it.
        every: Time between two rounds.
    """

    organisation: str
    role: str
    channel: Channel
    address_key: str
    hears: frozenset[Hears]
    language: str = "zh"
    after: timedelta = timedelta(0)
    rounds: int = 1
    every: timedelta = timedelta(seconds=60)
    quiet: QuietHours | None = None
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it stands with a message that is due.

    Attributes:
        is_first: Whether it goes out at once, whatever others have done.
        is_taken: Whether somebody of the organisation took the notice.
        is_seen: Whether the alarm was acknowledged after the notice, or is over; of a rescue or an
            order that was given out, whether the organisation has accepted it.
    """

    is_life_safety: bool
    is_first: bool
    is_taken: bool
    is_seen: bool
    quiet: QuietHours | None = None


class Fate(StrEnum):
    """What becomes of a message that is due."""

    SEND = "send"
    UNNEEDED = "unneeded"
    LATER = "later"


def fate_of(standing: Standing, now: datetime) -> tuple[Fate, datetime]:
    """What becomes of a message that is due, and when; quiet hours never hold life safety up."""
    if not standing.is_first and (standing.is_taken or standing.is_seen):
        return Fate.UNNEEDED, now
    if standing.is_life_safety or standing.quiet is None:
        return Fate.SEND, now
    ends_at = standing.quiet.ends_at(now)
    return (Fate.SEND, now) if ends_at is None else (Fate.LATER, ends_at)


class Fault(StrEnum):
    """What is wrong with contacts."""

    NO_CALL = "life_safety_without_call"
    CALL_TOO_LATE = "call_too_late"
    NOT_LAST = "chat_after_last_call"
    NOBODY = "nobody_to_call"
    TWICE = "same_contact_twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that has to be changed before contacts can be used."""

    fault: Fault
    organisation: str
    sentence: str


def check(contacts: Iterable[Contact], life_safety_chain: Sequence[str] = ()) -> list[Finding]:
    """What is wrong with contacts; nothing when they may be used.

    Args:
        contacts: All of them.
        life_safety_chain: Codes of organisations that stand in a chain of fire or entrapment.
    """
    known = sorted(contacts, key=lambda contact: contact.organisation)
    found = []
    heard = set()
    for organisation, group in groupby(known, key=lambda contact: contact.organisation):
        own = list(group)
        found += _twice(organisation, own)
        told = [contact for contact in own if Hears.LIFE_SAFETY in contact.hears]
        if told:
            heard.add(organisation)
            found += _ladder(organisation, told)
    return found + [
        Finding(
            fault=Fault.NOBODY,
            organisation=code,
            sentence="stands in a life-safety chain and has nobody who is called",
        )
        for code in life_safety_chain
        if code not in heard
    ]


def _twice(organisation: str, own: Sequence[Contact]) -> list[Finding]:
    keys = [(contact.role, contact.channel, contact.address_key) for contact in own]
    return [
        Finding(
            fault=Fault.TWICE,
            organisation=organisation,
            sentence=f"{role} has {channel} {key} more than once",
        )
        for role, channel, key in sorted({key for key in keys if keys.count(key) > 1})
    ]


def _ladder(organisation: str, told: Sequence[Contact]) -> list[Finding]:
    """The last thing that is tried for life safety is a call, and it comes in time."""

    def finding(fault: Fault, sentence: str) -> list[Finding]:
        return [Finding(fault=fault, organisation=organisation, sentence=sentence)]

    calls = [contact for contact in told if contact.channel is Channel.CALL]
    if not calls:
        return finding(
            Fault.NO_CALL, "life safety ends in a message that nobody may read: add a call"
        )
    last_call = max(contact.after + contact.every * (contact.rounds - 1) for contact in calls)
    last = max(contact.after + contact.every * (contact.rounds - 1) for contact in told)
    if last > last_call:
        return finding(Fault.NOT_LAST, "something comes after the last call: end with a call")
    first_call = min(contact.after for contact in calls)
    if first_call > LATEST_CALL:
        limit_s = LATEST_CALL.total_seconds()
        return finding(Fault.CALL_TOO_LATE, f"the first call comes after {limit_s:g} s")
    return []
