"""Memory over time as a picture (SVG), one line a process."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from tests.soak.judgement import Series

_WIDTH: Final = 900
_HEIGHT: Final = 420
_LEFT: Final = 60
_RIGHT: Final = 200
_TOP: Final = 20
_FLOOR: Final = _HEIGHT - 40
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Told apart by the colour-blind, too (Okabe and Ito, 2008)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where a moment and a size stand; `last_s` and `most` are the ends of the axes."""

    last_s: float
    most: float

    def x(self, at_s: float) -> float:
        return _LEFT + at_s / self.last_s * (_WIDTH - _LEFT - _RIGHT)

    def y(self, mib: float) -> float:
        return _FLOOR - mib / self.most * (_FLOOR - _TOP)


def picture(series: Sequence[Series], *, warm_s: float) -> str:
    """The SVG; a dashed line stands where the warm-up ends.

    Raises:
        ValueError: There is nothing to show.
    """
    drawn = [one for one in series if one.at_s]
    if not drawn:
        raise ValueError("no process was seen")
    frame = _Frame(
        last_s=max(one.at_s[-1] for one in drawn) or 1.0,
        most=max(max(one.mib) for one in drawn) * 1.1,
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        ' font-family="sans-serif" font-size="12">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>'
    )
    lines = [line for number, one in enumerate(drawn) for line in _line(frame, number, one)]
    return "\n".join([head, *_axes(frame, warm_s), *lines, "</svg>\n"])


def _axes(frame: _Frame, warm_s: float) -> Iterator[str]:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        mib, at_s = share * frame.most, share * frame.last_s
        y = frame.y(mib)
        yield f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{mib:.0f}</text>'
        x = frame.x(at_s)
        yield f'<text x="{x:.1f}" y="{_FLOOR + 18}" text-anchor="middle">{at_s:.0f}</text>'
    warm = frame.x(min(warm_s, frame.last_s))
    yield f'<path d="M{warm:.1f} {_TOP}V{_FLOOR}" stroke="#888" stroke-dasharray="4 4"/>'
    yield f'<text x="{_LEFT}" y="14">PSS [MiB]</text>'
    yield f'<text x="{_WIDTH - _RIGHT}" y="{_FLOOR + 34}" text-anchor="end">time [s]</text>'


def _line(frame: _Frame, number: int, one: Series) -> Iterator[str]:
    colour = _COLOURS[number % len(_COLOURS)]
    points = " ".join(
        f"{frame.x(at):.1f},{frame.y(mib):.1f}" for at, mib in zip(one.at_s, one.mib, strict=True)
    )
    yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
    place = f'x="{_WIDTH - _RIGHT + 12}" y="{_TOP + 18 * number + 10}"'
    yield f'<text {place} fill="{colour}">{escape(one.name)} {one.mib[-1]:.0f} MiB</text>'
