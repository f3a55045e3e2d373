"""The words and shapes of states, conditions and times: closed sets in, text for people out."""

from typing import Final

from dashboards.console.language import N_

STATES: Final = {
    "normal": N_("已关闭"),
    "unacknowledged": N_("未确认"),
    "acknowledged": N_("已确认"),
    "returned_unacknowledged": N_("已恢复未确认"),
    "latched_unacknowledged": N_("未确认（锁定）"),
    "latched_acknowledged": N_("已确认（待复位）"),
    "shelved": N_("已搁置"),
    "suppressed": N_("已抑制"),
    "out_of_service": N_("退出运行"),
}
GROUPS: Final = {
    "fire": N_("火警"),
    "entrapment": N_("困人"),
    "safety": N_("安全"),
    "fault": N_("故障"),
    "supervisory": N_("监管"),
    "disabled": N_("屏蔽"),
    "contact": N_("失联"),
    "warning": N_("预警"),
    "mode": N_("模式"),
    "record": N_("记录"),
}
SEVERITIES: Final = {
    "critical": N_("危及生命"),
    "major": N_("严重"),
    "minor": N_("一般"),
    "warning": N_("提示"),
    "none": N_("记录"),
}
MARKS: Final = {
    "chattering": N_("抖动"),
    "fleeting": N_("瞬时"),
    "stale": N_("滞留"),
}
HOLDS: Final = {
    "shelved": N_("已搁置"),
    "suppressed": N_("已抑制"),
    "out_of_service": N_("已退出运行"),
    "folded": N_("已归并"),
}
PROPOSALS: Final = {
    "take_out": N_("退出运行"),
    "write_off": N_("注销报警"),
}
CONFIRMATIONS: Final = {
    "unconfirmed": N_("待核实"),
    "real": N_("属实"),
    "false": N_("误报"),
    "unanswered": N_("无人应答"),
}
ORDER_STATES: Final = {
    "proposed": N_("待派单"),
    "dispatched": N_("已派单"),
    "accepted": N_("已接单"),
    "on_site": N_("已到场"),
    "restored": N_("已修复"),
    "verified": N_("已验收"),
    "closed": N_("已关闭"),
    "declined": N_("已拒单"),
    "merged": N_("已合并"),
}
CLOCKS: Final = {
    "acknowledge": N_("确认时限"),
    "confirm": N_("核实时限"),
    "onward": N_("自动上报下一级"),
    "accept": N_("接单时限"),
    "arrive": N_("到场时限"),
    "restore": N_("修复时限"),
    "close": N_("关闭时限"),
}
NOTICE_STATES: Final = {
    "waiting": N_("等待送达"),
    "delivered": N_("已送达"),
    "given_up": N_("送达失败"),
}
TARGETS: Final = {
    "bureau": N_("应急局"),
    "desk": N_("值班台"),
    "call": N_("负责人电话"),
}
ROLES: Final = {
    "operator": N_("值班员"),
    "project_manager": N_("项目负责人"),
    "technician": N_("维保员"),
    "maintenance_dispatcher": N_("维保调度"),
    "community": N_("社区"),
    "owners_committee": N_("业委会"),
    "grid_member": N_("网格员"),
    "supervisor": N_("主管"),
    "bureau": N_("应急局"),
    "admin": N_("管理员"),
    "auditor": N_("审计员"),
}
ADMIN_ACTS: Final = {
    "user_put": N_("添加或更改用户"),
    "user_password": N_("重置密码"),
    "user_disable": N_("停用"),
    "sessions_end": N_("结束会话"),
    "registry_preview": N_("登记预览"),
    "persons_seen": N_("查看联系人"),
    "limit_preview": N_("限值预览"),
    "limit_set": N_("设定限值"),
    "limit_withdraw": N_("撤销限值"),
    "identity_bind": N_("绑定统一身份认证账号"),
    "identity_decline": N_("删除绑定请求"),
    "identity_by_address": N_("按已验证的邮箱绑定账号"),
    "passkey_add": N_("添加通行密钥"),
    "passkey_use": N_("用通行密钥登录"),
    "passkey_refuse": N_("通行密钥被拒绝"),
    "passkey_drop": N_("删除通行密钥"),
}
TABLES: Final = {
    "places": N_("地点"),
    "organisations": N_("单位"),
    "gateways": N_("网关"),
    "assets": N_("设备"),
}
STEPS: Final = {
    "create": N_("新增"),
    "move": N_("移动"),
    "reopen": N_("恢复"),
    "change": N_("更改"),
    "retire": N_("退役"),
}
REQUESTS: Final = {
    "shown": N_("未确认"),
    "waiting": N_("等待写入"),
    "done": N_("已写入"),
    "refused": N_("未写入"),
}
WALKS: Final = {
    "open": N_("正在实测"),
    "passed": N_("通过"),
    "failed": N_("未通过"),
}
PARTIES: Final = {
    "property_company": N_("物业企业"),
    "community_station": N_("社区服务站"),
    "maintainer": N_("维保单位"),
    "maintenance_firm": N_("电梯维保单位"),
    "fire_maintenance_firm": N_("消防维保单位"),
    "community": N_("社区居委会"),
    "street": N_("街道办"),
    "bureau": N_("应急局"),
    "owners_committee": N_("业委会"),
    "water_company": N_("供水企业"),
    "power_company": N_("供电企业"),
    "telecom_operator": N_("通信运营商"),
    "fire_service": N_("消防救援"),
    "housing_bureau": N_("住建局"),
    "rescue_station": N_("电梯救援站"),
}
SOURCES: Final = {
    "alarm": N_("报警"),
    "plan": N_("计划"),
    "resident": N_("居民反映"),
    "hotline": N_("热线"),
    "round": N_("巡查"),
    "joint_call": N_("社区吹哨"),
    "supervision": N_("督办"),
}
VERDICTS: Final = {
    "verified": N_("遥测已核实"),
    "not_verified": N_("遥测未证实修复"),
    "silent": N_("无遥测，须第二人验收"),
}
MANAGEMENTS: Final = {
    "company": N_("物业企业"),
    "work_unit": N_("单位自管"),
    "entrusted": N_("社区代管"),
    "self_managed": N_("业主自管"),
    "cleaning_only": N_("仅保洁"),
    "nobody": N_("无人管理"),
}
UPKEEP: Final = {
    "lift": N_("电梯维保单位"),
    "fire": N_("消防维保单位"),
    "electrical": N_("电气维保单位"),
}
RATERS: Final = {
    "resident": N_("居民"),
    "owner": N_("业主"),
    "owners_committee": N_("业委会"),
}
TRIGGERS: Final = {
    "roster_hole": N_("排班无人当班，已通知全部联系人"),
    "raise": N_("报警产生"),
    "missed_raise": N_("补收的报警"),
    "clear": N_("条件恢复"),
    "late_clear": N_("补收的恢复"),
    "off_delay_over": N_("恢复已持续"),
    "acknowledge": N_("确认"),
    "comment": N_("备注"),
    "bureau_receive": N_("应急局已收到"),
    "take_over": N_("应急局接管"),
    "bureau_set_out": N_("应急局已出动"),
    "bureau_close": N_("应急局处置完毕"),
    "hand_over": N_("负责单位变更"),
    "shelve": N_("搁置"),
    "suppress": N_("抑制"),
    "take_out": N_("退出运行"),
    "resume_active": N_("恢复监视"),
    "resume_normal": N_("恢复监视"),
    "re_alarm": N_("再次提醒"),
    "write_off": N_("双人注销"),
    "fold": N_("归并到同因事件"),
    "unfold": N_("单独列出"),
    "refute": N_("误报结束"),
    "merge": N_("合并"),
    "confirm_real": N_("核实属实"),
    "confirm_false": N_("核实误报"),
    "reset": N_("复位"),
    "escalate": N_("升级"),
    "unanswered": N_("无人核实，自动上报"),
    "corroborated": N_("同区二次报警"),
    "go_on": N_("自动上报"),
    "declare_real": N_("判定为真实险情"),
    "drill_over": N_("演练结束，按真实处理"),
    "propose": N_("生成工单"),
    "dispatch": N_("派单"),
    "accept": N_("接单"),
    "arrive": N_("到场"),
    "restore": N_("修复"),
    "verify": N_("验收"),
    "close": N_("关闭"),
    "decline": N_("拒单"),
    "assign": N_("指派"),
    "hand_back": N_("退回"),
    "reopen": N_("重新打开"),
    "fund": N_("维修资金"),
    "take_back_acknowledge": N_("撤销确认"),
    "take_back_judgement": N_("撤销判断"),
}
ACTORS: Final = {
    "device": N_("设备"),
    "platform": N_("平台"),
}
STAGES: Final = {
    "suspected": N_("疑似困人，请呼叫轿厢"),
    "dispatched": N_("已派救援，等待响应"),
    "accepted": N_("救援途中"),
    "on_site": N_("救援中"),
    "released": N_("已救出，电梯待检查"),
    "closed": N_("救援结束"),
    "refuted": N_("无需救援"),
}
FREED: Final = {
    "released": N_("人员已救出。电梯须经持证人员检查合格后才能恢复运行"),
    "closed": N_("人员已救出，电梯已检查合格"),
}
"""What is left to do in an entrapment, by the stage of its rescue, once all are out."""
RESCUE_FACTS: Final = {
    "open": N_("救援开始计时"),
    "reopen": N_("再次报警"),
    "call": N_("呼叫轿厢"),
    "dispatch": N_("派出救援"),
    "take_over": N_("下一级接替救援"),
    "accept": N_("响应救援"),
    "arrive": N_("救援到场"),
    "release": N_("人员救出"),
    "check": N_("电梯检查"),
    "refute": N_("无需救援"),
    "overdue": N_("救援超时"),
}
DRILL_KINDS: Final = {"drill": N_("演练"), "test": N_("测试")}
DRILL_SCOPES: Final = {
    "panel": N_("控制器"),
    "zone": N_("分区"),
    "lift": N_("电梯"),
    "compound": N_("小区"),
}
DRILL_STATES: Final = {
    "proposed": N_("待批准"),
    "running": N_("进行中"),
    "over": N_("已结束"),
    "dropped": N_("已撤销"),
}
POST_REASONS: Final = {"random": N_("随机"), "demand": N_("主动")}
POST_STATES: Final = {
    "waiting": N_("等待应答"),
    "answered": N_("已应答"),
    "unanswered": N_("无人应答"),
}
CONFIDENCES: Final = {
    "unknown": N_("把握未知"),
    "possible": N_("可能"),
    "likely": N_("较可能"),
    "very_likely": N_("很可能"),
}
SETTLEMENTS: Final = {
    "hit": N_("命中"),
    "early": N_("偏早"),
    "late": N_("偏晚"),
    "false": N_("误报"),
    "withdrawn": N_("撤回"),
}
SETTLED_AS: Final = {
    "hit": N_("在预计的时间内发生，或此前已查出修好"),
    "early": N_("发生了，但在预计的时间之后"),
    "late": N_("发生了，但在预计的时间之前"),
    "false": N_("经核实没有问题，或过了两倍时间也没有发生"),
    "withdrawn": N_("变化自行消失"),
}
SURE_OF: Final = {
    "very_likely": N_("这样的预警，三次中有两次以上应验"),
    "likely": N_("这样的预警，一半以上应验"),
    "possible": N_("这样的预警，应验的不到一半"),
    "unknown": N_("结果已知的案例太少"),
}
"""What the words of confidence mean, by `docs/early_warning.md`."""

LEVELS: Final = {
    "city": N_("市"),
    "district": N_("区县"),
    "street": N_("街道"),
    "community": N_("社区"),
    "compound": N_("小区"),
    "building": N_("楼栋"),
    "floor": N_("楼层"),
}
LOOKS: Final = {
    "fire": N_("生命安全"),
    "serious": N_("故障"),
    "warning": N_("注意"),
    "contact": N_("失联"),
    "disabled": N_("屏蔽"),
    "unseen": N_("未监测"),
    "normal": N_("正常"),
}
GLYPHS: Final = {
    "lift": ("梯", "L"),
    "escalator": ("扶", "E"),
    "fire_panel": ("控", "P"),
    "detector": ("感", "D"),
    "manual_call_point": ("手", "M"),
    "gas_detector": ("燃", "G"),
    "fire_water": ("水", "H"),
    "supply_main": ("管", "S"),
    "pump": ("泵", "U"),
    "fire_output": ("联", "O"),
    "electrical_monitor": ("电", "C"),
    "gateway": ("关", "N"),
}
"""A letter a class, Chinese and English: a drawing has room for no more."""

_SHAPES: Final = {
    "fire": "octagon",
    "entrapment": "person",
    "safety": "triangle",
    "fault": "triangle",
    "supervisory": "diamond",
    "disabled": "struck",
    "contact": "ring",
    "warning": "diamond",
}
_TONES: Final = {
    "fire": "fire",
    "entrapment": "fire",
    "safety": "serious",
    "fault": "serious",
    "supervisory": "warning",
    "disabled": "disabled",
    "contact": "contact",
    "warning": "warning",
}
_SOUNDS: Final = {
    "fire": "fire",
    "entrapment": "entrapment",
    "safety": "serious",
    "contact": "contact",
}


def shape_of(group: str) -> str:
    """The shape that stands for a group of conditions, so that colour is never the only sign."""
    return _SHAPES.get(group, "triangle")


def tone_of(group: str, severity: str) -> str:
    """The colour class of a condition; minor faults are not as loud as major ones."""
    tone = _TONES.get(group, "serious")
    return "warning" if tone == "serious" and severity in ("minor", "warning") else tone


def sound_of(group: str, severity: str, *, is_drill: bool = False) -> str:
    """Which rhythm announces a condition; a drill never sounds like the real thing."""
    if is_drill:
        return "soft"
    if group in _SOUNDS:
        return _SOUNDS[group]
    return "serious" if severity in ("critical", "major") else "soft"
