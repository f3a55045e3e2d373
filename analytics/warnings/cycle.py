"""One cycle of early warning: windows in, findings out; the same function backtests history."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.alarms.alarm import AssetId
from analytics.detectors.limit import Limit
from analytics.detectors.trend import Trend, fit, step_noise
from analytics.limits.book import CATALOGUE_BOOK, LimitBook
from analytics.warnings.window import Values, Window
from gateway.catalogue import asset_class

TREND: Final = "trend"
"""Name of the detector: trend to limit."""
CROSSED: Final = "limit"
"""Name of the detector: beyond a limit that an administrator set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleConfig:
    """What a finding must show.

    Attributes:
        horizon: A limit that is farther away than this is no warning.
        windows_ahead: A line is not drawn farther ahead than so many windows.
        min_points: Bins with a value.
        min_reach: Share of the window that the values span, 0 to 1.
        max_age: Share of the window that the newest value may be old, 0 to 1.
        noise_ratio: Change over the values, against their noise.
        deadband_ratio: Change over the values, against the catalogue's deadband.
        recent_ratio: Slope of the newer half against the whole, so that a single step or a
            trend that has ended is none.
        least_width: The time that is said is never narrower than this, however straight the line.
        least_share: In a window that is short, it is this share of the window instead, 0 to 1.
    """

    horizon: timedelta
    windows_ahead: float = 4.0
    min_points: int = 8
    min_reach: float = 0.25
    max_age: float = 0.25
    noise_ratio: float = 8.0
    deadband_ratio: float = 3.0
    recent_ratio: float = 0.3
    least_width: timedelta = timedelta(hours=3)
    least_share: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """What detectors have learned; the trend needs nothing, later families keep theirs here."""

    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that will reach a limit.

    Attributes:
        slope: Change [unit/s].
        level: Present value by the line [unit].
        since: Oldest value of the evidence.
        expected_from: Earliest time at which the limit is reached.
        expected_until: Latest time, at most three horizons away.
        score: Strength, 0 to 1.
        points: The evidence: (time, value [unit]), oldest first.
    """

    asset: AssetId
    detector: str
    metric: str
    limit: Limit
    slope: float
    level: float
    since: datetime
    expected_from: datetime
    expected_until: datetime
    score: float
    points: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a cycle saw of one metric of one asset.

    Attributes:
        level: Newest value [unit].
        is_fresh: Whether it is new enough to say that a trend has ended.
    """

    asset: AssetId
    metric: str
    level: float
    is_fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one cycle found and what it saw."""

    findings: tuple[Finding, ...]
    readings: tuple[Reading, ...]


def cycle(
    window: Window, state: ModelState, config: CycleConfig, book: LimitBook = CATALOGUE_BOOK
) -> Findings:
    """Look for trends that reach a limit; only values up to the window's end are used.

    Args:
        window: Samples of one class.
        state: What detectors have learned.
        config: What a finding must show.
        book: The limits in force.
    """
    _ = state
    findings: list[Finding] = []
    readings: list[Reading] = []
    for metric in book.watched_metrics(window.asset_class):
        values = window.values.get(metric)
        if values is None or values.size == 0:
            continue
        findings += _trends(window, metric, values, config, book)
        readings += _readings(window, metric, values, config)
    return Findings(findings=tuple(findings), readings=tuple(readings))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One metric of a window with its lines.

    Attributes:
        recent: Line through the newer half.
        noise: Robust deviation [unit], shape (n_assets,).
    """

    window: Window
    metric: str
    values: Values
    whole: Trend
    recent: Trend
    noise: Values


def _trends(
    window: Window, metric: str, values: Values, config: CycleConfig, book: LimitBook
) -> Iterator[Finding]:
    times = window.span.middles
    half = len(times) // 2
    recent = fit(times[half:], values[:, half:])
    seen = _Seen(
        window=window,
        metric=metric,
        values=values,
        whole=fit(times, values),
        recent=recent,
        noise=np.fmax(step_noise(values), recent.noise),
    )
    is_trend = _is_trend(seen, config) & _is_fresh(values, window, config)
    for row in np.flatnonzero(is_trend):
        finding = _finding(seen, int(row), config, book)
        if finding is not None:
            yield finding


def _is_trend(seen: _Seen, config: CycleConfig) -> NDArray[np.bool_]:
    whole, recent = seen.whole, seen.recent
    kind = asset_class(seen.window.asset_class).metric(seen.metric)
    deadband = 0.0 if kind is None else kind.deadband
    length_s = seen.window.span.length.total_seconds()
    change = np.abs(whole.slope) * whole.reach
    needed = np.fmax(config.noise_ratio * seen.noise, config.deadband_ratio * deadband)
    is_one_way = np.sign(whole.slope_low) * np.sign(whole.slope_high) > 0
    is_going_on = recent.slope * np.sign(whole.slope) >= config.recent_ratio * np.abs(whole.slope)
    is_enough = (whole.points >= config.min_points) & (whole.reach >= config.min_reach * length_s)
    is_found: NDArray[np.bool_] = is_one_way & is_going_on & is_enough & (change >= needed)
    return is_found


def _is_fresh(values: Values, window: Window, config: CycleConfig) -> NDArray[np.bool_]:
    newest = np.where(np.isnan(values), -np.inf, window.span.middles).max(axis=1)
    limit_s = config.max_age * window.span.length.total_seconds()
    is_new: NDArray[np.bool_] = -newest <= limit_s
    return is_new


def _finding(seen: _Seen, row: int, config: CycleConfig, book: LimitBook) -> Finding | None:
    slope, level = float(seen.recent.slope[row]), float(seen.recent.level[row])
    asset = seen.window.assets[row]
    limits = book.limits_of(seen.window.asset_class, asset, seen.metric, is_floor=slope < 0)
    limit = next((item for item in limits if (item.value - level) * slope > 0), None)
    if limit is None:
        return None
    window_s = seen.window.span.length.total_seconds()
    least_s = min(config.least_width.total_seconds(), config.least_share * window_s)
    soonest, latest = _reached_in(seen, row, limit.value - level, least_s)
    horizon_s = min(config.horizon.total_seconds(), config.windows_ahead * window_s)
    if soonest > horizon_s:
        return None
    end = seen.window.span.end
    found = np.flatnonzero(~np.isnan(seen.values[row]))
    times = [end + timedelta(seconds=float(seen.window.span.middles[place])) for place in found]
    change = abs(float(seen.whole.slope[row])) * float(seen.whole.reach[row])
    noise = float(seen.noise[row])
    return Finding(
        asset=asset,
        detector=TREND,
        metric=seen.metric,
        limit=limit,
        slope=slope,
        level=level,
        since=times[0],
        expected_from=end + timedelta(seconds=soonest),
        expected_until=end + timedelta(seconds=min(latest, 3 * horizon_s)),
        score=float(np.clip(1 - config.noise_ratio * noise / (2 * change), 0, 1)),
        points=tuple(zip(times, seen.values[row][found].tolist(), strict=True)),
    )


def _reached_in(seen: _Seen, row: int, way: float, least_s: float) -> tuple[float, float]:
    """Soonest and latest time to go so far [s]: by the slopes' intervals, the noise and the sampling.

    Both lines and their intervals say how fast; the noise says how far off the present level may
    be, and a mean of a bin is known to a bin's length. A line without noise is no clockwork.
    """
    slopes = [
        float(part[row])
        for trend in (seen.whole, seen.recent)
        for part in (trend.slope_low, trend.slope, trend.slope_high)
    ]
    noise, bin_s = float(np.nan_to_num(seen.noise[row])), seen.window.span.bin_s
    rates = [abs(slope) for slope in slopes if slope * way > 0]
    soonest = max(abs(way) - noise, 0.0) / max(rates) - bin_s / 2
    latest = (abs(way) + noise) / min(rates) + bin_s / 2
    short = max(least_s - (latest - soonest), 0.0)
    soonest = max(soonest - short / 2, 0.0)
    return soonest, max(latest + short / 2, soonest + least_s)


def _readings(
    window: Window, metric: str, values: Values, config: CycleConfig
) -> Iterator[Reading]:
    is_fresh = _is_fresh(values, window, config)
    for row, asset in enumerate(window.assets):
        found = np.flatnonzero(~np.isnan(values[row]))
        if found.size:
            yield Reading(
                asset=asset,
                metric=metric,
                level=float(values[row][found[-1]]),
                is_fresh=bool(is_fresh[row]),
            )
