"""The pages of the console and the operator's keys: one list for overlay, palette and scripts."""

from dataclasses import dataclass
from typing import Final

from dashboards.console.initials import needles, words_of
from dashboards.console.language import N_, translator
from dashboards.console.role import Ability, User


@dataclass(frozen=True, slots=True, kw_only=True)
class PageName:
    """A page of the console.

    Attributes:
        key: What leads to it after G; empty: the palette alone.
    """

    url: str
    title: str
    ability: Ability
    key: str = ""


PAGES: Final = (
    PageName(url="/", title=N_("总览"), ability=Ability.WATCH, key="O"),
    PageName(url="/sites", title=N_("小区"), ability=Ability.WATCH, key="S"),
    PageName(url="/orders", title=N_("工单"), ability=Ability.WATCH, key="W"),
    PageName(url="/orders/board", title=N_("工单看板"), ability=Ability.WATCH, key="B"),
    PageName(url="/warnings", title=N_("预警"), ability=Ability.WATCH, key="Y"),
    PageName(url="/coverage", title=N_("监测覆盖"), ability=Ability.WATCH, key="C"),
    PageName(url="/held", title=N_("不在值班台的报警"), ability=Ability.WATCH, key="H"),
    PageName(url="/shift", title=N_("交接班"), ability=Ability.WATCH, key="J"),
    PageName(url="/drills", title=N_("演练与测试"), ability=Ability.WATCH, key="D"),
    PageName(url="/posts", title=N_("查岗记录"), ability=Ability.WATCH),
    PageName(url="/load", title=N_("报警负荷"), ability=Ability.WATCH, key="L"),
    PageName(url="/wall", title=N_("大屏"), ability=Ability.WATCH),
    PageName(url="/bureau", title=N_("应急局"), ability=Ability.BUREAU),
    PageName(url="/bureau/day", title=N_("每晚清单"), ability=Ability.WATCH),
    PageName(url="/supervise", title=N_("监督"), ability=Ability.SUPERVISE, key="U"),
    PageName(url="/boards", title=N_("公示与评价"), ability=Ability.WATCH, key="N"),
    PageName(url="/platform", title=N_("平台"), ability=Ability.PLATFORM, key="P"),
    PageName(url="/admin", title=N_("管理"), ability=Ability.ADMIN, key="A"),
    PageName(url="/admin/walk", title=N_("点位实测"), ability=Ability.WATCH),
    PageName(url="/admin/roster", title=N_("排班"), ability=Ability.ADMIN),
    PageName(url="/admin/users", title=N_("用户"), ability=Ability.ADMIN),
    PageName(url="/admin/registry", title=N_("设备登记"), ability=Ability.ADMIN),
    PageName(url="/admin/contacts", title=N_("联系人与合同"), ability=Ability.ADMIN),
    PageName(url="/admin/gateways", title=N_("网关与密钥"), ability=Ability.ADMIN),
    PageName(url="/admin/limits", title=N_("限值设定"), ability=Ability.ADMIN),
    PageName(url="/passkeys", title=N_("通行密钥"), ability=Ability.WATCH),
    PageName(url="/t", title=N_("我的工单"), ability=Ability.WORK),
)
KEYS: Final = (
    (("J", "K"), N_("下一条 / 上一条报警")),
    (("Enter",), N_("打开")),
    (("A",), N_("确认当前报警")),
    (("Shift", "A"), N_("确认当前报警及其归并的报警（生命安全除外）")),
    (("E",), N_("展开归并的报警")),
    (("M",), N_("本机消音 2 分钟")),
    (("D",), N_("打开工单")),
    (("F",), N_("登记误报（填写原因）")),
    (("B",), N_("属实并上报：按住 1 秒")),
    (("P",), N_("派单或改派")),
    (("T",), N_("困人救援：通话、到场、救出")),
    (("R",), N_("复位（填写原因）")),
    (("S",), N_("搁置（填写原因）")),
    (("Z",), N_("撤销刚才的确认或判断（5 分钟内）")),
    (("C",), N_("写备注")),
    (("1", "4"), N_("按严重程度筛选")),
    (("/",), N_("查找小区、楼栋、设备、页面")),
    (("Ctrl", "K"), N_("查找小区、楼栋、设备、页面")),
    (("Esc",), N_("关闭窗口；离开输入框或列表；返回上一级")),
    (("?",), N_("显示本列表")),
)
"""Keys of every page and what they do; `static/keys.js` carries them out."""


def pages_of(user: User) -> list[PageName]:
    """The pages that a key leads the user to."""
    return [one for one in PAGES if one.key and user.may(one.ability)]


def find_pages(user: User, question: str, language: str) -> list[PageName]:
    """The pages of a user whose titles hold every word of the question."""
    parts = needles(question)
    _ = translator(language)
    return [
        one
        for one in PAGES
        if user.may(one.ability)
        and all(part in words_of(one.title, _(one.title)) for part in parts)
    ]
