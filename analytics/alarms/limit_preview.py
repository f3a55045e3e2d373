"""How many alarms a limit would have raised, from hours of telemetry.

An hour beyond the limit begins an alarm, and the hours right after it belong to the same one: a
count from hours is never above the count from every value, since two excursions within an hour are
one here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

HOUR: Final = timedelta(hours=1)
BACK: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """An hour in which an asset was beyond the limit."""

    asset_id: int
    hour: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPreview:
    """What a limit would have done.

    Attributes:
        alarms: Stretches of hours, each an alarm.
        hours: Hours beyond the limit.
        assets: Alarms of each asset that had any, the worst first.
    """

    alarms: int
    hours: int
    assets: tuple[tuple[int, int], ...]


def preview_of(beyond: Sequence[Beyond]) -> LimitPreview:
    """Count stretches of hours that follow each other.

    Args:
        beyond: In the order of assets and hours.
    """
    counts: dict[int, int] = {}
    former: Beyond | None = None
    for one in beyond:
        follows = (
            former is not None
            and former.asset_id == one.asset_id
            and one.hour - former.hour <= HOUR
        )
        if not follows:
            counts[one.asset_id] = counts.get(one.asset_id, 0) + 1
        former = one
    worst = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return LimitPreview(alarms=sum(counts.values()), hours=len(beyond), assets=tuple(worst))
