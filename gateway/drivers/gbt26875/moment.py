"""When something happened, by our clock, from what a device's clock says.

A device's clock is not believed blindly: published frames are off by years. Where its frame was
sent long away from now by its own clock, the distance between the event and the sending still
counts, for both were read from the same clock.
"""

from typing import Final

from msgspec import Struct

from gateway.drivers.gbt26875.calendar_time import TimeCoding, local_text, read_time

TRUSTED_MS: Final = 60_000
"""A device's clock that is off by less is taken at its word: frames are resent for 30 s [ms]."""
OLDEST_MS: Final = 24 * 3_600_000
"""How long a device may have kept an event before it could send it [ms]."""


class Moment(Struct, frozen=True, gc=False):
    """When an event was.

    Attributes:
        at_ms: By our clock [ms since 1970, UTC].
        note: The device's own time where it is far from ours, for people; else empty.
    """

    at_ms: int
    note: str = ""


def moment_of(tag: bytes, sent_ms: int | None, now_ms: int, coding: TimeCoding) -> Moment:
    """When the event with this time tag was.

    Args:
        sent_ms: When the frame was sent by the device's clock; None when it did not say.
    """
    tag_ms = read_time(tag, coding)
    if tag_ms is None:
        return Moment(now_ms)
    offset_ms = 0 if sent_ms is None else now_ms - sent_ms
    at_ms = tag_ms if abs(offset_ms) <= TRUSTED_MS else tag_ms + offset_ms
    if not now_ms - OLDEST_MS <= at_ms <= now_ms + TRUSTED_MS:
        at_ms = now_ms
    at_ms = min(at_ms, now_ms)
    is_far = abs(tag_ms - at_ms) > TRUSTED_MS
    return Moment(at_ms, f"设备时间 {local_text(tag, coding)}" if is_far else "")
