"""The scored table as one picture: values, score, and where it was in alarm (SVG)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

_WIDTH, _LANE, _SCORE, _MARGIN = 1200, 90, 120, 150
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
        """Take one row."""
        spans = [(value, value) if value == value else None for value in values[:_MAX_LANES]]  # noqa: PLR0124 - NaN
        if self._rows % self.stride:
            last = self._points[-1]
            self._points[-1] = [_joined(a, b) for a, b in zip(last, spans, strict=True)]
            self._scores[-1] = max(self._scores[-1], score)
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
        height = 40 + lanes * _LANE + _SCORE + 30
        parts = [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH + _MARGIN + 20} {height}"'
                ' font-family="sans-serif" font-size="12">'
            ),
            '<rect width="100%" height="100%" fill="white"/>',
            f'<text x="{_MARGIN}" y="20" font-size="15">{escape(self.title)}</text>',
            *self._bands(height - 30),
        ]
        for lane in range(lanes):
            parts += self._lane(lane)
        parts += self._score_lane(40 + lanes * _LANE)
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
        self._scores = [max(self._scores[i], self._scores[i + 1]) for i in pairs]
        self._alarms = [self._alarms[i] or self._alarms[i + 1] for i in pairs]
        self._times = [self._times[i] for i in pairs]
        self.stride *= 2
        self._rows = len(self._points) * self.stride

    def _x(self, place: int) -> float:
        return _MARGIN + _WIDTH * place / max(len(self._points) - 1, 1)

    def _bands(self, bottom: int) -> list[str]:
        bands, start = [], None
        for place, alarm in enumerate([*self._alarms, False]):
            if alarm and start is None:
                start = place
            elif not alarm and start is not None:
                width = max(self._x(place) - self._x(start), 1.0)
                bands.append(
                    f'<rect x="{self._x(start):.1f}" y="30" width="{width:.1f}"'
                    f' height="{bottom - 30}" fill="#f6c7c0"/>'
                )
                start = None
        return bands

    def _lane(self, lane: int) -> list[str]:
        spans = [point[lane] for point in self._points]
        known = [span for span in spans if span is not None and abs(sum(span)) < 1e300]
        if not known:
            return []
        low, high = min(span[0] for span in known), max(span[1] for span in known)
        reach = (high - low) or 1.0
        top = 40 + lane * _LANE
        path = []
        for place, span in enumerate(spans):
            if span is None or abs(sum(span)) >= 1e300:
                continue
            for value in dict.fromkeys(span):
                y = top + 5 + (_LANE - 20) * (1 - (value - low) / reach)
                path.append(f"{self._x(place):.1f},{y:.1f}")
        return [
            f'<text x="5" y="{top + 20}">{escape(self.columns[lane][:20])}</text>',
            f'<text x="5" y="{top + 38}" fill="#666">{low:.4g} … {high:.4g}</text>',
            f'<polyline points="{" ".join(path)}" fill="none" stroke="#1f5fa8"/>',
        ]

    def _score_lane(self, top: int) -> list[str]:
        path = " ".join(
            f"{self._x(place):.1f},{top + 10 + (_SCORE - 20) * (1 - score):.1f}"
            for place, score in enumerate(self._scores)
        )
        half = top + 10 + (_SCORE - 20) / 2
        return [
            f'<text x="5" y="{top + 25}">score 0 … 1</text>',
            f'<line x1="{_MARGIN}" x2="{_WIDTH + _MARGIN}" y1="{half}" y2="{half}" stroke="#bbb"/>',
            f'<polyline points="{path}" fill="none" stroke="#b3261e"/>',
        ]


def _joined(
    one: tuple[float, float] | None, other: tuple[float, float] | None
) -> tuple[float, float] | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])
