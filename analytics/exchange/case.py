"""Cases of other platforms as values: what a message about one means, and how a case goes on.

A case belongs to the platform that sent it, by its number; its work belongs to our order. The
sender counts corrections itself (`revision`), since its messages may come twice, late, or never.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from analytics.clocks.working_time import ALWAYS, WorkingTime
from analytics.digest import digest_of
from analytics.duties.calendar import Holidays, office_hours
from analytics.orders.report import LIFE_SAFETY, Category
from analytics.orders.work_order import OrderState, OrderTrigger
from gateway.catalogue import Text

CaseId = NewType("CaseId", int)
SystemCode = NewType("SystemCode", str)
MAX_NUMBER: Final = 80
MAX_TEXT: Final = 2000
MAX_REVISION: Final = 1_000_000


class CaseState(StrEnum):
    """How far a case is, in the words of the platforms that send them."""

    RECEIVED = "received"
    UNDERTAKEN = "undertaken"
    """接办: somebody has taken it on."""
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    """反馈: the work is said to be done."""
    VERIFIED = "verified"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class CaseStep(StrEnum):
    """What happens to a case; each is told to the sender."""

    RECEIVED = "received"
    JOINED = "joined"
    """An order under way does the same work."""
    CORRECTED = "corrected"
    UNDERTAKEN = "undertaken"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    VERIFIED = "verified"
    CLOSED = "closed"
    TRANSFERRED = "transferred"
    """Whoever had taken it on gave it back, or it went to another organisation."""
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    UNDERTAKE_OVERDUE = "undertake_overdue"
    FEEDBACK_OVERDUE = "feedback_overdue"


WORDS: Final[Mapping[CaseStep, Text]] = {
    CaseStep.RECEIVED: Text(zh="已接收", en="Received"),
    CaseStep.JOINED: Text(zh="与在办工单并案", en="Joined to an order under way"),
    CaseStep.CORRECTED: Text(zh="已更正", en="Corrected"),
    CaseStep.UNDERTAKEN: Text(zh="已接办", en="Undertaken"),
    CaseStep.IN_PROGRESS: Text(zh="处置中", en="In progress"),
    CaseStep.ANSWERED: Text(zh="已反馈", en="Answered"),
    CaseStep.VERIFIED: Text(zh="已核实", en="Verified"),
    CaseStep.CLOSED: Text(zh="已结案", en="Closed"),
    CaseStep.TRANSFERRED: Text(zh="已转派", en="Given to another"),
    CaseStep.REOPENED: Text(zh="已重新办理", en="Reopened"),
    CaseStep.WITHDRAWN: Text(zh="已撤回", en="Withdrawn"),
    CaseStep.UNDERTAKE_OVERDUE: Text(zh="接办超时", en="Not undertaken in time"),
    CaseStep.FEEDBACK_OVERDUE: Text(zh="反馈超时", en="Not answered in time"),
}


class CaseClock(StrEnum):
    """The sender's own deadlines."""

    UNDERTAKE = "undertake"
    FEEDBACK = "feedback"


OVERDUE: Final[Mapping[CaseClock, CaseStep]] = {
    CaseClock.UNDERTAKE: CaseStep.UNDERTAKE_OVERDUE,
    CaseClock.FEEDBACK: CaseStep.FEEDBACK_OVERDUE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSystem:
    """A platform that sends cases.

    Attributes:
        place_path: Cases below this place alone are taken from it.
        callback_url: Where it is told; empty: it asks by itself.
        undertake: Time that counts until somebody has to have taken a case on.
        feedback: Time that counts until a case has to be answered.
    """

    code: SystemCode
    name_zh: str
    name_en: str
    place_path: str
    callback_url: str
    undertake: timedelta
    feedback: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMessage:
    """What the sender says of a case in one revision.

    Attributes:
        place: Code of the place; empty where an asset is named.
        asset: Code of the asset; empty: not known.
        contact: How to reach who reported (personal data).
        reported_at: When it was reported there, with a zone.
    """

    number: str
    category: Category
    reported_at: datetime
    revision: int = 1
    text: str = ""
    place: str = ""
    asset: str = ""
    contact: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.number.strip()) <= MAX_NUMBER:
            raise ValueError(f"number: 1 to {MAX_NUMBER} characters")
        if not 0 < self.revision <= MAX_REVISION:
            raise ValueError(f"revision: 1 to {MAX_REVISION}")
        if not (self.place or self.asset):
            raise ValueError("a case names a place or an asset")
        if self.reported_at.tzinfo is None:
            raise ValueError("reported_at: with a zone, for example 2026-11-22T06:00:00+08:00")
        if len(self.text) > MAX_TEXT:
            raise ValueError(f"text: at most {MAX_TEXT} characters")
        if any("\0" in part for part in (self.number, self.text, self.place, self.contact)):
            raise ValueError("a zero character is no text")

    @property
    def content(self) -> bytes:
        """The fingerprint of all it says but number and revision."""
        return digest_of(
            str(self.category), self.text, self.place, self.asset, self.contact, self.reported_at
        )

    @property
    def is_life_safety(self) -> bool:
        """Whether it is an alarm at once."""
        return self.category in LIFE_SAFETY


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a number before a message about it."""

    revision: int
    content: bytes
    state: CaseState


class Verdict(StrEnum):
    """What a message about a case means."""

    NEW = "new"
    SAME = "same"
    """It came before: nothing is to be done."""
    LATE = "late"
    """A later revision came before: nothing is to be done."""
    CORRECTION = "correction"
    CONFLICT = "conflict"
    """Another content under the same number and revision."""
    OVER = "over"
    """The case is over: it cannot be corrected any more."""


def judge(known: Known | None, message: CaseMessage) -> Verdict:
    """Compare a message with what is known of its number."""
    if known is None:
        return Verdict.NEW
    if message.revision < known.revision:
        return Verdict.LATE
    if message.revision == known.revision:
        return Verdict.SAME if message.content == known.content else Verdict.CONFLICT
    is_over = known.state in (CaseState.CLOSED, CaseState.WITHDRAWN)
    return Verdict.OVER if is_over else Verdict.CORRECTION


_OF_ORDER: Final[Mapping[OrderState, CaseState]] = {
    OrderState.PROPOSED: CaseState.RECEIVED,
    OrderState.DISPATCHED: CaseState.RECEIVED,
    OrderState.DECLINED: CaseState.RECEIVED,
    OrderState.ACCEPTED: CaseState.UNDERTAKEN,
    OrderState.ON_SITE: CaseState.IN_PROGRESS,
    OrderState.RESTORED: CaseState.ANSWERED,
    OrderState.VERIFIED: CaseState.VERIFIED,
    OrderState.CLOSED: CaseState.CLOSED,
}
_STEP_TO: Final[Mapping[CaseState, CaseStep]] = {
    CaseState.RECEIVED: CaseStep.TRANSFERRED,
    CaseState.UNDERTAKEN: CaseStep.UNDERTAKEN,
    CaseState.IN_PROGRESS: CaseStep.IN_PROGRESS,
    CaseState.ANSWERED: CaseStep.ANSWERED,
    CaseState.VERIFIED: CaseStep.VERIFIED,
    CaseState.CLOSED: CaseStep.CLOSED,
}
KEPT_BY: Final[Mapping[CaseState, tuple[CaseClock, ...]]] = {
    CaseState.UNDERTAKEN: (CaseClock.UNDERTAKE,),
    CaseState.IN_PROGRESS: (CaseClock.UNDERTAKE,),
    CaseState.ANSWERED: tuple(CaseClock),
    CaseState.VERIFIED: tuple(CaseClock),
    CaseState.CLOSED: tuple(CaseClock),
}
"""The clocks that are kept by reaching a state."""


def state_of(order: OrderState) -> CaseState:
    """How far a case is whose order is in that state; a merged order has none of its own."""
    return _OF_ORDER[order]


def follow(state: CaseState, trigger: OrderTrigger, to_state: OrderState) -> CaseStep | None:
    """What a line of the order's history means for a case; None: nothing the sender would see."""
    if to_state is OrderState.MERGED:
        return CaseStep.JOINED
    if trigger is OrderTrigger.REOPEN:
        return CaseStep.REOPENED
    target = state_of(to_state)
    return None if target is state else _STEP_TO[target]


def working_time(category: Category, holidays: Holidays) -> WorkingTime:
    """Which time counts for the sender's clocks: life safety every minute, else office hours."""
    return ALWAYS if category in LIFE_SAFETY else office_hours(holidays)


def due(
    system: CaseSystem, clock: CaseClock, category: Category, start: datetime, holidays: Holidays
) -> datetime:
    """When a clock that begins at a time is due."""
    length = system.undertake if clock is CaseClock.UNDERTAKE else system.feedback
    working = working_time(category, holidays)
    return working.due(start, length, is_life_safety=category in LIFE_SAFETY)
