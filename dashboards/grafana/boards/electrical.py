"""Electrical fire: residual current and cable temperatures."""

from typing import Final

from dashboards.grafana.boards.columns import (
    ALARM,
    ANY,
    ASSET,
    ASSET_MARKS,
    COVERAGE_STATE,
    EVENT,
    NAME,
    PLACE_CHOICE,
    SEVERITY,
    SOME,
    STATE,
    asset_choice,
    hidden,
    limit_steps,
    moment,
    seconds,
    word,
)
from dashboards.grafana.boards.trend import metric_field, trend
from dashboards.grafana.panels import Dashboard, Field, Kind, Panel, row, stat
from dashboards.grafana.words import said

_CLASS: Final = "electrical_monitor"
_LEAKAGE: Final = limit_steps(_CLASS, "residual_current")
_HEAT: Final = limit_steps(_CLASS, "temp_1")

_STATS: Final = (
    stat(
        "monitors",
        said("监控探测器", "Monitors"),
        said("登记的电气火灾监控探测器。", "Registered electrical fire monitors."),
        width=8,
    ),
    stat(
        "alarming",
        said("正在报警", "Alarming"),
        said(
            "现在有剩余电流、温度、电弧等报警的探测器，不含失联。",
            "Monitors with an alarm of leakage, heat or arc now, silence left out.",
        ),
        steps=ANY,
        width=8,
    ),
    stat(
        "silent",
        said("没有消息", "Not heard"),
        said(
            "未验收、从未上报或失联的探测器。",
            "Monitors that are not commissioned, never heard or silent.",
        ),
        steps=SOME,
        width=8,
    ),
)

_LATEST: Final = Panel(
    title=said(
        "各探测器最近测量(剩余电流大的在前)", "Last measurement of each monitor, most leakage first"
    ),
    kind=Kind.TABLE,
    note=said(
        "一天内的最近一次测量，最多 100 个。剩余电流 300 mA 起注意,500 mA 超限(GB 50116-2013)；线缆 70 ℃ 超限(现场设定，未核实)。",
        "The last measurement within a day, at most 100. Leakage from 300 mA to be looked at, from 500 mA"
        " too high (GB 50116-2013); cables from 70 degC (site rule, unverified).",
    ),
    query="latest",
    fields=(
        ASSET,
        hidden("asset_id"),
        NAME,
        hidden("path"),
        COVERAGE_STATE,
        moment("at", "测量时间", "Measured"),
        metric_field(_CLASS, "residual_current", steps=_LEAKAGE),
        Field(
            key="temperature",
            title=said("最高线缆温度", "Hottest cable"),
            unit="celsius",
            steps=_HEAT,
        ),
    ),
    height=9,
    empty=said("没有登记探测器", "No monitor registered"),
)

_ALARMS: Final = Panel(
    title=said("报警", "Alarms"),
    kind=Kind.TABLE,
    note=said("新的在前，不含演练，最多 100 条。", "Newest first, drills left out, at most 100."),
    query="alarms",
    fields=(
        ALARM,
        moment("opened_at", "产生", "Opened"),
        word("asset", "设备编号", "Asset"),
        SEVERITY,
        EVENT,
        STATE,
        seconds("lasted", "持续", "Lasted"),
    ),
    empty=said("所选时间内没有报警", "No alarm in the chosen time"),
)

ELECTRICAL: Final = Dashboard(
    uid="tw-electrical",
    title=said("电气火灾", "Electrical fire"),
    note=said("剩余电流与线缆温度。", "Residual current and cable temperatures."),
    sql_file="electrical.sql",
    variables=(PLACE_CHOICE, asset_choice("monitors", "探测器", "Monitor")),
    marks=ASSET_MARKS,
    panels=(
        *_STATS,
        _LATEST,
        row("所选探测器", "Chosen monitor"),
        trend(
            "leakage",
            said("剩余电流", "Residual current"),
            said(
                "线为 300 和 500 mA。断开表示没有数据。",
                "Lines at 300 and 500 mA. A gap means no data.",
            ),
            metric_field(_CLASS, "residual_current", steps=_LEAKAGE),
            metric_field(_CLASS, "residual_current", key="residual_current_max", most="highest"),
        ),
        trend(
            "temperatures",
            said("线缆温度", "Cable temperatures"),
            said("每段时间内的最大值。", "Highest of each stretch."),
            *(metric_field(_CLASS, f"temp_{n}", steps=_HEAT) for n in (1, 2, 3, 4)),
        ),
        trend(
            "loads",
            said("相电流", "Phase currents"),
            said("每段时间内的最大值。", "Highest of each stretch."),
            *(metric_field(_CLASS, f"current_{n}") for n in (1, 2, 3)),
        ),
        trend(
            "voltages",
            said("相电压", "Phase voltages"),
            said(
                "每段时间内的最小值;0 表示缺相或断电。",
                "Lowest of each stretch; 0 is a lost phase or no power.",
            ),
            *(metric_field(_CLASS, f"voltage_{n}") for n in (1, 2, 3)),
        ),
        row("记录", "Records"),
        _ALARMS,
    ),
    since="now-7d",
)
