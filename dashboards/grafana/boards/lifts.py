"""The lift fleet: entrapments in the form of the 96333 platforms, arrival times, repeated faults."""

from typing import Final

from dashboards.grafana.boards.columns import (
    ANY,
    DRILL_MARK,
    EVENT,
    KEPT_SHARE,
    MAINTAINER,
    NAME,
    PLACE_CHOICE,
    TO_LIFT,
    count,
    hidden,
    moment,
    seconds,
    word,
)
from dashboards.grafana.panels import Dashboard, Field, Kind, Panel, Steps, row, stat
from dashboards.grafana.words import said

_NOBODY: Final = said("没有困人", "Nobody trapped")
_ARRIVAL: Final = Steps(amber=1200, red=1800)
"""30 minutes in built-up areas (TSG T5002-2017 art. 5(4)); amber from two thirds of it."""

_STATS: Final = (
    stat(
        "lifts",
        said("登记电梯", "Lifts"),
        said("登记册中未注销的电梯。", "Lifts in the registry that are not retired."),
    ),
    stat(
        "trapped_rate",
        said("困人率", "Entrapments"),
        said(
            "每百台电梯每 30 天的困人次数，已排除经核实不成立的。省级平台公布的参考值约 0.55。",
            "Entrapments per 100 lifts and 30 days, refuted ones left out. A province publishes about"
            " 0.55 (secondary, unverified).",
        ),
        steps=Steps(amber=0.55, red=1.1),
        digits=2,
        empty=said("没有登记电梯", "No lift registered"),
    ),
    stat(
        "arrival",
        said("到场用时(中位数)", "Arrival, median"),
        said("从困人报警到救援人员到场。", "From the alarm to the rescuers' arrival."),
        steps=_ARRIVAL,
        unit="s",
        digits=1,
        empty=_NOBODY,
    ),
    stat(
        "in_time",
        said("按时到场", "Arrived in time"),
        said(
            "在法定时限(市区 30 分钟)内到场的救援比例；未到场且已超时的算超时。",
            "Share of rescues within the legal limit (30 minutes in built-up areas); not arrived and"
            " overdue counts as late.",
        ),
        steps=KEPT_SHARE,
        unit="percentunit",
        digits=1,
        empty=_NOBODY,
    ),
    stat(
        "must_be_checked",
        said("检查前不得运行", "Not to run unchecked"),
        said(
            "困人或安全动作后必须由人检查才能运行的电梯。",
            "Lifts that must not run before somebody has checked them.",
        ),
        steps=ANY,
    ),
    stat(
        "people",
        said("解救人数", "People freed"),
        said("所选时间内救出的人数。", "People who were brought out."),
    ),
)

_DAYS: Final = Panel(
    title=said("困人(按日)", "Entrapments by day"),
    kind=Kind.TIME_SERIES,
    note=said(
        "按北京时间的日期；“超时”为超过法定时限到场或仍未到场。",
        "By the day (UTC+8); too late is beyond the legal limit.",
    ),
    query="rescue_days",
    fields=(
        count("in_time", "按时到场", "In time"),
        count("too_late", "超时", "Too late"),
    ),
    width=14,
    is_stacked=True,
    has_bars=True,
    empty=_NOBODY,
)

_HOURS: Final = Panel(
    title=said("困人发生在几点", "Hour of the day"),
    kind=Kind.BARS,
    note=said(
        "按北京时间的钟点；公布数据中早晚高峰最多。",
        "By the hour (UTC+8); published figures peak at the two rush hours.",
    ),
    query="rescue_hours",
    fields=(word("hour", "时", "Hour"), count("entrapments", "困人", "Entrapments")),
    width=10,
)

_REPEATED: Final = Panel(
    title=said("反复困人的电梯", "Lifts that trap people again"),
    kind=Kind.TABLE,
    note=said(
        "次数多的在前；点击打开该电梯的趋势。",
        "The most often first; a click opens the lift's trends.",
    ),
    query="repeated",
    fields=(
        word("lift", "电梯", "Lift", TO_LIFT),
        hidden("asset_id"),
        NAME,
        hidden("path"),
        count("entrapments", "困人次数", "Times", Steps(amber=2, red=3)),
        moment("last_at", "最近一次", "Last"),
        seconds("arrival", "到场(中位数)", "Arrival, median", _ARRIVAL),
        MAINTAINER,
    ),
    height=9,
    empty=_NOBODY,
)

_MAINTAINERS: Final = Panel(
    title=said("维保单位比较", "Maintenance firms"),
    kind=Kind.TABLE,
    note=said(
        "折算到每百台，便于比较大小不同的单位；台数少的单位数字起伏大。",
        "Per 100 lifts, so that firms of different size compare; small fleets swing.",
    ),
    query="maintainers",
    fields=(
        MAINTAINER,
        count("lifts", "电梯", "Lifts"),
        count("entrapments", "困人", "Entrapments"),
        Field(key="entrapments_per_100", title=said("困人/百台", "Entrapments per 100"), digits=1),
        Field(key="faults_per_100", title=said("故障/百台", "Faults per 100"), digits=1),
        seconds("arrival", "到场(中位数)", "Arrival, median", _ARRIVAL),
    ),
    width=14,
    empty=said("没有登记电梯", "No lift registered"),
)

_FAULTS: Final = Panel(
    title=said("电梯报得最多的", "What lifts report most"),
    kind=Kind.TABLE,
    note=said(
        "所选时间内电梯产生的报警，不含演练。",
        "Alarms of lifts in the chosen time, drills left out.",
    ),
    query="faults",
    fields=(EVENT, count("alarms", "报警", "Alarms"), count("lifts", "电梯", "Lifts")),
    width=10,
    empty=said("没有报警", "No alarm"),
)

LIFTS: Final = Dashboard(
    uid="tw-lifts",
    title=said("电梯", "Lift fleet"),
    note=said(
        "困人、到场、反复故障，按 96333 平台的口径。",
        "Entrapments, arrivals, repeated faults as 96333 platforms publish them.",
    ),
    sql_file="lifts.sql",
    variables=(PLACE_CHOICE,),
    marks=(DRILL_MARK,),
    panels=(
        *_STATS,
        row("困人", "Entrapments"),
        _DAYS,
        _HOURS,
        _REPEATED,
        row("原因", "Causes"),
        _MAINTAINERS,
        _FAULTS,
    ),
)
