"""The compounds that the demo and the replay run on, by name."""

import re
from collections.abc import Callable
from typing import Final

from simulators.building import Compound
from simulators.city import CityPlan, city_compound
from simulators.demo.garden import garden
from simulators.demo.replay import replay
from simulators.demo.services import services
from simulators.errors import UnknownCompound

COMPOUNDS: Final[tuple[tuple[str, str, Callable[[], Compound]], ...]] = (
    ("demo", "registry", garden),
    ("replay", "replay_registry", replay),
    ("services", "services_registry", services),
)
"""Name, folder of its committed registry beside this file, and its definition."""

_CITY: Final = re.compile(r"city-(?P<seed>\d{1,9})-(?P<number>\d{1,4})(-(?P<percent>\d{1,3}))?")


def compound_named(name: str) -> Compound:
    """The compound of that name, declared here or one of a generated city.

    `city-SEED-NUMBER` is one of a city, `city-SEED-NUMBER-PERCENT` the same with so many of its
    fire points.

    Raises:
        UnknownCompound: There is none; the message lists those that exist.
    """
    for known, _, build in COMPOUNDS:
        if known == name:
            return build()
    if (part := _CITY.fullmatch(name)) is not None:
        percent = min(100, int(part["percent"] or 100))
        plan = CityPlan(seed=int(part["seed"]), points_percent=percent)
        if 1 <= int(part["number"]) <= plan.compounds:
            return city_compound(plan, int(part["number"]))
    names = ", ".join(known for known, _, _ in COMPOUNDS)
    raise UnknownCompound(
        f"compound {name!r} is not declared; known are: {names}, city-SEED-NUMBER"
    )
