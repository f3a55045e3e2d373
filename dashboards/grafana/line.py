"""The dashboard "line and alarms": what is open, what flows, what is missing."""

from typing import Final

from dashboards.grafana.panels import Dashboard, Kind, Panel, Steps

LINE: Final = Dashboard(
    uid="towerwatch-line",
    title_zh="线路与报警",
    title_en="Line and alarms",
    sql_file="line.sql",
    panels=(
        Panel(
            title_zh="未关闭的生命安全报警",
            title_en="Open life-safety alarms",
            kind=Kind.STAT,
            query="open_life_safety",
            width=6,
            height=5,
            steps=Steps(red=1),
        ),
        Panel(
            title_zh="未确认的报警",
            title_en="Unacknowledged alarms",
            kind=Kind.STAT,
            query="unacknowledged",
            width=6,
            height=5,
            steps=Steps(amber=1),
        ),
        Panel(
            title_zh="账本差额",
            title_en="Ledger difference",
            kind=Kind.STAT,
            query="difference",
            width=6,
            height=5,
            steps=Steps(amber=1),
        ),
        Panel(
            title_zh="等待送达应急局",
            title_en="Waiting for the bureau",
            kind=Kind.STAT,
            query="bureau_waiting",
            width=6,
            height=5,
            steps=Steps(amber=1),
        ),
        Panel(
            title_zh="按类别的未关闭报警",
            title_en="Open alarms by group",
            kind=Kind.BARS,
            query="open_by_group",
            width=8,
        ),
        Panel(
            title_zh="每分钟事件数",
            title_en="Events per minute",
            kind=Kind.TIME_SERIES,
            query="events_per_minute",
            width=16,
        ),
        Panel(
            title_zh="每秒采样数（按小时）",
            title_en="Samples per second, by the hour",
            kind=Kind.TIME_SERIES,
            query="samples_per_second",
            width=12,
            unit="ops",
        ),
        Panel(
            title_zh="确认用时",
            title_en="Time to acknowledge",
            kind=Kind.TIME_SERIES,
            query="time_to_acknowledge",
            width=12,
            unit="s",
        ),
        Panel(
            title_zh="网关静默",
            title_en="Gateway silence",
            kind=Kind.TABLE,
            query="gateway_silence",
            width=8,
            unit="s",
            steps=Steps(amber=30, red=300),
        ),
        Panel(
            title_zh="各网关账本",
            title_en="Ledger by gateway",
            kind=Kind.TABLE,
            query="ledger_by_gateway",
            width=16,
        ),
        Panel(
            title_zh="进行中的工单",
            title_en="Open work orders",
            kind=Kind.TABLE,
            query="open_orders",
            width=24,
        ),
    ),
)
