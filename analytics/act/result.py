"""How an act of a person ended: carried out, or refused with a sentence for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from gateway.catalogue import Text


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
    BUSY = "busy"
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
    NO_LIMIT = "no_limit"
    OUT_OF_BOUNDS = "out_of_bounds"
    TOO_LATE_A_DAY = "too_late_a_day"
    ALREADY_WITHDRAWN = "already_withdrawn"
    NO_ORGANISATION = "no_organisation"
    NEEDS_REASON = "needs_reason"
    IN_HAND = "in_hand"
    WORK_DONE = "work_done"
    NO_WORK = "no_work"
    SAME_OWNER = "same_owner"
    NOTHING_TO_TAKE_BACK = "nothing_to_take_back"
    NOT_YOUR_ACT = "not_your_act"
    TOO_LATE = "too_late"
    ALARM_OVER = "alarm_over"
    GONE_ON = "gone_on"


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
    Refusal.NO_LIMIT: Text(
        zh="该类设备没有这项限值,或该限值不存在", en="There is no such limit for this class"
    ),
    Refusal.OUT_OF_BOUNDS: Text(
        zh="超出该限值允许设定的范围,涉及安全的限值只能更严",
        en="Outside what this limit may be set to: where safety depends on it, only stricter",
    ),
    Refusal.TOO_LATE_A_DAY: Text(
        zh="生效时间最多可提前90天设定", en="It may begin at most 90 days from now"
    ),
    Refusal.ALREADY_WITHDRAWN: Text(zh="该限值设定已撤销", en="That limit was taken back already"),
    Refusal.NO_ORGANISATION: Text(
        zh="没有登记该单位,或该单位不服务于此地点",
        en="No such organisation is registered for this place",
    ),
    Refusal.NEEDS_REASON: Text(
        zh="与权责清单建议的单位不同,请填写原因",
        en="Say why it is not whom the responsibility matrix names",
    ),
    Refusal.IN_HAND: Text(
        zh="已有人接单,不能改派;请先联系接单单位退单或由其改派",
        en="Somebody has accepted the order: ask that organisation to hand it back first",
    ),
    Refusal.WORK_DONE: Text(
        zh="工单已修复或已结束,不能派单;如未修好请重新打开工单",
        en="The work is said to be done: reopen the order if it is not",
    ),
    Refusal.NO_WORK: Text(
        zh="该报警并入其他报警处理或已结束,没有可派的工单",
        en="The alarm is over, or its work is done with another one's: there is no order to give",
    ),
    Refusal.SAME_OWNER: Text(
        zh="工单已在该单位,等待其接单", en="That organisation has the order already"
    ),
    Refusal.NOTHING_TO_TAKE_BACK: Text(
        zh="最近一步不是确认、属实或误报,没有可撤销的操作",
        en="The last act was no acknowledgement and no judgement: there is nothing to undo",
    ),
    Refusal.NOT_YOUR_ACT: Text(zh="只能撤销自己的操作", en="Only whoever did it may undo it"),
    Refusal.TOO_LATE: Text(
        zh="已超过5分钟,不能撤销;请写备注或重新判断",
        en="More than 5 min ago: write a note, or judge it anew",
    ),
    Refusal.ALARM_OVER: Text(
        zh="报警已结束,不能撤销;再次发生会重新报警",
        en="The alarm is over: should it come again, it alarms again",
    ),
    Refusal.GONE_ON: Text(
        zh="已被应急局接管或救援已出发,不能撤销;请电话说明情况",
        en="The bureau or the rescuers have acted on it: phone them",
    ),
    Refusal.BUSY: Text(
        zh="该对象正被其他操作占用,请稍后重试", en="Somebody else is working on it: try again soon"
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
