"""The demo compound 示范花园小区: three buildings of eleven storeys with two lifts each.

City, organisations and phone numbers are made up: the area code 0000 was never given to anybody.
"""

from dataclasses import dataclass
from datetime import date

from gateway.topic import GatewayId
from simulators.building import (
    Asset,
    AssetCode,
    Compound,
    ElectricalPlant,
    EscalatorPlant,
    GaugePlant,
    Level,
    LiftPlant,
    Management,
    ManagementKind,
    Organisation,
    OrganisationCode,
    OrganisationKind,
    PanelPlant,
    Place,
    PlaceCode,
    Plant,
    PointPlant,
    PumpPlant,
    ResponsiblePerson,
    plain_places,
)

COMPOUND = PlaceCode("garden")
GATEWAY = GatewayId("demo-gw-1")
BUILDINGS = (1, 2, 3)
FLOORS = (-1, *range(1, 12))
"""Basement garage and eleven storeys; there is no floor 0."""

_LIFT_FIRM = OrganisationCode("lift_firm")
_FIRE_FIRM = OrganisationCode("fire_firm")
_PROPERTY = OrganisationCode("property")
_SINCE = date(2024, 1, 1)
_WALK_TEST = date(2024, 3, 15)
_CONTRACT_UNTIL = date(2030, 12, 31)
_SMOKE, _HEAT, _CALL_POINT = 42, 31, 23


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    """An asset's names, and its place as a device's configuration says it."""

    zh: str
    en: str
    text: str


def garden() -> Compound:
    """The demo compound, watched by the gateway `demo-gw-1`."""
    return Compound(
        name="demo",
        gateway=GATEWAY,
        gateway_place=_floor_code(1, 1),
        gateway_note="消防控制室机柜,双电源",
        places=_places(),
        organisations=_organisations(),
        managements=(
            Management(
                compound=COMPOUND,
                kind=ManagementKind.COMPANY,
                organisation=OrganisationCode("property"),
                since=_SINCE,
            ),
        ),
        persons=_persons(),
        assets=(*_lifts(), _escalator(), *_fire_alarm(), *_fire_water(), *_electrical()),
    )


def _building_code(building: int) -> PlaceCode:
    return PlaceCode(f"{COMPOUND}_b{building}")


def _floor_code(building: int, floor: int) -> PlaceCode:
    name = f"f{floor:02d}" if floor > 0 else f"b{-floor}"
    return PlaceCode(f"{_building_code(building)}_{name}")


def floor_zh(floor: int) -> str:
    """The floor as a sign in the building says it."""
    return f"{floor}层" if floor > 0 else f"地下{-floor}层"


def floor_en(floor: int) -> str:
    """The floor in English, within a sentence."""
    return f"floor {floor}" if floor > 0 else f"basement {-floor}"


def _places() -> tuple[Place, ...]:
    city, district, street = PlaceCode("demo_city"), PlaceCode("demo_dist"), PlaceCode("demo_str")
    community = PlaceCode("demo_comm")
    above = (
        (city, Level.CITY, None, "示范市", "Demo City"),
        (district, Level.DISTRICT, city, "示范区", "Demo District"),
        (street, Level.STREET, district, "示范街道", "Demo Street"),
        (community, Level.COMMUNITY, street, "示范社区", "Demo Community"),
    )
    return (
        *plain_places(above),
        Place(
            code=COMPOUND,
            level=Level.COMPOUND,
            parent=community,
            name_zh="示范花园小区",
            name_en="Demo Garden Compound",
            address="示范市示范区示范路1号",
            latitude=30.5,
            longitude=114.5,
            access_note="南门24小时值守，消防车走东门",
        ),
        *(place for building in BUILDINGS for place in _building(building)),
    )


def _building(building: int) -> tuple[Place, ...]:
    return (
        Place(
            code=_building_code(building),
            level=Level.BUILDING,
            parent=COMPOUND,
            name_zh=f"{building}号楼",
            name_en=f"Building {building}",
            address=f"示范市示范区示范路1号{building}号楼",
            latitude=30.5 + building / 2000,
            longitude=114.5 + building / 2000,
            access_note="门禁卡由值班室保管",
        ),
        *(
            Place(
                code=_floor_code(building, floor),
                level=Level.FLOOR,
                parent=_building_code(building),
                name_zh=floor_zh(floor),
                name_en=floor_en(floor).capitalize(),
            )
            for floor in FLOORS
        ),
    )


def _organisations() -> tuple[Organisation, ...]:
    kinds = OrganisationKind
    rows = (
        ("property", kinds.PROPERTY_COMPANY, "示范物业服务有限公司", "Demo Property Services"),
        ("lift_firm", kinds.MAINTENANCE_FIRM, "示范电梯维保有限公司", "Demo Lift Maintenance"),
        (
            "fire_firm",
            kinds.FIRE_MAINTENANCE_FIRM,
            "示范消防技术服务有限公司",
            "Demo Fire Services",
        ),
        ("bureau", kinds.BUREAU, "示范市应急管理局", "Demo City Emergency Bureau"),
        ("community", kinds.COMMUNITY, "示范社区居民委员会", "Demo Residents' Committee"),
        ("street", kinds.STREET, "示范街道办事处", "Demo Street Office"),
        (
            "owners",
            kinds.OWNERS_COMMITTEE,
            "示范花园小区业主委员会",
            "Demo Garden Owners' Committee",
        ),
        ("water", kinds.WATER_COMPANY, "示范市供水公司", "Demo City Water"),
        ("power", kinds.POWER_COMPANY, "示范市供电公司", "Demo City Power"),
        ("telecom", kinds.TELECOM_OPERATOR, "示范市通信运营商", "Demo City Telecom"),
        ("fire_service", kinds.FIRE_SERVICE, "示范区消防救援大队", "Demo District Fire Service"),
        ("housing", kinds.HOUSING_BUREAU, "示范区住房和建设局", "Demo District Housing Bureau"),
    )
    return tuple(
        Organisation(
            code=OrganisationCode(code),
            kind=kind,
            name_zh=zh,
            name_en=en,
            phone=f"0000-80001{number:02d}",
        )
        for number, (code, kind, zh, en) in enumerate(rows, start=1)
    )


def _persons() -> tuple[ResponsiblePerson, ...]:
    return (
        ResponsiblePerson(
            place=COMPOUND,
            role="消防安全责任人",
            name="物业项目负责人",
            phone="0000-8000201",
            since=_SINCE,
        ),
        ResponsiblePerson(
            place=COMPOUND,
            role="消防控制室值班",
            name="消控室值班员",
            phone="0000-8000202",
            since=_SINCE,
        ),
        *(
            ResponsiblePerson(
                place=_building_code(building),
                role="电梯安全管理员",
                name=f"{building}号楼楼栋管家",
                phone=f"0000-80002{10 + building}",
                since=_SINCE,
            )
            for building in BUILDINGS
        ),
    )


def _asset(*, code: str, class_name: str, place: PlaceCode, sign: _Sign, plant: Plant) -> Asset:
    maintainer = _LIFT_FIRM if class_name in ("lift", "escalator") else _FIRE_FIRM
    return Asset(
        code=AssetCode(code),
        class_name=class_name,
        place=place,
        name_zh=sign.zh,
        name_en=sign.en,
        text=sign.text,
        plant=plant,
        maintainer=_PROPERTY if class_name == "electrical_monitor" else maintainer,
        contract_until=_CONTRACT_UNTIL,
        zone=_zone(class_name, plant),
        commissioned_at=_WALK_TEST,
    )


def _zone(class_name: str, plant: Plant) -> str:
    return f"loop-{plant.loop}" if isinstance(plant, PointPlant) else class_name


def _lifts() -> tuple[Asset, ...]:
    return tuple(
        _asset(
            code=f"L-{building}-{number}",
            class_name="lift",
            place=_building_code(building),
            sign=_Sign(
                zh=f"{building}号楼{number}号梯",
                en=f"Building {building}, lift {number}",
                text=f"{building}号楼 {number}号梯",
            ),
            plant=LiftPlant(
                lowest=FLOORS[0],
                highest=FLOORS[-1],
                rated_speed_m_s=1.75 if number == 1 else 1.5,
                rated_load_kg=1000 if number == 1 else 800,
            ),
        )
        for building in BUILDINGS
        for number in (1, 2)
    )


def _escalator() -> Asset:
    return _asset(
        code="E-1",
        class_name="escalator",
        place=_floor_code(1, -1),
        sign=_Sign(
            zh="地下车库出入口扶梯",
            en="Escalator from the garage",
            text="1号楼 地下1层 车库出入口扶梯",
        ),
        plant=EscalatorPlant(rated_speed_m_s=0.5, rise_m=4.2, opens_hour=6.0, closes_hour=23.0),
    )


def _fire_alarm() -> tuple[Asset, ...]:
    panel = _asset(
        code="FP-1",
        class_name="fire_panel",
        place=_floor_code(1, 1),
        sign=_Sign(
            zh="火灾报警控制器",
            en="Fire alarm panel",
            text="1号楼 1层 消防控制室",
        ),
        plant=PanelPlant(loops=len(BUILDINGS), source_address=889),
    )
    points = (
        point for building in BUILDINGS for floor in FLOORS for point in _points(building, floor)
    )
    return (panel, *points)


def _points(building: int, floor: int) -> tuple[Asset, Asset]:
    first = 2 * FLOORS.index(floor) + 1
    where = "车库" if floor < 0 else "走廊"
    place, spot = _floor_code(building, floor), f"{building}号楼 {floor_zh(floor)} {where}"
    sign = f"{floor:02d}" if floor > 0 else f"B{-floor}"
    detector = _asset(
        code=f"D-{building}-{sign}",
        class_name="detector",
        place=place,
        sign=_Sign(
            zh=f"{building}号楼{floor_zh(floor)}{where}{'感温' if floor < 0 else '感烟'}探测器",
            en=f"Building {building}, {floor_en(floor)}, {'heat' if floor < 0 else 'smoke'} detector",
            text=spot,
        ),
        plant=PointPlant(
            loop=building,
            point=first,
            component=_HEAT if floor < 0 else _SMOKE,
            is_wireless=floor == FLOORS[-1],
        ),
    )
    button = _asset(
        code=f"M-{building}-{sign}",
        class_name="manual_call_point",
        place=place,
        sign=_Sign(
            zh=f"{building}号楼{floor_zh(floor)}{where}手动报警按钮",
            en=f"Building {building}, {floor_en(floor)}, manual call point",
            text=f"{spot}手报",
        ),
        plant=PointPlant(loop=building, point=first + 1, component=_CALL_POINT),
    )
    return detector, button


def _fire_water() -> tuple[Asset, ...]:
    hydrants = (
        _asset(
            code=f"H-{building}",
            class_name="fire_water",
            place=_floor_code(building, FLOORS[-1]),
            sign=_Sign(
                zh=f"{building}号楼最不利点消火栓压力",
                en=f"Building {building}, end-of-line hydrant pressure",
                text=f"{building}号楼 屋顶试验消火栓",
            ),
            plant=GaugePlant(usual_kpa=250.0 + 10 * building, low=150.0, critical=70.0),
        )
        for building in BUILDINGS
    )
    tank = _asset(
        code="T-1",
        class_name="fire_water",
        place=_floor_code(1, FLOORS[-1]),
        sign=_Sign(
            zh="屋顶消防水箱液位",
            en="Roof fire tank level",
            text="1号楼 屋顶 消防水箱",
        ),
        plant=GaugePlant(usual_level_m=2.6, low=2.0),
    )
    return (
        *hydrants,
        tank,
        _pump("P-1", "消防泵", "Fire pump"),
        _pump("J-1", "稳压泵", "Jockey pump"),
    )


def _pump(code: str, zh: str, en: str) -> Asset:
    is_jockey = code.startswith("J")
    return _asset(
        code=code,
        class_name="pump",
        place=_floor_code(1, -1),
        sign=_Sign(
            zh=zh,
            en=en,
            text=f"1号楼 地下1层 消防泵房 {zh}",
        ),
        plant=PumpPlant(
            is_jockey=is_jockey,
            rated_current_a=3.5 if is_jockey else 86.0,
            rated_pressure_bar=7.5 if is_jockey else 8.0,
            rated_flow_l_per_min=60.0 if is_jockey else 1800.0,
        ),
    )


def _electrical() -> tuple[Asset, ...]:
    return tuple(
        _asset(
            code=f"R-{building}",
            class_name="electrical_monitor",
            place=_floor_code(building, -1),
            sign=_Sign(
                zh=f"{building}号楼配电间电气火灾监控",
                en=f"Building {building}, switch room electrical monitor",
                text=f"{building}号楼 地下1层 配电间",
            ),
            plant=ElectricalPlant(rated_current_a=400.0, set_residual_ma=300.0),
        )
        for building in BUILDINGS
    )
