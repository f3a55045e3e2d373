"""What a driver makes of a frame, as `towerwatch gateway try` shows it."""

from collections.abc import Sequence

from msgspec import Struct

from gateway.sample import Sample
from gateway.wire import WireEvent


class ShownSample(Struct, frozen=True):
    """Values of an asset at a time [ms UTC]."""

    asset: str
    at: int
    values: dict[str, float | None]


class ShownReading(Struct, frozen=True, omit_defaults=True):
    """Everything one frame or message says."""

    samples: list[ShownSample] = []
    events: list[WireEvent] = []
    problems: list[str] = []


def shown(
    samples: Sequence[Sample], events: Sequence[WireEvent], problems: Sequence[str] = ()
) -> ShownReading:
    """What was read, to be shown."""
    return ShownReading(
        samples=[ShownSample(one.asset, one.at_ms, one.values) for one in samples],
        events=list(events),
        problems=list(problems),
    )
