"""Was it really repaired? Telemetry answers where it can; where it is silent, a second person does.

Rules: the fault's condition has cleared and was not raised again for the time of watching; a lift
has also run its test movements since the repair. Evidence is kept with the answer, whichever it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

WATCHED_FOR: Final = timedelta(minutes=30)
"""How long a fault must stay away: a product rule, no source."""
TEST_TRIPS: Final = 3
"""Trips that a lift makes after a repair: up, down and a stop between (a product rule)."""
LIFT: Final = "lift"


class Verdict(StrEnum):
    """What telemetry says about a repair."""

    VERIFIED = "verified"
    NOT_VERIFIED = "not_verified"
    SILENT = "silent"
    """It says nothing: a person other than the one who repaired has to look."""


class Fault(StrEnum):
    """Why a repair is not believed."""

    STILL_ACTIVE = "still_active"
    CAME_BACK = "came_back"
    NO_TEST_TRIPS = "no_test_trips"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """How a lift moved after the repair.

    Attributes:
        samples: Frames that arrived.
        moving: Frames in which it moved faster than 0.1 m/s.
        runs: Growth of the counter of runs; None: it has none.
        floors: Different floors that it was on.
    """

    samples: int
    moving: int
    runs: float | None
    floors: int

    @property
    def has_tested(self) -> bool:
        """Whether it ran its test movements."""
        if self.runs is not None and self.runs >= TEST_TRIPS:
            return True
        return self.moving >= TEST_TRIPS and self.floors >= TEST_TRIPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What there is to judge a repair by.

    Attributes:
        since: From when it was watched.
        until: Until when.
        condition: The fault; empty: the order was about none that a device reports.
        is_active: The newest word on it; None: the device never said anything about it.
        raised_again: How often it was raised after the repair.
        last_raised_at: When last.
        events: Events of any kind that the asset sent meanwhile.
        movement: Of a lift.
    """

    asset_class: str
    since: datetime
    until: datetime
    condition: str = ""
    is_active: bool | None = None
    raised_again: int = 0
    last_raised_at: datetime | None = None
    events: int = 0
    movement: Movement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict with its reasons."""

    verdict: Verdict
    faults: tuple[Fault, ...] = ()


def judge(found: Evidence) -> Judgement:
    """What the evidence says about the repair."""
    faults = []
    if found.condition and found.is_active:
        faults.append(Fault.STILL_ACTIVE)
    if found.condition and found.raised_again and not found.is_active:
        faults.append(Fault.CAME_BACK)
    is_heard = found.movement is not None and found.movement.samples > 0
    is_lift = found.asset_class == LIFT
    if is_lift and is_heard and found.movement is not None and not found.movement.has_tested:
        faults.append(Fault.NO_TEST_TRIPS)
    if faults:
        return Judgement(verdict=Verdict.NOT_VERIFIED, faults=tuple(faults))
    says_cleared = bool(found.condition) and found.is_active is False
    is_proven = is_heard if is_lift else says_cleared
    if is_lift and found.condition and found.is_active is None:
        is_proven = False
    return Judgement(verdict=Verdict.VERIFIED if is_proven else Verdict.SILENT)


class _Kept(msgspec.Struct):
    evidence: Evidence
    faults: tuple[Fault, ...]


def evidence_json(found: Evidence, judgement: Judgement) -> str:
    """What is kept with the verdict."""
    return msgspec.json.encode(_Kept(evidence=found, faults=judgement.faults)).decode()
