"""What a model found, in words: what has changed, by when it may fail, how sure that is."""

from collections.abc import Sequence
from typing import Final

from analytics.detectors.sensor import Suspicion
from analytics.models.model import Confidence
from analytics.warnings.day import SURGE, Change, DayFinding, PastCase
from analytics.warnings.warning import LOCAL_TIME
from gateway.catalogue import Text

CONFIDENCES: Final = {
    Confidence.UNKNOWN: Text(zh="尚无足够记录判断", en="no record yet to tell"),
    Confidence.POSSIBLE: Text(zh="可能", en="possible"),
    Confidence.LIKELY: Text(zh="较可能", en="likely"),
    Confidence.VERY_LIKELY: Text(zh="很可能", en="very likely"),
}
SUSPICIONS: Final = {
    Suspicion.STUCK: Text(zh="读数一直不变", en="it repeats one value"),
    Suspicion.SPIKES: Text(zh="个别日读数异常跳动", en="single days are wild"),
    Suspicion.DROP_OUT: Text(zh="读数缺失", en="it says nothing"),
    Suspicion.SWAPPED: Text(zh="与另一传感器读数互换", en="it reads what another one read"),
    Suspicion.JUMP: Text(zh="一日之内突变后保持不变", en="it changed within a day and stays"),
}


def reason_of(finding: DayFinding, cases: Sequence[PastCase]) -> Text:
    """What has changed, by when it may fail, how sure that is, and what came of such warnings."""
    if finding.detector == SURGE:
        return _reason_of_hours(finding, cases)
    first, last = _between(finding, "%m-%d")
    sure = CONFIDENCES[finding.confidence]
    changes = [_told(change) for change in finding.changes]
    record, doubt = _record(cases), _doubt(finding.suspicion)
    return Text(
        zh=(
            f"{'、'.join(change.zh for change in changes)},同类设备没有这样的变化;"
            f"按已知案例,若不处理预计{first}至{last}之间发生故障。把握:{sure.zh}。{record.zh}{doubt.zh}"
        ),
        en=(
            f"{', '.join(change.en for change in changes)}; its peers did not change so. By known"
            f" cases it may fail between {first} and {last} unless seen to. Confidence: {sure.en}."
            f" {record.en}{doubt.en}"
        ),
    )


def _reason_of_hours(finding: DayFinding, cases: Sequence[PastCase]) -> Text:
    first, last = _between(finding, "%m-%d %H:%M")
    sure = CONFIDENCES[finding.confidence]
    changes = [_told(change) for change in finding.changes]
    record = _record(cases)
    return Text(
        zh=(
            f"数小时内的变化(与往日同一时段相比):{'、'.join(change.zh for change in changes)},"
            f"同类设备没有这样的变化;变化较快,若不处理可能在{first}至{last}之间发生故障。"
            f"把握:{sure.zh}。{record.zh}"
        ),
        en=(
            "A change within hours, against the same hours of former days:"
            f" {', '.join(change.en for change in changes)}; its peers did not change so. It is"
            f" fast: it may fail between {first} and {last} unless seen to."
            f" Confidence: {sure.en}. {record.en}"
        ),
    )


def _between(finding: DayFinding, written: str) -> tuple[str, str]:
    first, last = (
        at.astimezone(LOCAL_TIME).strftime(written)
        for at in (finding.expected_from, finding.expected_until)
    )
    return first, last


def _told(change: Change) -> Text:
    feature, is_up = change.feature, change.amount > 0
    size = (
        f"{abs(change.amount):.0%}"
        if feature.is_relative
        else f"{abs(change.amount):.1f} {feature.unit}"
    )
    return Text(
        zh=f"{feature.label.zh}比本机常态{'高' if is_up else '低'}{size.strip()}",
        en=f"{feature.label.en} {'above' if is_up else 'below'} its usual by {size.strip()}",
    )


def _doubt(suspicion: Suspicion | None) -> Text:
    """That the sensor itself may be to blame, in a sentence; empty: nothing speaks for it."""
    if suspicion is None:
        return Text(zh="", en="")
    why = SUSPICIONS[suspicion]
    return Text(
        zh=f"疑似传感器故障({why.zh}),请先核对传感器。",
        en=f" Sensor suspected ({why.en}): check the sensor first.",
    )


def _record(cases: Sequence[PastCase]) -> Text:
    if not cases:
        return Text(zh="没有同类案例。", en="No similar case yet.")
    true = [case for case in cases if case.lead_days is not None]
    zh, en = (
        f"近{len(cases)}次同类预警应验{len(true)}次",
        f"Of the last {len(cases)} alike, {len(true)} came true",
    )
    leads = sorted(case.lead_days for case in true if case.lead_days is not None)
    if leads:
        middle = leads[len(leads) // 2]
        zh, en = f"{zh},多在{middle:.0f}天后", f"{en}, after {middle:.0f} days as a rule"
    return Text(zh=f"{zh}。", en=f"{en}.")
