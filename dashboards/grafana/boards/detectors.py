"""Detectors and panels: false alarms, what is switched off, dirt and batteries."""

from typing import Final

from dashboards.grafana.boards.columns import (
    ASSET,
    ASSET_MARKS,
    CLASS,
    EVENT,
    NAME,
    PLACE_CHOICE,
    SOME,
    asset_choice,
    count,
    hidden,
    limit_steps,
    moment,
    word,
)
from dashboards.grafana.boards.trend import metric_field, trend
from dashboards.grafana.panels import Dashboard, Kind, Panel, Steps, row, stat
from dashboards.grafana.words import said

_DIRT: Final = limit_steps("detector", "contamination")
_BATTERY: Final = limit_steps("detector", "battery")

_STATS: Final = (
    stat(
        "detectors",
        said("探测点", "Detectors"),
        said(
            "登记的火灾探测器、手报和可燃气体探测器。",
            "Detectors, call points and gas detectors in the registry.",
        ),
    ),
    stat(
        "silent",
        said("没有消息", "Not heard"),
        said(
            "未验收、从未上报或失联的探测点：那里着火不会报警。",
            "Not monitored: a fire there raises no alarm.",
        ),
        steps=SOME,
    ),
    stat(
        "disabled",
        said("被屏蔽", "Switched off"),
        said("在控制器上被屏蔽的探测点。", "What somebody has switched off at the panel."),
        steps=SOME,
    ),
    stat(
        "panels_in_trouble",
        said("有异常的控制器", "Panels in trouble"),
        said(
            "有故障、断电、手动状态或失联的火灾报警控制器。",
            "Fire panels with a fault, without power, in manual mode or silent.",
        ),
        steps=SOME,
    ),
    stat(
        "false_share",
        said("误报率", "False alarms"),
        said(
            "经核实为误报的火警比例，分母为已核实的火警。误报多会使人不再相信火警。",
            "Share found to be false of the fire alarms that somebody looked at. Many false alarms teach"
            " people not to believe them.",
        ),
        unit="percentunit",
        digits=1,
        empty=said("没有已核实的火警", "None looked at"),
    ),
    stat(
        "unanswered",
        said("无人核实的火警", "Never confirmed"),
        said(
            "在时限内没有人核实、由平台自动上报的火警。",
            "Fire alarms nobody confirmed in time; they went on by themselves.",
        ),
        steps=Steps(red=1),
    ),
)

_DAYS: Final = Panel(
    title=said("火警(按日)", "Fire alarms by day"),
    kind=Kind.TIME_SERIES,
    note=said(
        "按北京时间的日期和核实结果，不含演练。",
        "By the day (UTC+8) and what was found, drills left out.",
    ),
    query="fire_days",
    fields=(
        count("real", "真实", "Real"),
        count("false", "误报", "False"),
        count("unanswered", "无人核实", "Never confirmed"),
        count("unconfirmed", "核实中", "Being confirmed"),
    ),
    width=12,
    is_stacked=True,
    has_bars=True,
    empty=said("所选时间内没有火警", "No fire alarm in the chosen time"),
)

_FALSE: Final = Panel(
    title=said("误报最多的探测点", "Detectors with the most false alarms"),
    kind=Kind.TABLE,
    note=said("次数多的先清洗或更换。", "Clean or change the first of these."),
    query="false_alarms",
    fields=(
        ASSET,
        hidden("asset_id"),
        CLASS,
        NAME,
        word("zone", "分区", "Zone"),
        count("alarms", "误报", "False alarms"),
        moment("last_at", "最近一次", "Last"),
    ),
    width=12,
    empty=said("所选时间内没有误报", "No false alarm in the chosen time"),
)

_DIRTY: Final = Panel(
    title=said("该清洗或换电池的", "To be cleaned or given a battery"),
    kind=Kind.TABLE,
    note=said(
        "三天内最近一次测量：污染 60 % 起、电量 30 % 以下;80 % 和 20 % 为限值(现场规则，未核实)。",
        "From the last measurement in three days: dirt from 60 %, battery below 30 %; the limits are 80 % and"
        " 20 % (site rule, unverified).",
    ),
    query="dirty",
    fields=(
        ASSET,
        hidden("asset_id"),
        NAME,
        hidden("path"),
        moment("at", "测量时间", "Measured"),
        metric_field("detector", "contamination", steps=_DIRT),
        metric_field("detector", "battery", steps=_BATTERY),
    ),
    width=14,
    height=9,
    empty=said("没有", "None"),
)

_FAULTS: Final = Panel(
    title=said("火警以外的报警", "What else they report"),
    kind=Kind.TABLE,
    note=said(
        "探测点、控制器和联动设备，不含演练。", "Detectors, panels and outputs, drills left out."
    ),
    query="faults",
    fields=(EVENT, count("alarms", "报警", "Alarms"), count("assets", "设备", "Assets")),
    width=10,
    height=9,
    empty=said("所选时间内没有报警", "No alarm in the chosen time"),
)

DETECTORS: Final = Dashboard(
    uid="tw-detectors",
    title=said("火灾探测", "Fire detection"),
    note=said(
        "误报、屏蔽、污染与电池。", "False alarms, what is switched off, dirt and batteries."
    ),
    sql_file="detectors.sql",
    variables=(PLACE_CHOICE, asset_choice("detectors", "探测器", "Detector")),
    marks=ASSET_MARKS,
    panels=(
        *_STATS,
        _DAYS,
        _FALSE,
        _DIRTY,
        _FAULTS,
        row("所选探测器", "Chosen detector"),
        trend(
            "contamination",
            said("污染与电量", "Dirt and battery"),
            said(
                "污染慢慢升高到 80 % 会误报或漏报。",
                "Dirt that slowly reaches 80 % makes false alarms or none.",
            ),
            metric_field("detector", "contamination", steps=_DIRT),
            metric_field("detector", "battery"),
        ),
        trend(
            "smoke",
            said("烟雾与温度", "Smoke and temperature"),
            said("每段时间内的最大值。", "Highest of each stretch."),
            metric_field("detector", "smoke"),
            metric_field("detector", "temperature"),
        ),
    ),
)
