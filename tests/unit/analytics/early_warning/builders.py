"""Days of lifts that do not exist, for tests of features, models and backtests."""

import numpy as np
from numpy.typing import NDArray

from analytics.backtest.contest import Season
from analytics.backtest.truth import Faults
from analytics.features.table import FEATURES
from analytics.models.model import Model, Odds, Outlook
from analytics.models.rule import Rule
from analytics.models.scan import Scan, Shape

FEATURE_COUNT = len(FEATURES["lift"])
SHAPE = Shape(window=30, recent=4, least=10, lengths=(1, 2, 4))


def days_of_lifts(
    assets: int = 12, days: int = 40, seed: int = 1, features: int = FEATURE_COUNT
) -> NDArray[np.float32]:
    """Sound lifts: everything scatters by 0.05 about nothing."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.05, (assets, days, features)).astype(np.float32)


def a_scan(tail: float = 4.0) -> Scan:
    return Scan(
        shape=SHAPE,
        ways=np.array([float(feature.bad) for feature in FEATURES["lift"]]),
        floor=np.full(FEATURE_COUNT, 0.01),
        tail=np.full((FEATURE_COUNT, len(SHAPE.lengths)), tail),
    )


def a_model(tail: float = 6.0) -> Model:
    return Model(
        asset_class="lift",
        scan=a_scan(tail),
        rule=Rule(threshold=1.5, needed=2),
        middle=0.5,
        outlook=Outlook(
            soonest_days=3.0,
            latest_days=20.0,
            odds=(Odds(over=0.0, judged=20, true=5), Odds(over=1.1, judged=20, true=18)),
        ),
    )


def faults(*told: tuple[int, float, float]) -> Faults:
    """Slow faults: asset, onset and failure [days]; each is repaired half a day later."""
    asset, onset, failure = (np.array(part) for part in zip(*told, strict=True))
    return Faults(
        asset=asset.astype(np.int64),
        onset=onset.astype(np.float64),
        failure=failure.astype(np.float64),
        repaired=failure + 0.5,
        cause=("wear",) * len(told),
        is_slow=np.ones(len(told), dtype=np.bool_),
        severity=np.linspace(0.4, 1.4, len(told)),
    )


def a_season(assets: int = 40, days: int = 120, seed: int = 3) -> Season:
    """Every fourth lift begins to shake on day 60 to 80 and fails 20 days later."""
    values = days_of_lifts(assets, days, seed)
    told = []
    for asset in range(0, assets, 4):
        onset = 60 + asset % 20
        growth = np.clip((np.arange(days) - onset) / 20, 0, 1)
        growth[onset + 20 :] = 0
        values[asset, :, 0] += growth * 0.8
        told.append((asset, float(onset), float(onset + 20)))
    return Season(days=values, faults=faults(*told), begin=20)
