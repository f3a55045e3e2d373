"""Samples that give the hours of a history: for tests that load a database and let it count."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.building import AssetCode
from simulators.history.plan import HOUR_MS, HOURLY_METRICS, HistoryBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleBlock:
    """Rows of a class's table of samples, evenly spread through each hour.

    Attributes:
        at_ms: Time of each row [ms UTC], shape (n_times,).
        metrics: Names of the columns.
        values: float32, shape (n_metrics, n_assets, n_times); NaN is a metric without a sample,
            a time at which all are NaN has no row.
    """

    class_name: str
    assets: tuple[AssetCode, ...]
    at_ms: NDArray[np.int64]
    metrics: tuple[str, ...]
    values: NDArray[np.float32]


def samples_of(block: HistoryBlock, per_hour: int = 12) -> SampleBlock:
    """So many samples an hour, whose mean, lowest and highest are those of the block.

    One sample is the lowest, one the highest, and the others share what is missing to the mean.
    Where a mean is so near to an end that this cannot be, the others stand at that end.

    Args:
        block: Hours of some assets.
        per_hour: 3 or more. The hourly view then counts so many samples instead of the block's.
    """
    if per_hour < 3:
        raise ValueError(f"{per_hour} samples an hour cannot give a mean, a lowest and a highest")
    metrics = HOURLY_METRICS[block.class_name]
    n_assets, n_hours = len(block.assets), len(block.hours)
    values = np.empty((len(metrics), n_assets, n_hours, per_hour), dtype=np.float32)
    for row, metric in enumerate(metrics):
        mean, low, high = (block.column(f"{metric}_{name}") for name in ("mean", "min", "max"))
        rest = (per_hour * mean - low - high) / (per_hour - 2)
        values[row] = np.clip(rest, low, high)[..., None]
        values[row, ..., 0], values[row, ..., 1] = low, high
    steps = HOUR_MS // per_hour * np.arange(per_hour, dtype=np.int64)
    return SampleBlock(
        class_name=block.class_name,
        assets=block.assets,
        at_ms=np.asarray(block.hours[:, None] + steps).ravel(),
        metrics=metrics,
        values=values.reshape(len(metrics), n_assets, n_hours * per_hour),
    )
