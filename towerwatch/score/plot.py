"""The scored table as one picture: values, score, and where it was in alarm (SVG)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from math import isnan
from typing import Final, TypeGuard

_WIDTH, _LANE, _SCORE, _MARGIN = 600, 96, 110, 12
"""Narrow enough to be read on a phone; a wide screen shows it larger, not emptier."""
_ALARM, _UNKNOWN = "#f6c7c0", "#e4e4e4"
_POINTS: Final = 1200
_MAX_LANES: Final = 16


@dataclass(slots=True, kw_only=True)
class Picture:
    """Collects rows, and forgets detail as they become many: memory stays flat.

    Attributes:
        stride: So many rows stand in one point of the picture.
    """

    title: str
    columns: tuple[str, ...]
    stride: int = 1
    _points: list[list[tuple[float, float] | None]] = field(default_factory=list)
    _scores: list[float] = field(default_factory=list)
    _alarms: list[bool] = field(default_factory=list)
    _times: list[str] = field(default_factory=list)
    _rows: int = 0

    def add(self, time: str, values: Sequence[float], score: float, *, alarm: bool) -> None:
        """Take one row; a score that is NaN is learning or unknown, and no line is drawn there."""
        spans = [(value, value) if value == value else None for value in values[:_MAX_LANES]]  # noqa: PLR0124 - NaN
        if self._rows % self.stride:
            last = self._points[-1]
            self._points[-1] = [_joined(a, b) for a, b in zip(last, spans, strict=True)]
            self._scores[-1] = _higher(self._scores[-1], score)
            self._alarms[-1] = self._alarms[-1] or alarm
        else:
            self._points.append(spans)
            self._scores.append(score)
            self._alarms.append(alarm)
            self._times.append(time)
        self._rows += 1
        if len(self._points) > 2 * _POINTS:
            self._halve()

    def svg(self) -> str:
        """The picture; a column beyond the sixteenth is not drawn."""
        lanes = min(len(self.columns), _MAX_LANES)
        height = 60 + lanes * _LANE + _SCORE + 30
        parts = [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH + 2 * _MARGIN} {height}"'
                ' style="width:100%;max-width:1000px" font-family="sans-serif" font-size="14">'
            ),
            '<rect width="100%" height="100%" fill="white"/>',
            f'<text x="{_MARGIN}" y="20" font-size="16">{escape(self.title)}</text>',
            f'<rect x="{_MARGIN}" y="30" width="14" height="14" fill="{_ALARM}"/>',
            f'<text x="{_MARGIN + 20}" y="42">alarm</text>',
            f'<rect x="{_MARGIN + 80}" y="30" width="14" height="14" fill="{_UNKNOWN}"/>',
            f'<text x="{_MARGIN + 100}" y="42">learning or unknown</text>',
            *self._bands([isnan(score) for score in self._scores], _UNKNOWN, height - 30),
            *self._bands(self._alarms, _ALARM, height - 30),
        ]
        for lane in range(lanes):
            parts += self._lane(lane)
        parts += self._score_lane(56 + lanes * _LANE)
        if self._times:
            parts.append(f'<text x="{_MARGIN}" y="{height - 8}">{escape(self._times[0])}</text>')
            parts.append(
                f'<text x="{_WIDTH + _MARGIN}" y="{height - 8}" text-anchor="end">'
                f"{escape(self._times[-1])}</text>"
            )
        return "\n".join([*parts, "</svg>"]) + "\n"

    def _halve(self) -> None:
        pairs = range(0, len(self._points) - 1, 2)
        self._points = [
            [_joined(a, b) for a, b in zip(self._points[i], self._points[i + 1], strict=True)]
            for i in pairs
        ]
        self._scores = [_higher(self._scores[i], self._scores[i + 1]) for i in pairs]
        self._alarms = [self._alarms[i] or self._alarms[i + 1] for i in pairs]
        self._times = [self._times[i] for i in pairs]
        self.stride *= 2
        self._rows = len(self._points) * self.stride

    def _x(self, place: int) -> float:
        return _MARGIN + _WIDTH * place / max(len(self._points) - 1, 1)

    def _bands(self, flags: Sequence[bool], colour: str, bottom: int) -> list[str]:
        bands, start = [], None
        for place, flag in enumerate([*flags, False]):
            if flag and start is None:
                start = place
            elif not flag and start is not None:
                width = max(self._x(place) - self._x(start), 1.0)
                bands.append(
                    f'<rect x="{self._x(start):.1f}" y="52" width="{width:.1f}"'
                    f' height="{bottom - 52}" fill="{colour}"/>'
                )
                start = None
        return bands

    def _lane(self, lane: int) -> list[str]:
        spans = [point[lane] for point in self._points]
        known = [span for span in spans if _is_drawn(span)]
        top = 56 + lane * _LANE
        name = escape(self.columns[lane][:40])
        if not known:
            return [f'<text x="{_MARGIN + 3}" y="{top + 12}">{name}: no value</text>']
        low, high = min(span[0] for span in known), max(span[1] for span in known)
        reach = (high - low) or 1.0
        path: list[tuple[float, float] | None] = []
        for place, span in enumerate(spans):
            if not _is_drawn(span):
                path.append(None)
                continue
            path += [
                (self._x(place), top + 18 + (_LANE - 26) * (1 - (value - low) / reach))
                for value in dict.fromkeys(span)
            ]
        return [
            (
                f'<text x="{_MARGIN + 3}" y="{top + 12}">{name}'
                f' <tspan fill="#555">{low:.4g} … {high:.4g}</tspan></text>'
            ),
            *_lines(path, "#1f5fa8"),
        ]

    def _score_lane(self, top: int) -> list[str]:
        path = [
            None if isnan(score) else (self._x(place), top + 18 + (_SCORE - 28) * (1 - score))
            for place, score in enumerate(self._scores)
        ]
        half = top + 18 + (_SCORE - 28) / 2
        return [
            f'<text x="{_MARGIN + 3}" y="{top + 12}">score 0 … 1</text>',
            f'<line x1="{_MARGIN}" x2="{_WIDTH + _MARGIN}" y1="{half}" y2="{half}" stroke="#999"/>',
            *_lines(path, "#b3261e"),
        ]


def _is_drawn(span: tuple[float, float] | None) -> TypeGuard[tuple[float, float]]:
    return span is not None and abs(sum(span)) < 1e300


def _higher(one: float, other: float) -> float:
    """The higher of two scores, of which either may be unknown."""
    return other if isnan(one) else one if isnan(other) else max(one, other)


def _lines(path: Sequence[tuple[float, float] | None], colour: str) -> list[str]:
    """A line for each stretch without a gap: nothing is drawn where nothing is known."""
    found, stretch = [], []
    for point in [*path, None]:
        if point is not None:
            stretch.append(point)
            continue
        if stretch:
            # One value between two gaps is a dot: a line of no length shows with round ends.
            points = stretch if len(stretch) > 1 else stretch * 2
            written = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            found.append(
                f'<polyline points="{written}" fill="none" stroke="{colour}" stroke-linecap="round"/>'
            )
        stretch = []
    return found


def _joined(
    one: tuple[float, float] | None, other: tuple[float, float] | None
) -> tuple[float, float] | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])
