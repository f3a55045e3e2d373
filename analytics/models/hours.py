"""The watch of hours of a class: the detector with what a model has learned."""

from typing import Final

from analytics.detectors.latch import Latch
from analytics.detectors.surge import Surge
from analytics.features.table import FEATURES
from analytics.models.model import Hourly

STEP_H: Final = 3
"""A step of the watch of hours [h]."""
PER_DAY: Final = 24 // STEP_H
_RELEASE: Final = 0.7
"""Share of the threshold below which a step speaks against a warning."""
_QUIET: Final = PER_DAY
"""So many steps in a row must speak against it: a day."""


def surge_of(of_class: str) -> Surge:
    """The detector of a class, before anything was learned."""
    ways = tuple(float(feature.bad) for feature in FEATURES[of_class])
    return Surge(ways=ways, step_s=3600 * STEP_H)


def detector_of(of_class: str, hourly: Hourly) -> Surge:
    """The detector with a model's edges, in alarm from the model's threshold on."""
    on, off = 1 - 2.0**-hourly.threshold, 1 - 2.0 ** -(_RELEASE * hourly.threshold)
    return Surge(
        ways=surge_of(of_class).ways,
        edge=tuple(tuple(row) for row in hourly.edge.tolist()),
        step_s=3600 * STEP_H,
        latch=Latch(on=on, off=off, on_steps=1, off_steps=_QUIET),
    )
