"""District, street, community, compound: the same page at every level, one level down by a click."""

from dataclasses import replace
from typing import Final

from dashboards.grafana.boards.city import BELOW, NOW
from dashboards.grafana.boards.columns import (
    ALARM,
    ASSET,
    CLASS,
    DRILL_MARK,
    EVENT,
    NAME,
    ORGANISATION,
    PLACE_CHOICE,
    SEVERITY,
    SOME,
    STATE,
    TO_ORDER,
    count,
    hidden,
    moment,
    seconds,
    word,
)
from dashboards.grafana.panels import Dashboard, Field, Kind, Panel, row
from dashboards.grafana.words import LEVELS, MANAGEMENTS, NO_ALARM, ORDER_STATES, STATES, said

_MANAGED: Final = Panel(
    title=said("由谁管理", "Who runs it"),
    kind=Kind.TABLE,
    note=said(
        "所选地点和它的各级上级，以及现在由谁管理。“未登记”表示登记册里没有说明，不表示没有人。",
        "The chosen place and those above it, and who runs each now. Not registered means that the"
        " registry does not say, not that there is nobody.",
    ),
    query="managed_by",
    fields=(
        word("place", "地点", "Place"),
        Field(key="level", title=said("层级", "Level"), words=LEVELS),
        Field(key="management", title=said("管理方式", "Run by"), words=MANAGEMENTS),
        word("organisation", "单位", "Organisation"),
        moment("since", "自", "Since"),
    ),
    height=6,
    empty=said("没有选择地点", "No place is chosen"),
)

_ALARMS: Final = Panel(
    title=said("现在的报警", "Alarms now"),
    kind=Kind.TABLE,
    note=said(
        "未关闭的报警，生命安全在前，再按级别和时间。确认、派单请在值班台进行(点报警号)。",
        "Open alarms, life safety first, then by severity and age. Acknowledge and dispatch in the"
        " console: click the number.",
    ),
    query="open_alarms",
    fields=(
        ALARM,
        SEVERITY,
        EVENT,
        word("asset", "设备编号", "Asset"),
        NAME,
        STATE,
        seconds("age", "已持续", "Age"),
        ORGANISATION,
    ),
    height=9,
    empty=said("没有未关闭的报警", "No open alarm"),
)

_ORDERS: Final = Panel(
    title=said("未完成的工单", "Open work orders"),
    kind=Kind.TABLE,
    note=said(
        "超时最久的在前；“超时”为空表示首个时限都未过。",
        "The longest late first; an empty cell means that no first deadline was missed.",
    ),
    query="open_orders",
    fields=(
        word("number", "工单号", "Order", TO_ORDER),
        hidden("order_id"),
        word("title", "内容", "What"),
        Field(key="state", title=said("状态", "State"), words=ORDER_STATES),
        ORGANISATION,
        seconds("age", "已开", "Age"),
        seconds("late", "超时", "Late", SOME),
    ),
    height=9,
    empty=said("没有未完成的工单", "No open order"),
)

_HELD: Final = Panel(
    title=said("被搁置或退出运行的", "What is kept from the desk"),
    kind=Kind.TABLE,
    note=said(
        "谁因为什么让报警暂时不上值班台，到什么时候为止。火警和困人永远不会被搁置。",
        "Who keeps alarms from the desk for now, why and until when. Fire and entrapment are never"
        " shelved.",
    ),
    query="held",
    fields=(
        Field(key="kind", title=said("方式", "How"), words=STATES),
        word("reason", "原因", "Reason"),
        moment("since", "自", "Since"),
        moment("until", "至", "Until"),
        word("by", "办理", "By"),
        word("approved_by", "批准", "Approved by"),
    ),
    height=9,
    empty=NO_ALARM,
)

_DAYS: Final = Panel(
    title=said("报警(按日)", "Alarms by day"),
    kind=Kind.TIME_SERIES,
    note=said(
        "按北京时间的日期统计产生的报警，不含演练和测试。",
        "Alarms by the day (UTC+8) on which they were raised, drills left out.",
    ),
    query="alarm_days",
    fields=(
        count("life_safety", "生命安全", "Life safety"),
        count("safety", "安全", "Safety"),
        count("fault", "故障", "Fault"),
        count("contact", "失联", "Contact lost"),
        count("other", "其他", "Other"),
    ),
    width=12,
    is_stacked=True,
    has_bars=True,
)

_WORST: Final = Panel(
    title=said("报警最多的设备", "Equipment with the most alarms"),
    kind=Kind.TABLE,
    note=said("所选时间内产生的报警，不含演练。", "Alarms of the chosen time, drills left out."),
    query="worst_assets",
    fields=(
        ASSET,
        hidden("asset_id"),
        CLASS,
        NAME,
        count("alarms", "报警", "Alarms"),
        count("life_safety", "其中生命安全", "Life safety"),
        moment("last_at", "最近一次", "Last"),
    ),
    width=12,
)

PLACE: Final = Dashboard(
    uid="tw-place",
    title=said("区县·街道·社区·小区", "District, street, community, compound"),
    note=said(
        "同一页用于各级地点，点击下级地点继续下钻。", "One page for every level; a click goes down."
    ),
    sql_file="place.sql",
    variables=(PLACE_CHOICE,),
    marks=(DRILL_MARK,),
    panels=(
        *(replace(panel, sql_file="city.sql") for panel in NOW),
        _MANAGED,
        replace(BELOW, sql_file="city.sql"),
        row("现在", "Now"),
        _ALARMS,
        _ORDERS,
        _HELD,
        row("所选时间", "Chosen time"),
        _DAYS,
        _WORST,
    ),
)
