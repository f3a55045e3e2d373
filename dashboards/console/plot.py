"""The curve behind an early warning as a drawing: what was measured, the limit, the time it points to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from dashboards.console.store.warning import Evidence, WarningLine

WIDTH: Final = 720
HEIGHT: Final = 240
LEFT: Final = 64
_RIGHT, _TOP, _BOTTOM = 16, 12, 30
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_TWO_DAYS_MS: Final = 172_800_000
_LEAST_WIDE: Final = 3.0
"""A window of a second among days is still seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on an axis.

    Attributes:
        at: Where it stands [px].
    """

    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A drawing of `WIDTH` by `HEIGHT`; every length is in its pixels.

    Attributes:
        curve: The points of a polyline.
        limit: Height of the limit; None: there is none.
        window: Left end and width of the expected time; None: not known, or beyond what is drawn.
        raised: Where the warning was raised.
    """

    curve: str
    limit: float | None
    window: tuple[float, float] | None
    raised: float
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def plot_of(line: WarningLine, evidence: Evidence) -> Plot | None:
    """The drawing of a warning; None: it has less than two points."""
    if len(evidence.points) < 2:
        return None
    times = [at for at, _ in evidence.points]
    values = [value for _, value in evidence.points]
    raised = _ms(line.raised_at)
    first, newest = min(times), max(*times, raised)
    # What lies further ahead than twice what was seen would press the curve to the edge.
    last = max(newest, min(_ms(line.expected_until or line.raised_at), 3 * newest - 2 * first))
    x = _Scale(low=first, high=last, start=LEFT, length=WIDTH - LEFT - _RIGHT)
    reach = values if evidence.limit is None else [*values, evidence.limit]
    y = _Scale(
        low=min(reach), high=max(reach), start=HEIGHT - _BOTTOM, length=_TOP + _BOTTOM - HEIGHT
    )
    return Plot(
        curve=" ".join(f"{x.at(at):.1f},{y.at(value):.1f}" for at, value in evidence.points),
        limit=None if evidence.limit is None else y.at(evidence.limit),
        window=_window(line, x),
        raised=x.at(raised),
        across=tuple(
            Tick(at=x.at(at), label=_time(at, last - first)) for at in _parts(first, last, 4)
        ),
        up=tuple(Tick(at=y.at(at), label=f"{at:.3g}") for at in _parts(y.low, y.high, 3)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    low: float
    high: float
    start: float
    length: float

    def at(self, value: float) -> float:
        """Where a value stands; one that never changed stands in the middle."""
        if self.high == self.low:
            return self.start + self.length / 2
        return self.start + self.length * (value - self.low) / (self.high - self.low)


def _window(line: WarningLine, x: _Scale) -> tuple[float, float] | None:
    if line.expected_from is None or line.expected_until is None:
        return None
    first, last = _ms(line.expected_from), min(_ms(line.expected_until), x.high)
    if first > last:
        return None
    start = min(x.at(max(first, x.low)), WIDTH - _RIGHT - _LEAST_WIDE)
    return start, max(_LEAST_WIDE, x.at(last) - start)


def _parts(low: float, high: float, count: int) -> Sequence[float]:
    return [low + (high - low) * part / count for part in range(count + 1)]


def _time(ms: float, length_ms: float) -> str:
    at = datetime.fromtimestamp(ms / 1000, UTC).astimezone(_ZONE)
    return f"{at:%m-%d}" if length_ms > _TWO_DAYS_MS else f"{at:%m-%d %H:%M}"


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
