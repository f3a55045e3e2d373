"""What a city is made of, drawn from a seed: how many compounds, how large, how old, who runs them.

The size is Hefei's of 2019: 2,632 compounds with 282 million m2 (users.md). Everything below that
is an estimate, reasoned in the project's performance notes (performance.md 6): 60 % of the area is
served by lifts, one per 4,500 m2 or so; 60 % of the compounds have a fire alarm system with a point
per 60 to 80 m2; a compound has about 20 points of fire water and 50 of electrical fire.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from simulators.building import ManagementKind

HEFEI_COMPOUNDS: Final = 2632
_AREA_M2: Final = 107_000.0
"""Mean of a compound: 282 million m2 over 2,632."""
_AREA_SPREAD: Final = 0.75
_M2_A_LIFT: Final = 5000.0
_M2_A_POINT: Final = 75.0
_M2_A_FLAT: Final = 100.0


class Era(StrEnum):
    """When a compound was built, and so what stands in it."""

    WALK_UP = "walk_up"
    """Six storeys without lifts, before about 2000."""
    MIDDLE = "middle"
    """Eleven to eighteen storeys."""
    TOWER = "tower"
    """Twenty-four to thirty-three storeys."""


@dataclass(frozen=True, slots=True)
class _Era:
    """Share of the compounds, size beside the mean, storeys, how many have fire alarm systems."""

    share: float
    size: float
    storeys: tuple[int, int]
    has_fire_alarm: float


# Shares by which about 60 % of the area has lifts and 60 % of the compounds a fire alarm system.
_ERAS: Final = {
    Era.WALK_UP: _Era(0.38, 0.75, (5, 6), 0.05),
    Era.MIDDLE: _Era(0.32, 1.05, (11, 18), 0.9),
    Era.TOWER: _Era(0.30, 1.25, (24, 33), 1.0),
}
# New compounds have companies. Old ones are spread as in the centre of a Henan city, where of
# 1,115 compounds 176 had a company, 482 a work unit, 166 cleaning only and 291 nobody; some of
# them are entrusted to the community by now, as in Kuiwen (users.md).
_RUN_BY: Final = {
    Era.WALK_UP: (0.16, 0.33, 0.10, 0.03, 0.15, 0.23),
    Era.MIDDLE: (0.90, 0.04, 0.02, 0.02, 0.01, 0.01),
    Era.TOWER: (0.97, 0.0, 0.01, 0.02, 0.0, 0.0),
}
_KINDS: Final = (
    ManagementKind.COMPANY,
    ManagementKind.WORK_UNIT,
    ManagementKind.ENTRUSTED,
    ManagementKind.SELF_MANAGED,
    ManagementKind.CLEANING_ONLY,
    ManagementKind.NOBODY,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CityPlan:
    """A city that is asked for; the same plan gives the same city.

    Attributes:
        points_percent: So many of the fire points are built; 100 is all 2.5 million of a city.
    """

    seed: int
    compounds: int = HEFEI_COMPOUNDS
    points_percent: int = 100

    def __post_init__(self) -> None:
        if not 1 <= self.compounds <= 9999:
            raise ValueError(f"{self.compounds} compounds is not between 1 and 9999")
        if not 0 <= self.points_percent <= 100:
            raise ValueError(f"points_percent {self.points_percent} is not between 0 and 100")

    def name_of(self, number: int) -> str:
        """Name of a compound, by which a driver can play it: the seed, its number, the points."""
        percent = "" if self.points_percent == 100 else f"-{self.points_percent}"
        return f"city-{self.seed}-{number:04d}{percent}"

    @property
    def districts(self) -> int:
        """Nine, as Hefei has districts and counties; fewer for a small city."""
        return max(1, round(9 * min(1.0, self.compounds / 300)))

    @property
    def streets(self) -> int:
        """About 20 compounds each."""
        return max(self.districts, round(self.compounds / 20))

    @property
    def communities(self) -> int:
        """About four compounds each: several hundred."""
        return max(self.streets, round(self.compounds / 4))

    @property
    def companies(self) -> int:
        """As many for the compounds as in Hefei."""
        return max(1, round(self.compounds * 940 / HEFEI_COMPOUNDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """One compound in numbers.

    Attributes:
        number: 1 and up; with the seed it is all that is needed to build the compound.
        flats: Homes.
        points: Fire points: detectors and manual call points.
        run_by: Who runs it.
        company: Number of the company, where it is run by one.
    """

    number: int
    era: Era
    buildings: int
    storeys: int
    basements: int
    flats: int
    lifts: int
    escalators: int
    points: int
    hydrants: int
    tanks: int
    circuits: int
    run_by: ManagementKind
    company: int

    def has(self, class_name: str) -> bool:
        """Whether an asset of the class stands in it."""
        match class_name:
            case "lift":
                return self.lifts > 0
            case "escalator":
                return self.escalators > 0
            case "detector":
                return self.points > 1
            case "pump":
                return self.tanks > 0
            case "fire_water":
                return self.hydrants + self.tanks > 0
            case _:
                return True


def sketch(plan: CityPlan, number: int) -> Sketch:
    """The compound of that number; others are not needed for it."""
    rng = np.random.default_rng([plan.seed, number, 2])
    eras = tuple(_ERAS)
    era = eras[int(rng.choice(len(eras), p=[_ERAS[e].share for e in eras]))]
    kind = _ERAS[era]
    spread = rng.lognormal(-(_AREA_SPREAD**2) / 2, _AREA_SPREAD)
    area = float(np.clip(_AREA_M2 * kind.size * spread, 3_000, 900_000))
    storeys = int(rng.integers(kind.storeys[0], kind.storeys[1] + 1))
    # A building has two or three stairs of about 250 m2 each on every storey.
    buildings = max(1, round(area / (storeys * 250 * float(rng.uniform(1.6, 3.0)))))
    is_high = era is not Era.WALK_UP
    # A high-rise stair has at least a lift, and two from twelve storeys on (GB 50096 6.4.2).
    lifts = max(buildings, round(area / _M2_A_LIFT * float(rng.uniform(0.8, 1.25))))
    added = round(buildings * float(rng.uniform(0, 0.5))) if rng.random() < 0.1 else 0
    has_alarm = rng.random() < kind.has_fire_alarm
    points = round(area / _M2_A_POINT * plan.points_percent / 100) if has_alarm else 0
    run_by = _KINDS[int(rng.choice(len(_KINDS), p=_RUN_BY[era]))]
    # Most companies are small; a few large ones run much: their share falls as one over the rank.
    rank = math.floor(float(np.exp(rng.uniform(0, math.log(plan.companies + 1)))))
    company = min(plan.companies, rank) if rng.random() < 0.3 else 1 + number % plan.companies
    return Sketch(
        number=number,
        era=era,
        buildings=buildings,
        storeys=storeys,
        basements=int(rng.integers(1, 3)) if is_high else 0,
        flats=round(area / _M2_A_FLAT),
        lifts=lifts if is_high else added,
        escalators=int(is_high and rng.random() < 0.06),
        points=points,
        hydrants=2 * buildings if is_high else int(rng.random() < 0.2),
        tanks=max(1, buildings // 6) if is_high else 0,
        circuits=max(1, round(area / _M2_A_FLAT / 15)) if has_alarm else 1,
        run_by=run_by,
        company=company,
    )
