"""The words of the registry: places, organisations, who runs what, gateways and assets.

Every value knows the line of the file it came from, so that a refusal can name it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Level(StrEnum):
    """The seven levels of the tree of places, highest first."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    COMPOUND = "compound"
    BUILDING = "building"
    FLOOR = "floor"

    @property
    def depth(self) -> int:
        """0 for a city, 6 for a floor."""
        return tuple(Level).index(self)

    @property
    def zh(self) -> str:
        """The level's name in Chinese."""
        return ("市", "区县", "街道", "社区", "小区", "楼栋", "楼层")[self.depth]


class OrganisationKind(StrEnum):
    """What an organisation is; the duties are written for kinds."""

    PROPERTY_COMPANY = "property_company"
    MAINTENANCE_FIRM = "maintenance_firm"
    FIRE_MAINTENANCE_FIRM = "fire_maintenance_firm"
    BUREAU = "bureau"
    COMMUNITY = "community"
    COMMUNITY_STATION = "community_station"
    STREET = "street"
    OWNERS_COMMITTEE = "owners_committee"
    WATER_COMPANY = "water_company"
    POWER_COMPANY = "power_company"
    TELECOM_OPERATOR = "telecom_operator"
    FIRE_SERVICE = "fire_service"
    HOUSING_BUREAU = "housing_bureau"
    WORK_UNIT = "work_unit"
    RESCUE_STATION = "rescue_station"


class ManagementKind(StrEnum):
    """Who runs a compound."""

    COMPANY = "company"
    WORK_UNIT = "work_unit"
    ENTRUSTED = "entrusted"
    SELF_MANAGED = "self_managed"
    CLEANING_ONLY = "cleaning_only"
    NOBODY = "nobody"

    @property
    def needs_organisation(self) -> bool:
        """Whether an organisation must be named; self-management may name one."""
        return self not in (ManagementKind.SELF_MANAGED, ManagementKind.NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time, closed at its begin and open at its end; None has no bound."""

    begin: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.begin is not None and self.end is not None and not self.begin < self.end:
            raise ValueError(f"a span cannot end at {self.end} when it begins at {self.begin}")

    def covers(self, at: datetime) -> bool:
        """Whether the time lies in the span."""
        return self.has_begun(at) and not self.has_ended(at)

    def has_begun(self, at: datetime) -> bool:
        """Whether the span began at or before the time."""
        return self.begin is None or self.begin <= at

    def has_ended(self, at: datetime) -> bool:
        """Whether the span ended at or before the time."""
        return self.end is not None and self.end <= at

    def overlaps(self, other: "Span") -> bool:
        """Whether a moment lies in both spans."""
        return not (
            (self.end is not None and other.begin is not None and self.end <= other.begin)
            or (other.end is not None and self.begin is not None and other.end <= self.begin)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place, from city to floor."""

    code: str
    level: Level
    name_zh: str
    parent: str | None = None
    name_en: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    access_note: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who owns, runs, maintains or supervises; `place` is the place a public body serves."""

    code: str
    kind: OrganisationKind
    name_zh: str
    name_en: str = ""
    phone: str = ""
    place: str | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Management:
    """Who runs a compound during a span."""

    compound: str
    kind: ManagementKind
    organisation: str | None
    during: Span
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsiblePerson:
    """The named person of a place in a role during a span (personal data)."""

    place: str
    role: str
    name: str
    phone: str
    during: Span
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A gateway and the place whose unknown alarms belong to it.

    Attributes:
        operator: Telecom operator by whose network it reports; None: unknown.
    """

    gateway: str
    place: str
    note: str = ""
    operator: str | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A thing that can break.

    Attributes:
        class_name: Asset class of the catalogue.
        gateway: Gateway that reports it; None while nothing does.
        gateway_code: Its code on that gateway.
        contract_until: Last day of the maintenance contract.
        commissioned_at: When the walk test was passed; None: it does not count as monitored.
    """

    code: str
    class_name: str
    place: str
    name_zh: str
    name_en: str = ""
    gateway: str | None = None
    gateway_code: str | None = None
    maintainer: str | None = None
    contract_until: date | None = None
    zone: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)
    commissioned_at: datetime | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """All that the files say, checked."""

    places: tuple[Place, ...] = ()
    organisations: tuple[Organisation, ...] = ()
    managements: tuple[Management, ...] = ()
    responsible_persons: tuple[ResponsiblePerson, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    assets: tuple[Asset, ...] = ()
    tables: frozenset[str] = frozenset()

    def paths(self) -> dict[str, str]:
        """Path of every place in the tree, by its code: the codes from the root, with dots."""
        parents = {place.code: place.parent for place in self.places}
        return {code: ".".join(reversed(_lineage(code, parents))) for code in parents}


def _lineage(code: str, parents: Mapping[str, str | None]) -> list[str]:
    lineage = [code]
    while (parent := parents.get(lineage[-1])) is not None and parent not in lineage:
        lineage.append(parent)
    return lineage
