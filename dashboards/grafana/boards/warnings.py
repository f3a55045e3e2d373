"""Early warnings beside their record: what will fail, by when, why, and how often that came true."""

from typing import Final

from dashboards.grafana.boards.columns import (
    ASSET,
    CLASS,
    NAME,
    PLACE_CHOICE,
    SOME,
    count,
    hidden,
    moment,
    seconds,
    share,
    word,
)
from dashboards.grafana.panels import Dashboard, Field, Kind, Panel, row, stat
from dashboards.grafana.words import said

_NONE: Final = said("没有已有结果的", "None settled")

_STATS: Final = (
    stat(
        "open_warnings",
        said("未了结的预警", "Open warnings"),
        said(
            "还没有结果的预警。没有预警不等于不会坏。",
            "Warnings without a result. No warning does not mean that nothing will fail.",
        ),
        width=5,
    ),
    stat(
        "due_this_week",
        said("七天内预计发生", "Expected in seven days"),
        said(
            "预计七天内会坏的，应先安排检修。",
            "Expected to fail within seven days: look at these first.",
        ),
        steps=SOME,
        width=5,
    ),
    stat(
        "borne_out",
        said("应验率", "Borne out"),
        said(
            "有结果的预警中应验的比例(含偏早、偏晚)，撤回的算未应验。",
            "Share of settled warnings that came true, early or late included; withdrawn counts against.",
        ),
        unit="percentunit",
        digits=1,
        width=5,
        empty=_NONE,
    ),
    stat(
        "settled",
        said("有结果的预警", "Settled"),
        said(
            "应验率的分母；数量少时比例仅供参考。",
            "What the share is of; with few of them it says little.",
        ),
        width=4,
    ),
    stat(
        "lead",
        said("提前量(中位数)", "Lead, median"),
        said("从预警到实际故障的时间。", "From the warning to the failure."),
        unit="s",
        digits=1,
        width=5,
        empty=_NONE,
    ),
)

_STANDING: Final = Panel(
    title=said("会坏什么、何时、为什么", "What will fail, by when, why"),
    kind=Kind.TABLE,
    note=said(
        "预计最早的在前，最多 200 条。把握程度由模型的历史成绩给出。",
        "The soonest first, at most 200. Confidence comes from the model's own record.",
    ),
    query="standing",
    fields=(
        ASSET,
        hidden("asset_id"),
        CLASS,
        NAME,
        word("metric", "指标", "Metric"),
        word("reason", "依据", "Why"),
        moment("expected_from", "预计最早", "From"),
        moment("expected_until", "预计最晚", "Until"),
        Field(
            key="confidence",
            title=said("把握", "Confidence"),
            words={
                "unknown": said("不知道", "Unknown"),
                "possible": said("可能", "Possible"),
                "likely": said("较可能", "Likely"),
                "very_likely": said("很可能", "Very likely"),
            },
        ),
        moment("raised_at", "发出", "Raised"),
    ),
    height=10,
    empty=said("没有未了结的预警", "No open warning"),
)

_RECORD: Final = Panel(
    title=said("成绩单(累计)", "The record, in all"),
    kind=Kind.TABLE,
    note=said(
        "每种方法和模型说过多少、对了多少。全平台累计，不随时间和地点变化：模型的成绩不属于任何一个小区。",
        "How often each method and model spoke and was right. Of the whole platform since its start: a model's"
        " record belongs to no compound.",
    ),
    query="record",
    fields=(
        CLASS,
        word("detector", "方法", "Detector"),
        word("model", "模型", "Model"),
        count("raised", "发出", "Raised"),
        count("open", "未了结", "Open"),
        count("hit", "命中", "Hit"),
        count("early", "偏早", "Early"),
        count("late", "偏晚", "Late"),
        count("not_borne_out", "未应验", "Not borne out"),
        count("withdrawn", "撤回", "Withdrawn"),
        share("borne_out", "应验率", "Borne out"),
        seconds("lead", "提前量", "Lead"),
        Field(
            key="false_per_100_days",
            title=said("误警/百台日", "False per 100 asset-days"),
            digits=2,
        ),
    ),
    height=9,
    empty=said("还没有发出过预警", "No warning yet"),
)

_WEEKS: Final = Panel(
    title=said("结果(按周)", "Results by week"),
    kind=Kind.TIME_SERIES,
    note=said("按有结果的那一周统计。", "By the week in which they were settled."),
    query="settled_weeks",
    fields=(
        count("hit", "命中", "Hit"),
        count("early", "偏早", "Early"),
        count("late", "偏晚", "Late"),
        count("not_borne_out", "未应验", "Not borne out"),
        count("withdrawn", "撤回", "Withdrawn"),
    ),
    is_stacked=True,
    has_bars=True,
    empty=_NONE,
)

_MODELS: Final = Panel(
    title=said("在用的模型", "Models in force"),
    kind=Kind.TABLE,
    note=said(
        "不适用(数据变了样)的模型会自动停用，只保留限值和趋势预警。",
        "A model that no longer fits its data stops by itself; limits and trends go on.",
    ),
    query="models",
    fields=(
        CLASS,
        word("model", "模型", "Model"),
        Field(
            key="kind",
            title=said("如何", "How"),
            words={
                "activate": said("启用", "Activated"),
                "rollback": said("回退", "Rolled back"),
                "fallback": said("自动停用", "Fell back"),
                "stop": said("停用", "Stopped"),
            },
        ),
        moment("since", "自", "Since"),
        Field(
            key="last_day", title=said("最近判断", "Last judged"), unit="dateTimeAsIso", width=170
        ),
        count("assets", "设备", "Assets"),
        Field(
            key="is_fit",
            title=said("适用", "Fit"),
            words={"true": said("是", "Yes"), "false": said("否", "No")},
        ),
        Field(key="drift", title=said("漂移", "Drift"), digits=3),
    ),
    empty=said("没有模型：只按限值和趋势预警", "No model: limits and trends alone"),
)

WARNINGS: Final = Dashboard(
    uid="tw-warnings",
    title=said("智慧预警", "Early warnings"),
    note=said("预警与它们的成绩单并排。", "Warnings beside their record."),
    sql_file="warnings.sql",
    variables=(PLACE_CHOICE,),
    panels=(*_STATS, _STANDING, row("准不准", "How often right"), _RECORD, _WEEKS, _MODELS),
    refresh="5m",
    since="now-90d",
)
