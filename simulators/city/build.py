"""One compound of a city with its places, people by role and everything that can break."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

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
)
from simulators.city.frame import (
    community_code,
    community_of,
    company_code,
    fire_maintainer_code,
    maintainer_code,
)
from simulators.city.plan import CityPlan, Era, Sketch, sketch

_SMOKE, _HEAT, _CALL_POINT = 42, 31, 23
_CALL_POINT_EVERY: Final = 6
"""One point in six is a manual call point."""
_LOOP_POINTS: Final = 200
"""Points of a loop at most (GB 50116-2013 3.1.5)."""
_ERA_DAYS: Final = {
    Era.WALK_UP: (date(1988, 1, 1), date(2003, 1, 1)),
    Era.MIDDLE: (date(2003, 1, 1), date(2016, 1, 1)),
    Era.TOWER: (date(2010, 1, 1), date(2019, 1, 1)),
}
_CONTRACT_UNTIL: Final = date(2030, 12, 31)
_SPEEDS: Final = ((12, 1.0), (19, 1.75), (99, 2.5))
"""Storeys below which a lift has that speed [m/s]."""


def city_compound(plan: CityPlan, number: int) -> Compound:
    """The compound of that number, 1 and up."""
    return _Builder(plan, sketch(plan, number)).compound()


def compound_code(number: int) -> PlaceCode:
    """Code of a compound, 1 and up."""
    return PlaceCode(f"c{number:04d}")


def gateway_of(number: int) -> GatewayId:
    """The gateway of a compound."""
    return GatewayId(f"city-gw-{number:04d}")


@dataclass(frozen=True, slots=True)
class _Thing:
    """An asset before it has its place in the registry."""

    tag: str
    class_name: str
    place: PlaceCode
    zh: str
    en: str
    plant: Plant


class _Builder:
    """Builds one compound."""

    def __init__(self, plan: CityPlan, drawn: Sketch) -> None:
        self._plan, self._drawn = plan, drawn
        self._rng = np.random.default_rng([plan.seed, drawn.number, 3])
        self._code = compound_code(drawn.number)
        first, last = _ERA_DAYS[drawn.era]
        self._built = first + timedelta(days=int(self._rng.integers((last - first).days)))

    def compound(self) -> Compound:
        drawn = self._drawn
        return Compound(
            name=self._plan.name_of(drawn.number),
            gateway=gateway_of(drawn.number),
            gateway_place=self._code,
            gateway_note="消防控制室机柜" if drawn.points else "门卫室",
            places=tuple(self._places()),
            organisations=tuple(self._organisations()),
            managements=(self._management(),),
            persons=tuple(self._persons()),
            assets=tuple(self._asset(thing) for thing in self._things()),
        )

    def _places(self) -> Iterator[Place]:
        number = self._drawn.number
        latitude = 30.2 + 0.6 * float(self._rng.random())
        longitude = 114.2 + 0.6 * float(self._rng.random())
        yield Place(
            code=self._code,
            level=Level.COMPOUND,
            parent=community_code(community_of(self._plan, number)),
            name_zh=f"示范{number}号小区",
            name_en=f"Demo Compound {number}",
            address=f"示范市示范路{number}号",
            latitude=round(latitude, 5),
            longitude=round(longitude, 5),
        )
        for building in range(1, self._drawn.buildings + 1):
            yield Place(
                code=self._building(building),
                level=Level.BUILDING,
                parent=self._code,
                name_zh=f"{building}号楼",
                name_en=f"Building {building}",
            )
            if self._drawn.points:
                yield from self._floors(building)

    def _floors(self, building: int) -> Iterator[Place]:
        for floor in self._all_floors:
            yield Place(
                code=self._floor(building, floor),
                level=Level.FLOOR,
                parent=self._building(building),
                name_zh=f"{floor}层" if floor > 0 else f"地下{-floor}层",
                name_en=f"Floor {floor}" if floor > 0 else f"Basement {-floor}",
            )

    @property
    def _all_floors(self) -> tuple[int, ...]:
        below = range(-self._drawn.basements, 0)
        return (*below, *range(1, self._drawn.storeys + 1))

    def _building(self, building: int) -> PlaceCode:
        return PlaceCode(f"{self._code}_b{building:02d}")

    def _floor(self, building: int, floor: int) -> PlaceCode:
        name = f"f{floor:02d}" if floor > 0 else f"u{-floor}"
        return PlaceCode(f"{self._building(building)}_{name}")

    def _organisations(self) -> Iterator[Organisation]:
        number = self._drawn.number
        if self._drawn.run_by is ManagementKind.WORK_UNIT:
            yield Organisation(
                code=self._runner(),
                kind=OrganisationKind.WORK_UNIT,
                name_zh=f"示范{number}号小区产权单位",
                name_en=f"Work unit of compound {number}",
                phone=f"0000-83{number:06d}",
            )
        if self._drawn.run_by in (ManagementKind.COMPANY, ManagementKind.SELF_MANAGED):
            yield Organisation(
                code=OrganisationCode(f"owners_{number:04d}"),
                kind=OrganisationKind.OWNERS_COMMITTEE,
                name_zh=f"示范{number}号小区业主委员会",
                name_en=f"Owners' committee of compound {number}",
                phone=f"0000-84{number:06d}",
            )

    def _runner(self) -> OrganisationCode:
        number = self._drawn.number
        if self._drawn.run_by is ManagementKind.WORK_UNIT:
            return OrganisationCode(f"work_unit_{number:04d}")
        if self._drawn.run_by is ManagementKind.ENTRUSTED:
            return OrganisationCode(f"community_{community_of(self._plan, number):03d}")
        return company_code(self._drawn.company)

    def _management(self) -> Management:
        alone = (ManagementKind.SELF_MANAGED, ManagementKind.NOBODY)
        return Management(
            compound=self._code,
            kind=self._drawn.run_by,
            organisation=None if self._drawn.run_by in alone else self._runner(),
            since=self._built,
        )

    def _persons(self) -> Iterator[ResponsiblePerson]:
        kinds = (ManagementKind.COMPANY, ManagementKind.WORK_UNIT, ManagementKind.ENTRUSTED)
        if self._drawn.run_by in kinds:
            yield ResponsiblePerson(
                place=self._code,
                role="消防安全责任人",
                name="小区项目负责人",
                phone=f"0000-85{self._drawn.number:06d}",
                since=self._built,
            )

    def _things(self) -> Iterator[_Thing]:
        yield from self._lifts()
        if self._drawn.escalators:
            plant = EscalatorPlant(
                rated_speed_m_s=0.5, rise_m=4.2, opens_hour=6.0, closes_hour=23.0
            )
            yield _Thing("E-1", "escalator", self._building(1), "扶梯", "Escalator", plant)
        yield from self._fire_water()
        yield from self._circuits()
        yield from self._fire_alarm()

    def _lifts(self) -> Iterator[_Thing]:
        speed = next(speed for below, speed in _SPEEDS if self._drawn.storeys < below)
        for n in range(self._drawn.lifts):
            building, number = 1 + n % self._drawn.buildings, 1 + n // self._drawn.buildings
            plant = LiftPlant(
                lowest=-self._drawn.basements or 1,
                highest=self._drawn.storeys,
                rated_speed_m_s=speed,
                rated_load_kg=int(self._rng.choice((630, 800, 1000, 1050))),
                storey_m=float(self._rng.choice((2.8, 2.9, 3.0))),
            )
            zh, en = f"{building}号楼{number}号梯", f"Building {building}, lift {number}"
            tag, place = f"L-{building}-{number}", self._building(building)
            yield _Thing(tag, "lift", place, zh, en, plant)

    def _fire_water(self) -> Iterator[_Thing]:
        drawn = self._drawn
        for n in range(1, drawn.hydrants + 1):
            usual = round(float(self._rng.uniform(180, 320)), 1)
            gauge = GaugePlant(usual_kpa=usual, low=150.0, critical=70.0)
            zh, en = f"{n}号楼消火栓压力", f"Building {n}, hydrant pressure"
            place = self._building(min(n, drawn.buildings))
            yield _Thing(f"H-{n}", "fire_water", place, zh, en, gauge)
        for n in range(1, drawn.tanks + 1):
            usual = round(float(self._rng.uniform(2.2, 3.4)), 2)
            tank = GaugePlant(usual_level_m=usual, low=round(0.75 * usual, 2))
            zh, en = f"{n}号消防水箱液位", f"Fire tank {n}"
            yield _Thing(f"T-{n}", "fire_water", self._building(1), zh, en, tank)
        if not drawn.tanks:
            return
        for tag, is_jockey, zh, en in (
            ("P-1", False, "1号消防泵", "Fire pump 1"),
            ("P-2", False, "2号消防泵", "Fire pump 2"),
            ("J-1", True, "稳压泵", "Jockey pump"),
        ):
            pump = PumpPlant(
                is_jockey=is_jockey,
                rated_current_a=3.5 if is_jockey else 86.0,
                rated_pressure_bar=7.5 if is_jockey else 8.0,
                rated_flow_l_per_min=60.0 if is_jockey else 1800.0,
            )
            yield _Thing(tag, "pump", self._building(1), zh, en, pump)

    def _circuits(self) -> Iterator[_Thing]:
        for n in range(1, self._drawn.circuits + 1):
            rated = float(self._rng.choice((160.0, 250.0, 400.0)))
            plant = ElectricalPlant(rated_current_a=rated, set_residual_ma=300.0)
            place = self._building(1 + n % self._drawn.buildings)
            zh, en = f"{n}号回路电气火灾监控", f"Circuit {n}"
            yield _Thing(f"R-{n}", "electrical_monitor", place, zh, en, plant)

    def _fire_alarm(self) -> Iterator[_Thing]:
        drawn = self._drawn
        if not drawn.points:
            return
        loops = 1 + drawn.points // _LOOP_POINTS
        panel = PanelPlant(loops=loops, source_address=drawn.number)
        place = self._floor(1, 1)
        yield _Thing("FP-1", "fire_panel", place, "火灾报警控制器", "Fire alarm panel", panel)
        floors = [(b, f) for b in range(1, drawn.buildings + 1) for f in self._all_floors]
        for n in range(drawn.points):
            building, floor = floors[n * len(floors) // drawn.points]
            yield self._point(n, building, floor)

    def _point(self, n: int, building: int, floor: int) -> _Thing:
        is_button = n % _CALL_POINT_EVERY == 0
        component = _CALL_POINT if is_button else _HEAT if floor < 0 else _SMOKE
        plant = PointPlant(
            loop=1 + n // _LOOP_POINTS,
            point=1 + n % _LOOP_POINTS,
            component=component,
            is_wireless=not is_button and n % 20 == 1,
        )
        kind = "manual_call_point" if is_button else "detector"
        what = "手动报警按钮" if is_button else "感温探测器" if floor < 0 else "感烟探测器"
        zh = f"{building}号楼{floor}层{what}{n + 1}"
        en = f"Building {building}, floor {floor}, point {n + 1}"
        tag = f"{'M' if is_button else 'D'}-{n + 1}"
        return _Thing(tag, kind, self._floor(building, floor), zh, en, plant)

    def _asset(self, thing: _Thing) -> Asset:
        number = self._drawn.number
        is_lift = thing.class_name in ("lift", "escalator")
        firm = maintainer_code if is_lift else fire_maintainer_code
        # Where nobody runs a compound, nobody pays a firm for it either.
        is_kept = self._drawn.run_by not in (ManagementKind.NOBODY, ManagementKind.CLEANING_ONLY)
        maintainer = firm(self._plan, number) if is_kept or is_lift else None
        plant = thing.plant
        return Asset(
            code=AssetCode(f"C{number:04d}-{thing.tag}"),
            class_name=thing.class_name,
            place=thing.place,
            name_zh=thing.zh,
            name_en=thing.en,
            text=thing.zh,
            plant=plant,
            maintainer=maintainer,
            contract_until=_CONTRACT_UNTIL if maintainer is not None else None,
            zone=f"loop-{plant.loop}" if isinstance(plant, PointPlant) else thing.class_name,
            commissioned_at=self._built + timedelta(days=90) if is_kept else None,
        )
