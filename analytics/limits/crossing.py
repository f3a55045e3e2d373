"""Values beyond a limit that an administrator set: the platform judges those itself, no device does.

A value counts when the newest bins all lie beyond, so that one flicker is none; it is back when the
newest lies inside by the metric's deadband.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from analytics.alarms.alarm import AssetId
from analytics.detectors.limit import Limit
from analytics.limits.book import LimitBook, Setting
from analytics.warnings.cycle import CROSSED, Finding
from analytics.warnings.window import Values, Window
from gateway.catalogue import asset_class

BINS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """A metric of an asset that lies inside its set limits again, or has none any more."""

    asset: AssetId
    metric: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossings:
    """What a look at the newest values found.

    Attributes:
        beyond: One for each metric of an asset that is beyond; of several limits the farthest.
        back: What is inside; what says nothing new is in neither.
    """

    beyond: tuple[Finding, ...]
    back: frozenset[Back]


def cross(window: Window, book: LimitBook) -> Crossings:
    """Hold the newest values against what administrators set.

    Args:
        window: The last minutes of one class in a few bins.
        book: What was set, with where the window's assets stand.
    """
    beyond: list[Finding] = []
    back: set[Back] = set()
    set_for = [book.settings_of(window.asset_class, asset).values() for asset in window.assets]
    for metric, values in window.values.items():
        for row, settings in enumerate(set_for):
            of_metric = [one for one in settings if one.target.metric == metric]
            newest = values[row][-1] if values.size else np.nan
            if np.isnan(newest):
                continue
            passed = [one for one in of_metric if _is_beyond(one, values[row])]
            if passed:
                beyond.append(_finding(window, row, metric, _farthest(passed).limit))
            elif all(_is_inside(one, float(newest)) for one in of_metric):
                back.add(Back(asset=window.assets[row], metric=metric))
    return Crossings(beyond=tuple(beyond), back=frozenset(back))


def _is_beyond(setting: Setting, values: Values) -> bool:
    is_floor, value = setting.target.is_floor, setting.value
    return bool((values < value).all() if is_floor else (values > value).all())


def _is_inside(setting: Setting, newest: float) -> bool:
    metric = asset_class(setting.target.asset_class).metric(setting.target.metric)
    band = 0.0 if metric is None else metric.deadband
    if setting.target.is_floor:
        return newest >= setting.value + band
    return newest <= setting.value - band


def _farthest(passed: list[Setting]) -> Setting:
    """The limit that a further change reached last."""
    return max(passed, key=lambda one: -one.value if one.target.is_floor else one.value)


def _finding(window: Window, row: int, metric: str, limit: Limit) -> Finding:
    points = tuple(_points(window, window.values[metric][row]))
    return Finding(
        asset=window.assets[row],
        detector=CROSSED,
        metric=metric,
        limit=limit,
        slope=0.0,
        level=points[-1][1],
        since=points[0][0],
        expected_from=window.span.end,
        expected_until=window.span.end,
        score=1.0,
        points=points,
    )


def _points(window: Window, values: Values) -> Iterator[tuple[datetime, float]]:
    for middle, value in zip(window.span.middles, values, strict=True):
        yield window.span.end + timedelta(seconds=float(middle)), float(value)
