"""The page of the responsibility matrix that comes with the product: who answers for what."""  # noqa: INP001

from collections.abc import Iterator

from analytics.duties.calendar import DayKind
from analytics.duties.check import every_event
from analytics.duties.file import default_source, parse_matrix, public_holidays
from analytics.duties.lookup import LineFinder
from analytics.duties.matrix import Duty, Limit
from gateway.catalogue import AssetClass, EventKind

_HEAD = """\
# Responsibility matrix 权责清单

Written from `analytics/duties/default.yaml` by `python docs/generate.py`; change the file, not this page.
How to write one's own is said in [权责清单指南](zh/权责清单.md); its form is
[duties.schema.json](duties.schema.json) (JSON Schema, draft 2020-12).

The most exact line wins: by event, then asset class, then place, then calendar. Parties are kinds of
organisation, found in the registry at the place and the time; where the registry knows none, the property
company, the community's station, the community, the street and the bureau stand in, in this order.
"unverified" stands where the source of a basis is secondary, "site rule" where no law was found.

## 条目 lines

| 条目 key | 事件 event | 类别 class | 日历 calendar | 责任 responsible | 派单 order to | 协同 joint | 升级 chain | 时限 clocks [s] | 上报 bureau | 依据 basis |
|---|---|---|---|---|---|---|---|---|---|---|
"""


def duties_page() -> str:
    """The whole page."""
    matrix = parse_matrix(default_source())
    lines = "\n".join(map(_line, matrix.duties))
    finder = LineFinder(matrix)
    return "\n".join([_HEAD + lines, "", *_holidays(), *_events(finder)]) + "\n"


def _line(duty: Duty) -> str:
    clocks = ", ".join(
        f"{limit} {round(duty.limits[limit].total_seconds())}"
        for limit in Limit
        if limit in duty.limits
    )
    cells = (
        f"`{duty.key}`",
        f"`{duty.event}`",
        f"`{duty.asset_class}`",
        duty.calendar,
        str(duty.responsible),
        str(duty.order_to) if duty.opens_order else "-",
        ", ".join(duty.joint) or "-",
        " → ".join(duty.chain),
        clocks,
        "是 yes" if duty.tells_bureau else "-",
        duty.basis,
    )
    return "| " + " | ".join(cells) + " |"


def _holidays() -> Iterator[str]:
    yield "## 节假日 public holidays"
    yield ""
    for year in public_holidays().years.values():
        yield f"- **{year.year}**: {year.basis}"
        if year.is_published:
            days = ", ".join(day.strftime("%m-%d") for day in sorted(year.holidays))
            work = ", ".join(day.strftime("%m-%d") for day in sorted(year.workdays))
            yield f"  - 放假 {DayKind.HOLIDAY}: {days}"
            yield f"  - 调休上班 {DayKind.WORKDAY}: {work}"
    yield ""


def _events(finder: LineFinder) -> Iterator[str]:
    yield "## 事件 events"
    yield ""
    yield "Which lines hold for each event of the [catalogue](catalogue.md) where no place has its own."
    yield ""
    yield "| 类别 class | 事件 event | 条目 lines |"
    yield "|---|---|---|"
    for kind, of_class in every_event():
        yield f"| {of_class.label.zh} `{of_class.name}` | {_named(kind)} | {_keys(finder, kind, of_class)} |"


def _named(kind: EventKind) -> str:
    mark = " ●" if kind.is_life_safety else ""
    return f"{kind.label.zh} `{kind.name}`{mark}"


def _keys(finder: LineFinder, kind: EventKind, of_class: AssetClass) -> str:
    keys = finder.keys(kind, of_class.name)
    return ", ".join(f"`{key}`" for key in keys)
