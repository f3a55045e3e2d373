"""City overview: what stands open now, who is late, what is not monitored, which lifts trap people."""

from typing import Final

from dashboards.grafana.boards.columns import (
    ANY,
    CLASS,
    DRILL_MARK,
    KEPT_SHARE,
    MAINTAINER,
    MISSING_SHARE,
    NAME,
    PLACE_CHOICE,
    SOME,
    TO_COMPANY,
    TO_LIFT,
    TO_PLACE,
    count,
    hidden,
    moment,
    seconds,
    share,
    word,
)
from dashboards.grafana.panels import Dashboard, Kind, Panel, Steps, row, stat
from dashboards.grafana.words import said

NOW: Final = (
    stat(
        "open_fire",
        said("未关闭的火警", "Open fire alarms"),
        said(
            "现在未关闭的火警，不含演练和测试。0 表示没有；未被监测的设备不会报警，请同时看右侧“未被监测”。",
            "Fire alarms that stand now, drills left out. 0 means none; what is not monitored cannot"
            " raise one: see the share on the right.",
        ),
        steps=ANY,
    ),
    stat(
        "open_entrapment",
        said("未关闭的困人", "Open entrapments"),
        said(
            "现在未关闭的电梯困人报警，不含演练。",
            "Entrapment alarms that stand now, drills left out.",
        ),
        steps=ANY,
    ),
    stat(
        "unacknowledged",
        said("无人确认的报警", "Unacknowledged alarms"),
        said(
            "还没有值班员确认的报警。搁置、抑制和退出运行的不计入，它们在“报警负荷”中。",
            "Alarms that nobody at a desk has acknowledged. What is shelved, suppressed or out of"
            " service is not counted here but in Alarm load.",
        ),
        steps=SOME,
    ),
    stat(
        "late_now",
        said("现在超时", "Late now"),
        said(
            "权责清单规定的首个时限已过而事情仍未完成的报警和工单数。",
            "Alarms and orders whose first deadline by the responsibility matrix is over and that"
            " are still not done.",
        ),
        steps=SOME,
    ),
    stat(
        "unmonitored",
        said("未被监测", "Not monitored"),
        said(
            "登记设备中未验收、从未上报或失联的比例。未被监测不等于正常。",
            "Share of registered equipment that was never commissioned, never heard or is silent."
            " Not monitored does not mean normal.",
        ),
        steps=MISSING_SHARE,
        unit="percentunit",
        digits=1,
        empty=said("没有登记设备", "Nothing registered"),
    ),
    stat(
        "trapping_lifts",
        said("反复困人的电梯", "Lifts that trap again"),
        said(
            "所选时间内困人两次及以上的电梯数，已排除经核实不成立的。",
            "Lifts that trapped people twice or more in the chosen time; refuted ones left out.",
        ),
        steps=SOME,
    ),
)

BELOW: Final = Panel(
    title=said("下级地点：哪里需要过问", "Places below: where to ask"),
    kind=Kind.TABLE,
    note=said(
        "所选地点的直接下级，按未关闭的生命安全报警、现在超时、困人次数、未被监测比例排序。点击地点进入下钻。",
        "The places directly below the chosen one, by open life-safety alarms, promises late now,"
        " entrapments and share not monitored. A click opens the place.",
    ),
    query="below",
    fields=(
        word("place", "地点", "Place", TO_PLACE),
        hidden("path"),
        count("life_safety", "生命安全报警", "Life safety", ANY),
        count("late", "现在超时", "Late now", SOME),
        count("entrapments", "困人次数", "Entrapments"),
        count("registered", "登记设备", "Registered"),
        share("unmonitored", "未被监测", "Not monitored", MISSING_SHARE),
    ),
    height=9,
    empty=said("没有下级地点", "No place below"),
)

DAYS: Final = Panel(
    title=said("火警与困人(按日)", "Fire and entrapment by day"),
    kind=Kind.TIME_SERIES,
    note=said(
        "按北京时间的日期统计报警产生数，不含演练和测试。误报为核实后认定。没有柱即当日没有。",
        "Alarms by the day (UTC+8) on which they were raised, drills left out. False means found so"
        " on site. No bar: none that day.",
    ),
    query="life_safety_days",
    fields=(
        count("fire", "火警", "Fire"),
        count("false_fire", "火警(误报)", "Fire, false"),
        count("entrapment", "困人", "Entrapment"),
    ),
    is_stacked=True,
    has_bars=True,
    width=12,
)

COMPANIES: Final = Panel(
    title=said("谁超时了", "Who is late"),
    kind=Kind.TABLE,
    note=said(
        "按单位统计：现在超时的件数和最久超时；按时率为所选时间内到期的首个时限中按时完成的比例，"
        "“到期件数”少时比例仅供参考。",
        "By organisation: what is late now and for how long; kept is the share of first deadlines"
        " that ended in the chosen time and were met. With few of them the share says little.",
    ),
    query="companies",
    fields=(
        word("organisation", "单位", "Organisation", TO_COMPANY),
        hidden("organisation_id"),
        count("late", "现在超时", "Late now", SOME),
        seconds("longest", "最久超时", "Longest"),
        count("ended", "到期件数", "Ended"),
        share("kept", "按时率", "Kept", KEPT_SHARE),
    ),
    width=12,
    height=9,
    empty=said("所选时间内没有到期的时限", "No deadline ended in the chosen time"),
)

REPEATED: Final = Panel(
    title=said("困人的电梯", "Lifts that trapped people"),
    kind=Kind.TABLE,
    note=said(
        "所选时间内发生困人的电梯，次数多的在前；两次及以上应督促查明原因。",
        "Lifts that trapped people in the chosen time, the most often first; from twice on the cause"
        " should be asked for.",
    ),
    query="repeated",
    fields=(
        word("lift", "电梯", "Lift", TO_LIFT),
        hidden("asset_id"),
        NAME,
        hidden("path"),
        count("entrapments", "困人次数", "Times", Steps(amber=2, red=3)),
        moment("last_at", "最近一次", "Last"),
        count("people", "被困人数", "People"),
        MAINTAINER,
    ),
    width=12,
    height=9,
    empty=said("所选时间内没有困人", "Nobody was trapped in the chosen time"),
)

UNMONITORED: Final = Panel(
    title=said("未被监测的设备", "What is not monitored"),
    kind=Kind.BARS,
    note=said(
        "按类别和原因统计：未验收(未通过走梯/点位测试)、从未上报、失联(超过规定时间没有消息)、网关失联(设备本身可能正常，但消息到不了)。",
        "By class and reason: not commissioned (no walk test passed), never heard, silent (no sign of"
        " life for longer than its class allows), its gateway silent (it may be well, but nothing"
        " from it can arrive).",
    ),
    query="unmonitored_classes",
    fields=(
        CLASS,
        count("not_commissioned", "未验收", "Not commissioned"),
        count("never_heard", "从未上报", "Never heard"),
        count("silent", "失联", "Silent"),
        count("gateway_silent", "网关失联", "Its gateway is silent"),
    ),
    is_stacked=True,
    width=12,
    empty=said("全部设备都在监测中", "Everything is monitored"),
)

CITY: Final = Dashboard(
    uid="tw-city",
    title=said("城市总览", "City overview"),
    note=said(
        "给主管的一页：现在要紧的、谁超时、什么没有被监测、哪些电梯反复困人。",
        "One page for supervisors: what presses now, who is late, what is not monitored, which lifts"
        " trap people again and again.",
    ),
    sql_file="city.sql",
    variables=(PLACE_CHOICE,),
    marks=(DRILL_MARK,),
    panels=(
        row("现在", "Now"),
        *NOW,
        row("哪里", "Where"),
        BELOW,
        row("谁", "Who"),
        COMPANIES,
        REPEATED,
        row("什么", "What"),
        UNMONITORED,
        DAYS,
    ),
)
