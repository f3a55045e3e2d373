"""Clocks of the responsibility matrix: which promises were kept, who is late, what came back."""

from typing import Final

from dashboards.grafana.boards.columns import (
    KEPT_SHARE,
    ORGANISATION,
    ORGANISATION_CHOICE,
    PLACE_CHOICE,
    SOME,
    TO_ALARM,
    TO_ORDER,
    count,
    hidden,
    moment,
    seconds,
    share,
    word,
)
from dashboards.grafana.panels import Dashboard, Field, Kind, Panel, row, stat
from dashboards.grafana.words import CLOCKS, said

_STATS: Final = (
    stat(
        "late_now",
        said("现在超时的时限", "Deadlines late now"),
        said(
            "首个时限已过而事情仍未完成的时限数；同一工单可能有几个(接单、到场、修复)。",
            "First deadlines that are over while the thing is still not done; one order may have several.",
        ),
        steps=SOME,
    ),
    stat(
        "open_orders",
        said("未完成的工单", "Open orders"),
        said("现在未关闭的工单。", "Orders that are not closed."),
    ),
    stat(
        "kept",
        said("按时率", "Kept"),
        said(
            "所选时间内结束的首个时限中按时完成的比例。",
            "Share met of the first deadlines that ended in the chosen time.",
        ),
        steps=KEPT_SHARE,
        unit="percentunit",
        digits=1,
        empty=said("没有到期的", "None ended"),
    ),
    stat(
        "fixed",
        said("一次修好", "Fixed for good"),
        said(
            "30 天内同一设备同一原因没有再报、且数据没有否定修复的工单比例。",
            "Share of orders whose cause did not come back on the same asset within 30 days and whose"
            " repair the measurements did not refute.",
        ),
        steps=KEPT_SHARE,
        unit="percentunit",
        digits=1,
        empty=said("没有工单", "No order"),
    ),
    stat(
        "preventive",
        said("维保按期完成", "Preventive work on time"),
        said(
            "所选时间内到期的维保和巡查中按期完成的比例(电梯每 15 天、消防巡查等)。",
            "Share done in time of the preventive duties that fell due: lifts every 15 days, fire rounds.",
        ),
        steps=KEPT_SHARE,
        unit="percentunit",
        digits=1,
        empty=said("没有到期的", "None fell due"),
    ),
    stat(
        "no_technician",
        said("无人可派", "Nobody to send"),
        said(
            "找不到合适维保员(资格、班次、距离)的未完成工单。",
            "Open orders for which no fitting technician was found.",
        ),
        steps=SOME,
    ),
)

_BY_KIND: Final = Panel(
    title=said("按步骤", "By step"),
    kind=Kind.TABLE,
    note=said(
        "每个步骤按时和超时的件数；“规定”为权责清单给的时限中位数，“用时”为按时完成者的中位数。",
        "Each step kept and missed; allowed is the median of what the matrix gives, taken the median"
        " of those kept.",
    ),
    query="by_kind",
    fields=(
        Field(key="kind", title=said("步骤", "Step"), words=CLOCKS),
        count("kept", "按时", "Kept"),
        count("missed", "超时", "Missed"),
        share("share", "按时率", "Share", KEPT_SHARE),
        seconds("median_kept", "用时(中位数)", "Taken, median"),
        seconds("allowed", "规定(中位数)", "Allowed, median"),
    ),
    width=12,
)

_VERIFIED: Final = Panel(
    title=said("数据怎么说：修好了吗", "What measurements say of repairs"),
    kind=Kind.BARS,
    note=said(
        "修复后平台再看一次测量数据：证实、否定，或设备没有消息而无法判断。",
        "After a repair the measurements are looked at once: borne out, refuted, or silent and so unknown.",
    ),
    query="verified",
    fields=(
        Field(
            key="result",
            title=said("结果", "Result"),
            words={
                "verified": said("证实修好", "Borne out"),
                "not_verified": said("没有修好", "Refuted"),
                "silent": said("设备无消息", "Silent"),
                "waiting": said("等待复核", "Waiting"),
            },
        ),
        count("orders", "工单", "Orders"),
    ),
    width=12,
)

_BY_ORGANISATION: Final = Panel(
    title=said("按责任单位", "By organisation"),
    kind=Kind.TABLE,
    note=said(
        "现在超时的在前，然后按时率低的在前。",
        "Those late now first, then the lowest share.",
    ),
    query="by_organisation",
    fields=(
        ORGANISATION,
        hidden("organisation_id"),
        count("late", "现在超时", "Late now", SOME),
        count("missed", "超时", "Missed"),
        count("kept", "按时", "Kept"),
        share("share", "按时率", "Share", KEPT_SHARE),
    ),
    width=10,
    height=10,
)

_LATE: Final = Panel(
    title=said("现在超时的清单", "What is late now"),
    kind=Kind.TABLE,
    note=said("超时最久的在前，最多 200 条。", "The longest first, at most 200."),
    query="late_list",
    fields=(
        Field(key="kind", title=said("步骤", "Step"), words=CLOCKS),
        ORGANISATION,
        word("asset", "设备编号", "Asset"),
        word("number", "工单号", "Order", TO_ORDER),
        hidden("order_id"),
        word("alarm", "报警号", "Alarm", TO_ALARM),
        moment("due_at", "时限", "Due"),
        seconds("late", "超时", "Late", SOME),
    ),
    width=14,
    height=10,
    empty=said("没有超时", "Nothing is late"),
)

_WEEKS: Final = Panel(
    title=said("按时与超时(按周)", "Kept and missed by week"),
    kind=Kind.TIME_SERIES,
    note=said("所选时间内结束的首个时限。", "First deadlines that ended in the chosen time."),
    query="weeks",
    fields=(count("kept", "按时", "Kept"), count("missed", "超时", "Missed")),
    width=12,
    is_stacked=True,
    has_bars=True,
)

_TIMES: Final = Panel(
    title=said("到场与修复用时(按周，中位数)", "Time to arrive and to restore, median by week"),
    kind=Kind.TIME_SERIES,
    note=said(
        "从派单算起；未到场、未修复的不计入，见左侧超时。",
        "From dispatch; what is not done yet is not in it.",
    ),
    query="times",
    fields=(seconds("arrival", "到场", "Arrival"), seconds("restored", "修复", "Restored")),
    width=12,
)

CLOCK_BOARD: Final = Dashboard(
    uid="tw-clocks",
    title=said("工单时限", "Work-order clocks"),
    note=said(
        "权责清单的时限是否兑现，谁欠着。",
        "Whether the promises of the matrix are kept, and who owes.",
    ),
    sql_file="clocks.sql",
    variables=(PLACE_CHOICE, ORGANISATION_CHOICE),
    panels=(
        *_STATS,
        row("现在", "Now"),
        _BY_ORGANISATION,
        _LATE,
        row("所选时间", "Chosen time"),
        _BY_KIND,
        _VERIFIED,
        _WEEKS,
        _TIMES,
    ),
)
