"""How well a state of alarm covers the rows that are abnormal."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.scoring.recording import Flags, Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Counts of rows over all recordings, as SKAB counts them."""

    hit: int
    false: int
    missed: int
    calm: int

    @property
    def f1(self) -> float:
        """2 hits over twice the hits and everything wrong."""
        return 2 * self.hit / max(2 * self.hit + self.false + self.missed, 1)

    @property
    def false_share(self) -> float:
        """Of the normal rows (FAR)."""
        return self.false / max(self.false + self.calm, 1)

    @property
    def missed_share(self) -> float:
        """Of the abnormal rows (MAR)."""
        return self.missed / max(self.missed + self.hit, 1)


def cover(recordings: Sequence[Recording], alarms: Sequence[Flags], *, first: int = 0) -> Cover:
    """Count rows from `first` of each recording."""
    pairs = [
        (one.truth[first:], alarm[first:]) for one, alarm in zip(recordings, alarms, strict=True)
    ]
    truth = np.concatenate([pair[0] for pair in pairs])
    alarm = np.concatenate([pair[1] for pair in pairs])
    return Cover(
        hit=int((truth & alarm).sum()),
        false=int((~truth & alarm).sum()),
        missed=int((truth & ~alarm).sum()),
        calm=int((~truth & ~alarm).sum()),
    )
