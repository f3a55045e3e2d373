"""A compound with a canteen: gas detectors, the water main at the inlet, and a hydrant behind it."""

from datetime import date
from typing import Final

from gateway.topic import GatewayId
from simulators.building import (
    Asset,
    AssetCode,
    Compound,
    GasPlant,
    GaugePlant,
    Level,
    MainPlant,
    Management,
    ManagementKind,
    Organisation,
    OrganisationCode,
    OrganisationKind,
    Place,
    PlaceCode,
    Plant,
    ResponsiblePerson,
    plain_places,
)

_SINCE: Final = date(2024, 1, 1)
_COMPOUND, _BUILDING = PlaceCode("services"), PlaceCode("services_b1")
_PROPERTY, _FIRM = OrganisationCode("services_property"), OrganisationCode("services_fire_firm")


def services() -> Compound:
    """Two gas detectors, a main and a hydrant, watched by the gateway `services-gw-1`."""
    return Compound(
        name="services",
        gateway=GatewayId("services-gw-1"),
        gateway_place=_BUILDING,
        gateway_note="食堂配电间",
        places=_places(),
        organisations=_organisations(),
        managements=(
            Management(
                compound=_COMPOUND,
                kind=ManagementKind.COMPANY,
                organisation=_PROPERTY,
                since=_SINCE,
            ),
        ),
        persons=(
            ResponsiblePerson(
                place=_COMPOUND,
                role="消防安全责任人",
                name="物业项目负责人",
                phone="0000-8000403",
                since=_SINCE,
            ),
        ),
        assets=(
            _asset("G-1", "gas_detector", "食堂灶间燃气探测器", "Gas detector, kitchen", _GAS),
            _asset("G-2", "gas_detector", "调压间燃气探测器", "Gas detector, governor room", _GAS),
            _asset("SM-1", "supply_main", "市政供水入户管", "Water main at the inlet", _MAIN),
            _asset("H-S", "fire_water", "食堂室内消火栓", "Hydrant of the canteen", _HYDRANT),
        ),
    )


_GAS: Final = GasPlant(low_lel=25.0, high_lel=50.0)
_MAIN: Final = MainPlant(usual_kpa=300.0)
_HYDRANT: Final = GaugePlant(usual_kpa=400.0, low=150.0, critical=70.0)


def _asset(code: str, class_name: str, zh: str, en: str, plant: Plant) -> Asset:
    return Asset(
        code=AssetCode(code),
        class_name=class_name,
        place=_BUILDING,
        name_zh=zh,
        name_en=en,
        text=f"食堂 {zh}",
        plant=plant,
        maintainer=_FIRM,
        contract_until=date(2030, 12, 31),
        zone=class_name,
        commissioned_at=_SINCE,
    )


def _organisations() -> tuple[Organisation, ...]:
    kinds = OrganisationKind
    rows = (
        (_PROPERTY, kinds.PROPERTY_COMPANY, "食堂物业服务有限公司", "Canteen Property Services"),
        (_FIRM, kinds.FIRE_MAINTENANCE_FIRM, "食堂消防技术服务有限公司", "Canteen Fire Services"),
    )
    return tuple(
        Organisation(code=code, kind=kind, name_zh=zh, name_en=en, phone=f"0000-80004{number:02d}")
        for number, (code, kind, zh, en) in enumerate(rows, start=1)
    )


def _places() -> tuple[Place, ...]:
    rows = (
        ("services_city", Level.CITY, None, "配套市", "Services City"),
        ("services_dist", Level.DISTRICT, "services_city", "配套区", "Services District"),
        ("services_str", Level.STREET, "services_dist", "配套街道", "Services Street"),
        ("services_comm", Level.COMMUNITY, "services_str", "配套社区", "Services Community"),
        (_COMPOUND, Level.COMPOUND, "services_comm", "配套小区", "Services Compound"),
        (_BUILDING, Level.BUILDING, _COMPOUND, "食堂", "Canteen"),
    )
    return plain_places(rows)
