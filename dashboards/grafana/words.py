"""Words that several dashboards share: what the codes of the database mean, Chinese first."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.catalogue import ASSET_CLASSES, EVENT_KINDS, Text


class Language(StrEnum):
    """Each dashboard is built once in each language, in a folder of its own."""

    ZH = "zh"
    EN = "en"

    def of(self, text: Text) -> str:
        """The text in this language."""
        return text.zh if self is Language.ZH else text.en


def said(zh: str, en: str) -> Text:
    """A text in both languages."""
    return Text(zh=zh, en=en)


Words = Mapping[str, Text]
"""What each code of a column means."""

CLASSES: Final[Words] = {item.name: item.label for item in ASSET_CLASSES}
EVENTS: Final[Words] = {kind.name: kind.label for kind in EVENT_KINDS}

GROUPS: Final[Words] = {
    "fire": said("火警", "Fire"),
    "entrapment": said("困人", "Entrapment"),
    "safety": said("安全", "Safety"),
    "fault": said("故障", "Fault"),
    "supervisory": said("监管", "Supervisory"),
    "disabled": said("屏蔽", "Disabled"),
    "contact": said("失联", "Contact lost"),
    "warning": said("预警", "Early warning"),
    "mode": said("模式", "Mode"),
    "record": said("记录", "Record"),
}

SEVERITIES: Final[Words] = {
    "critical": said("危及生命", "Life safety"),
    "major": said("严重", "Major"),
    "minor": said("一般", "Minor"),
    "warning": said("提示", "Notice"),
}

STATES: Final[Words] = {
    "normal": said("已关闭", "Closed"),
    "unacknowledged": said("未确认", "Unacknowledged"),
    "acknowledged": said("已确认", "Acknowledged"),
    "returned_unacknowledged": said("已恢复未确认", "Returned, unacknowledged"),
    "latched_unacknowledged": said("未确认（锁定）", "Unacknowledged, latched"),
    "latched_acknowledged": said("已确认（待复位）", "Acknowledged, to be reset"),
    "shelved": said("已搁置", "Shelved"),
    "suppressed": said("已抑制", "Suppressed"),
    "out_of_service": said("退出运行", "Out of service"),
}

ORDER_STATES: Final[Words] = {
    "proposed": said("待派单", "Proposed"),
    "dispatched": said("已派单", "Dispatched"),
    "accepted": said("已接单", "Accepted"),
    "on_site": said("已到场", "On site"),
    "restored": said("已修复", "Restored"),
    "verified": said("已验收", "Verified"),
    "closed": said("已关闭", "Closed"),
    "declined": said("已拒单", "Declined"),
    "merged": said("已合并", "Merged"),
}

CLOCKS: Final[Words] = {
    "acknowledge": said("确认报警", "Acknowledge"),
    "confirm": said("核实火警", "Confirm the fire"),
    "accept": said("接单", "Accept"),
    "arrive": said("到场", "Arrive"),
    "restore": said("修复", "Restore"),
    "close": said("关闭", "Close"),
}

COVERAGE: Final[Words] = {
    "reporting": said("在线", "Reporting"),
    "silent": said("失联", "Silent"),
    "gateway_silent": said("网关失联", "Its gateway is silent"),
    "never_heard": said("从未上报", "Never heard"),
    "not_commissioned": said("未验收", "Not commissioned"),
}

LEVELS: Final[Words] = {
    "city": said("市", "City"),
    "district": said("区县", "District"),
    "street": said("街道", "Street"),
    "community": said("社区", "Community"),
    "compound": said("小区", "Compound"),
    "building": said("楼栋", "Building"),
    "floor": said("楼层", "Floor"),
}

MANAGEMENTS: Final[Words] = {
    "company": said("物业企业", "Property company"),
    "work_unit": said("单位自管", "Work unit"),
    "entrusted": said("社区代管", "Entrusted"),
    "self_managed": said("业主自管", "Run by its owners"),
    "cleaning_only": said("仅保洁", "Cleaning only"),
    "nobody": said("无人管理", "Nobody"),
    "unknown": said("未登记", "Not registered"),
}

SETTLEMENTS: Final[Words] = {
    "hit": said("命中", "Hit"),
    "early": said("偏早", "Early"),
    "late": said("偏晚", "Late"),
    "false": said("误报", "False alarm"),
    "withdrawn": said("撤回", "Withdrawn"),
    "open": said("待定", "Open"),
}

MEASURES: Final[Words] = {
    "rectification": said("限期整改通知书", "Rectification notice"),
    "supervision": said("督办通知单", "Supervision notice"),
    "last_five": said("末五位", "Last five"),
    "red_list": said("红榜", "Red list"),
    "black_list": said("黑榜", "Black list"),
}

STAGES: Final[Words] = {
    "proposed": said("拟议", "Proposed"),
    "heard": said("已听取意见", "Heard"),
    "issued": said("已下达", "Issued"),
    "appealed": said("申诉中", "Appealed"),
    "talked": said("已约谈", "Talked"),
    "deducted": said("已扣分", "Deducted"),
    "reported": said("已报整改", "Reported"),
    "failed": said("整改未通过", "Failed"),
    "published": said("已公布", "Published"),
    "exit_proposed": said("建议退出", "Exit proposed"),
    "done": said("已办结", "Done"),
    "withdrawn": said("已撤销", "Withdrawn"),
}

NO_ALARM: Final = said("没有", "None")
NO_DATA: Final = said("所选时间内没有数据", "No data in the chosen time")
