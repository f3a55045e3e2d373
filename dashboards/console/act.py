"""Carry a person's act to the alarm process and wait a moment for its word."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, cast
from uuid import UUID, uuid4

from analytics.act import ActId, ActKind, ActResult, Person
from analytics.act.desk_kind import DESK_ACTS, DeskAct, DispatchByHand
from analytics.act.hold_kind import HOLD_ON_ALARM, HoldOnAlarm, Shelve
from analytics.act.kind import (
    ALARM_ACTS,
    OF_OWNER,
    ORDER_ACTS,
    AcceptOrder,
    Acknowledge,
    AlarmAct,
    AssignOrder,
    ConfirmFalse,
    ConfirmReal,
    OrderAct,
)
from analytics.act.safety_kind import AnyAct
from analytics.act.store import file_act, outcome_of, wait_for_outcome
from analytics.alarms.alarm import AlarmId
from analytics.duties.matrix import OrganisationId
from analytics.errors import KeyReused, NoAnswer
from analytics.orders.work_order import OrderId
from dashboards.console import metrics
from dashboards.console.errors import BadRequest, NotAllowed, NotFound
from dashboards.console.language import EN, N_, translator
from dashboards.console.late import marked
from dashboards.console.people import people_words
from dashboards.console.present import short_time
from dashboards.console.role import User
from dashboards.console.store import alarm as alarms
from dashboards.console.store import order as orders
from dashboards.console.store.pool import Store
from dashboards.console.store.user import Named, fetch_name

WAIT_S: Final = 2.0
"""The alarm process answers within milliseconds; a page does not wait longer than this."""

_OnAlarm = AlarmAct | HoldOnAlarm | DeskAct
_DONE: Final = {
    ActKind.ACKNOWLEDGE: N_("已确认"),
    ActKind.CONFIRM_REAL: N_("已记录：属实"),
    ActKind.CONFIRM_FALSE: N_("已记录：误报"),
    ActKind.RESET: N_("已复位"),
    ActKind.COMMENT: N_("已记录"),
    ActKind.TAKE_OVER: N_("已记录：应急局已接管"),
    ActKind.BUREAU_RECEIVE: N_("已记录：应急局已收到"),
    ActKind.BUREAU_SET_OUT: N_("已记录：应急局已出动"),
    ActKind.BUREAU_CLOSE: N_("已记录：应急局处置完毕"),
    ActKind.ORDER_ACCEPT: N_("已接单"),
    ActKind.ORDER_DECLINE: N_("已拒单"),
    ActKind.ORDER_ARRIVE: N_("已记录到场"),
    ActKind.ORDER_RESTORE: N_("已记录修复"),
    ActKind.ORDER_VERIFY: N_("已验收"),
    ActKind.ORDER_CLOSE: N_("已关闭"),
    ActKind.CALL_CAR: N_("已记录通话"),
    ActKind.RESCUE_ACCEPT: N_("已记录出发"),
    ActKind.RESCUE_ARRIVE: N_("已记录到场"),
    ActKind.RESCUE_RELEASE: N_("已记录救出"),
    ActKind.LIFT_CHECK: N_("已登记检查"),
    ActKind.DECLARE_REAL: N_("已按真实险情上报"),
    ActKind.DRILL_PROPOSE: N_("已申请，等待另一人批准"),
    ActKind.DRILL_APPROVE: N_("演练开始"),
    ActKind.DRILL_END: N_("演练已结束"),
    ActKind.POST_ASK: N_("已发出查岗"),
    ActKind.POST_ANSWER: N_("已应答"),
    ActKind.ORDER_ASSIGN: N_("已指派"),
    ActKind.ORDER_REOPEN: N_("已重新打开"),
    ActKind.ORDER_ASK_RATING: N_("评价链接已生成"),
    ActKind.ORDER_RATE: N_("感谢您的评价"),
    ActKind.ORDER_FUND: N_("已记录"),
    ActKind.REPORT: N_("已受理"),
    ActKind.CALL_TOGETHER: N_("已吹哨，相关部门已收到通知"),
    ActKind.SHELVE: N_("已搁置"),
    ActKind.UNSHELVE: N_("已恢复监视"),
    ActKind.TAKE_OUT_PROPOSE: N_("已申请退出运行，等待另一人批准"),
    ActKind.WRITE_OFF_PROPOSE: N_("已申请注销，等待另一人批准"),
    ActKind.PROPOSAL_APPROVE: N_("已批准"),
    ActKind.PROPOSAL_DECLINE: N_("已否决"),
    ActKind.RETURN_TO_SERVICE: N_("已恢复运行"),
    ActKind.MEASURE_STEP: N_("已记录"),
    ActKind.INSPECT: N_("已记录"),
    ActKind.ORDER_PHOTO: N_("照片已上传"),
    ActKind.BOARD_POST: N_("已公示"),
    ActKind.SLIPS_MAKE: N_("评价码已生成"),
    ActKind.RATE_MONTH: N_("感谢您的评价"),
    ActKind.RATINGS_IMPORT: N_("已导入"),
    ActKind.WALK_BEGIN: N_("已开始实测，请触发设备"),
    ActKind.WALK_PASS: N_("已通过，设备计入监测"),
    ActKind.WALK_FAIL: N_("已记录：未通过"),
    ActKind.ROSTER_SET: N_("排班已保存"),
    ActKind.DESK_SET: N_("排班已保存"),
    ActKind.CASE_TAKE: N_("已受理"),
    ActKind.CASE_WITHDRAW: N_("已记录"),
    ActKind.DISPATCH: N_("已派单"),
    ActKind.TAKE_BACK: N_("已撤销，报警重新等待处理"),
    ActKind.LIMIT_SET: N_("限值已设定，自生效时间起最迟 5 分钟内起作用"),
    ActKind.LIMIT_WITHDRAW: N_("已撤销，恢复原限值"),
}


class ActState(StrEnum):
    """What became of an act."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an act; without a result the alarm process has not answered yet.

    Attributes:
        first: Who came first, where it was refused for that and the person is known.
    """

    kind: ActKind
    result: ActResult | None
    first: Named | None = None

    @property
    def state(self) -> ActState:
        """Done, refused or waiting."""
        if self.result is None:
            return ActState.WAITING
        return ActState.DONE if self.result.is_done else ActState.REFUSED

    @property
    def status(self) -> int:
        """The HTTP status that says so."""
        return {ActState.DONE: 200, ActState.WAITING: 202, ActState.REFUSED: 409}[self.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks for, before it is known whether it may.

    Attributes:
        key: The request's Idempotency-Key; a repeated request with it acts once.
        cause: Code of why an alarm was real or false.
        technician: Who is named for an order.
        organisation: Code of the organisation that is to do the work.
        version: Version of the alarm or order that the person saw.
        order_version: Of the alarm's open order, where the act gives it to somebody; 0: none was seen.
        text: Reason, note or comment.
        minutes: For how long, where the act has a limit [min].
        done_at: When it was done, where it comes late for want of a signal.
    """

    kind: str
    key: str | None = None
    version: int | None = None
    text: str = ""
    minutes: int | None = None
    cause: str = ""
    technician: str = ""
    organisation: str = ""
    order_version: int | None = None
    done_at: datetime | None = None


def act_on_alarm(pool: Store, user: User, alarm_id: int, asked: Asked) -> Outcome:
    """Acknowledge, confirm, reset, comment on, take over, dispatch or shelve an alarm.

    Raises:
        NotFound: No such act, or the scope shows no such alarm.
        NotAllowed: The role may not do it.
        BadRequest: A reason is needed, or the key is no UUID.
    """
    kind = kind_of(asked, user)
    made: type[_OnAlarm] | None = (
        ALARM_ACTS.get(kind) or HOLD_ON_ALARM.get(kind) or DESK_ACTS.get(kind)
    )
    with pool.scoped(user.scope) as connection:
        lines = alarms.fetch_alarms(connection, [alarm_id])
    if made is None or not lines:
        raise NotFound(f"no alarm {alarm_id}")
    by = person(user, lines[0].place_path)
    return carry(pool, lambda: _on_alarm(made, AlarmId(alarm_id), by, asked))


def _on_alarm(made: type[_OnAlarm], alarm_id: AlarmId, by: Person, asked: Asked) -> AnyAct:
    said = asked.text.strip()
    if issubclass(made, DispatchByHand):
        return DispatchByHand(
            id=id_of(asked),
            by=by,
            version=asked.order_version,
            text=said,
            alarm_id=alarm_id,
            organisation=asked.organisation,
            technician=asked.technician,
        )
    if issubclass(made, Shelve):
        return Shelve(
            id=id_of(asked),
            by=by,
            version=asked.version,
            text=said,
            alarm_id=alarm_id,
            minutes=asked.minutes or 0,
        )
    if issubclass(made, ConfirmReal | ConfirmFalse) and asked.cause:
        return made(
            id=id_of(asked),
            by=by,
            version=asked.version,
            text=said,
            alarm_id=alarm_id,
            cause=asked.cause,
        )
    plain = cast("type[Acknowledge]", made)
    return plain(id=id_of(asked), by=by, version=asked.version, text=said, alarm_id=alarm_id)


def act_on_order(pool: Store, user: User, order_id: int, asked: Asked) -> Outcome:
    """Move a work order one step on.

    Raises:
        NotFound: No such act, or the scope shows no such order.
        NotAllowed: The role may not do it, or the order is another organisation's.
        BadRequest: A note is needed, or the key is no UUID.
    """
    kind = kind_of(asked, user)
    made = ORDER_ACTS.get(kind)
    with pool.scoped(user.scope) as connection:
        order = orders.fetch_order(connection, order_id)
    if made is None or order is None:
        raise NotFound(f"no order {order_id}")
    if not may_act_on(user, order, kind):
        raise NotAllowed("this order is another organisation's")
    by = person(user, order.place_path)
    return carry(pool, lambda: _on_order(made, OrderId(order_id), by, asked), asked.done_at)


def _on_order(made: type[OrderAct], order_id: OrderId, by: Person, asked: Asked) -> OrderAct:
    key, seen, said = id_of(asked), asked.version, asked.text.strip()
    if issubclass(made, AssignOrder):
        whom = asked.technician
        return AssignOrder(
            id=key, by=by, version=seen, text=said, order_id=order_id, technician=whom
        )
    plain = cast("type[AcceptOrder]", made)
    return plain(id=key, by=by, version=seen, text=said, order_id=order_id)


def may_act_on(user: User, order: orders.OrderLine, kind: ActKind) -> bool:
    """Whether the user may ask for the act on this order; field work is its owner's alone."""
    if not user.may_act(kind):
        return False
    is_owner = user.organisation_id is not None and user.organisation_id == order.owner_id
    return is_owner or kind not in OF_OWNER


def words_of(outcome: Outcome, language: str) -> str:
    """What a person reads about an outcome."""
    _ = translator(language)
    result = outcome.result
    if result is None:
        return _("已提交，平台尚未处理，请稍候查看")
    if result.is_done and outcome.kind is not ActKind.RATINGS_IMPORT:
        return _(_DONE[outcome.kind])
    said = result.message.en if language == EN else result.message.zh
    if result.first_by is None:
        return said
    known = {} if outcome.first is None else {outcome.first.name: outcome.first}
    return (
        f"{said} ({people_words(language, known, result.first_by)} {short_time(result.first_at)})"
    )


def kind_of(asked: Asked, user: User) -> ActKind:
    """The act that is asked for, when there is one and the role may do it."""
    try:
        kind = ActKind(asked.kind)
    except ValueError:
        raise NotFound(f"no act {asked.kind!r}") from None
    if not user.may_act(kind):
        raise NotAllowed("your role may not do this")
    return kind


def id_of(asked: Asked) -> ActId:
    """The request's own key, else a new one."""
    try:
        return ActId(uuid4() if asked.key is None else UUID(asked.key))
    except ValueError:
        raise BadRequest("Idempotency-Key: a UUID") from None


def person(user: User, place_path: str) -> Person:
    """Who asks; the scope of everything becomes the tree that the subject stands in."""
    top = place_path.split(".", maxsplit=1)[0]
    return Person(
        name=user.name,
        role=user.role.value,
        scope=tuple(path or top for path in user.scope),
        organisation=None if user.organisation_id is None else OrganisationId(user.organisation_id),
    )


def carry(
    pool: Store,
    make: Callable[[], AnyAct],
    done_at: datetime | None = None,
    *,
    wait_s: float = WAIT_S,
) -> Outcome:
    """Make the act, ask for it, and wait a moment for the alarm process's word.

    Args:
        done_at: When a step was done that comes late: kept in its words.
        wait_s: How long to wait at most [s].
    """
    try:
        act = make()
    except ValueError as error:
        raise BadRequest(str(error), sentence=_sentence_of(str(error))) from error
    told = act if done_at is None else replace(act, text=marked(act.text, done_at))
    try:
        result = _ask(pool, told, wait_s)
    except KeyReused:
        # It came at once the first time, and only the answer was lost: then it is no late one.
        if told is act:
            raise
        result = _ask(pool, act, wait_s)
    outcome = Outcome(kind=act.kind, result=result, first=_first(pool, result))
    metrics.ACTS.labels(act.kind.value, outcome.state.value).inc()
    return outcome


def _first(pool: Store, result: ActResult | None) -> Named | None:
    """Who came first: a person is told of a person, not of an account."""
    if result is None or result.first_by is None:
        return None
    with pool.transaction() as connection:
        return fetch_name(connection, result.first_by)


_LACKS: Final = (
    ("confirm_false needs", N_("请选择原因代码，或填写误报原因")),
    ("somebody is injured", N_("有人受伤，请写明伤情")),
    ("injured:", N_("受伤人数不能多于救出人数")),
    ("needs a reason", N_("请填写原因")),
    ("needs words", N_("请填写检查结果")),
    ("certificate:", N_("请填写证书编号")),
)


def _sentence_of(why: str) -> str | None:
    """What a person reads of an act that lacks something; None: what of any wrong request."""
    return next((words for part, words in _LACKS if part in why), None)


def _ask(pool: Store, act: AnyAct, wait_s: float) -> ActResult | None:
    """The alarm process's word; None: it has not said it within the time.

    No connection is kept while it is waited for: those of the pages would soon be used up, and an
    alarm process that is away would take the lists with it.
    """

    def look() -> ActResult | None:
        with pool.connection() as connection:
            return outcome_of(connection, act.id)

    with pool.connection() as connection:
        file_act(connection, act)
    try:
        return wait_for_outcome(look, wait_s)
    except NoAnswer:
        return None
