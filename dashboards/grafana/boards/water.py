"""Fire water: pressure at the hydrants, tanks, and whether the pumps would start."""

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
from dashboards.grafana.boards.trend import last_hour, metric_field, trend
from dashboards.grafana.panels import WIDTH, Dashboard, Field, Kind, Panel, row, stat
from dashboards.grafana.words import said

_PRESSURE: Final = limit_steps("fire_water", "pressure")
_BATTERY: Final = limit_steps("fire_water", "battery")

_STATS: Final = (
    stat(
        "points",
        said("监测点", "Points"),
        said("登记的消防水压、水位监测点。", "Registered points of fire water."),
        width=6,
    ),
    stat(
        "too_low",
        said("压力或水位过低", "Too low"),
        said(
            "现在有压力低、水位低或进水压力丧失报警的监测点。",
            "Points with an alarm of low pressure, low level or lost supply now.",
        ),
        steps=ANY,
        width=6,
    ),
    stat(
        "pumps_not_ready",
        said("不能自动启动的泵", "Pumps that would not start"),
        said(
            "不在自动、断电、启动失败或故障的消防泵：着火时不会自己出水。",
            "Not automatic, without power, failed to start or faulty: no water by itself in a fire.",
        ),
        steps=ANY,
        width=6,
    ),
    stat(
        "silent",
        said("没有消息", "Not heard"),
        said(
            "未验收、从未上报或失联的监测点和泵：水情未知。",
            "Points and pumps that are not monitored: their water is unknown.",
        ),
        steps=SOME,
        width=6,
    ),
)

_LATEST: Final = Panel(
    title=said("各点最近压力(低的在前)", "Last pressure of each point, lowest first"),
    kind=Kind.TABLE,
    note=said(
        "一天内的最近一次测量，最多 100 个点。低于 150 kPa 偏低，低于 70 kPa 严重不足(GB 50974-2014)。",
        "The last measurement within a day, at most 100 points. Below 150 kPa low, below 70 kPa critically"
        " low (GB 50974-2014).",
    ),
    query="latest",
    fields=(
        ASSET,
        hidden("asset_id"),
        NAME,
        hidden("path"),
        COVERAGE_STATE,
        moment("at", "测量时间", "Measured"),
        metric_field("fire_water", "pressure", steps=_PRESSURE),
        metric_field("fire_water", "level"),
        metric_field("fire_water", "battery", steps=_BATTERY),
    ),
    height=10,
    empty=said("没有登记监测点", "No point registered"),
)

_YES_NO: Final = {"1": said("是", "Yes"), "0": said("否", "No")}

_PUMPS: Final = Panel(
    title=said("消防泵", "Fire pumps"),
    kind=Kind.TABLE,
    note=said(
        "一天内的最近状态，不在自动的在前。", "The last state within a day; not automatic first."
    ),
    query="pumps",
    fields=(
        ASSET,
        hidden("asset_id"),
        NAME,
        COVERAGE_STATE,
        moment("at", "时间", "At"),
        Field(key="automatic", title=said("自动", "Automatic"), words=_YES_NO),
        Field(key="running", title=said("运行", "Running"), words=_YES_NO),
        metric_field("pump", "pressure"),
        metric_field("pump", "motor_temp", steps=limit_steps("pump", "motor_temp")),
    ),
    height=10,
    empty=said("没有登记消防泵", "No pump registered"),
)

_ALARMS: Final = Panel(
    title=said("报警", "Alarms"),
    kind=Kind.TABLE,
    note=said(
        "消防水和泵的报警，新的在前，不含演练。",
        "Alarms of water and pumps, newest first, drills left out.",
    ),
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

WATER: Final = Dashboard(
    uid="tw-water",
    title=said("消防水", "Fire water"),
    note=said(
        "消火栓压力、水箱水位，泵能不能自己启动。",
        "Pressure, tanks, and whether the pumps would start.",
    ),
    sql_file="water.sql",
    variables=(PLACE_CHOICE, asset_choice("waters", "监测点", "Point")),
    marks=ASSET_MARKS,
    panels=(
        *_STATS,
        _LATEST,
        _PUMPS,
        row("所选监测点", "Chosen point"),
        trend(
            "pressure",
            said("压力", "Pressure"),
            said(
                "线为偏低和严重不足的限值。断开表示没有数据。",
                "Lines are the limits of low and critically low. A gap means no data.",
            ),
            metric_field("fire_water", "pressure", steps=_PRESSURE),
            metric_field("fire_water", "pressure", key="pressure_min", most="lowest"),
            metric_field("fire_water", "pressure", key="pressure_max", most="highest"),
        ),
        trend(
            "level",
            said("水位与流量", "Level and flow"),
            said("水箱水位的均值和流量的最大值。", "Mean level of the tank and highest flow."),
            metric_field("fire_water", "level"),
            metric_field("fire_water", "flow", most="highest"),
        ),
        last_hour(
            metric_field("fire_water", "pressure"),
            metric_field("fire_water", "level"),
            metric_field("fire_water", "flow"),
            width=WIDTH,
        ),
        row("记录", "Records"),
        _ALARMS,
    ),
    since="now-7d",
)
