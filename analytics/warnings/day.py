"""What a model found on a day, in words: what has changed, by when it may fail, how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.alarms.alarm import AssetId
from analytics.detectors.sensor import Suspect, Suspicion
from analytics.features.feature import Feature
from analytics.features.store import FeatureDays, begin_of
from analytics.features.table import FEATURES
from analytics.models.guard import Judgement
from analytics.models.model import Confidence, Model, confidence
from analytics.models.store import ModelId
from analytics.warnings.warning import LOCAL_TIME, Settlement

SCAN: Final = "scan"
"""Name of the detector: features of days against the asset's past and its peers."""
SURGE: Final = "surge"
"""Name of the detector: features of hours against the same hours of former days."""
_TOLD: Final = 3
"""Features that a warning tells of at most."""
_SUSPECT: Final = Suspect()
_WEAK: Final = 0.5
"""A feature with less of the strongest one's departure is not told."""


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
        detector: `SCAN` or `SURGE`.
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
    detector: str = SCAN

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
    return told_of(of_class, judgement.seen.departure[row], judgement.seen.change[row])


def told_of(
    of_class: str, departures: NDArray[np.float64], moved: NDArray[np.float64]
) -> tuple[Change, ...]:
    """The strongest changes of an asset.

    Args:
        of_class: Asset class.
        departures: How far each feature is from the usual, shape (n_features,); NaN: unknown.
        moved: The same in its unit, or as a logarithm for a relative one, shape (n_features,).
    """
    departure = np.nan_to_num(departures, nan=0.0)
    strongest = float(departure.max())
    found: list[Change] = []
    for place in np.argsort(-departure, kind="stable")[:_TOLD]:
        share = float(departure[place]) / strongest if strongest > 0 else 0.0
        if found and share < _WEAK:
            break
        feature = FEATURES[of_class][place]
        change = float(np.nan_to_num(moved[place]))
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
