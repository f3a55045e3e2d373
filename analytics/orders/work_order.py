"""Work orders as values: who has it, how far it is, and who may move it on."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NewType

from analytics.alarms.alarm import AlarmId
from analytics.duties.matrix import Limit, OrganisationId

OrderId = NewType("OrderId", int)


class OrderState(StrEnum):
    """How far a work order is."""

    PROPOSED = "proposed"
    """Nobody was found to do it; a person must give it to somebody."""
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    ON_SITE = "on_site"
    RESTORED = "restored"
    VERIFIED = "verified"
    CLOSED = "closed"
    DECLINED = "declined"
    MERGED = "merged"


class OrderTrigger(StrEnum):
    """What can move a work order."""

    DISPATCH = "dispatch"
    """It is given to an organisation, for the first time or to another one."""
    ASSIGN = "assign"
    """The organisation gives it to one of its technicians, or to another one of them."""
    HAND_BACK = "hand_back"
    """The technician gives it back to the organisation, or did not answer."""
    ACCEPT = "accept"
    DECLINE = "decline"
    ARRIVE = "arrive"
    RESTORE = "restore"
    VERIFY = "verify"
    CLOSE = "close"
    REFUTE = "refute"
    """The alarm was false: nothing is to be done."""
    MERGE = "merge"
    """Another order does the same work."""
    REOPEN = "reopen"
    """What was said to be done is not done."""
    FUND = "fund"
    """A step of the maintenance fund's part: a line of history that moves nothing."""


_S = OrderState
_T = OrderTrigger
_OPEN: Final = (_S.PROPOSED, _S.DISPATCHED, _S.ACCEPTED, _S.ON_SITE, _S.DECLINED)

TRANSITIONS: Final = MappingProxyType(
    {
        (_S.PROPOSED, _T.DISPATCH): _S.DISPATCHED,
        (_S.DECLINED, _T.DISPATCH): _S.DISPATCHED,
        (_S.DISPATCHED, _T.DISPATCH): _S.DISPATCHED,
        (_S.DISPATCHED, _T.ASSIGN): _S.DISPATCHED,
        (_S.ACCEPTED, _T.ASSIGN): _S.DISPATCHED,
        (_S.ON_SITE, _T.ASSIGN): _S.DISPATCHED,
        (_S.DISPATCHED, _T.HAND_BACK): _S.DISPATCHED,
        (_S.ACCEPTED, _T.HAND_BACK): _S.DISPATCHED,
        (_S.DISPATCHED, _T.ACCEPT): _S.ACCEPTED,
        (_S.DISPATCHED, _T.DECLINE): _S.DECLINED,
        (_S.ACCEPTED, _T.DECLINE): _S.DECLINED,
        (_S.ACCEPTED, _T.ARRIVE): _S.ON_SITE,
        (_S.ON_SITE, _T.RESTORE): _S.RESTORED,
        (_S.RESTORED, _T.VERIFY): _S.VERIFIED,
        (_S.VERIFIED, _T.CLOSE): _S.CLOSED,
        (_S.RESTORED, _T.REOPEN): _S.DISPATCHED,
        (_S.VERIFIED, _T.REOPEN): _S.DISPATCHED,
        (_S.CLOSED, _T.REOPEN): _S.DISPATCHED,
    }
    | {(state, _T.REFUTE): _S.CLOSED for state in _OPEN}
    | {(state, _T.MERGE): _S.MERGED for state in _OPEN}
)

KEEPS: Final = MappingProxyType(
    {
        _T.ACCEPT: (Limit.ACCEPT,),
        _T.ARRIVE: (Limit.ARRIVE,),
        _T.RESTORE: (Limit.RESTORE,),
        _T.CLOSE: (Limit.CLOSE,),
        _T.REFUTE: tuple(Limit),
    }
)
"""The clocks of an order that a move ends in time; a merged order kept none and missed none."""

DONE: Final = (_S.CLOSED, _S.MERGED)
_BACK: Final = (_T.ASSIGN, _T.HAND_BACK, _T.REOPEN)
"""Moves after which somebody has to accept it anew, in the same organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """One piece of work, from the alarm to its proven end.

    Attributes:
        owner: Who answers for it now; None only while it is proposed or declined.
        assignee: User name of whoever accepted it.
        version: Grows with every change.
    """

    state: OrderState
    title: str
    opened_at: datetime
    owner: OrganisationId | None = None
    assignee: str | None = None
    id: OrderId | None = None
    alarm_id: AlarmId | None = None
    accepted_at: datetime | None = None
    arrived_at: datetime | None = None
    restored_at: datetime | None = None
    verified_at: datetime | None = None
    closed_at: datetime | None = None
    result: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        is_ownerless = self.state in (_S.PROPOSED, _S.DECLINED)
        if self.owner is None and not is_ownerless and self.state not in DONE:
            raise ValueError(f"an order that is {self.state} has an owner")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAct:
    """What somebody does to an order.

    Attributes:
        actor: User name, or the platform.
        note: What was found and done.
        owner: Whom it is given to, for a dispatch.
    """

    trigger: OrderTrigger
    actor: str
    note: str = ""
    owner: OrganisationId | None = None


def advance(state: OrderState, trigger: OrderTrigger) -> OrderState | None:
    """The state after a trigger; None when the trigger is not permitted there."""
    return TRANSITIONS.get((state, trigger))


def move(order: WorkOrder, act: OrderAct, now: datetime) -> WorkOrder | None:
    """The order after an act; None when the act is not permitted."""
    done = act.trigger
    after = advance(order.state, done)
    if after is None or (done is _T.DISPATCH and act.owner is None):
        return None
    if done is _T.REOPEN and order.owner is None:
        return None
    is_given_away = done in (_T.DISPATCH, _T.DECLINE)
    before = _begun_anew(order) if is_given_away or done in _BACK else order
    says_result = done in (_T.RESTORE, _T.CLOSE, _T.REFUTE, _T.MERGE)
    said = [order.result, act.note] if says_result else [order.result]
    return replace(
        before,
        state=after,
        owner=act.owner if is_given_away else order.owner,
        assignee=act.actor if done is _T.ACCEPT else before.assignee,
        accepted_at=now if done is _T.ACCEPT else before.accepted_at,
        arrived_at=now if done is _T.ARRIVE else before.arrived_at,
        restored_at=now if done is _T.RESTORE else before.restored_at,
        verified_at=now if done is _T.VERIFY else before.verified_at,
        closed_at=now if after in DONE else None,
        result="; ".join(part for part in said if part),
        version=order.version + 1,
    )


def _begun_anew(order: WorkOrder) -> WorkOrder:
    """The order as it was before anybody took it on; its history keeps the former times."""
    return replace(
        order,
        assignee=None,
        accepted_at=None,
        arrived_at=None,
        restored_at=None,
        verified_at=None,
    )
