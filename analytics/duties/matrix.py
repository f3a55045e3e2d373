"""The responsibility matrix 权责清单: which line holds for an event, and whom it means there.

A line names kinds of organisation, never a company: who that is follows from the place and the
time, so that a change of the property company needs no new matrix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType
from zoneinfo import ZoneInfo

from analytics.duties.calendar import ALWAYS, ALWAYS_NAME, CHINA, Calendar, Holidays, LocalMoment
from gateway.catalogue import EventKind, Text

DutyId = NewType("DutyId", int)
OrganisationId = NewType("OrganisationId", int)

EVERYTHING: Final = "*"
GROUP_MARK: Final = "@"


class Party(StrEnum):
    """A kind of organisation that a line can name."""

    PROPERTY_COMPANY = "property_company"
    """Whoever manages the compound then: company, work unit, the entrusted, the owners."""
    COMMUNITY_STATION = "community_station"
    """The community's own service station, which stands in where nobody manages."""
    MAINTAINER = "maintainer"
    """Whoever maintains the asset."""
    MAINTENANCE_FIRM = "maintenance_firm"
    FIRE_MAINTENANCE_FIRM = "fire_maintenance_firm"
    COMMUNITY = "community"
    STREET = "street"
    BUREAU = "bureau"
    OWNERS_COMMITTEE = "owners_committee"
    WATER_COMPANY = "water_company"
    POWER_COMPANY = "power_company"
    TELECOM_OPERATOR = "telecom_operator"
    FIRE_SERVICE = "fire_service"
    HOUSING_BUREAU = "housing_bureau"
    RESCUE_STATION = "rescue_station"


_MAINTAINERS: Final = (Party.MAINTAINER, Party.MAINTENANCE_FIRM, Party.FIRE_MAINTENANCE_FIRM)
_LAST: Final = (Party.COMMUNITY, Party.STREET, Party.BUREAU)
_UNMANAGED: Final = (Party.COMMUNITY_STATION, *_LAST)
_UNSERVED: Final = (Party.PROPERTY_COMPANY, *_UNMANAGED)
_INSTEAD: Final[Mapping[Party, tuple[Party, ...]]] = {
    Party.MAINTAINER: _UNSERVED,
    Party.MAINTENANCE_FIRM: _UNSERVED,
    Party.FIRE_MAINTENANCE_FIRM: _UNSERVED,
    Party.OWNERS_COMMITTEE: _UNSERVED,
    Party.WATER_COMPANY: _UNSERVED,
    Party.POWER_COMPANY: _UNSERVED,
    Party.TELECOM_OPERATOR: _UNSERVED,
    Party.PROPERTY_COMPANY: _UNMANAGED,
    Party.COMMUNITY_STATION: _LAST,
    Party.COMMUNITY: (Party.STREET, Party.BUREAU),
    Party.STREET: (Party.BUREAU, Party.COMMUNITY),
    Party.BUREAU: (Party.STREET, Party.COMMUNITY),
    Party.HOUSING_BUREAU: (Party.STREET, Party.BUREAU, Party.COMMUNITY),
    Party.RESCUE_STATION: (Party.FIRE_SERVICE, Party.BUREAU, Party.STREET, Party.COMMUNITY),
    Party.FIRE_SERVICE: (Party.BUREAU, Party.STREET, Party.COMMUNITY),
}
"""Who stands in for whom, in this order: company, community station, community, street, bureau."""
SELF_MANAGED: Final = "self_managed"


class Limit(StrEnum):
    """What a line sets a time for."""

    ACKNOWLEDGE = "acknowledge"
    CONFIRM = "confirm"
    ACCEPT = "accept"
    ARRIVE = "arrive"
    RESTORE = "restore"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One line of the matrix.

    Attributes:
        line: Its place in the file.
        event: Wire name of an event, `@group`, or `*`.
        asset_class: Asset class or `*`.
        place_path: Where it holds, with everything below; None: everywhere.
        calendar: Name of the calendar by which it holds.
        responsible: Who answers.
        order_to: Who does the work.
        joint: Who takes part.
        chain: Who is told one after another while nobody acknowledges.
        limits: How long each step may take; a step without an entry has no limit.
        basis: Law, standard and clause, or whose rule it is.
    """

    line: int
    key: str
    event: str
    asset_class: str
    responsible: Party
    order_to: Party
    chain: tuple[Party, ...]
    limits: Mapping[Limit, timedelta]
    opens_order: bool
    tells_bureau: bool
    note: Text
    basis: str
    joint: tuple[Party, ...] = ()
    place_path: str | None = None
    calendar: str = ALWAYS_NAME
    id: DutyId | None = None

    def is_for(self, kind: EventKind, asset_class: str) -> bool:
        """Whether the line is for the event on such an asset, somewhere and at some time."""
        is_event = self.event in (kind.name, GROUP_MARK + kind.group, EVERYTHING)
        return is_event and self.asset_class in (asset_class, EVERYTHING)

    def is_at(self, place_path: str) -> bool:
        """Whether the line holds at a place."""
        return _is_within(place_path, self.place_path)

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """How exact the line is: by event, class, place, then calendar; the highest wins."""
        event = 0 if self.event == EVERYTHING else 1 if self.event.startswith(GROUP_MARK) else 2
        depth = 0 if self.place_path is None else self.place_path.count(".") + 1
        is_class, is_timed = self.asset_class != EVERYTHING, self.calendar != ALWAYS_NAME
        return event, int(is_class), depth, int(is_timed)


def _is_within(path: str, above: str | None) -> bool:
    return above is None or path == above or path.startswith(above + ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Who is there, at one place and time.

    Attributes:
        place_path: The place.
        manager: Who manages the compound; None: nobody does.
        management: Kind of the management; "" where none is known.
        maintainer: Who maintains the asset under a contract that has not ended.
        network: Operator of the network by which the asset's gateway reports.
        nearest: The organisation of each kind that serves the place, the nearest one.
    """

    place_path: str
    manager: OrganisationId | None = None
    management: str = ""
    maintainer: OrganisationId | None = None
    network: OrganisationId | None = None
    nearest: Mapping[str, OrganisationId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Who answers for an event, at a place and a time.

    Attributes:
        responsible: Who answers; None: the registry knows nobody.
        worker: Who gets the work order.
        joint: Who takes part.
        chain: Who is told, link by link, each once.
        bureau: The bureau of the place.
    """

    duty: Duty
    responsible: OrganisationId | None
    worker: OrganisationId | None
    joint: tuple[OrganisationId, ...]
    chain: tuple[OrganisationId, ...]
    bureau: OrganisationId | None


def resolve(party: Party, there: Surroundings) -> OrganisationId | None:
    """The organisation that a kind means there, or the nearest that stands in for it.

    A maintainer or a utility that nobody registered is stood in for by the property company,
    that by the community station, the community, the street and at last the bureau.
    """
    for asked in (party, *_INSTEAD[party]):
        found = _direct(asked, there)
        if found is not None:
            return found
    return None


def _direct(party: Party, there: Surroundings) -> OrganisationId | None:
    if party is Party.PROPERTY_COMPANY:
        is_owners = there.manager is None and there.management == SELF_MANAGED
        return there.nearest.get(Party.OWNERS_COMMITTEE) if is_owners else there.manager
    if party in _MAINTAINERS:
        return there.maintainer
    if party is Party.TELECOM_OPERATOR and there.network is not None:
        return there.network
    return there.nearest.get(party)


def answer(duty: Duty, there: Surroundings) -> Answer:
    """Whom a line means at a place and time."""
    return Answer(
        duty=duty,
        responsible=resolve(duty.responsible, there),
        worker=resolve(duty.order_to, there),
        joint=_each_once([_direct(party, there) for party in duty.joint]),
        chain=_each_once([resolve(party, there) for party in duty.chain]),
        bureau=there.nearest.get(Party.BUREAU),
    )


def _each_once(found: Sequence[OrganisationId | None]) -> tuple[OrganisationId, ...]:
    return tuple(dict.fromkeys(item for item in found if item is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceZone:
    """The clock on the wall at a place and everything below it."""

    place_path: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How a matrix tells time.

    Attributes:
        holidays: The years that are known.
        brought: Those of them that the matrix itself says.
    """

    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    zones: tuple[PlaceZone, ...] = ()
    holidays: Holidays = field(default_factory=Holidays)
    brought: Holidays = field(default_factory=Holidays)

    def calendar(self, name: str) -> Calendar:
        """The calendar of that name."""
        return ALWAYS if name == ALWAYS_NAME else self.calendars[name]

    def zone(self, place_path: str) -> ZoneInfo:
        """The zone of a place: that of the nearest place above that has one, else China's."""
        found = [one for one in self.zones if _is_within(place_path, one.place_path)]
        deepest = max(found, key=lambda one: one.place_path.count("."), default=None)
        return CHINA if deepest is None else deepest.zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """One version of the responsibility matrix.

    Attributes:
        valid_from: From when it holds.
        checksum: SHA-256 of the file's text.
    """

    name: str
    valid_from: datetime
    checksum: str
    duties: tuple[Duty, ...]
    times: Times = field(default_factory=Times)


def ranked(duties: Sequence[Duty], kind: EventKind, asset_class: str) -> tuple[Duty, ...]:
    """The lines for an event on such an asset, the most exact first; of equals as in the file."""
    found = [duty for duty in duties if duty.is_for(kind, asset_class)]
    return tuple(sorted(found, key=lambda duty: (*(-part for part in duty.rank), duty.line)))


def first_holding(
    lines: Sequence[Duty], place_path: str, times: Times, moment: LocalMoment
) -> Duty | None:
    """The first of some lines that holds at a place and a moment."""
    for duty in lines:
        if duty.is_at(place_path) and times.calendar(duty.calendar).holds(moment):
            return duty
    return None
