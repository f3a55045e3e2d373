"""The watch of hours as values: its state over assets that come and go, and what it finds."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.alarms.alarm import AssetId
from analytics.detectors.contract import Scores
from analytics.detectors.surge import Surge, SurgeState
from analytics.features.table import FEATURES
from analytics.models.hours import PER_DAY, STEP_H
from analytics.models.model import Confidence, Hourly
from analytics.models.store import ModelId
from analytics.warnings.day import SURGE, Change, DayFinding, told_of

STEP: Final = timedelta(hours=STEP_H)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Watched:
    """What is known of the assets of a class.

    Attributes:
        through: End of the newest step that was taken.
        assets: One for each row of the state.
    """

    of_class: str
    through: datetime
    assets: tuple[AssetId, ...]
    state: SurgeState


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Three hours of a class.

    Attributes:
        values: Features, shape (n_assets, n_features); NaN: nothing is known.
    """

    end: datetime
    assets: tuple[AssetId, ...]
    values: NDArray[np.float64]


def step_end(now: datetime, late: timedelta) -> datetime:
    """End of the newest step that is over, and whose late data had time to come."""
    return _EPOCH + (now - late - _EPOCH) // STEP * STEP


def nothing_known(of_class: str, through: datetime) -> Watched:
    """The watch before its first step."""
    state = Surge().start(0, len(FEATURES[of_class]))
    return Watched(of_class=of_class, through=through, assets=(), state=state)


def advance(watched: Watched, step: Step, surge: Surge) -> Scores:
    """Take one step; assets that are new are learned from their first value on.

    Args:
        watched: It is changed in place.
        step: Later than any before.
        surge: The detector with the edges of a model.
    """
    _welcome(watched, step.assets, surge)
    place = {asset: row for row, asset in enumerate(watched.assets)}
    values = np.full((len(watched.assets), step.values.shape[1]), np.nan)
    values[[place[asset] for asset in step.assets]] = step.values
    said = surge.step(watched.state, (step.end - STEP - _EPOCH).total_seconds(), values)
    watched.through = step.end
    return said


def _welcome(watched: Watched, assets: Sequence[AssetId], surge: Surge) -> None:
    known = set(watched.assets)
    new = [asset for asset in assets if asset not in known]
    if not new:
        return
    fresh = surge.start(len(new), len(FEATURES[watched.of_class]))
    for name in (field.name for field in fields(SurgeState)):
        if getattr(fresh, name).ndim:
            both = (getattr(watched.state, name), getattr(fresh, name))
            setattr(watched.state, name, np.concatenate(both))
    watched.assets = (*watched.assets, *new)


def findings(
    watched: Watched, said: Scores, surge: Surge, hourly: Hourly, model: ModelId
) -> list[DayFinding]:
    """Assets that are in alarm, and whose newest step says so too."""
    is_found = said.alarm & (np.nan_to_num(said.score) >= surge.latch.on)
    return [_finding(watched, said, int(row), hourly, model) for row in np.flatnonzero(is_found)]


def _finding(
    watched: Watched, said: Scores, row: int, hourly: Hourly, model: ModelId
) -> DayFinding:
    changes = told_of(watched.of_class, said.reason[row], _moved(watched, row))
    place = FEATURES[watched.of_class].index(changes[0].feature)
    return DayFinding(
        asset=watched.assets[row],
        model=model,
        detector=SURGE,
        strength=float(said.score[row]),
        confidence=Confidence.UNKNOWN,
        expected_from=watched.through + timedelta(hours=hourly.soonest_hours),
        expected_until=watched.through + timedelta(hours=hourly.latest_hours),
        changes=changes,
        points=_points(watched, row, place, changes[0]),
    )


def _moved(watched: Watched, row: int) -> NDArray[np.float64]:
    """Mean distance of the last day from the usual [unit], shape (n_features,); NaN: unknown."""
    state = watched.state
    newest = state.kept[row, -PER_DAY:]
    last = int((watched.through - STEP - _EPOCH) / STEP)
    slots = (last - np.arange(len(newest))[::-1]) % state.usual.shape[1]
    moved = newest - state.usual[row, slots]
    # What differs from the usual must be judged where it is judged: in the newest steps first.
    weight = np.where(np.isnan(moved), 0.0, 2.0 ** np.arange(len(newest))[:, None])
    total = weight.sum(axis=0)
    mean: NDArray[np.float64] = np.divide(
        (np.nan_to_num(moved) * weight).sum(axis=0),
        total,
        out=np.full(total.shape, np.nan),
        where=total > 0,
    )
    return mean


def _points(
    watched: Watched, row: int, place: int, change: Change
) -> tuple[tuple[datetime, float], ...]:
    values = watched.state.kept[row, :, place]
    values = np.exp(values) if change.feature.is_relative else values
    begin = watched.through - STEP * len(values)
    return tuple(
        (begin + STEP * int(step) + STEP / 2, float(values[step]))
        for step in np.flatnonzero(~np.isnan(values))
    )
