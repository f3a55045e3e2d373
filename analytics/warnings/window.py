"""Aligned stretches of samples: one wide array per metric, a row for each asset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from analytics.alarms.alarm import AssetId

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time in bins of equal length.

    Attributes:
        end: Nothing after it is looked at.
        bins: How many.
    """

    end: datetime
    length: timedelta
    bins: int

    @property
    def start(self) -> datetime:
        """Nothing at or before it is looked at."""
        return self.end - self.length

    @property
    def bin_s(self) -> float:
        """Length of a bin [s]."""
        return self.length.total_seconds() / self.bins

    @property
    def middles(self) -> Values:
        """Middle of each bin, before the end [s, negative], shape (n_bins,)."""
        middles: Values = (np.arange(self.bins, dtype=np.float64) + 0.5 - self.bins) * self.bin_s
        return middles


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Samples of one asset class over one span.

    Attributes:
        assets: One for each row.
        values: Mean per bin of each metric [unit of the catalogue], shape (n_assets, n_bins);
            NaN where a bin has no sample.
    """

    asset_class: str
    span: Span
    assets: tuple[AssetId, ...]
    values: Mapping[str, Values]


@dataclass(frozen=True, slots=True, kw_only=True)
class BinRow:
    """Means of one asset in one bin; None where a metric was absent.

    Attributes:
        bin: Number of the bin, 0 is the oldest.
    """

    asset: AssetId
    bin: int
    means: tuple[float | None, ...]


def align(asset_class: str, span: Span, metrics: Sequence[str], rows: Sequence[BinRow]) -> Window:
    """Rows as arrays; a bin outside the span is left out."""
    assets = tuple(sorted({row.asset for row in rows}))
    place = {asset: index for index, asset in enumerate(assets)}
    cube = np.full((len(metrics), len(assets), span.bins), np.nan)
    for row in rows:
        if 0 <= row.bin < span.bins:
            cube[:, place[row.asset], row.bin] = [
                np.nan if mean is None else mean for mean in row.means
            ]
    values = {metric: cube[index] for index, metric in enumerate(metrics)}
    return Window(asset_class=asset_class, span=span, assets=assets, values=values)
