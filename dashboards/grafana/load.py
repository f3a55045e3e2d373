"""The dashboard "alarm load": floods, bad actors, and what is kept from the desks."""

from typing import Final

from dashboards.grafana.panels import Dashboard, Kind, Panel, Steps

LOAD: Final = Dashboard(
    uid="towerwatch-load",
    title_zh="报警负荷",
    title_en="Alarm load",
    sql_file="load.sql",
    refresh="1m",
    panels=(
        Panel(
            title_zh="泛滥次数（10 分钟超过 10 条）",
            title_en="Floods (more than 10 in 10 minutes)",
            kind=Kind.STAT,
            query="floods",
            width=6,
            height=5,
            steps=Steps(amber=1),
        ),
        Panel(
            title_zh="正在抖动",
            title_en="Chattering now",
            kind=Kind.STAT,
            query="chattering",
            width=6,
            height=5,
            steps=Steps(amber=1),
        ),
        Panel(
            title_zh="滞留超过 24 小时",
            title_en="Standing for more than 24 h",
            kind=Kind.STAT,
            query="stale",
            width=6,
            height=5,
            steps=Steps(amber=1),
        ),
        Panel(
            title_zh="搁置、抑制、退出运行",
            title_en="Shelved, suppressed, out of service",
            kind=Kind.STAT,
            query="held",
            width=6,
            height=5,
        ),
        Panel(
            title_zh="每 10 分钟报警，归并前后",
            title_en="Alarms per 10 minutes, before and after folding",
            kind=Kind.TIME_SERIES,
            query="per_ten_minutes",
            width=24,
        ),
        Panel(
            title_zh="最忙的值班台与时段",
            title_en="Busiest desks and times",
            kind=Kind.TABLE,
            query="busiest",
            width=12,
        ),
        Panel(
            title_zh="报警最多的设备",
            title_en="Worst actors",
            kind=Kind.TABLE,
            query="bad_actors",
            width=12,
        ),
    ),
)
