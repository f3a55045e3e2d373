"""The page of asset classes, metrics and events, as the catalogue declares them."""  # noqa: INP001

from collections.abc import Iterator

from gateway.catalogue import (
    ASSET_CLASSES,
    AssetClass,
    Ending,
    EventKind,
    Gap,
    Metric,
    Severity,
)
from gateway.catalogue.platform import EARLY_WARNING

_HEAD = """\
# Catalogue 设备、指标与事件目录

Generated from `gateway/catalogue` by `python docs/generate.py`; change the code, not this page.

Names are wire names and, for metrics, column names. A frame carries all metrics of its class; a value is
sent again when it moved by more than the deadband, and at least once per interval. Values outside the
range cannot be true and are quarantined. An asset that is silent for longer than its silence limit is
*not monitored*, which is shown and is never shown as normal.

| 级别 severity | 含义 meaning |
|---|---|
| critical | 人命关天:火警、困人 (a life is in danger now) |
| major | 设备失去保护或必须停用,一小时内处理 (act within the hour) |
| minor | 会恶化的缺陷,数日内处理 (act within days) |
| warning | 尚未发生故障 (nothing has failed yet) |
| none | 仅记录,不报警 (a fact for the record) |

Endings: *clears* - the device says when it is over; *latches* - it stays until a person resets it;
*moment* - it has no duration. Life-safety events (groups fire and entrapment, marked ●) are never folded
away, filtered, budgeted or shelved, and have no on-delay. "unverified" stands where the source is
secondary.
"""


def catalogue_page() -> str:
    """The whole page."""
    parts = [_HEAD, _overview(), *(_class_part(kind) for kind in ASSET_CLASSES), _others()]
    return "\n".join(parts)


def _overview() -> str:
    rows = [
        f"| [`{kind.name}`](#{kind.name}) | {kind.label.zh} | {kind.label.en} | {len(kind.metrics)}"
        f" | {len(kind.events)} | {_table(kind)} | {kind.interval_s:g} | {kind.silence_s:g} |"
        for kind in ASSET_CLASSES
    ]
    head = (
        "## 类别 classes\n\n"
        "| class | 名称 | name | metrics | events | table | interval s | silence s |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n"


def _table(kind: AssetClass) -> str:
    return f"`{kind.table}`" if kind.table else "-"


def _class_part(kind: AssetClass) -> str:
    lines = [f"## {kind.name}", "", f"{kind.label.zh} · {kind.label.en}", ""]
    if kind.metrics:
        lines += [
            "| metric | 名称 | name | unit | low | high | deadband | missing means |",
            "|---|---|---|---|---|---|---|---|",
            *(_metric_row(metric) for metric in kind.metrics),
            "",
        ]
    return "\n".join([*lines, *_event_table(kind.events)])


def _metric_row(metric: Metric) -> str:
    missing = "held" if metric.gap is Gap.HELD else "no sensor"
    unit = metric.unit or "count or code"
    return (
        f"| `{metric.name}` | {metric.label.zh} | {metric.label.en} | {unit} | {metric.low:g}"
        f" | {metric.high:g} | {metric.deadband:g} | {missing} |"
    )


def _event_table(events: tuple[EventKind, ...]) -> Iterator[str]:
    yield "| event | 名称 | name | group | severity | ending | 首要处置 | first action | basis |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for event in events:
        mark = " ●" if event.is_life_safety else ""
        severity = "-" if event.severity is Severity.NONE else event.severity
        ending = "" if event.ending is Ending.CLEARS else event.ending
        yield (
            f"| `{event.name}`{mark} | {event.label.zh} | {event.label.en} | {event.group}"
            f" | {severity} | {ending or Ending.CLEARS} | {event.action.zh} | {event.action.en}"
            f" | {event.basis} |"
        )
    yield ""


def _others() -> str:
    lines = ["## any class", "", "任何类别 · May be raised on an asset of any class.", ""]
    return "\n".join([*lines, *_event_table((EARLY_WARNING,))])
