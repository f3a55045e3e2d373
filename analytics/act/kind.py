"""What people at pages ask for: typed acts, who may do them, and how they end.

The console writes an act and waits; the alarm process alone carries it out, once per id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, NewType
from uuid import UUID

from analytics.alarms.alarm import AlarmId
from analytics.alarms.cause import OTHER
from analytics.duties.matrix import OrganisationId
from analytics.orders.work_order import OrderId, OrderTrigger
from gateway.catalogue import Text

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


class Refusal(StrEnum):
    """Why an act was not carried out."""

    ROLE = "role"
    SCOPE = "scope"
    UNKNOWN = "unknown"
    STALE = "stale"
    NOT_NOW = "not_now"
    STILL_ACTIVE = "still_active"
    NOT_OWNER = "not_owner"
    FAILED = "failed"
    NO_TECHNICIAN = "no_technician"
    NO_CERTIFICATE = "no_certificate"
    NOT_YOURS = "not_yours"
    USED_UP = "used_up"
    NO_PLACE = "no_place"
    NO_DEPARTMENT = "no_department"
    NOT_ON_LIST = "not_on_list"
    NOT_PUBLIC = "not_public"
    SAME_PERSON = "same_person"
    TOO_LONG = "too_long"
    BAD_CAUSE = "bad_cause"
    MUST_BE_CHECKED = "must_be_checked"
    NO_SCOPE = "no_scope"
    LIFE_SAFETY = "life_safety"
    STILL_THERE = "still_there"
    ALREADY = "already"
    PROCEDURE = "procedure"
    NOT_HEARD = "not_heard"
    CASE_CONFLICT = "case_conflict"
    CASE_OVER = "case_over"
    PERSONAL = "personal"
    NOBODY_RUNS_IT = "nobody_runs_it"


REASONS: Final[Mapping[Refusal, Text]] = {
    Refusal.ROLE: Text(zh="您的角色无权进行此操作", en="Your role may not do this"),
    Refusal.SCOPE: Text(zh="不在您的管辖范围内", en="It is outside your area"),
    Refusal.UNKNOWN: Text(zh="找不到该报警或工单", en="There is no such alarm or order"),
    Refusal.STALE: Text(zh="已被他人处理,请刷新后再操作", en="Somebody was faster: look again"),
    Refusal.NOT_NOW: Text(zh="当前状态下不能进行此操作", en="Not possible in its present state"),
    Refusal.STILL_ACTIVE: Text(
        zh="设备仍在报警,恢复后才能复位", en="The device still reports it: reset comes after"
    ),
    Refusal.NOT_OWNER: Text(zh="工单不属于您的单位", en="The order is another organisation's"),
    Refusal.SAME_PERSON: Text(zh="须由另一人批准", en="Another person has to agree"),
    Refusal.TOO_LONG: Text(zh="超过允许的最长时间", en="Longer than is allowed"),
    Refusal.BAD_CAUSE: Text(zh="原因代码不适用于该报警", en="That cause does not fit this alarm"),
    Refusal.MUST_BE_CHECKED: Text(
        zh="电梯经持证人员检查合格后才能关闭", en="A qualified person has to check the lift first"
    ),
    Refusal.NO_SCOPE: Text(
        zh="范围内没有可演练的设备,或无法确定其设备",
        en="No devices belong to that scope, or it is not clear which",
    ),
    Refusal.NO_TECHNICIAN: Text(
        zh="本单位没有这名维保员", en="Your organisation has no technician of that name"
    ),
    Refusal.NO_CERTIFICATE: Text(
        zh="该人员没有有效的作业证书", en="That person has no valid certificate for this work"
    ),
    Refusal.NOT_YOURS: Text(zh="工单已指派给他人", en="The order was given to somebody else"),
    Refusal.LIFE_SAFETY: Text(
        zh="火警和困人不能搁置,可由两人将设备退出运行",
        en="Fire and entrapment are never shelved: two people may take the asset out of service",
    ),
    Refusal.STILL_THERE: Text(
        zh="设备仍在登记中,报警不能注销", en="The asset is still registered: its alarms stay"
    ),
    Refusal.ALREADY: Text(zh="已有同样的申请或已生效", en="Already proposed, or already so"),
    Refusal.PROCEDURE: Text(zh="程序不允许该步骤", en="The procedure does not permit this step"),
    Refusal.NOT_HEARD: Text(
        zh="平台尚未收到该设备的动作信号,不能通过",
        en="The platform has heard nothing of the device that proves it: it cannot be passed",
    ),
    Refusal.CASE_CONFLICT: Text(
        zh="同一案件编号和修订号的内容不同,请提高修订号",
        en="Another content under the same number and revision: raise the revision",
    ),
    Refusal.CASE_OVER: Text(
        zh="案件已办理完毕或已撤回,不能再更改", en="The case is over: it cannot be changed"
    ),
    Refusal.PERSONAL: Text(
        zh="公示内容不得含手机号码或身份证号，请填写办公电话",
        en="No mobile number or identity number on a public board: give the office's telephone",
    ),
    Refusal.NOBODY_RUNS_IT: Text(
        zh="该小区目前没有物业企业，无可评价对象", en="No company runs this compound at present"
    ),
    Refusal.USED_UP: Text(
        zh="评价链接已使用或已过期", en="This link was used already, or its time is over"
    ),
    Refusal.NO_PLACE: Text(zh="找不到该地点或设备", en="There is no such place or asset"),
    Refusal.NO_DEPARTMENT: Text(
        zh="该地点没有登记这些部门", en="None of these departments is registered for the place"
    ),
    Refusal.NOT_ON_LIST: Text(
        zh="不在紧急维修事项清单内", en="It is not on the emergency repair list"
    ),
    Refusal.NOT_PUBLIC: Text(
        zh="维修资金使用金额公示后才能关闭",
        en="The amount drawn from the maintenance fund has to be public first",
    ),
    Refusal.FAILED: Text(zh="处理失败,请重试并联系运维", en="It failed: try again, tell support"),
}
DONE: Final = Text(zh="已完成", en="Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActResult:
    """How an act ended.

    Attributes:
        refusal: Why it was not carried out; None: it was.
        message: The same for people.
        first_by: Who came first, when the subject had changed.
        first_at: When that was.
    """

    refusal: Refusal | None
    message: Text
    first_by: str | None = None
    first_at: datetime | None = None

    @property
    def is_done(self) -> bool:
        """Whether it was carried out."""
        return self.refusal is None


CARRIED_OUT: Final = ActResult(refusal=None, message=DONE)


def refused(
    why: Refusal, first_by: str | None = None, first_at: datetime | None = None
) -> ActResult:
    """A refusal with its sentence."""
    return ActResult(refusal=why, message=REASONS[why], first_by=first_by, first_at=first_at)


def may_ask(act: ActBase) -> Refusal | None:
    """Why the person may never do this, wherever it is."""
    return None if act.by.role in ROLES[act.kind] else Refusal.ROLE


def may_touch(act: OrderAct, owner: OrganisationId | None) -> Refusal | None:
    """Why the person may not do this to an order of that owner."""
    if act.kind not in OF_OWNER:
        return None
    is_own = owner is not None and act.by.organisation == owner
    return None if is_own else Refusal.NOT_OWNER
