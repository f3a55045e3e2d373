"""Ways in which one watched quantity departs from what it was, written into a series in place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.scoring.recording import Values

Random = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where a departure stands.

    Attributes:
        at: Its first row.
        last: The last row of its window.
        day: Rows a day.
        unit: Half the range that nearly all of the first rows keep to.
        size: How far, in units: from barely to plainly visible; its sign is the direction.
    """

    at: int
    last: int
    day: int
    unit: float
    size: float

    @property
    def rows(self) -> slice:
        """From the first row to the end of the window."""
        return slice(self.at, self.last + 1)


def span(random: Random, values: Values, window: tuple[int, int], day: int) -> Span:
    """A departure at the start or about the middle of a window."""
    first, last = window
    early = random.random() < 0.3
    share = random.uniform(0.0, 0.15) if early else random.uniform(0.35, 0.6)
    usual = values[: max(int(0.15 * len(values)), 20)]
    low, high = np.nanquantile(usual, [0.01, 0.99])
    unit = float(high - low) / 2 or 0.05 * abs(float(high)) or 1.0
    size = float(random.choice([-1.0, 1.0]) * random.uniform(0.8, 4.0))
    return Span(at=int(first + share * (last - first)), last=last, day=day, unit=unit, size=size)


def spike(random: Random, values: Values, where: Span) -> None:
    length = int(random.integers(1, 5))
    up = 1.0 if random.random() < 0.75 else -1.0
    values[where.at : where.at + length] += up * (abs(where.size) + 0.5) * where.unit


def burst(random: Random, values: Values, where: Span) -> None:
    part = values[where.rows]
    places = random.random(len(part)) < random.uniform(0.05, 0.3)
    part += places * random.uniform(0.5, 1.5, len(part)) * abs(where.size) * where.unit


def level(random: Random, values: Values, where: Span) -> None:
    _ = random
    values[where.at :] += 0.7 * where.size * where.unit


def bump(random: Random, values: Values, where: Span) -> None:
    length = int(random.integers(5, max(where.last - where.at, 6)))
    values[where.at : where.at + length] += 0.8 * where.size * where.unit


def dead(random: Random, values: Values, where: Span) -> None:
    length = int(random.integers(10, max(where.last - where.at, 11)))
    values[where.at : where.at + length] = values[where.at]


def zero(random: Random, values: Values, where: Span) -> None:
    length = int(random.integers(1, max((where.last - where.at) // 2, 2)))
    floor = 0.0 if random.random() < 0.6 else float(np.nanmin(values[: where.at]))
    values[where.at : where.at + length] = floor


def livelier(random: Random, values: Values, where: Span) -> None:
    part = values[where.rows]
    part += random.normal(0, 0.4 * abs(where.size) * where.unit, len(part))


def calmer(random: Random, values: Values, where: Span) -> None:
    _ = random
    part = values[where.rows]
    middle = np.nanmedian(part)
    part[:] = middle + (part - middle) * min(0.3 / abs(where.size), 0.25)


def drift(random: Random, values: Values, where: Span) -> None:
    part = values[where.rows]
    part += np.linspace(0, 1, len(part)) * where.size * where.unit
    if random.random() < 0.5:
        values[where.last + 1 :] += 0.3 * where.size * where.unit


def collapse(random: Random, values: Values, where: Span) -> None:
    part = values[where.rows]
    turn = max(int(random.uniform(0.3, 0.8) * len(part)), 1)
    part[:turn] += np.linspace(0, 0.8, turn) * abs(where.size) * where.unit
    part[turn:] -= 0.8 * abs(where.size) * where.unit


def quicker(random: Random, values: Values, where: Span) -> None:
    """The series runs through its past at another speed."""
    part = values[where.rows]
    speed = float(random.choice([0.4, 0.6, 1.7, 3.0]))
    past = where.at - where.day + speed * np.arange(len(part))
    part[:] = values[np.clip(past, 0, where.at - 1).astype(int)]


def phase(random: Random, values: Values, where: Span) -> None:
    """The day comes some hours early or late, for a while."""
    shift = int(random.uniform(0.15, 0.5) * where.day)
    length = int(min(where.day, where.last - where.at))
    part = values[where.at - shift : where.at - shift + length].copy()
    values[where.at : where.at + length] = part


def no_peak(random: Random, values: Values, where: Span) -> None:
    """A day whose peak is missing, or halved."""
    part = values[where.at : where.at + where.day]
    low = np.nanquantile(part, random.uniform(0.1, 0.4))
    part[:] = np.minimum(part, low + float(random.choice([0.0, 0.4])) * np.maximum(part - low, 0))


def holiday(random: Random, values: Values, where: Span) -> None:
    """A day that is another one: smaller, or larger."""
    part = values[where.at : where.at + where.day]
    low = np.nanmin(part) if len(part) else 0.0
    part[:] = low + (part - low) * float(random.choice([0.3, 0.6, 1.5, 2.0]))


PLAIN: Final[tuple[Callable[[Random, Values, Span], None], ...]] = (
    spike,
    spike,
    burst,
    level,
    bump,
    dead,
    zero,
    livelier,
    calmer,
    drift,
    collapse,
    quicker,
)
DAILY: Final = (*PLAIN, phase, phase, no_peak, holiday)
"""Ways of a quantity that has a day."""
