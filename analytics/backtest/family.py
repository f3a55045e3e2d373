"""The streaming families on the same days of features, each alone and all as one.

They take part in every backtest so that the table says why the scan is what warns: a family that
does better there has earned its place. A day is a step; the hour of the week is the day of it.
"""

from typing import Any, Final

import numpy as np

from analytics.backtest.baseline import ScoreDays
from analytics.backtest.contest import Season
from analytics.detectors.change import ChangePoint
from analytics.detectors.combine import Combined, calibrate
from analytics.detectors.contract import Detector
from analytics.detectors.peers import Peers
from analytics.detectors.shift import Shift
from analytics.models.scan import Days, Table

_DAY_S: Final = 86_400.0
_LEARN: Final = 21
"""Days that are only learned from: as many as the scan needs."""
_MEMORY: Final = 200.0
"""Days after which the past counts for 1/e."""
_FAMILIES: Final[tuple[Detector[Any], ...]] = (
    Shift(warm_up=_LEARN, memory=_MEMORY),
    Peers(warm_up=_LEARN, memory=_MEMORY),
    ChangePoint(),
)
_CURVE_DAYS: Final = 100_000
"""Days that a curve of calibration is made from, evenly spread."""
COMBINED: Final = "combined"
FAMILIES: Final = (*(family.name for family in _FAMILIES), COMBINED)
"""Their names in reports."""


def families(tuning: Season) -> dict[str, ScoreDays]:
    """The streaming families by name, and all of them calibrated on the tuning season."""
    found = {family.name: _days_of(family) for family in _FAMILIES}
    every = slice(None, None, -(-tuning.unsound.size // _CURVE_DAYS))
    is_true = tuning.unsound[:, tuning.begin :].ravel()[every]
    curves = tuple(
        calibrate(said(tuning.days)[:, tuning.begin :].ravel()[every], is_true)
        for said in found.values()
    )
    found[COMBINED] = _days_of(Combined(members=_FAMILIES, calibrations=curves))
    return found


def _days_of(family: Detector[Any]) -> ScoreDays:
    return lambda days: streamed(family, days)


def streamed(family: Detector[Any], days: Days) -> Table:
    """What a family says of each day, shape (n_assets, n_days); NaN: nothing is known."""
    assets, steps, features = days.shape
    state, scores = family.start(assets, features), np.full((assets, steps), np.nan)
    for step in range(steps):
        said = family.step(state, _DAY_S * step, days[:, step].astype(np.float64))
        scores[:, step] = said.score
    return scores
