"""Alarm load: what ISA-18.2 asks of desks, bad actors, and what is kept from them."""

from typing import Final

from dashboards.grafana.boards.columns import (
    ASSET,
    CLASS,
    DRILL_MARK,
    EVENT,
    ORGANISATION_CHOICE,
    PLACE_CHOICE,
    SEVERITY,
    SOME,
    count,
    hidden,
    moment,
    seconds,
    share,
    word,
)
from dashboards.grafana.panels import Dashboard, Kind, Panel, Steps, row, stat
from dashboards.grafana.words import said

_LOAD: Final = Steps(amber=1, red=2)
_FLOOD: Final = Steps(amber=5, red=11)
_SOURCE_ZH: Final = "(ISA-18.2、EEMUA 191，转引，未核实)"
_SOURCE_EN: Final = " (ISA-18.2, EEMUA 191; secondary, unverified)"

_STATS: Final = (
    stat(
        "per_desk",
        said("平均每 10 分钟", "Average per 10 min"),
        said(
            f"每个值班台每 10 分钟的报警数，归并后。不超过 1 可以应付,2 是上限{_SOURCE_ZH}。",
            f"Alarms per desk and 10 minutes after folding. Up to 1 can be handled, 2 is the most{_SOURCE_EN}.",
        ),
        steps=_LOAD,
        digits=2,
    ),
    stat(
        "peak",
        said("最忙的 10 分钟", "Fullest 10 min"),
        said(
            f"任一值班台 10 分钟内最多的报警数；超过 10 即泛滥{_SOURCE_ZH}。",
            f"Most alarms of any desk in 10 minutes; more than 10 is a flood{_SOURCE_EN}.",
        ),
        steps=_FLOOD,
    ),
    stat(
        "floods",
        said("泛滥次数", "Floods"),
        said(
            "某值班台 10 分钟内超过 10 条的次数：没有人读得完。",
            "Ten minutes of a desk with more than 10 alarms: nobody reads them all.",
        ),
        steps=SOME,
    ),
    stat(
        "chattering",
        said("正在抖动", "Chattering"),
        said(
            "短时间反复产生和恢复的报警：该修设备或调限值。",
            "Raised again and again: mend the device or its limit.",
        ),
        steps=SOME,
    ),
    stat(
        "stale",
        said("滞留", "Stale"),
        said("长时间未关闭的报警：人们已习惯它。", "Open for too long: people no longer see it."),
        steps=SOME,
    ),
    stat(
        "held",
        said("不上值班台", "Kept from the desk"),
        said(
            "被搁置、抑制或退出运行的未关闭报警。火警和困人不在其中。",
            "Open alarms that are shelved, suppressed or out of service; never fire or entrapment.",
        ),
    ),
)

_FOLDING: Final = Panel(
    title=said("归并前后", "Before and after folding"),
    kind=Kind.TIME_SERIES,
    note=said(
        "同一原因(断电、网关失联)的报警归并为一条；火警和困人从不归并。",
        "Alarms of one cause become one; fire and entrapment are never folded.",
    ),
    query="folding",
    fields=(count("raised", "产生", "Raised"), count("shown", "归并后", "Shown")),
    width=14,
    has_bars=True,
)

_PRIORITIES: Final = Panel(
    title=said("级别分布", "Severities"),
    kind=Kind.TABLE,
    note=said(
        f"参考：危及生命约 5 %、严重约 15 %、其余约 80 %{_SOURCE_ZH}。",
        f"To compare: about 5 % critical, 15 % major, 80 % the rest{_SOURCE_EN}.",
    ),
    query="priorities",
    fields=(SEVERITY, count("alarms", "报警", "Alarms"), share("share", "占比", "Share")),
    width=10,
)

_BUSIEST: Final = Panel(
    title=said("最忙的值班台与时段", "Busiest desks and times"),
    kind=Kind.TABLE,
    note=said("归并后条数最多的 10 分钟。", "The 10 minutes with the most alarms after folding."),
    query="busiest",
    fields=(
        moment("begins_at", "时段", "From"),
        word("desk", "值班台", "Desk"),
        count("shown", "归并后", "Shown", _FLOOD),
        count("raised", "产生", "Raised"),
        count("life_safety", "其中生命安全", "Life safety"),
    ),
    width=12,
    height=9,
)

_ACTORS: Final = Panel(
    title=said("报警大户(前十)", "Bad actors, top ten"),
    kind=Kind.TABLE,
    note=said(
        "少数设备常占多数报警；“占比”按触发次数。修好前几台负荷就会明显下降。",
        "A few devices often make most alarms; the share is of all raises. Mending the first relieves the desk.",
    ),
    query="bad_actors",
    fields=(
        ASSET,
        hidden("asset_id"),
        CLASS,
        EVENT,
        count("alarms", "报警", "Alarms"),
        count("raises", "触发次数", "Raises"),
        share("share", "占比", "Share", Steps(amber=0.05, red=0.2)),
    ),
    width=12,
    height=9,
)

_TIMES: Final = Panel(
    title=said("确认用时(按日)", "Time to acknowledge by day"),
    kind=Kind.TIME_SERIES,
    note=said(
        "从上值班台到有人确认；还没有人确认的不在其中。",
        "From the desk to a person's word; what nobody acknowledged is not in it.",
    ),
    query="time_to_acknowledge",
    fields=(
        seconds("median", "中位数", "Median"),
        seconds("nine_of_ten", "九成以内", "Nine of ten"),
    ),
)

LOAD: Final = Dashboard(
    uid="tw-load",
    title=said("报警负荷", "Alarm load"),
    note=said("值班员能不能看得过来。", "Whether people at the desks can read what comes."),
    sql_file="load.sql",
    variables=(PLACE_CHOICE, ORGANISATION_CHOICE),
    marks=(DRILL_MARK,),
    panels=(
        *_STATS,
        row("负荷", "Load"),
        _FOLDING,
        _PRIORITIES,
        _BUSIEST,
        _ACTORS,
        row("反应", "Response"),
        _TIMES,
    ),
    since="now-7d",
)
