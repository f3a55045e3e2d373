"""Rescue of trapped people as a state machine: one owner, one running deadline, no silence.

An entrapment is suspected; the desk calls the car; then tiers of rescuers hold it, each taking
over from the one before when that does not accept or does not arrive. While a rescue is open
exactly one deadline runs, and it belongs to one organisation wherever one is registered.

References:
    TSG T5002-2017 art. 5(4): arrival within 30 min in cities with districts, else 1 h.
    Three tiers (contracted firm, nearest rescue station, fire service): practice of the 96333
    rescue lines (unverified).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt
from typing import Final, NewType

from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId

RescueId = NewType("RescueId", int)
_EARTH_KM: Final = 6371.0088
"""Mean radius of the earth [km] (IUGG)."""


class Stage(StrEnum):
    """How far a rescue is."""

    SUSPECTED = "suspected"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    ON_SITE = "on_site"
    RELEASED = "released"
    """They are out; the lift waits for its check."""
    CLOSED = "closed"
    REFUTED = "refuted"


OVER: Final = (Stage.CLOSED, Stage.REFUTED)
BEFORE_RELEASE: Final = (Stage.SUSPECTED, Stage.DISPATCHED, Stage.ACCEPTED, Stage.ON_SITE)
_CALLED: Final = (Stage.DISPATCHED, Stage.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescuer:
    """One tier, at the place of the lift.

    Attributes:
        organisation: Who that is there; None: nobody is registered.
        accept: How long until they say that they go.
        arrive: From their dispatch to their arrival.
    """

    organisation: OrganisationId | None
    accept: timedelta
    arrive: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The lengths of a rescue that belong to no tier.

    Attributes:
        confirm: From the alarm to the call to the car.
        arrive: Arrival by law at that place.
        release: From the arrival to the release.
        check: From the release to the check of the lift.
    """

    confirm: timedelta
    arrive: timedelta
    release: timedelta
    check: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    """One rescue.

    Attributes:
        tier: 0 the desk, then the tiers from 1.
        owner: Who has it now; None only where nobody is registered.
        due_at: The one deadline that runs; None when it is over.
        began_at: When rescuers were first sent.
        legal_due_at: Arrival by law, from `began_at`; another tier does not move it.
        people: How many came out; None: not yet.
        released_at: When they came out; it stays when others are trapped before the lift's check.
    """

    alarm_id: AlarmId
    asset_id: AssetId
    place_path: PlacePath
    stage: Stage
    opened_at: datetime
    owner: OrganisationId | None
    due_at: datetime | None
    tier: int = 0
    id: RescueId | None = None
    began_at: datetime | None = None
    legal_due_at: datetime | None = None
    accepted_at: datetime | None = None
    arrived_at: datetime | None = None
    released_at: datetime | None = None
    people: int | None = None
    injured: int | None = None
    condition: str = ""
    checked_at: datetime | None = None
    checked_by: str | None = None
    closed_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        if (self.due_at is None) != (self.stage in OVER):
            raise ValueError(f"a rescue that is {self.stage} and a deadline {self.due_at}")

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.stage not in OVER


def begin(rescue: Rescue, rescuers: Sequence[Rescuer], pace: Pace, now: datetime) -> Rescue:
    """Rescuers are sent: the first tier that is registered there."""
    if rescue.stage is not Stage.SUSPECTED:
        return rescue
    legal = now + pace.arrive
    begun = replace(rescue, began_at=now, legal_due_at=legal, owner=None)
    found = _next_tier(begun, rescuers)
    if found is None:
        # Nobody who rescues is registered: the desk keeps it, and is told again and again.
        due = now + rescuers[-1].accept
        return _moved(begun, stage=Stage.DISPATCHED, owner=rescue.owner, due_at=due)
    return _dispatched(begun, rescuers, found, now)


def _next_tier(rescue: Rescue, rescuers: Sequence[Rescuer]) -> int | None:
    """The next tier, from 1, where somebody else than the present owner stands."""
    later = enumerate(rescuers[rescue.tier :], start=rescue.tier + 1)
    usable = (
        tier
        for tier, one in later
        if one.organisation is not None and one.organisation != rescue.owner
    )
    return next(usable, None)


def _dispatched(rescue: Rescue, rescuers: Sequence[Rescuer], tier: int, now: datetime) -> Rescue:
    rescuer = rescuers[tier - 1]
    return _moved(
        rescue,
        stage=Stage.DISPATCHED,
        tier=tier,
        owner=rescuer.organisation,
        due_at=now + rescuer.accept,
        accepted_at=None,
    )


def overdue(rescue: Rescue, rescuers: Sequence[Rescuer], pace: Pace, now: datetime) -> Rescue:
    """What follows from silence: the next tier takes over; after the last the deadline runs on."""
    match rescue.stage:
        case Stage.SUSPECTED:
            return begin(rescue, rescuers, pace, now)
        case Stage.DISPATCHED | Stage.ACCEPTED:
            found = _next_tier(rescue, rescuers)
            if found is not None:
                return _dispatched(rescue, rescuers, found, now)
            return _moved(rescue, due_at=now + rescuers[-1].accept)
        case Stage.ON_SITE:
            return _moved(rescue, due_at=now + pace.release)
        case Stage.RELEASED:
            return _moved(rescue, due_at=now + pace.check)
        case _:
            return rescue


def accept(rescue: Rescue, rescuers: Sequence[Rescuer], now: datetime) -> Rescue | None:
    """The owner says that they go; None: not now."""
    if rescue.stage is not Stage.DISPATCHED or rescue.due_at is None:
        return None
    rescuer = rescuers[min(max(rescue.tier, 1), len(rescuers)) - 1]
    sent_at = min(rescue.due_at - rescuer.accept, now)
    due_at = max(sent_at + rescuer.arrive, now + timedelta(seconds=1))
    return _moved(rescue, stage=Stage.ACCEPTED, accepted_at=now, due_at=due_at)


def arrive(rescue: Rescue, by: OrganisationId | None, pace: Pace, now: datetime) -> Rescue | None:
    """Rescuers are there; whoever is there has it. None: not now."""
    if rescue.stage not in _CALLED:
        return None
    return _moved(
        rescue,
        stage=Stage.ON_SITE,
        arrived_at=now,
        due_at=now + pace.release,
        owner=by or rescue.owner,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Who came out, when and how."""

    at: datetime
    people: int
    injured: int
    condition: str


def release(rescue: Rescue, released: Released, pace: Pace, now: datetime) -> Rescue | None:
    """They are out; None: they were already, or the time cannot be right."""
    is_possible = rescue.opened_at <= released.at <= now
    if rescue.stage not in BEFORE_RELEASE or not is_possible:
        return None
    return _moved(
        rescue,
        stage=Stage.RELEASED,
        released_at=released.at,
        people=released.people,
        injured=released.injured,
        condition=released.condition,
        due_at=now + pace.check,
    )


def check(rescue: Rescue, by: str, pace: Pace, now: datetime, *, is_fit: bool) -> Rescue | None:
    """A qualified person has checked the lift; unfit, it waits for the next check."""
    if rescue.stage is not Stage.RELEASED:
        return None
    if not is_fit:
        return _moved(rescue, due_at=now + pace.check)
    return _moved(
        rescue, stage=Stage.CLOSED, checked_at=now, checked_by=by, due_at=None, closed_at=now
    )


def refute(rescue: Rescue, pace: Pace, now: datetime) -> Rescue | None:
    """Nobody was inside; None: people have come out already.

    A lift out of which others had come before still waits for its check.
    """
    if rescue.stage not in BEFORE_RELEASE:
        return None
    if rescue.released_at is not None:
        return _moved(rescue, stage=Stage.RELEASED, due_at=now + pace.check)
    return _moved(rescue, stage=Stage.REFUTED, due_at=None, closed_at=now)


def give_way(rescue: Rescue, now: datetime) -> Rescue:
    """A rescue of a drill ends, whatever its stage, because people are really trapped."""
    return _moved(rescue, stage=Stage.REFUTED, due_at=None, closed_at=now)


def begin_again(rescue: Rescue, owner: OrganisationId | None, pace: Pace, now: datetime) -> Rescue:
    """Somebody is trapped in a lift that others came out of and that nobody has checked."""
    return _moved(
        rescue,
        stage=Stage.SUSPECTED,
        tier=0,
        owner=owner,
        due_at=now + pace.confirm,
        began_at=None,
        legal_due_at=None,
        accepted_at=None,
        arrived_at=None,
    )


def reopen(rescue: Rescue, owner: OrganisationId | None, pace: Pace, now: datetime) -> Rescue:
    """The alarm came back after its rescue was over: everything begins anew."""
    return replace(
        begin_again(rescue, owner, pace, now),
        opened_at=now,
        released_at=None,
        people=None,
        injured=None,
        condition="",
        checked_at=None,
        checked_by=None,
        closed_at=None,
    )


def _moved(rescue: Rescue, **changes: object) -> Rescue:
    return replace(rescue, version=rescue.version + 1, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on the earth [degrees, WGS 84]."""

    latitude: float
    longitude: float


def distance_km(a: Point, b: Point) -> float:
    """Great-circle distance [km] by the haversine formula on a sphere.

    References:
        R. W. Sinnott (1984), Virtues of the Haversine, Sky and Telescope 68(2):159.
    """
    up = sin(radians(b.latitude - a.latitude) / 2) ** 2
    across = sin(radians(b.longitude - a.longitude) / 2) ** 2
    share = up + cos(radians(a.latitude)) * cos(radians(b.latitude)) * across
    return 2 * _EARTH_KM * asin(sqrt(min(1.0, share)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A rescue station and where it stands."""

    organisation: OrganisationId
    at: Point


def nearest_station(there: Point | None, stations: Sequence[Station]) -> Station | None:
    """The station with the shortest way; of equals the first. None: one end is not known."""
    if there is None:
        return None
    return min(stations, key=lambda one: distance_km(there, one.at), default=None)
