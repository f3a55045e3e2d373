"""A compound's registry as the CSV files that an operator would import."""

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from simulators.building import Asset, Compound, Place, Plant


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryFile:
    """One file of a registry folder."""

    name: str
    text: str


Cell = str | float | date | None


def registry_files(compound: Compound) -> tuple[RegistryFile, ...]:
    """The six files of the compound's registry, in the order in which they build on each other."""
    return (
        _file(
            "places.csv",
            "code,level,parent,name_zh,name_en,address,latitude,longitude,access_note",
            (_place_row(place) for place in compound.places),
        ),
        _file(
            "organisations.csv",
            "code,kind,name_zh,name_en,phone",
            ((o.code, o.kind, o.name_zh, o.name_en, o.phone) for o in compound.organisations),
        ),
        _file(
            "managements.csv",
            "compound,kind,organisation,from,until",
            ((m.compound, m.kind, m.organisation, m.since, m.until) for m in compound.managements),
        ),
        _file(
            "responsible_persons.csv",
            "place,role,name,phone,from,until",
            ((p.place, p.role, p.name, p.phone, p.since, p.until) for p in compound.persons),
        ),
        _file(
            "gateways.csv",
            "gateway,place,note",
            ((compound.gateway, compound.gateway_place, compound.gateway_note),),
        ),
        _file(
            "assets.csv",
            "code,class,place,name_zh,name_en,gateway,gateway_code,maintainer,contract_until,"
            "zone,attributes,commissioned_at",
            (_asset_row(asset, compound) for asset in compound.assets),
        ),
    )


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
    known = {name: value for name, value in dataclasses.asdict(plant).items() if value is not None}
    return json.dumps(known, ensure_ascii=False)


def _file(name: str, header: str, rows: Iterable[Sequence[Cell]]) -> RegistryFile:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(["" if cell is None else str(cell) for cell in row] for row in rows)
    return RegistryFile(name=name, text=text.getvalue())
