"""The responsibility matrix 权责清单: which line holds for an event, and whom it means there.

A line names kinds of organisation, never a company: who that is follows from the place and the
time, so that a change of the property company needs no new matrix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from gateway.catalogue import EventKind, Text

DutyId = NewType("DutyId", int)
OrganisationId = NewType("OrganisationId", int)

EVERYTHING: Final = "*"
GROUP_MARK: Final = "@"


class Party(StrEnum):
    """A kind of organisation that a line can name."""

    PROPERTY_COMPANY = "property_company"
    """Whoever manages the compound then; where nobody does, the community answers."""
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
_INSTEAD: Final[Mapping[Party, Party]] = {
    Party.MAINTAINER: Party.PROPERTY_COMPANY,
    Party.MAINTENANCE_FIRM: Party.PROPERTY_COMPANY,
    Party.FIRE_MAINTENANCE_FIRM: Party.PROPERTY_COMPANY,
    Party.PROPERTY_COMPANY: Party.COMMUNITY,
    Party.COMMUNITY: Party.STREET,
    Party.STREET: Party.BUREAU,
}


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
    id: DutyId | None = None

    def covers(self, kind: EventKind, asset_class: str, place_path: str) -> bool:
        """Whether the line holds for the event on such an asset at that place."""
        is_event = self.event in (kind.name, GROUP_MARK + kind.group, EVERYTHING)
        is_class = self.asset_class in (asset_class, EVERYTHING)
        return is_event and is_class and _is_within(place_path, self.place_path)

    @property
    def rank(self) -> tuple[int, int, int]:
        """How exact the line is: by event, then class, then place; the highest wins."""
        event = 0 if self.event == EVERYTHING else 1 if self.event.startswith(GROUP_MARK) else 2
        depth = 0 if self.place_path is None else self.place_path.count(".") + 1
        return event, int(self.asset_class != EVERYTHING), depth


def _is_within(path: str, above: str | None) -> bool:
    return above is None or path == above or path.startswith(above + ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Who is there, at one place and time.

    Attributes:
        place_path: The place.
        manager: Who manages the compound; None: nobody does.
        maintainer: Who maintains the asset under a contract that has not ended.
        nearest: The organisation of each kind that serves the place, the nearest one.
    """

    place_path: str
    manager: OrganisationId | None = None
    maintainer: OrganisationId | None = None
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


def line_for(
    duties: Sequence[Duty], kind: EventKind, asset_class: str, place_path: str
) -> Duty | None:
    """The most exact line that covers the event; of equals the first in the file."""
    found = [duty for duty in duties if duty.covers(kind, asset_class, place_path)]
    return max(found, key=lambda duty: (duty.rank, -duty.line), default=None)


def resolve(party: Party, there: Surroundings) -> OrganisationId | None:
    """The organisation that a kind means there, or the one that stands in for it.

    A maintainer is stood in for by the property company, that by the community, that by the
    street and that by the bureau.
    """
    asked: Party | None = party
    while asked is not None:
        found = _direct(asked, there)
        if found is not None:
            return found
        asked = _INSTEAD.get(asked)
    return None


def _direct(party: Party, there: Surroundings) -> OrganisationId | None:
    if party is Party.PROPERTY_COMPANY:
        return there.manager
    if party in _MAINTAINERS:
        return there.maintainer
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
