"""Early warnings as values: what is said, and how each turns out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType
from zoneinfo import ZoneInfo

import msgspec

from analytics.alarms.alarm import AssetId
from analytics.warnings.cycle import CROSSED, Finding, Reading
from gateway.catalogue import Metric, Text, asset_class

WarningId = NewType("WarningId", int)
LOCAL_TIME: Final = ZoneInfo("Asia/Shanghai")
"""Times that people read; the database has UTC."""


class Settlement(StrEnum):
    """How a warning turned out."""

    HIT = "hit"
    """The limit was reached in the time that was said."""
    EARLY = "early"
    """It was reached later than was said: the warning came too early."""
    LATE = "late"
    """It was reached before the time that was said."""
    FALSE = "false"
    """A person looked and found nothing."""
    WITHDRAWN = "withdrawn"
    """The trend ended before the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWarning:
    """A warning that has not turned out yet.

    Attributes:
        refreshed_at: When a cycle last found it.
        expected_from: What was said when it was raised, by which it is settled.
        limit: The value that it says will be reached [unit of the metric].
        is_floor: Whether falling to it is bad.
    """

    id: WarningId
    asset: AssetId
    detector: str
    metric: str
    refreshed_at: datetime
    expected_from: datetime
    expected_until: datetime
    limit: float
    is_floor: bool
    place_path: str


def settle(
    warning: OpenWarning, reading: Reading, now: datetime, patience: timedelta
) -> Settlement | None:
    """How a warning turned out, as far as this reading says; None: it stands.

    Args:
        warning: An open warning that this cycle has not found again.
        reading: What the cycle saw of its metric.
        now: The end of the window.
        patience: How long the trend must be gone before the warning is withdrawn.
    """
    is_reached = (
        reading.level <= warning.limit if warning.is_floor else reading.level >= warning.limit
    )
    if is_reached and reading.is_fresh:
        if now < warning.expected_from:
            return Settlement.LATE
        return Settlement.HIT if now <= warning.expected_until else Settlement.EARLY
    is_gone = reading.is_fresh and now - warning.refreshed_at >= patience
    return Settlement.WITHDRAWN if is_gone else None


def reason_of(finding: Finding, of_class: str) -> Text:
    """What will happen, by when and why, for people."""
    metric = asset_class(of_class).metric(finding.metric)
    label, unit = _words(finding, metric)
    if finding.detector == CROSSED:
        return _crossed(finding, label, unit)
    first, last = finding.points[0][1], finding.level
    window = finding.points[-1][0] - finding.since
    by = _span(finding.expected_from, finding.expected_until)
    width = finding.expected_until - finding.expected_from
    limit, meaning = f"{finding.limit.value:g} {unit}".strip(), finding.limit.meaning
    is_falling = finding.slope < 0
    zh = (
        f"{label.zh}在{_length_zh(window)}内由{first:.1f}{'降' if is_falling else '升'}至"
        f"{last:.1f} {unit},按此趋势预计{by.zh}(前后约{_length_zh(width)})达到{limit}({meaning.zh})"
    )
    en = (
        f"{label.en} {'fell' if is_falling else 'rose'} from {first:.1f} to {last:.1f} {unit} in"
        f" {_length_en(window)}; at this rate it reaches {limit} ({meaning.en}) {by.en}, within about {_length_en(width)}"
    )
    return Text(zh=zh, en=en)


def _crossed(finding: Finding, label: Text, unit: str) -> Text:
    limit, level = f"{finding.limit.value:g} {unit}".strip(), f"{finding.level:.4g} {unit}".strip()
    is_floor = finding.limit.is_floor
    return Text(
        zh=f"{label.zh}{level},{'低于' if is_floor else '高于'}设定的限值{limit}"
        f"(设定人与原因:{finding.limit.basis})",
        en=f"{label.en} is {level}, {'below' if is_floor else 'above'} the limit of {limit} that"
        f" was set ({finding.limit.basis})",
    )


def _words(finding: Finding, metric: Metric | None) -> tuple[Text, str]:
    if metric is None:
        return Text(zh=finding.metric, en=finding.metric), ""
    return metric.label, metric.written_unit


def _clock(at: datetime) -> str:
    return f"{at.astimezone(LOCAL_TIME):%m-%d %H:%M}"


def _span(first: datetime, last: datetime) -> Text:
    start, end = _clock(first), _clock(last)
    if start == end:
        return Text(zh=f"{start}前后", en=f"around {start}")
    return Text(zh=f"{start}至{end}", en=f"between {start} and {end}")


def _length_zh(length: timedelta) -> str:
    seconds = length.total_seconds()
    if seconds < 7200:
        return f"{max(1, round(seconds / 60))}分钟"
    return f"{seconds / 3600:.0f}小时" if seconds < 172800 else f"{seconds / 86400:.0f}天"


def _length_en(length: timedelta) -> str:
    seconds = length.total_seconds()
    if seconds < 7200:
        return f"{max(1, round(seconds / 60))} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172800 else f"{seconds / 86400:.0f} days"


class _Evidence(msgspec.Struct):
    metric: str
    unit: str
    limit: float
    is_floor: bool
    basis: str
    slope_per_h: float
    level: float
    points: list[tuple[int, float]]


def evidence_of(finding: Finding, of_class: str) -> bytes:
    """The numbers behind a finding as JSON; points are (ms UTC, value [unit])."""
    metric = asset_class(of_class).metric(finding.metric)
    evidence = _Evidence(
        metric=finding.metric,
        unit="" if metric is None else metric.unit,
        limit=finding.limit.value,
        is_floor=finding.limit.is_floor,
        basis=finding.limit.basis,
        slope_per_h=finding.slope * 3600,
        level=finding.level,
        points=[(round(at.timestamp() * 1000), value) for at, value in finding.points],
    )
    return msgspec.json.encode(evidence)
