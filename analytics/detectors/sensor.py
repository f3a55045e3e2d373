"""Whether a change looks like that of a sensor rather than that of the asset it sits on.

Wear grows over days; a plug that is pulled, a sensor that is replaced or sticks changes from one
day to the next and stays. Said as a suspicion and never used to hide a warning: who goes there
looks at the sensor first.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.floating]
_MAD_TO_SIGMA: Final = 1.4826
_TINY: Final = 1e-9


class Suspicion(StrEnum):
    """What a sensor may have done."""

    STUCK = "stuck"
    """It repeats one value."""
    SPIKES = "spikes"
    """Single days are wild, their neighbours are not."""
    DROP_OUT = "drop_out"
    """It says nothing, while the asset's other sensors do."""
    SWAPPED = "swapped"
    """It reads what another one read, and the other one what it read."""
    JUMP = "jump"
    """It changed within a day and stays: replaced, pulled, or set anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """How a sensor is told from an asset.

    A slow drift of one sensor cannot be told from wear by its own values; it stays a warning.

    Attributes:
        recent: Days in which it must have begun.
        least: Known days before that, without which nothing is said.
        still: So many equal days in a row are none of a living sensor.
        silent: So many newest days without a value.
        wild: A spike or a jump is so many usual scatters.
        sudden: At least this share of a jump happens from one day to the next.
        flat: After a jump no more than this share of it is added.
        alike: Two sensors are swapped when their levels agree within this share of the jump.
    """

    recent: int = 16
    least: int = 14
    still: int = 3
    silent: int = 2
    wild: float = 8.0
    sudden: float = 0.8
    flat: float = 0.2
    alike: float = 0.2

    def of(self, days: Days, feature: int) -> Suspicion | None:
        """What one sensor may have done; None: nothing speaks against it.

        Args:
            days: Features of one asset, shape (n_days, n_features), oldest first; NaN: unknown.
            feature: The one that is asked about.
        """
        series = days[:, feature].astype(np.float64)
        older, newest = series[: -self.recent], series[-self.recent :]
        known = older[~np.isnan(older)]
        if known.size < self.least:
            return None
        if self._is_silent(days, feature):
            return Suspicion.DROP_OUT
        now = newest[~np.isnan(newest)]
        if self._is_still(known, now):
            return Suspicion.STUCK
        return self._changed(days, feature, now, _middle(known))

    def _changed(
        self, days: Days, feature: int, now: Days, usual: tuple[float, float]
    ) -> Suspicion | None:
        middle, scatter = usual
        if self._has_spikes(now, middle, scatter):
            return Suspicion.SPIKES
        jump = self._jump(days[:, feature].astype(np.float64), scatter)
        if jump is None:
            return None
        return Suspicion.SWAPPED if self._is_swapped(days, feature, jump) else Suspicion.JUMP

    def _is_silent(self, days: Days, feature: int) -> bool:
        unknown = np.isnan(days[-self.silent :])
        others = np.delete(unknown, feature, axis=1)
        return bool(unknown[:, feature].all() and others.size and not others.all(axis=1).any())

    def _is_still(self, older: Days, now: Days) -> bool:
        end = now[-self.still :]
        was_alive = bool((np.diff(older) != 0).mean() > 0.9)
        return was_alive and end.size == self.still and bool((end == end[0]).all())

    def _has_spikes(self, now: Days, middle: float, scatter: float) -> bool:
        """At least two, no two side by side, and all else as usual."""
        is_wild = np.abs(now - middle) > self.wild * scatter
        rest = np.abs(now[~is_wild] - middle)
        alone = not (is_wild[1:] & is_wild[:-1]).any()
        return bool(alone and is_wild.sum() >= 2 and (rest < self.wild / 2 * scatter).all())

    def _jump(self, series: Days, scatter: float) -> tuple[int, float] | None:
        """Day and size of a step that happened at once and has stayed."""
        places = np.flatnonzero(~np.isnan(series))
        values = series[places]
        first = max(1, int(np.searchsorted(places, len(series) - self.recent)))
        cuts = np.arange(first, len(values) - 1)
        if not cuts.size:
            return None
        cut = int(cuts[np.argmax(np.abs(values[cuts] - values[cuts - 1]))])
        before, after = values[max(0, cut - self.least) : cut], values[cut:]
        size = float(np.median(after) - np.median(before))
        added = abs(float(after[len(after) // 2 :].mean() - after[: -(len(after) // 2)].mean()))
        is_sudden = abs(float(values[cut] - values[cut - 1])) >= self.sudden * abs(size)
        is_jump = abs(size) > self.wild * scatter and is_sudden and added < self.flat * abs(size)
        return (int(places[cut]), size) if is_jump else None

    def _is_swapped(self, days: Days, feature: int, jump: tuple[int, float]) -> bool:
        day, size = jump
        before = np.array(
            [_known_middle(column) for column in days[max(0, day - self.least) : day].T]
        )
        after = np.array([_known_middle(column) for column in days[day:].T])
        far = self.alike * abs(size)
        takes = np.abs(after[feature] - before) < far
        gives = np.abs(before[feature] - after) < far
        found = takes & gives
        found[feature] = False
        return bool(found.any())


def _known_middle(column: Days) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if known.size else float("nan")


def _middle(known: Days) -> tuple[float, float]:
    """Median and robust scatter."""
    middle = float(np.median(known))
    scatter = _MAD_TO_SIGMA * float(np.median(np.abs(known - middle)))
    return middle, max(scatter, _TINY + 1e-6 * abs(middle))
