"""A city as files: the registry to import, and a scenario for each compound."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

from simulators.building import Compound
from simulators.city.build import city_compound
from simulators.city.frame import frame
from simulators.city.happen import happenings
from simulators.city.plan import CityPlan
from simulators.registry import (
    RegistryTable,
    csv_text,
    organisations_table,
    places_table,
    registry_tables,
)
from simulators.scenario import scenario_text

REGISTRY: Final = "registry"
SCENARIOS: Final = "scenarios"


@dataclass(frozen=True, slots=True, kw_only=True)
class CityCount:
    """What was written."""

    compounds: int
    places: int
    assets: int
    faults: int


def write_city(
    plan: CityPlan, folder: Path, days: int, tell: Callable[[int, int], None]
) -> CityCount:
    """Write the registry, and a scenario of so many days for each compound; 0 days writes none.

    Args:
        plan: The city.
        folder: Gets `registry/` with six CSV files and `scenarios/` with a file a compound.
        days: Length of the scenarios [d].
        tell: Told how many compounds are done, of how many.
    """
    for name in (REGISTRY, *((SCENARIOS,) if days else ())):
        (folder / name).mkdir(parents=True, exist_ok=True)
    places = assets = faults = 0
    with _Tables(folder / REGISTRY) as tables:
        above = frame(plan)
        places += len(above.places)
        tables.add(
            (places_table(above.places), organisations_table(above.organisations, has_places=True))
        )
        for number in range(1, plan.compounds + 1):
            compound = city_compound(plan, number)
            tables.add(_tables_of(compound))
            places += len(compound.places)
            assets += len(compound.assets)
            faults += _write_scenario(compound, plan.seed, days, folder / SCENARIOS)
            tell(number, plan.compounds)
    return CityCount(compounds=plan.compounds, places=places, assets=assets, faults=faults)


def _write_scenario(compound: Compound, seed: int, days: int, folder: Path) -> int:
    if not days:
        return 0
    scenario = happenings(compound, seed, days)
    path = folder / f"{compound.name}.yaml"
    path.write_text(scenario_text(scenario), encoding="utf-8")
    return len(scenario.faults)


def _tables_of(compound: Compound) -> Iterator[RegistryTable]:
    for table in registry_tables(compound):
        if table.name == "organisations.csv":
            yield organisations_table(compound.organisations, has_places=True)
        else:
            yield table


class _Tables:
    """The files of a registry folder, to which compounds are added one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, IO[str]] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        self._open.close()

    def add(self, tables: Iterable[RegistryTable]) -> None:
        for table in tables:
            file = self._files.get(table.name)
            if file is None:
                path = self._folder / table.name
                file = self._open.enter_context(path.open("w", encoding="utf-8", newline=""))
                file.write(f"{table.header}\n")
                self._files[table.name] = file
            file.write(csv_text(table.rows))
