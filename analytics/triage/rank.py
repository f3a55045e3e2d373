"""Which cause is likely: each rule holds, does not hold, or cannot be told; pure.

A cause begins with its place in the playbook and gains what speaks for it. Confidence is said in
words and never better than the evidence: without any, everything is low, however usual.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

import numpy as np

from analytics.notices.contact import ZONE
from analytics.triage.fact import Facts
from analytics.triage.playbook import (
    ANY,
    SAME,
    Active,
    Alone,
    Cause,
    Drift,
    FalseBefore,
    History,
    Hours,
    Level,
    Library,
    Maintenance,
    Near,
    Playbook,
    Recent,
    Rule,
    Silent,
    Unregistered,
    WarnedBefore,
)
from gateway.catalogue import Metric, Text, asset_class, event_kind

FOR_HIGH: Final = 5
FOR_MEDIUM: Final = 2
"""Weight of the evidence that makes a cause likely, or possible (site rule)."""
LEAST_VALUES: Final = 12
"""Fewest values of which a trend is told."""
_MODES: Final = frozenset({"mode_inspection", "escalator_mode_inspection"})


class Confidence(StrEnum):
    """How sure a cause is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


WORDS: Final = {
    Confidence.HIGH: Text(zh="高", en="high"),
    Confidence.MEDIUM: Text(zh="中", en="medium"),
    Confidence.LOW: Text(zh="低", en="low"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A cause with what speaks for and against it.

    Attributes:
        unknown: Rules of which nobody could say whether they hold.
    """

    name: str
    label: Text
    confidence: Confidence
    score: int
    support: tuple[Text, ...]
    against: tuple[Text, ...]
    unknown: int


def rank(playbook: Playbook, books: Library, facts: Facts) -> list[Ranked]:
    """The causes of a playbook, the likeliest first; of equals the more usual.

    A hint that makes nothing likely (an hour of the day) moves nothing: a real fire does not slip
    below dust because it is noon.
    """
    found = [
        _judge(name, books.causes[name], facts) for name in playbook.causes if name in books.causes
    ]
    return sorted(found, key=lambda one: -max(one.score, FOR_MEDIUM - 1))


def _judge(name: str, cause: Cause, facts: Facts) -> Ranked:
    support: list[Text] = []
    against: list[Text] = []
    unknown, score = 0, 0
    for rule in cause.evidence:
        held = evidence(rule, facts)
        if held is None:
            unknown += 1
        elif isinstance(held, Text):
            score += rule.weight
            (support if rule.weight > 0 else against).append(held)
    return Ranked(
        name=name,
        label=Text(zh=cause.zh, en=cause.en),
        confidence=_confidence(score),
        score=score,
        support=tuple(support),
        against=tuple(against),
        unknown=unknown,
    )


def _confidence(score: int) -> Confidence:
    if score >= FOR_HIGH:
        return Confidence.HIGH
    return Confidence.MEDIUM if score >= FOR_MEDIUM else Confidence.LOW


@dataclass(frozen=True, slots=True)
class Absent:
    """A rule that does not hold."""

    def __bool__(self) -> bool:
        """It never speaks for anything."""
        return False


ABSENT: Final = Absent()
Verdict = Text | Absent | None
"""The words of a rule that holds; ABSENT: it does not hold; None: it cannot be told."""


def evidence(rule: Rule, facts: Facts) -> Verdict:  # noqa: C901, PLR0911, PLR0912 - a table of rules
    """Whether a rule holds, in words."""
    match rule:
        case History():
            return _history(rule, facts)
        case FalseBefore():
            return _false_before(rule, facts)
        case Near():
            return _near(rule, facts)
        case Alone():
            return _alone(facts)
        case Maintenance():
            return _maintenance(facts)
        case Active():
            return _active(rule, facts)
        case Recent():
            return _recent(rule, facts)
        case Level():
            return _level(rule, facts)
        case Drift():
            return _drift(rule, facts)
        case WarnedBefore():
            return _warned(facts)
        case Hours():
            return _hours(rule, facts.alarm.raised_at)
        case Silent():
            return _silent(facts)
        case Unregistered():
            known = Text(zh="该设备未登记", en="The asset is not registered")
            return known if facts.alarm.is_placeholder else ABSENT
        case _:
            assert_never(rule)


def _history(rule: History, facts: Facts) -> Verdict:
    if facts.past is None:
        return None
    event = facts.alarm.event if rule.event == SAME else rule.event
    since = facts.alarm.raised_at - timedelta(days=rule.days)
    count = sum(one.event == event and one.raised_at >= since for one in facts.past)
    if count < rule.at_least:
        return ABSENT
    label = event_kind(event).label
    return Text(
        zh=f"近{rule.days}天该设备“{label.zh}”已有{count}次",
        en=f"{count} x {label.en} on this asset in {rule.days} days",
    )


def _false_before(rule: FalseBefore, facts: Facts) -> Verdict:
    if facts.past is None:
        return None
    since = facts.alarm.raised_at - timedelta(days=rule.days)
    count = sum(
        one.event == facts.alarm.event and one.raised_at >= since and one.confirmation == "false"
        for one in facts.past
    )
    if count < rule.at_least:
        return ABSENT
    return Text(
        zh=f"近{rule.days}天该设备同类报警有{count}次被判为误报",
        en=f"Found to be false {count} x in {rule.days} days",
    )


_WITHIN: Final = {
    "zone": Text(zh="同一防火分区", en="the same fire zone"),
    "building": Text(zh="同一楼栋", en="the same building"),
    "compound": Text(zh="同一小区", en="the same compound"),
}


def _near(rule: Near, facts: Facts) -> Verdict:
    others = facts.near(rule.within)
    if others is None:
        return None
    wanted = [
        one
        for one in others
        if ANY in rule.events
        or one.event in rule.events
        or (SAME in rule.events and one.event == facts.alarm.event)
    ]
    if len(wanted) < rule.at_least:
        return ABSENT
    where = _WITHIN[rule.within]
    names = list(dict.fromkeys(one.event for one in wanted))[:3]
    labels = [event_kind(name).label for name in names]
    return Text(
        zh=f"{where.zh}另有{len(wanted)}处报警:{'、'.join(label.zh for label in labels)}",
        en=f"{len(wanted)} more in {where.en}: {', '.join(label.en for label in labels)}",
    )


def _alone(facts: Facts) -> Verdict:
    others = facts.near("building")
    if others is None:
        return None
    if others:
        return ABSENT
    return Text(zh="同一楼栋没有其他报警", en="Nothing else in the building alarms")


def _maintenance(facts: Facts) -> Verdict:
    if facts.orders:
        order = facts.orders[0]
        return Text(
            zh=f"该设备正在维修,工单{order.number}", en=f"Work goes on, order {order.number}"
        )
    if facts.active is not None and facts.active & _MODES:
        return Text(zh="设备处于检修模式", en="The asset is in inspection mode")
    return None if facts.orders is None or facts.active is None else ABSENT


def _active(rule: Active, facts: Facts) -> Verdict:
    if facts.active is None:
        return None
    found = [event for event in rule.events if event in facts.active]
    if not found:
        return ABSENT
    label = event_kind(found[0]).label
    return Text(zh=f"该设备同时存在“{label.zh}”", en=f"{label.en} is there too")


def _recent(rule: Recent, facts: Facts) -> Verdict:
    if facts.said is None:
        return None
    since = facts.alarm.raised_at - timedelta(minutes=rule.minutes)
    found = [
        one
        for one in facts.said
        if one.event in rule.events and since <= one.at and one.at <= facts.alarm.raised_at
    ]
    if not found:
        return ABSENT
    last = max(found, key=lambda one: one.at)
    label = event_kind(last.event).label
    ago = max(1, round((facts.alarm.raised_at - last.at).total_seconds() / 60))
    return Text(zh=f"报警前{ago}分钟内有“{label.zh}”", en=f"{label.en} within {ago} min before")


def _metric(facts: Facts, name: str) -> Metric | None:
    metrics = asset_class(facts.alarm.asset_class).metrics
    return next((one for one in metrics if one.name == name), None)


def _level(rule: Level, facts: Facts) -> Verdict:
    metric = _metric(facts, rule.metric)
    if facts.trend is None or metric is None:
        return None
    values = facts.trend.known(rule.metric)
    if not values.size:
        return None
    last = float(values[-1])
    is_beyond = (rule.above is not None and last > rule.above) or (
        rule.below is not None and last < rule.below
    )
    if not is_beyond:
        return ABSENT
    said = f"{last:g} {metric.written_unit}".strip()
    return Text(zh=f"{metric.label.zh}当前{said}", en=f"{metric.label.en} is {said}")


def _drift(rule: Drift, facts: Facts) -> Verdict:
    metric = _metric(facts, rule.metric)
    if facts.trend is None or metric is None:
        return None
    values = facts.trend.known(rule.metric)
    if values.size < LEAST_VALUES:
        return None
    third = values.size // 3
    before, after = float(np.median(values[:third])), float(np.median(values[-third:]))
    size = max(abs(before), abs(after), metric.deadband)
    change = (after - before) / size if size else 0.0
    is_held = change >= rule.share if rule.direction == "rising" else -change >= rule.share
    if not is_held:
        return ABSENT
    zh = "上升" if rule.direction == "rising" else "下降"
    span = f"{before:.4g} → {after:.4g} {metric.written_unit}".strip()
    return Text(
        zh=f"{metric.label.zh}近期{zh}({span})",
        en=f"{metric.label.en} is {rule.direction} ({span})",
    )


def _warned(facts: Facts) -> Verdict:
    if facts.warned is None:
        return None
    return facts.warned[0].reason if facts.warned else ABSENT


def _hours(rule: Hours, at: datetime) -> Verdict:
    hour = at.astimezone(ZONE).hour
    if rule.begin <= rule.until:
        is_within = rule.begin <= hour < rule.until
    else:
        is_within = hour >= rule.begin or hour < rule.until
    if not is_within:
        return ABSENT
    return Text(
        zh=f"发生在{rule.begin}时至{rule.until}时之间",
        en=f"Between {rule.begin}:00 and {rule.until}:00",
    )


def _silent(facts: Facts) -> Verdict:
    since = facts.alarm.silent_since
    if since is None:
        return ABSENT
    at = since.astimezone(ZONE)
    return Text(zh=f"该设备自{at:%m-%d %H:%M}起无数据", en=f"No data since {at:%m-%d %H:%M}")


def said_of(ranked: Sequence[Ranked]) -> bool:
    """Whether anything speaks for any cause; if not, the card says that it does not know."""
    return any(one.support and one.confidence is not Confidence.LOW for one in ranked)
