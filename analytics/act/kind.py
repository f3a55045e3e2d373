"""What people at pages ask for: typed acts, and who may do them.

The console writes an act and waits; the alarm process alone carries it out, once per id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, NewType
from uuid import UUID

from analytics.act.result import Refusal
from analytics.alarms.alarm import AlarmId
from analytics.alarms.cause import OTHER
from analytics.duties.matrix import OrganisationId
from analytics.orders.work_order import OrderId, OrderTrigger

ActId = NewType("ActId", UUID)
MAX_TEXT: Final = 2000
"""Longest reason, note or comment [characters]."""


class ActKind(StrEnum):
    """What somebody asks for."""

    ACKNOWLEDGE = "acknowledge"
    CONFIRM_REAL = "confirm_real"
    CONFIRM_FALSE = "confirm_false"
    RESET = "reset"
    COMMENT = "comment"
    TAKE_OVER = "take_over"
    """The bureau says that it has taken the alarm over."""
    BUREAU_RECEIVE = "bureau_receive"
    BUREAU_SET_OUT = "bureau_set_out"
    BUREAU_CLOSE = "bureau_close"
    ORDER_ACCEPT = "order_accept"
    ORDER_DECLINE = "order_decline"
    ORDER_ARRIVE = "order_arrive"
    ORDER_RESTORE = "order_restore"
    ORDER_VERIFY = "order_verify"
    ORDER_CLOSE = "order_close"
    ORDER_ASSIGN = "order_assign"
    """The organisation names one of its technicians."""
    ORDER_REOPEN = "order_reopen"
    ORDER_ASK_RATING = "order_ask_rating"
    ORDER_RATE = "order_rate"
    ORDER_PHOTO = "order_photo"
    """Photos of the work, taken on site."""
    ORDER_FUND = "order_fund"
    REPORT = "report"
    CALL_TOGETHER = "call_together"
    """社区吹哨: the community calls departments."""
    CALL_CAR = "call_car"
    RESCUE_ACCEPT = "rescue_accept"
    RESCUE_ARRIVE = "rescue_arrive"
    RESCUE_RELEASE = "rescue_release"
    LIFT_CHECK = "lift_check"
    DECLARE_REAL = "declare_real"
    """This is no drill."""
    DRILL_PROPOSE = "drill_propose"
    DRILL_APPROVE = "drill_approve"
    DRILL_END = "drill_end"
    POST_ASK = "post_ask"
    POST_ANSWER = "post_answer"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    TAKE_OUT_PROPOSE = "take_out_propose"
    WRITE_OFF_PROPOSE = "write_off_propose"
    PROPOSAL_APPROVE = "proposal_approve"
    PROPOSAL_DECLINE = "proposal_decline"
    RETURN_TO_SERVICE = "return_to_service"
    MEASURE_STEP = "measure_step"
    INSPECT = "inspect"
    BOARD_POST = "board_post"
    """Something is posted on a compound's public notice board 公示栏."""
    SLIPS_MAKE = "slips_make"
    """Households get a code each, with which they rate once a month."""
    RATE_MONTH = "rate_month"
    RATINGS_IMPORT = "ratings_import"
    WALK_BEGIN = "walk_begin"
    """点位实测: devices are going to be set off, to see that the platform hears them."""
    WALK_PASS = "walk_pass"  # noqa: S105 - no password
    WALK_FAIL = "walk_fail"
    ROSTER_SET = "roster_set"
    DESK_SET = "desk_set"
    DISPATCH = "dispatch"
    """The desk gives the work of an alarm out by hand."""
    TAKE_BACK = "take_back"
    """An acknowledgement or a judgement was a mistake of the hand."""
    LIMIT_SET = "limit_set"
    LIMIT_WITHDRAW = "limit_withdraw"
    CASE_TAKE = "case_take"
    """Another platform sends a case, or corrects it."""
    CASE_WITHDRAW = "case_withdraw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks.

    Attributes:
        scope: Paths of the places whose subtree the person may see.
        organisation: The person's own organisation.
    """

    name: str
    role: str
    scope: tuple[str, ...]
    organisation: OrganisationId | None = None

    def may_see(self, place_path: str) -> bool:
        """Whether the place lies in the person's scope."""
        return any(place_path == path or place_path.startswith(path + ".") for path in self.scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """What all acts have.

    Attributes:
        version: Version of the subject that the person saw; None: whatever it is now.
        text: Reason, note or comment.
    """

    kind: ClassVar[ActKind]
    needs_text: ClassVar[bool] = False

    id: ActId
    by: Person
    version: int | None = None
    text: str = ""

    def __post_init__(self) -> None:
        if self.needs_text and not self.text.strip():
            raise ValueError(f"{self.kind} needs a reason or a note")
        if len(self.text) > MAX_TEXT:
            raise ValueError(f"at most {MAX_TEXT} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnAlarm(_Act):
    alarm_id: AlarmId


ActBase = _Act
OnAlarm = _OnAlarm
"""What acts that are defined elsewhere begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnOrder(_Act):
    trigger: ClassVar[OrderTrigger]

    order_id: OrderId


class Acknowledge(_OnAlarm):
    """I have seen it."""

    kind = ActKind.ACKNOWLEDGE


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmReal(_OnAlarm):
    """It was looked at on site and is real; it counts as acknowledged.

    Attributes:
        cause: Code of the list of causes; empty: not known yet.
    """

    kind = ActKind.CONFIRM_REAL

    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmFalse(_OnAlarm):
    """It was looked at on site and is false.

    Attributes:
        cause: Code of the list of causes; `other` says in its text why.
    """

    kind = ActKind.CONFIRM_FALSE

    cause: str = OTHER

    def __post_init__(self) -> None:
        if self.cause == OTHER and not self.text.strip():
            raise ValueError("confirm_false needs a code of its cause, or a reason in words")
        _OnAlarm.__post_init__(self)


class Reset(_OnAlarm):
    """End a latched alarm that has cleared and was acknowledged; the text says why."""

    kind = ActKind.RESET
    needs_text = True


class Comment(_OnAlarm):
    """A line in the alarm's history."""

    kind = ActKind.COMMENT
    needs_text = True


class TakeOver(_OnAlarm):
    """The bureau has taken it over."""

    kind = ActKind.TAKE_OVER


class BureauReceive(_OnAlarm):
    """A person at the bureau has the alarm before him."""

    kind = ActKind.BUREAU_RECEIVE


class BureauSetOut(_OnAlarm):
    """The bureau's people are on their way."""

    kind = ActKind.BUREAU_SET_OUT


class BureauClose(_OnAlarm):
    """For the bureau it is over; the text says how it ended. The alarm stays with its desk."""

    kind = ActKind.BUREAU_CLOSE
    needs_text = True


class AcceptOrder(_OnOrder):
    """I do it."""

    kind, trigger = ActKind.ORDER_ACCEPT, OrderTrigger.ACCEPT


class DeclineOrder(_OnOrder):
    """We cannot do it; the text says why."""

    kind, trigger = ActKind.ORDER_DECLINE, OrderTrigger.DECLINE
    needs_text = True


class ArriveOnSite(_OnOrder):
    """I am there."""

    kind, trigger = ActKind.ORDER_ARRIVE, OrderTrigger.ARRIVE


class RestoreService(_OnOrder):
    """It works again; the text says what was found and done."""

    kind, trigger = ActKind.ORDER_RESTORE, OrderTrigger.RESTORE
    needs_text = True


class VerifyOrder(_OnOrder):
    """Somebody else has seen that it works."""

    kind, trigger = ActKind.ORDER_VERIFY, OrderTrigger.VERIFY


class CloseOrder(_OnOrder):
    """The work is over."""

    kind, trigger = ActKind.ORDER_CLOSE, OrderTrigger.CLOSE


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignOrder(_OnOrder):
    """This technician does it.

    Attributes:
        technician: User name.
    """

    kind: ClassVar[ActKind] = ActKind.ORDER_ASSIGN
    trigger: ClassVar[OrderTrigger] = OrderTrigger.ASSIGN

    technician: str = ""


class ReopenOrder(_OnOrder):
    """What was said to be done is not done; the text says what is wrong."""

    kind, trigger = ActKind.ORDER_REOPEN, OrderTrigger.REOPEN
    needs_text = True


BureauAct = BureauReceive | TakeOver | BureauSetOut | BureauClose
AlarmAct = Acknowledge | ConfirmReal | ConfirmFalse | Reset | Comment | BureauAct
OrderAct = (
    AcceptOrder
    | DeclineOrder
    | ArriveOnSite
    | RestoreService
    | VerifyOrder
    | CloseOrder
    | AssignOrder
    | ReopenOrder
)
Act = AlarmAct | OrderAct

ALARM_ACTS: Final[Mapping[ActKind, type[AlarmAct]]] = {
    item.kind: item
    for item in (
        Acknowledge,
        ConfirmReal,
        ConfirmFalse,
        Reset,
        Comment,
        BureauReceive,
        TakeOver,
        BureauSetOut,
        BureauClose,
    )
}
ORDER_ACTS: Final[Mapping[ActKind, type[OrderAct]]] = {
    item.kind: item
    for item in (
        AcceptOrder,
        DeclineOrder,
        ArriveOnSite,
        RestoreService,
        VerifyOrder,
        CloseOrder,
        AssignOrder,
        ReopenOrder,
    )
}

_DESK: Final = frozenset({"operator", "project_manager"})
_FIELD: Final = _DESK | {"technician", "maintenance_dispatcher"}
ROLES: Final[Mapping[ActKind, frozenset[str]]] = {
    ActKind.ACKNOWLEDGE: _DESK,
    ActKind.CONFIRM_REAL: _DESK,
    ActKind.CONFIRM_FALSE: _DESK,
    ActKind.RESET: _DESK,
    ActKind.COMMENT: _FIELD | {"bureau", "supervisor", "community"},
    ActKind.TAKE_OVER: frozenset({"bureau"}),
    ActKind.BUREAU_RECEIVE: frozenset({"bureau"}),
    ActKind.BUREAU_SET_OUT: frozenset({"bureau"}),
    ActKind.BUREAU_CLOSE: frozenset({"bureau"}),
    ActKind.ORDER_ACCEPT: _FIELD,
    ActKind.ORDER_DECLINE: _FIELD,
    ActKind.ORDER_ARRIVE: _FIELD,
    ActKind.ORDER_RESTORE: _FIELD,
    ActKind.ORDER_VERIFY: _DESK,
    ActKind.ORDER_CLOSE: _DESK,
    ActKind.ORDER_ASSIGN: frozenset({"maintenance_dispatcher", "project_manager"}),
    ActKind.ORDER_REOPEN: _DESK | {"community", "supervisor"},
    ActKind.ORDER_ASK_RATING: _DESK | {"community", "owners_committee"},
    ActKind.ORDER_RATE: frozenset({"resident"}),
    ActKind.ORDER_PHOTO: _FIELD,
    ActKind.ORDER_FUND: _DESK | {"community", "owners_committee"},
    ActKind.REPORT: _FIELD | {"resident", "grid_member", "community", "owners_committee", "bureau"},
    ActKind.CALL_TOGETHER: frozenset({"community", "supervisor", "bureau"}),
    ActKind.CALL_CAR: _DESK,
    ActKind.RESCUE_ACCEPT: _FIELD | {"bureau"},
    ActKind.RESCUE_ARRIVE: _FIELD | {"bureau"},
    ActKind.RESCUE_RELEASE: _FIELD | {"bureau"},
    ActKind.LIFT_CHECK: frozenset({"technician", "maintenance_dispatcher"}),
    ActKind.DECLARE_REAL: _FIELD | {"bureau", "supervisor", "community"},
    ActKind.DRILL_PROPOSE: _DESK | {"maintenance_dispatcher", "supervisor", "bureau"},
    ActKind.DRILL_APPROVE: frozenset({"project_manager", "supervisor", "bureau"}),
    ActKind.DRILL_END: _FIELD | {"supervisor", "bureau", "community"},
    ActKind.POST_ASK: frozenset({"project_manager", "supervisor", "bureau"}),
    ActKind.POST_ANSWER: _DESK,
    ActKind.SHELVE: _DESK,
    ActKind.UNSHELVE: _DESK,
    ActKind.TAKE_OUT_PROPOSE: _FIELD,
    ActKind.WRITE_OFF_PROPOSE: _DESK,
    ActKind.PROPOSAL_APPROVE: _DESK | {"supervisor"},
    ActKind.PROPOSAL_DECLINE: _FIELD | {"supervisor"},
    ActKind.RETURN_TO_SERVICE: _FIELD,
    ActKind.MEASURE_STEP: frozenset({"supervisor", "community", "project_manager"}),
    ActKind.INSPECT: frozenset({"supervisor", "community"}),
    ActKind.BOARD_POST: frozenset({"project_manager", "community", "owners_committee"}),
    ActKind.SLIPS_MAKE: frozenset({"community", "owners_committee", "supervisor"}),
    ActKind.RATE_MONTH: frozenset({"resident"}),
    ActKind.RATINGS_IMPORT: frozenset({"community", "owners_committee", "supervisor"}),
    ActKind.CASE_TAKE: frozenset({"exchange"}),
    ActKind.CASE_WITHDRAW: frozenset({"exchange"}),
    ActKind.WALK_BEGIN: _FIELD | {"admin"},
    ActKind.WALK_PASS: _FIELD | {"admin"},
    ActKind.WALK_FAIL: _FIELD | {"admin"},
    ActKind.ROSTER_SET: frozenset({"admin", "project_manager", "maintenance_dispatcher"}),
    ActKind.DESK_SET: frozenset({"admin", "project_manager"}),
    ActKind.DISPATCH: _DESK,
    ActKind.TAKE_BACK: _DESK,
    ActKind.LIMIT_SET: frozenset({"admin", "project_manager"}),
    ActKind.LIMIT_WITHDRAW: frozenset({"admin", "project_manager"}),
}
"""Which roles may do what, inside their scope."""

OF_OWNER: Final = frozenset(
    {
        ActKind.ORDER_ACCEPT,
        ActKind.ORDER_DECLINE,
        ActKind.ORDER_ARRIVE,
        ActKind.ORDER_RESTORE,
        ActKind.ORDER_ASSIGN,
        ActKind.ORDER_PHOTO,
    }
)
"""Acts that only people of the organisation that has the order may do."""


def may_ask(act: ActBase) -> Refusal | None:
    """Why the person may never do this, wherever it is."""
    return None if act.by.role in ROLES[act.kind] else Refusal.ROLE


def may_touch(act: OrderAct, owner: OrganisationId | None) -> Refusal | None:
    """Why the person may not do this to an order of that owner."""
    if act.kind not in OF_OWNER:
        return None
    is_own = owner is not None and act.by.organisation == owner
    return None if is_own else Refusal.NOT_OWNER
