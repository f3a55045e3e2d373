"""How much room the platform's disks have: on a full one nothing is stored, and no alarm is seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.catalogue.platform import DISK_FILLING
from ingest.platform_event import PLATFORM, Finding

LOW_SHARE: Final = 0.10
LOW_BYTES: Final = 20 * 1024**3
"""A disk fills that has less than both: a tenth of a large one lasts for long."""
OVER: Final = 1.2
"""It is over with so much more room, so that it does not flicker."""
_GIB: Final = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a disk has left.

    Attributes:
        folder: A folder on it.
        free: For programs without privileges [B].
        total: Size of the disk [B].
    """

    folder: str
    free: int
    total: int

    def is_low(self, *, was_low: bool) -> bool:
        """Whether it fills; once it does, until there is clearly more room."""
        limit = min(self.total * LOW_SHARE, LOW_BYTES)
        return self.free < (limit * OVER if was_low else limit)


def low_of(rooms: Sequence[Room], told: Collection[str]) -> list[Room]:
    """The disks that fill; `told` are the folders that the look before told of."""
    return [one for one in rooms if one.is_low(was_low=one.folder in told)]


def findings_of(low: Sequence[Room], told: Collection[str] | None) -> list[Finding]:
    """What is to be told; a disk more begins the alarm anew, for one may be acknowledged already.

    Args:
        told: Folders that the look before told of; None: there was no look since the start.
    """
    detail = "; ".join(
        f"{one.folder}: 剩余 {one.free / _GIB:.1f} GiB / {one.total / _GIB:.1f} GiB" for one in low
    )
    finding = Finding(gateway=PLATFORM, kind=DISK_FILLING, holds=bool(low), detail=detail)
    if told and any(one.folder not in told for one in low):
        return [replace(finding, holds=False, detail=""), finding]
    return [finding]
