"""What a desk asks for beside judging an alarm: give its work out by hand, take an act back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from analytics.act.kind import ActKind, OnAlarm


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchByHand(OnAlarm):
    """This organisation does the work; the text says why, where the matrix says another one.

    The version is that of the alarm's open order as the person saw it; 0: there was none.

    Attributes:
        organisation: Its code.
        technician: User name of who of it is to go; empty: it names somebody itself.
    """

    kind: ClassVar[ActKind] = ActKind.DISPATCH

    organisation: str
    technician: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(OnAlarm):
    """My last act on this alarm was a mistake; the alarm demands again what it demanded before."""

    kind: ClassVar[ActKind] = ActKind.TAKE_BACK


DeskAct = DispatchByHand | TakeBack
DESK_ACTS: Final[Mapping[ActKind, type[DeskAct]]] = {
    item.kind: item for item in (DispatchByHand, TakeBack)
}
