"""The places above the compounds of a city, and the organisations that answer for them."""

from dataclasses import dataclass

from simulators.building import (
    Level,
    Organisation,
    OrganisationCode,
    OrganisationKind,
    Place,
    PlaceCode,
)
from simulators.city.plan import CityPlan

CITY = PlaceCode("city")
_DIRECTIONS = ("东", "南", "西", "北", "中", "新", "高", "滨", "湖")
_ENGLISH = ("East", "South", "West", "North", "Central", "New", "High", "Shore", "Lake")


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything of a city that no single compound owns."""

    places: tuple[Place, ...]
    organisations: tuple[Organisation, ...]


def district_code(number: int) -> PlaceCode:
    """Code of a district, 1 and up."""
    return PlaceCode(f"d{number}")


def street_code(number: int) -> PlaceCode:
    """Code of a street, 1 and up."""
    return PlaceCode(f"s{number:03d}")


def community_code(number: int) -> PlaceCode:
    """Code of a community 社区, 1 and up."""
    return PlaceCode(f"q{number:03d}")


def company_code(number: int) -> OrganisationCode:
    """Code of a property company, 1 and up."""
    return OrganisationCode(f"property_{number:03d}")


def maintainer_code(plan: CityPlan, compound: int) -> OrganisationCode:
    """The firm that keeps the lifts of a compound: about one for fifty compounds."""
    return OrganisationCode(f"lift_firm_{1 + compound % _lift_firms(plan):02d}")


def fire_maintainer_code(plan: CityPlan, compound: int) -> OrganisationCode:
    """The firm that keeps the fire equipment of a compound."""
    return OrganisationCode(f"fire_firm_{1 + compound % _fire_firms(plan):02d}")


def community_of(plan: CityPlan, compound: int) -> int:
    """The community in which a compound stands."""
    return 1 + (compound - 1) * plan.communities // plan.compounds


def _street_of(plan: CityPlan, community: int) -> int:
    return 1 + (community - 1) * plan.streets // plan.communities


def _district_of(plan: CityPlan, street: int) -> int:
    return 1 + (street - 1) * plan.districts // plan.streets


def _lift_firms(plan: CityPlan) -> int:
    return max(1, plan.compounds // 50)


def _fire_firms(plan: CityPlan) -> int:
    return max(1, plan.compounds // 80)


def frame(plan: CityPlan) -> Frame:
    """City, districts, streets, communities, and every organisation but the owners' committees."""
    return Frame(places=_places(plan), organisations=_organisations(plan))


def _places(plan: CityPlan) -> tuple[Place, ...]:
    def place(code: PlaceCode, level: Level, parent: PlaceCode | None, zh: str, en: str) -> Place:
        return Place(code=code, level=level, parent=parent, name_zh=zh, name_en=en)

    return (
        place(CITY, Level.CITY, None, "示范市", "Demo City"),
        *(
            place(
                district_code(n),
                Level.DISTRICT,
                CITY,
                f"{_DIRECTIONS[n - 1]}示区",
                f"{_ENGLISH[n - 1]} District",
            )
            for n in range(1, plan.districts + 1)
        ),
        *(
            place(
                street_code(n),
                Level.STREET,
                district_code(_district_of(plan, n)),
                f"第{n}街道",
                f"Street {n}",
            )
            for n in range(1, plan.streets + 1)
        ),
        *(
            place(
                community_code(n),
                Level.COMMUNITY,
                street_code(_street_of(plan, n)),
                f"第{n}社区",
                f"Community {n}",
            )
            for n in range(1, plan.communities + 1)
        ),
    )


def _organisations(plan: CityPlan) -> tuple[Organisation, ...]:
    kinds = OrganisationKind
    made: list[Organisation] = []

    def add(
        code: str, kind: OrganisationKind, zh: str, en: str, place: PlaceCode | None = None
    ) -> None:
        # The area code 0000 was never given to anybody.
        phone = f"0000-81{len(made):06d}"
        made.append(
            Organisation(
                code=OrganisationCode(code),
                kind=kind,
                name_zh=zh,
                name_en=en,
                phone=phone,
                place=place,
            )
        )

    add("bureau", kinds.BUREAU, "示范市应急管理局", "Demo City Emergency Bureau", CITY)
    add("housing", kinds.HOUSING_BUREAU, "示范市住房保障和房产管理局", "Demo City Housing", CITY)
    add("water", kinds.WATER_COMPANY, "示范市供水公司", "Demo City Water", CITY)
    add("power", kinds.POWER_COMPANY, "示范市供电公司", "Demo City Power", CITY)
    add("telecom", kinds.TELECOM_OPERATOR, "示范市通信运营商", "Demo City Telecom", CITY)
    for n in range(1, plan.districts + 1):
        zh, en, place = _DIRECTIONS[n - 1], _ENGLISH[n - 1], district_code(n)
        fire = f"{zh}示区消防救援大队"
        add(f"fire_service_{n}", kinds.FIRE_SERVICE, fire, f"{en} Fire Service", place)
    for n in range(1, plan.streets + 1):
        add(
            f"street_{n:03d}",
            kinds.STREET,
            f"第{n}街道办事处",
            f"Street Office {n}",
            street_code(n),
        )
    for n in range(1, plan.communities + 1):
        zh, en = f"第{n}社区居民委员会", f"Residents' Committee {n}"
        add(f"community_{n:03d}", kinds.COMMUNITY, zh, en, community_code(n))
    for n in range(1, plan.companies + 1):
        zh, en = f"示范{n}号物业服务有限公司", f"Property Services {n}"
        add(company_code(n), kinds.PROPERTY_COMPANY, zh, en)
    for n in range(1, _lift_firms(plan) + 1):
        zh, en = f"示范{n}号电梯维保有限公司", f"Lift Maintenance {n}"
        add(f"lift_firm_{n:02d}", kinds.MAINTENANCE_FIRM, zh, en)
    for n in range(1, _fire_firms(plan) + 1):
        zh, en = f"示范{n}号消防技术服务有限公司", f"Fire Services {n}"
        add(f"fire_firm_{n:02d}", kinds.FIRE_MAINTENANCE_FIRM, zh, en)
    return tuple(made)
