"""What people ask for to run a site: walk tests of devices, the rosters of desks and technicians."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from analytics.act.kind import ActBase, ActKind
from analytics.commission.store import WalkId
from analytics.commission.walk import MOST_ASSETS
from analytics.errors import BadRoster
from analytics.orders.roster import MOST_SHIFTS, parse_shift
from analytics.orders.technician import Shift, TechnicianName


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginWalk(ActBase):
    """These devices are going to be set off.

    Attributes:
        assets: Their codes.
    """

    kind: ClassVar[ActKind] = ActKind.WALK_BEGIN

    assets: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.assets) <= MOST_ASSETS:
            raise ValueError(f"1 to {MOST_ASSETS} devices")
        ActBase.__post_init__(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassWalk(ActBase):
    """The device was set off, the platform heard it, and it stands where it says it does."""

    kind: ClassVar[ActKind] = ActKind.WALK_PASS

    walk: WalkId


@dataclass(frozen=True, slots=True, kw_only=True)
class FailWalk(ActBase):
    """The device was set off and something is wrong; the text says what."""

    kind: ClassVar[ActKind] = ActKind.WALK_FAIL
    needs_text: ClassVar[bool] = True

    walk: WalkId


@dataclass(frozen=True, slots=True, kw_only=True)
class _SetShifts(ActBase):
    """A whole week.

    Attributes:
        shifts: Each such as `1 08:00 20:00`; none: nobody is there.
    """

    shifts: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.shifts) > MOST_SHIFTS:
            raise ValueError(f"at most {MOST_SHIFTS} shifts a week")
        try:
            _ = self.week
        except BadRoster as error:
            raise ValueError(str(error)) from error
        ActBase.__post_init__(self)

    @property
    def week(self) -> list[Shift]:
        """The shifts as values, each once."""
        return [parse_shift(text) for text in dict.fromkeys(self.shifts)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRoster(_SetShifts):
    """The week of a technician."""

    kind: ClassVar[ActKind] = ActKind.ROSTER_SET

    technician: TechnicianName


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDesk(_SetShifts):
    """The week of a person at the desk of a compound.

    Attributes:
        place: Code of the compound.
        who: Log-in name.
    """

    kind: ClassVar[ActKind] = ActKind.DESK_SET

    place: str
    who: str


AdminAct = BeginWalk | PassWalk | FailWalk | SetRoster | SetDesk
ADMIN_ACTS: Final[Mapping[ActKind, type[AdminAct]]] = {
    item.kind: item for item in (BeginWalk, PassWalk, FailWalk, SetRoster, SetDesk)
}
