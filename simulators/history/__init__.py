"""Years of hours of many assets in minutes, with the truth about them: for backtests.

>>> from simulators.demo.garden import garden
>>> plan = HistoryPlan(seed=1, start_ms=1_735_660_800_000, days=2, assets=garden().assets)
>>> block = next(simulate(plan))
>>> block.class_name, block.column("speed_max").shape
('lift', (6, 48))
"""

from simulators.history.make import simulate
from simulators.history.plan import (
    HOURLY_METRICS,
    HistoryBlock,
    HistoryPlan,
    Rates,
    Truth,
    TruthKind,
    hour_columns,
)

__all__ = [
    "HOURLY_METRICS",
    "HistoryBlock",
    "HistoryPlan",
    "Rates",
    "Truth",
    "TruthKind",
    "hour_columns",
    "simulate",
]
