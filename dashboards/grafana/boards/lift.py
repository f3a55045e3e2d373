"""One lift: its trends with alarms and work marked on them, and what was done about it."""

from typing import Final

from dashboards.grafana.boards.columns import (
    ALARM,
    ASSET_MARKS,
    COVERAGE_STATE,
    EVENT,
    MAINTAINER,
    NAME,
    PLACE_CHOICE,
    SEVERITY,
    STATE,
    TO_ASSET,
    TO_ORDER,
    asset_choice,
    count,
    hidden,
    limit_steps,
    moment,
    seconds,
    word,
)
from dashboards.grafana.boards.trend import last_hour, metric_field, trend
from dashboards.grafana.panels import Dashboard, Field, Kind, Panel, Steps, row
from dashboards.grafana.words import ORDER_STATES, SETTLEMENTS, said

_HEAT: Final = limit_steps("lift", "motor_temp")

_ABOUT: Final = Panel(
    title=said("这台电梯", "This lift"),
    kind=Kind.TABLE,
    note=said(
        "现在是否在监测、由谁维保、所选时间内困人几次。",
        "Whether it is monitored, who maintains it, how often it trapped people.",
    ),
    query="about",
    fields=(
        word("asset", "设备编号", "Asset", TO_ASSET),
        hidden("asset_id"),
        NAME,
        COVERAGE_STATE,
        moment("heard_at", "最近消息", "Last heard"),
        MAINTAINER,
        Field(
            key="contract_until",
            title=said("合同至", "Contract until"),
            unit="dateTimeAsIso",
            width=170,
        ),
        count("entrapments", "困人次数", "Entrapments", Steps(amber=2, red=3)),
    ),
    height=4,
    empty=said("请选择电梯", "Choose a lift"),
)

_TRENDS: Final = (
    trend(
        "temperatures",
        said("温度", "Temperatures"),
        said(
            "红线为电机过热限值。断开表示那段时间没有数据。",
            "The red line is the limit of the motor. A gap means no data.",
        ),
        metric_field("lift", "motor_temp", steps=_HEAT),
        metric_field("lift", "motor_temp", key="motor_temp_max", most="highest"),
        metric_field("lift", "machine_room_temp"),
    ),
    trend(
        "currents",
        said("电流", "Currents"),
        said(
            "门机电流慢慢升高常是门系统卡阻的前兆。",
            "A slowly rising door current often foretells a jammed door.",
        ),
        metric_field("lift", "motor_current"),
        metric_field("lift", "door_current"),
    ),
    trend(
        "vibrations",
        said("轿厢振动", "Vibration of the car"),
        said("每段时间内的最大值。", "Highest of each stretch."),
        metric_field("lift", "vibration"),
        metric_field("lift", "vibration_horizontal"),
    ),
    trend(
        "levelling",
        said("平层误差", "Levelling error"),
        said("每段时间内的最小和最大值。", "Lowest and highest of each stretch."),
        metric_field("lift", "levelling_error", key="levelling_error_min", most="lowest"),
        metric_field("lift", "levelling_error", key="levelling_error_max", most="highest"),
    ),
    trend(
        "running",
        said("运行", "Running"),
        said(
            "运行小时数来自电梯自身的计数。没有运行而仍在线，可能被停用。",
            "Hours from the lift's own counter. Heard but not running may mean taken out of use.",
        ),
        metric_field("lift", "run_hours"),
        metric_field("lift", "speed", most="highest"),
    ),
    last_hour(
        metric_field("lift", "speed"),
        metric_field("lift", "floor"),
        metric_field("lift", "door_closed"),
        metric_field("lift", "person"),
    ),
)

_ALARMS: Final = Panel(
    title=said("报警", "Alarms"),
    kind=Kind.TABLE,
    note=said("新的在前，最多 100 条，含演练。", "Newest first, at most 100, drills included."),
    query="alarms",
    fields=(
        ALARM,
        moment("opened_at", "产生", "Opened"),
        SEVERITY,
        EVENT,
        STATE,
        count("raises", "触发次数", "Raises"),
        seconds("lasted", "持续", "Lasted"),
    ),
    height=9,
    empty=said("所选时间内没有报警", "No alarm in the chosen time"),
)

_ORDERS: Final = Panel(
    title=said("工单", "Work orders"),
    kind=Kind.TABLE,
    note=said(
        "“重复”表示 30 天内同一原因再次发生。", "Repeat: the same cause again within 30 days."
    ),
    query="orders",
    fields=(
        word("number", "工单号", "Order", TO_ORDER),
        hidden("order_id"),
        moment("opened_at", "派单", "Opened"),
        word("title", "内容", "What"),
        Field(key="state", title=said("状态", "State"), words=ORDER_STATES),
        seconds("arrival", "到场", "Arrival"),
        seconds("restored", "修复", "Restored"),
        Field(
            key="is_repeat",
            title=said("重复", "Repeat"),
            words={"true": said("是", "Yes"), "false": said("否", "No")},
        ),
    ),
    height=9,
    empty=said("所选时间内没有工单", "No order in the chosen time"),
)

_WARNINGS: Final = Panel(
    title=said("预警", "Early warnings"),
    kind=Kind.TABLE,
    note=said(
        "预计何时、为什么会坏，后来是否应验。",
        "What was expected to fail, when and why, and how it turned out.",
    ),
    query="warnings",
    fields=(
        moment("raised_at", "发出", "Raised"),
        word("metric", "指标", "Metric"),
        word("reason", "依据", "Why"),
        moment("expected_from", "预计最早", "From"),
        moment("expected_until", "预计最晚", "Until"),
        Field(key="settlement", title=said("结果", "Result"), words=SETTLEMENTS),
    ),
    empty=said("所选时间内没有预警", "No warning in the chosen time"),
)

LIFT: Final = Dashboard(
    uid="tw-lift",
    title=said("单台电梯", "One lift"),
    note=said("趋势上标出报警和现场作业。", "Trends with alarms and work on site marked."),
    sql_file="lift.sql",
    variables=(PLACE_CHOICE, asset_choice("lifts", "电梯", "Lift")),
    marks=ASSET_MARKS,
    panels=(
        _ABOUT,
        row("趋势", "Trends"),
        *_TRENDS,
        row("记录", "Records"),
        _ALARMS,
        _ORDERS,
        _WARNINGS,
    ),
)
