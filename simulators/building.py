"""A compound that does not exist: its places, its people by role, and everything that can break.

One definition serves two readers: the driver, which plays the assets, and the registry writer,
which writes the files that an operator would import. So the two can never disagree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType

from gateway.catalogue import AssetClass, asset_class
from gateway.topic import GatewayId

PlaceCode = NewType("PlaceCode", str)
OrganisationCode = NewType("OrganisationCode", str)
AssetCode = NewType("AssetCode", str)


class Level(StrEnum):
    """The seven levels of places, widest first."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    COMPOUND = "compound"
    BUILDING = "building"
    FLOOR = "floor"


class OrganisationKind(StrEnum):
    """Who an organisation is in the line of duty."""

    PROPERTY_COMPANY = "property_company"
    MAINTENANCE_FIRM = "maintenance_firm"
    FIRE_MAINTENANCE_FIRM = "fire_maintenance_firm"
    BUREAU = "bureau"
    COMMUNITY = "community"
    STREET = "street"
    OWNERS_COMMITTEE = "owners_committee"
    WATER_COMPANY = "water_company"
    POWER_COMPANY = "power_company"
    TELECOM_OPERATOR = "telecom_operator"
    FIRE_SERVICE = "fire_service"
    HOUSING_BUREAU = "housing_bureau"
    WORK_UNIT = "work_unit"


class ManagementKind(StrEnum):
    """Who runs a compound."""

    COMPANY = "company"
    WORK_UNIT = "work_unit"
    ENTRUSTED = "entrusted"
    SELF_MANAGED = "self_managed"
    CLEANING_ONLY = "cleaning_only"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place from city to floor; `code` is unique and safe as a label of a path."""

    code: PlaceCode
    level: Level
    parent: PlaceCode | None
    name_zh: str
    name_en: str
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    access_note: str = ""


def plain_places(rows: Iterable[tuple[str, Level, str | None, str, str]]) -> tuple[Place, ...]:
    """Places without an address, from code, level, code of the parent, Chinese and English name."""
    return tuple(
        Place(
            code=PlaceCode(code),
            level=level,
            parent=PlaceCode(parent) if parent else None,
            name_zh=zh,
            name_en=en,
        )
        for code, level, parent, zh, en in rows
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation; the phone numbers have an area code that nobody was ever given.

    Attributes:
        place: The place that a public body serves; None for companies.
    """

    code: OrganisationCode
    kind: OrganisationKind
    name_zh: str
    name_en: str
    phone: str
    place: PlaceCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Management:
    """Who runs a compound, from a day on; `until` None is open.

    Attributes:
        organisation: None where the owners manage themselves or nobody does.
    """

    compound: PlaceCode
    kind: ManagementKind
    organisation: OrganisationCode | None
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsiblePerson:
    """Who answers for a place, by role: the people of a compound that does not exist have no names."""

    place: PlaceCode
    role: str
    name: str
    phone: str
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftPlant:
    """What a lift is: lowest and highest floor (there is no floor 0), speed, load, storey height.

    The longest trip stays under 30 s: a lift that takes longer from bottom to top would be
    another building.
    """

    lowest: int
    highest: int
    rated_speed_m_s: float
    rated_load_kg: int
    storey_m: float = 2.9

    @property
    def floors(self) -> tuple[int, ...]:
        """All floors from the lowest to the highest."""
        return tuple(floor for floor in range(self.lowest, self.highest + 1) if floor != 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalatorPlant:
    """What an escalator is: nominal speed, rise, hours of service (local)."""

    rated_speed_m_s: float
    rise_m: float
    opens_hour: float
    closes_hour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelPlant:
    """A fire panel: how many loops; its address in GB/T 26875.3 frames."""

    loops: int
    source_address: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointPlant:
    """A point of a fire panel: loop and number, and its component type in GB/T 26875.3 table 5.

    Attributes:
        component: 42 point optical smoke, 31 point heat, 23 manual call point.
        is_wireless: Speaks by radio and so has a battery and a signal strength.
    """

    loop: int
    point: int
    component: int
    is_wireless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugePlant:
    """A fire-water gauge: a hydrant's pressure [kPa] or a tank's level [m], and its usual value.

    Limits: low and critically low for a pressure (GB 50974-2014 5.3.3 and 5.2.2), low for a level.
    """

    usual_kpa: float | None = None
    usual_level_m: float | None = None
    low: float
    critical: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpPlant:
    """A fire pump or the jockey pump that keeps the pressure; rated values."""

    is_jockey: bool
    rated_current_a: float
    rated_pressure_bar: float
    rated_flow_l_per_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectricalPlant:
    """A monitored circuit: rated current, set value of its residual-current monitor."""

    rated_current_a: float
    set_residual_ma: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GasPlant:
    """A combustible-gas detector: its low and high alarm [%LEL]."""

    low_lel: float
    high_lel: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MainPlant:
    """The water main at the inlet, before every pump: its usual pressure [kPa]."""

    usual_kpa: float


Plant = (
    LiftPlant
    | EscalatorPlant
    | PanelPlant
    | PointPlant
    | GaugePlant
    | PumpPlant
    | ElectricalPlant
    | GasPlant
    | MainPlant
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A thing that can break.

    Attributes:
        code: Unique in the platform; also the code that the gateway sends.
        text: What a device or its configuration file says about the place, for events.
        contract_until: Last day of the maintenance contract.
        commissioned_at: Day of the passed walk test; None means not commissioned.
    """

    code: AssetCode
    class_name: str
    place: PlaceCode
    name_zh: str
    name_en: str
    text: str
    plant: Plant
    maintainer: OrganisationCode | None
    contract_until: date | None
    zone: str
    commissioned_at: date | None

    @property
    def kind(self) -> AssetClass:
        """The asset's class in the catalogue."""
        return asset_class(self.class_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """A compound 小区 with everything the registry knows of it, watched by one gateway."""

    name: str
    gateway: GatewayId
    gateway_place: PlaceCode
    gateway_note: str
    places: tuple[Place, ...]
    organisations: tuple[Organisation, ...]
    managements: tuple[Management, ...]
    persons: tuple[ResponsiblePerson, ...]
    assets: tuple[Asset, ...]

    def asset(self, code: AssetCode) -> Asset | None:
        """The asset of that code, or None."""
        return next((asset for asset in self.assets if asset.code == code), None)
