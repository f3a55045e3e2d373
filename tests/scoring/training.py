"""What it costs to train a model on thousands of assets, on one core."""

from time import process_time
from typing import Final

import numpy as np

from analytics.backtest.contest import Season
from analytics.backtest.school import Lesson, teach_and_judge
from analytics.backtest.truth import Faults
from analytics.features.table import FEATURES
from analytics.models.scan import Shape

_CLASS: Final = "lift"
_BUDGET: Final = 0.25


def training(assets: int, days: int = 180) -> list[dict[str, float | int | str]]:
    """Processor time of training on made features of so many lifts, and of judging the model.

    Every twentieth lift wears towards a failure, so that there is something to be taught.
    """
    begun = process_time()
    made = _season(assets, days)
    played = process_time() - begun
    lesson = Lesson(asset_class=_CLASS, shape=Shape(), budget=_BUDGET, seed=1)
    begun = process_time()
    taught = teach_and_judge(made, lesson, lambda _share, _now: None)
    spent = process_time() - begun
    return [
        {
            "lifts": assets,
            "days": days,
            "features": len(FEATURES[_CLASS]),
            "making them [CPU s]": round(played, 1),
            "training and judging [CPU s]": round(spent, 1),
            "warned 3 days ahead": round(taught.figures.ahead_share.value, 2),
        }
    ]


def _season(assets: int, days: int) -> Season:
    random = np.random.default_rng([3, assets])
    features = len(FEATURES[_CLASS])
    values = random.normal(0, 0.05, (assets, days, features)).astype(np.float32)
    values += random.normal(0, 0.3, (assets, 1, features)).astype(np.float32)
    worn = np.arange(0, assets, 20)
    onset = random.uniform(days * 0.3, days * 0.75, len(worn))
    failure = np.minimum(onset + random.uniform(20, 40, len(worn)), days - 1.0)
    for asset, first, last in zip(worn, onset, failure, strict=True):
        growth = np.clip((np.arange(days) - first) / (last - first), 0, 1)
        growth[int(last) + 3 :] = 0.0
        feature = int(random.integers(features))
        way = FEATURES[_CLASS][feature].bad or 1
        values[asset, :, feature] += (0.8 * way * growth).astype(np.float32)
    faults = Faults(
        asset=worn,
        onset=onset,
        failure=failure,
        repaired=failure + 2,
        cause=("made",) * len(worn),
        is_slow=np.ones(len(worn), dtype=np.bool_),
        severity=np.ones(len(worn)),
    )
    return Season(days=values, faults=faults, begin=40)
