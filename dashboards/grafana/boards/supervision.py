"""Supervision: published scores, measures in progress, what owners say."""

from typing import Final

from dashboards.grafana.boards.columns import ANY, PLACE_CHOICE, SOME, count, moment, share, word
from dashboards.grafana.panels import Dashboard, Field, Kind, Panel, Steps, row, stat
from dashboards.grafana.words import MEASURES, NO_ALARM, STAGES, said

_FEW: Final = said("没有评价", "No answer")

_STATS: Final = (
    stat(
        "newest",
        said("最新公布的周期", "Newest published period"),
        said(
            "得分由人公布后才出现在这里；同样的事实得出同样的分数。",
            "Scores stand here once somebody has published them; the same facts give the same score.",
        ),
        empty=said("尚未公布", "None published"),
    ),
    stat(
        "open_measures",
        said("进行中的监管措施", "Measures in progress"),
        said(
            "整改、督办、末五位、红黑榜中未办结的。",
            "Rectification, supervision, last five, lists: not done yet.",
        ),
    ),
    stat(
        "overdue_measures",
        said("逾期未改", "Overdue"),
        said(
            "整改期限(北京时间)已过仍未办结的措施。",
            "Measures whose last day (UTC+8) is over and that are not done.",
        ),
        steps=ANY,
    ),
    stat(
        "stars",
        said("业主评分", "Owners' stars"),
        said(
            "业主和业委会评分的平均值(1 至 5)。请同时看右侧的评价数，数量少时不可比较。",
            "Mean of what owners and committees gave (1 to 5). Look at the number of answers on the"
            " right: few answers cannot be compared.",
        ),
        steps=Steps(amber=3.5, red=2.5, is_floor=True),
        digits=2,
        empty=_FEW,
    ),
    stat(
        "answers",
        said("评价数", "Answers"),
        said("所选时间内收到的评价。", "Answers of the chosen time."),
    ),
    stat(
        "unanswered_posts",
        said("查岗无应答", "Duty checks unanswered"),
        said(
            "消控室查岗没有人应答的比例。",
            "Share of duty checks of control rooms that nobody answered.",
        ),
        steps=Steps(amber=0.05, red=0.2),
        unit="percentunit",
        digits=1,
        empty=said("没有查岗", "No check"),
    ),
)

_RANKING: Final = Panel(
    title=said("最新排名", "Newest ranking"),
    kind=Kind.TABLE,
    note=said(
        "最新公布周期的排名。总分含业主评价 60 %；评价太少时没有总分，只按设备分排名。覆盖率低的设备分已相应折减。",
        "Ranks of the newest published period. The total holds 60 % owners' ratings; with too few"
        " answers there is no total, and the rank goes by the equipment alone. Low coverage costs points.",
    ),
    query="ranking",
    fields=(
        count("rank", "名次", "Rank"),
        word("company", "单位", "Company"),
        word("period", "周期", "Period"),
        Field(key="total", title=said("总分", "Total"), digits=1),
        Field(key="equipment", title=said("设备分", "Equipment"), digits=1),
        count("answers", "评价数", "Answers"),
        share("coverage", "在线比例", "Coverage", Steps(amber=0.95, red=0.8, is_floor=True)),
        Field(
            key="measured_by",
            title=said("排名依据", "Ranked by"),
            words={"total": said("总分", "Total"), "equipment": said("设备分", "Equipment")},
        ),
    ),
    width=14,
    height=11,
    empty=said("尚未公布得分", "No score published"),
)

_RATED: Final = Panel(
    title=said("业主怎么说", "What owners say"),
    kind=Kind.TABLE,
    note=said(
        "评分低的在前；评价数少的不可比较。", "The lowest first; few answers cannot be compared."
    ),
    query="rated",
    fields=(
        word("company", "单位", "Company"),
        count("answers", "评价数", "Answers"),
        Field(
            key="stars",
            title=said("平均星数", "Stars"),
            digits=2,
            steps=Steps(amber=3.5, red=2.5, is_floor=True),
        ),
        count("committees", "其中业委会", "Committees"),
    ),
    width=10,
    height=11,
    empty=_FEW,
)

_OPEN: Final = Panel(
    title=said("未办结的措施", "Measures not done"),
    kind=Kind.TABLE,
    note=said(
        "每项处罚由人决定；平台只提出并记录依据。期限近的在前。",
        "A person decides every measure; the platform proposes and keeps the evidence. The soonest first.",
    ),
    query="open_list",
    fields=(
        word("number", "编号", "Number"),
        Field(key="kind", title=said("措施", "Measure"), words=MEASURES),
        word("company", "单位", "Company"),
        word("subject", "事由", "Subject"),
        Field(key="stage", title=said("进度", "Stage"), words=STAGES),
        moment("due", "期限", "Due"),
        moment("opened_at", "立项", "Opened"),
    ),
    width=16,
    empty=NO_ALARM,
)

_BY_KIND: Final = Panel(
    title=said("措施(按种类)", "Measures by kind"),
    kind=Kind.TABLE,
    note=said(
        "所选时间内立项的措施及其结果。",
        "Measures opened in the chosen time and what became of them.",
    ),
    query="by_kind",
    fields=(
        Field(key="kind", title=said("措施", "Measure"), words=MEASURES),
        count("opened", "立项", "Opened"),
        count("done", "办结", "Done"),
        count("withdrawn", "撤销", "Withdrawn", SOME),
    ),
    width=8,
    empty=NO_ALARM,
)

_HISTORY: Final = Panel(
    title=said("设备分的走势", "Equipment scores over time"),
    kind=Kind.TIME_SERIES,
    note=said(
        "每个公布周期中最好、居中和最差单位的设备分(0 至 100)。",
        "The best, the middle and the worst company's equipment score (0 to 100) of each period.",
    ),
    query="history",
    fields=(
        Field(key="best", title=said("最好", "Best"), digits=1),
        Field(key="middle", title=said("居中", "Middle"), digits=1),
        Field(key="worst", title=said("最差", "Worst"), digits=1),
    ),
    empty=said("尚未公布得分", "No score published"),
)

SUPERVISION: Final = Dashboard(
    uid="tw-supervision",
    title=said("监管评价", "Supervision"),
    note=said(
        "每月一打分、红黑榜、整改与督办，以及业主的评价。",
        "Monthly scores, lists, rectification and supervision notices, and what owners say.",
    ),
    sql_file="supervision.sql",
    variables=(PLACE_CHOICE,),
    panels=(
        *_STATS,
        row("单位", "Companies"),
        _RANKING,
        _RATED,
        row("措施", "Measures"),
        _OPEN,
        _BY_KIND,
        row("走势", "Over time"),
        _HISTORY,
    ),
    refresh="15m",
    since="now-90d",
)
