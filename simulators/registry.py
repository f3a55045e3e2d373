"""A compound's registry as the CSV files that an operator would import."""

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from simulators.building import Asset, Compound, Organisation, Place, Plant

Cell = str | float | date | None
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryFile:
    """One file of a registry folder."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryTable:
    """One file of a registry folder, as rows; `header` names its columns."""

    name: str
    header: str
    rows: Iterable[Row]


def registry_tables(compound: Compound) -> tuple[RegistryTable, ...]:
    """The six tables of the compound's registry, in the order in which they build on each other."""
    return (
        places_table(compound.places),
        organisations_table(compound.organisations),
        RegistryTable(
            name="managements.csv",
            header="compound,kind,organisation,from,until",
            rows=(
                (m.compound, m.kind, m.organisation, m.since, m.until) for m in compound.managements
            ),
        ),
        RegistryTable(
            name="responsible_persons.csv",
            header="place,role,name,phone,from,until",
            rows=((p.place, p.role, p.name, p.phone, p.since, p.until) for p in compound.persons),
        ),
        RegistryTable(
            name="gateways.csv",
            header="gateway,place,note",
            rows=((compound.gateway, compound.gateway_place, compound.gateway_note),),
        ),
        RegistryTable(
            name="assets.csv",
            header="code,class,place,name_zh,name_en,gateway,gateway_code,maintainer,"
            "contract_until,zone,attributes,commissioned_at",
            rows=(_asset_row(asset, compound) for asset in compound.assets),
        ),
    )


def places_table(places: Iterable[Place]) -> RegistryTable:
    """The table of places."""
    return RegistryTable(
        name="places.csv",
        header="code,level,parent,name_zh,name_en,address,latitude,longitude,access_note",
        rows=(_place_row(place) for place in places),
    )


def organisations_table(
    organisations: Iterable[Organisation], *, has_places: bool = False
) -> RegistryTable:
    """The table of organisations; with the places that public bodies serve, where they are told."""
    return RegistryTable(
        name="organisations.csv",
        header="code,kind,name_zh,name_en,phone" + (",place" if has_places else ""),
        rows=(
            (o.code, o.kind, o.name_zh, o.name_en, o.phone, *((o.place,) if has_places else ()))
            for o in organisations
        ),
    )


def registry_files(compound: Compound) -> tuple[RegistryFile, ...]:
    """The six files of the compound's registry."""
    return tuple(
        RegistryFile(name=table.name, text=f"{table.header}\n{csv_text(table.rows)}")
        for table in registry_tables(compound)
    )


def csv_text(rows: Iterable[Row]) -> str:
    """Rows as lines of a file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(["" if cell is None else str(cell) for cell in row] for row in rows)
    return text.getvalue()


def write_registry(compound: Compound, folder: Path) -> tuple[Path, ...]:
    """Write the compound's registry into the folder, which is made when it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file in registry_files(compound):
        path = folder / file.name
        path.write_text(file.text, encoding="utf-8", newline="")
        written.append(path)
    return tuple(written)


def _place_row(place: Place) -> tuple[Cell, ...]:
    return (
        place.code,
        place.level,
        place.parent,
        place.name_zh,
        place.name_en,
        place.address,
        place.latitude,
        place.longitude,
        place.access_note,
    )


def _asset_row(asset: Asset, compound: Compound) -> tuple[Cell, ...]:
    return (
        asset.code,
        asset.class_name,
        asset.place,
        asset.name_zh,
        asset.name_en,
        compound.gateway,
        asset.code,
        asset.maintainer,
        asset.contract_until,
        asset.zone,
        _attributes(asset.plant),
        asset.commissioned_at,
    )


def _attributes(plant: Plant) -> str:
    known = {field.name: getattr(plant, field.name) for field in dataclasses.fields(plant)}
    told = {name: value for name, value in known.items() if value is not None}
    return json.dumps(told, ensure_ascii=False)
