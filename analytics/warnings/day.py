"""What a model found on a day, in words: what has changed, by when it may fail, how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
import numpy as np

from analytics.alarms.alarm import AssetId
from analytics.detectors.sensor import Suspect, Suspicion
from analytics.features.feature import Feature
from analytics.features.store import FeatureDays, begin_of
from analytics.features.table import FEATURES
from analytics.models.guard import Judgement
from analytics.models.model import Confidence, Model, confidence
from analytics.models.store import ModelId
from analytics.warnings.warning import LOCAL_TIME, Settlement
from gateway.catalogue import Text

SCAN: Final = "scan"
"""Name of the detector: features of days against the asset's past and its peers."""
_TOLD: Final = 3
"""Features that a warning tells of at most."""
_SUSPECT: Final = Suspect()
_WEAK: Final = 0.5
"""A feature with less of the strongest one's departure is not told."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCase:
    """A settled warning of the same class, detector and metric.

    Attributes:
        lead_days: From the warning to what it warned of [days]; None: nothing came.
    """

    id: int
    settlement: Settlement
    lead_days: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How one feature has changed.

    Attributes:
        amount: [unit of the feature], or the share for a relative one.
        share: Its departure over the strongest one's, 0 to 1.
    """

    feature: Feature
    amount: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFinding:
    """An asset that a model warns of.

    Attributes:
        strength: 0 to 1; 0.5 is the threshold of the model.
        changes: Strongest first.
        points: The strongest feature day by day (midnight of the day, value [unit]).
        suspicion: What the sensor of the strongest feature may have done; None: nothing.
    """

    asset: AssetId
    model: ModelId
    strength: float
    confidence: Confidence
    expected_from: datetime
    expected_until: datetime
    changes: tuple[Change, ...]
    points: tuple[tuple[datetime, float], ...]
    suspicion: Suspicion | None = None

    @property
    def metric(self) -> str:
        """Metric of the catalogue that has changed most."""
        return self.changes[0].feature.metric


def finding_of(
    row: int, days: FeatureDays, judgement: Judgement, model: Model, number: ModelId
) -> DayFinding:
    """What a model found about the asset of a row."""
    score = float(judgement.seen.score[row])
    said_at = begin_of(days.first + timedelta(days=days.values.shape[1]))
    changes = _changes(row, days.asset_class, judgement)
    return DayFinding(
        asset=days.assets[row],
        model=number,
        strength=float(1 - 2.0 ** (-score / model.rule.threshold)),
        confidence=confidence(model, score, float(judgement.growth[row])),
        expected_from=said_at + timedelta(days=model.outlook.soonest_days),
        expected_until=said_at + timedelta(days=model.outlook.latest_days),
        changes=changes,
        points=_points(row, days, changes[0].feature),
        suspicion=_suspicion(row, days, changes[0].feature),
    )


def _changes(row: int, of_class: str, judgement: Judgement) -> tuple[Change, ...]:
    departure = np.nan_to_num(judgement.seen.departure[row], nan=0.0)
    strongest = float(departure.max())
    found: list[Change] = []
    for place in np.argsort(-departure, kind="stable")[:_TOLD]:
        share = float(departure[place]) / strongest if strongest > 0 else 0.0
        if found and share < _WEAK:
            break
        feature = FEATURES[of_class][place]
        change = float(judgement.seen.change[row, place])
        amount = float(np.expm1(change)) if feature.is_relative else change
        found.append(Change(feature=feature, amount=amount, share=share))
    return tuple(found)


def _suspicion(row: int, days: FeatureDays, feature: Feature) -> Suspicion | None:
    return _SUSPECT.of(days.values[row], FEATURES[days.asset_class].index(feature))


def _points(row: int, days: FeatureDays, feature: Feature) -> tuple[tuple[datetime, float], ...]:
    place = FEATURES[days.asset_class].index(feature)
    values = days.values[row, :, place].astype(np.float64)
    values = np.exp(values) if feature.is_relative else values
    return tuple(
        (begin_of(days.first + timedelta(days=int(day))), float(values[day]))
        for day in np.flatnonzero(~np.isnan(values))
    )


def reason_of(finding: DayFinding, cases: Sequence[PastCase]) -> Text:
    """What has changed, by when it may fail, how sure that is, and what came of such warnings."""
    first, last = (
        f"{at.astimezone(LOCAL_TIME):%m-%d}"
        for at in (finding.expected_from, finding.expected_until)
    )
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


class _Feature(msgspec.Struct):
    name: str
    label_zh: str
    label_en: str
    unit: str
    is_relative: bool
    change: float
    share: float


class _Case(msgspec.Struct):
    id: int
    settlement: str
    lead_days: float | None


class _Evidence(msgspec.Struct):
    metric: str
    unit: str
    features: list[_Feature]
    similar: list[_Case]
    sensor: str | None
    points: list[tuple[int, float]]


def evidence_of(finding: DayFinding, cases: Sequence[PastCase]) -> bytes:
    """The numbers behind a finding as JSON; points are (ms UTC, value [unit]) of the first feature."""
    evidence = _Evidence(
        metric=finding.metric,
        unit=finding.changes[0].feature.unit,
        features=[
            _Feature(
                name=change.feature.name,
                label_zh=change.feature.label.zh,
                label_en=change.feature.label.en,
                unit=change.feature.unit,
                is_relative=change.feature.is_relative,
                change=change.amount,
                share=change.share,
            )
            for change in finding.changes
        ],
        similar=[_Case(case.id, case.settlement, case.lead_days) for case in cases],
        sensor=finding.suspicion,
        points=[(round(at.timestamp() * 1000), value) for at, value in finding.points],
    )
    return msgspec.json.encode(evidence)


def last_day(now: datetime, late: timedelta) -> date:
    """The newest day that is over, and whose late data had time to come."""
    return (now.astimezone(LOCAL_TIME) - late).date() - timedelta(days=1)
