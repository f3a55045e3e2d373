"""Drills and tests 演练/测试 as values: who may begin one, while it runs, and what it showed.

The drill lookup decides at the birth of an alarm, in the same transaction: an alarm is a drill
when its asset is one of the drill's, it was raised after the drill began, and the drill runs now.
Whatever is unclear is real.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from analytics.safety.plan import DrillPlan, Scope
from gateway.catalogue import Group, asset_class

PROPOSAL_HOLDS: Final = timedelta(days=1)
"""A proposal that nobody agreed to for so long is over (site rule)."""
_ANSWERING: Final = (Group.FIRE, Group.ENTRAPMENT)
_PANEL: Final = "fire_panel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A drill or a test.

    Attributes:
        kind: `drill` or `test`.
        subject: Code of the panel, lift or compound, or `compound/zone`.
        starts_at: When the second person began it; None: it is only proposed.
        ended_at: When a person or its limit ended it.
    """

    id: int
    kind: str
    scope: Scope
    subject: str
    place_path: str
    length: timedelta
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1

    def is_running(self, now: datetime) -> bool:
        """Whether an alarm that is born now in its scope is a drill."""
        if self.starts_at is None or self.ends_at is None or self.ended_at is not None:
            return False
        return self.starts_at <= now < self.ends_at

    def may_begin(self, now: datetime) -> bool:
        """Whether a second person may still agree."""
        is_open = self.starts_at is None and self.ended_at is None
        return is_open and now < self.proposed_at + PROPOSAL_HOLDS


def is_too_long(plan: DrillPlan, scope: Scope, length: timedelta) -> bool:
    """Whether a drill of that scope would be longer than is allowed."""
    return length > plan.longest[scope]


def compound_and_zone(subject: str) -> tuple[str, str] | None:
    """The two parts of a zone's name; None when it is none."""
    compound, slash, zone = subject.partition("/")
    return (compound, zone) if slash and compound and zone else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAnswer:
    """What one device of a drill did.

    Attributes:
        raised_at: Its first alarm within the drill; None: it said nothing.
        acknowledged_at: When a person saw that alarm.
        confirmation: How it was judged; empty: no alarm.
    """

    code: str
    name_zh: str
    asset_class: str
    zone: str
    raised_at: datetime | None = None
    acknowledged_at: datetime | None = None
    confirmation: str = ""

    @property
    def is_expected(self) -> bool:
        """Whether it is a device that a test sets off."""
        kinds = asset_class(self.asset_class).events
        return self.asset_class != _PANEL and any(kind.group in _ANSWERING for kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillReport:
    """What a drill showed.

    Attributes:
        answered: Devices that spoke, in the order in which they did.
        missing: Devices that were expected to and did not.
    """

    drill: Drill
    answered: tuple[DeviceAnswer, ...]
    missing: tuple[DeviceAnswer, ...]


def report(drill: Drill, devices: Sequence[DeviceAnswer]) -> DrillReport:
    """What a drill showed, by what each of its devices did."""
    spoke = [one for one in devices if one.raised_at is not None]
    return DrillReport(
        drill=drill,
        answered=tuple(sorted(spoke, key=lambda one: one.raised_at or drill.proposed_at)),
        missing=tuple(one for one in devices if one.raised_at is None and one.is_expected),
    )
