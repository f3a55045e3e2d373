"""The part of the registry around one thing, as the files would say it, with one line written anew.

A person who edits one device hands over the same files as somebody who imports: the compound that
it stands in, whole, so that nothing beside it is taken to be gone.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from gateway.catalogue import Text
from ingest.registry.errors import RegistryRefused
from ingest.registry.model import Asset, Level, Organisation, Place, Span
from ingest.registry.parse import LOCAL_ZONE
from ingest.registry.recorded import RecordedRegistry, TimelineKey
from ingest.registry.table import COLUMNS

Cells = Mapping[str, str]

EDITED: Final = ("places", "organisations", "responsible_persons", "assets")
"""Tables whose lines one may write one at a time."""
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "places": ("code",),
    "organisations": ("code",),
    "responsible_persons": ("place", "role"),
    "assets": ("code",),
}
LINE: Final = 2
"""The line of its file on which the edited one stands: the first after the heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One line of a table, new or in place of the one with the same key.

    Attributes:
        cells: Column to text; an empty text is an absent cell.
    """

    table: str
    cells: Cells

    def __post_init__(self) -> None:
        if self.table not in EDITED or not set(self.cells) <= set(COLUMNS[self.table]):
            raise ValueError(f"no such table or column: {self.table} {sorted(self.cells)}")

    @property
    def key(self) -> tuple[str, ...]:
        """What tells the line from the others of its table."""
        return tuple(self.cells.get(name, "").strip() for name in KEYS[self.table])

    @property
    def place(self) -> str:
        """Code of the place around which the excerpt is taken; empty: none is named."""
        if self.table == "places":
            return self.cells.get("parent", "").strip() or self.key[0]
        return self.cells.get("place", "").strip()


def recorded_cells(
    recorded: RecordedRegistry, table: str, key: tuple[str, ...], at: datetime
) -> dict[str, str] | None:
    """The line that is recorded under a key; None: none is.

    Personal data is left out: whoever changes a contact writes it anew.
    """
    if table == "places":
        place = recorded.places.get(key[0])
        return None if place is None or place.closed_at else _place_cells(place.place)
    if table == "organisations":
        firm = recorded.organisations.get(key[0])
        return None if firm is None else _organisation_cells(firm)
    if table == "responsible_persons":
        spans = recorded.responsible_persons.get(key, ())
        is_there = any(span.during.covers(at) for span in spans)
        return {"place": key[0], "role": key[1]} if is_there else None
    asset = recorded.assets.get(key[0])
    if asset is None or asset.is_placeholder or asset.retired_at is not None:
        return None
    return _asset_cells(asset.asset, _bindings(recorded, at).get(key[0], ()))


def excerpt(recorded: RecordedRegistry, edit: Edit, at: datetime) -> dict[str, bytes]:
    """CSV files that say what is recorded around an edited line, and the line as it shall be.

    Args:
        recorded: What the database has.
        edit: The line; its faults are found by whoever checks the files.
        at: When the change takes effect.

    Raises:
        RegistryRefused: A device of the compound has two codes, which the files cannot say.
    """
    bindings = _bindings(recorded, at)
    places, assets, firms = _around(recorded, edit, at)
    codes = {place.code for place in places}
    _refuse_doubles(assets, bindings)
    gateways = {gateway for asset in assets for gateway, _ in bindings.get(asset.code, ())}
    files: dict[str, list[Cells]] = {
        "places": [_place_cells(place) for place in places],
        "organisations": [
            _organisation_cells(recorded.organisations[code]) for code in sorted(firms)
        ],
        "gateways": _gateways(recorded, codes, gateways),
        "managements": [
            {"compound": key[0], "kind": span.value[0] or "", "organisation": span.value[1] or ""}
            | _span_cells(span.during)
            for key, spans in recorded.managements.items()
            for span in spans
            if key[0] in codes and not span.during.has_ended(at)
        ],
        "assets": [_asset_cells(one, bindings.get(one.code, ())) for one in assets],
    }
    if edit.table == "responsible_persons":
        files["responsible_persons"] = _persons(recorded, codes, at)
    files[edit.table] = [edit.cells, *_others(files[edit.table], edit)]
    return {f"{name}.csv": _csv(COLUMNS[name], rows) for name, rows in files.items()}


def _refuse_doubles(assets: Iterable[Asset], bindings: Mapping[str, Sequence[TimelineKey]]) -> None:
    twice = [asset.code for asset in assets if len(bindings.get(asset.code, ())) > 1]
    if twice:
        named = ", ".join(twice[:5])
        raise RegistryRefused(
            Text(
                zh=f"设备 {named} 在网关上有多个编码，请改用文件导入",
                en=f"{named} has several codes on gateways: import files instead",
            )
        )


def _gateways(recorded: RecordedRegistry, codes: set[str], bound: set[str]) -> list[Cells]:
    return [
        {
            "gateway": name,
            "place": found.gateway.place,
            "note": found.gateway.note,
            "operator": found.gateway.operator or "",
        }
        for name, found in recorded.gateways.items()
        if found.revoked_at is None and (found.gateway.place in codes or name in bound)
    ]


def _others(rows: Iterable[Cells], edit: Edit) -> list[Cells]:
    names = KEYS[edit.table]
    return [row for row in rows if tuple(row.get(name, "") for name in names) != edit.key]


def _around(
    recorded: RecordedRegistry, edit: Edit, at: datetime
) -> tuple[list[Place], list[Asset], set[str]]:
    """Places, devices and organisations that the line belongs to, whole compounds at a time.

    An organisation may serve a place elsewhere: that place is then named too, and when it lies in
    another compound, that compound as a whole, for a compound that is named in part would lose the rest.
    """
    tops = {code for code in (edit.place, *_former_place(recorded, edit)) if code}
    while True:
        places = _places_around(recorded, tops)
        codes = {place.code for place in places}
        assets = [
            found.asset
            for found in recorded.assets.values()
            if found.asset.place in codes and not found.is_placeholder and found.retired_at is None
        ]
        firms = _organisations_of(recorded, edit, codes, assets, at)
        served = {recorded.organisations[code].place or "" for code in firms}
        beyond = (served & recorded.places.keys()) - codes
        if not beyond:
            return places, assets, firms
        tops |= beyond


def _organisations_of(
    recorded: RecordedRegistry, edit: Edit, codes: set[str], assets: Iterable[Asset], at: datetime
) -> set[str]:
    named = {asset.maintainer for asset in assets}
    named |= {found.gateway.operator for found in recorded.gateways.values()}
    named |= {
        span.value[1]
        for key, spans in recorded.managements.items()
        for span in spans
        if key[0] in codes and not span.during.has_ended(at)
    }
    named |= {edit.cells.get("maintainer", "").strip()}
    named |= {edit.key[0]} if edit.table == "organisations" else set()
    return {code for code in named if code is not None and code in recorded.organisations}


def _places_around(recorded: RecordedRegistry, tops: set[str]) -> list[Place]:
    """The compounds in which some places lie, whole, and what lies above them."""
    compounds = {_compound_of(recorded, code) for code in tops} - {""}
    chains = {
        label
        for code in tops
        if (found := recorded.places.get(code)) is not None
        for label in found.path.split(".")
    }
    return [
        found.place
        for found in recorded.places.values()
        if found.closed_at is None
        and (found.place.code in chains or not compounds.isdisjoint(found.path.split(".")))
    ]


def _former_place(recorded: RecordedRegistry, edit: Edit) -> Sequence[str]:
    """Where the thing stands now: a device that moves is taken out of the compound it leaves."""
    if edit.table == "assets" and (asset := recorded.assets.get(edit.key[0])) is not None:
        return (asset.asset.place,)
    return (edit.key[0],) if edit.table == "places" else ()


def _compound_of(recorded: RecordedRegistry, code: str) -> str:
    found = recorded.places.get(code)
    labels = [] if found is None else found.path.split(".")
    return next(
        (
            label
            for label in labels
            if label in recorded.places and recorded.places[label].place.level is Level.COMPOUND
        ),
        "",
    )


def _bindings(recorded: RecordedRegistry, at: datetime) -> dict[str, tuple[TimelineKey, ...]]:
    """Gateway and code of each asset that is bound at a time."""
    found: dict[str, tuple[TimelineKey, ...]] = {}
    for key, spans in recorded.bindings.items():
        for span in spans:
            if span.during.covers(at) and span.value[0] is not None:
                found[span.value[0]] = (*found.get(span.value[0], ()), key)
    return found


def _persons(recorded: RecordedRegistry, codes: set[str], at: datetime) -> list[Cells]:
    return [
        {
            "place": key[0],
            "role": key[1],
            "name": span.value[0] or "",
            "phone": span.value[1] or "",
            **_span_cells(span.during),
        }
        for key, spans in recorded.responsible_persons.items()
        for span in spans
        if key[0] in codes and not span.during.has_ended(at)
    ]


def _span_cells(span: Span) -> dict[str, str]:
    return {
        "from": _since(span.begin) if span.begin else "",
        "until": _until(span.end) if span.end else "",
    }


def _place_cells(place: Place) -> dict[str, str]:
    return {
        "code": place.code,
        "level": place.level.value,
        "parent": place.parent or "",
        "name_zh": place.name_zh,
        "name_en": place.name_en,
        "address": place.address,
        "latitude": "" if place.latitude is None else repr(place.latitude),
        "longitude": "" if place.longitude is None else repr(place.longitude),
        "access_note": place.access_note,
    }


def _organisation_cells(firm: Organisation) -> dict[str, str]:
    return {
        "code": firm.code,
        "kind": firm.kind.value,
        "name_zh": firm.name_zh,
        "name_en": firm.name_en,
        "phone": firm.phone,
        "place": firm.place or "",
    }


def _asset_cells(asset: Asset, bound: Sequence[TimelineKey]) -> dict[str, str]:
    gateway, code = bound[0] if bound else ("", "")
    return {
        "code": asset.code,
        "class": asset.class_name,
        "place": asset.place,
        "name_zh": asset.name_zh,
        "name_en": asset.name_en,
        "gateway": gateway,
        "gateway_code": code,
        "maintainer": asset.maintainer or "",
        "contract_until": asset.contract_until.isoformat() if asset.contract_until else "",
        "zone": asset.zone,
        "attributes": json.dumps(dict(asset.attributes), ensure_ascii=False)
        if asset.attributes
        else "",
        "commissioned_at": _since(asset.commissioned_at) if asset.commissioned_at else "",
    }


def _since(at: datetime) -> str:
    """A day where it begins with one, by the clock of the places; else the time with its zone."""
    local = at.astimezone(LOCAL_ZONE)
    return local.date().isoformat() if local.time() == time.min else local.isoformat()


def _until(at: datetime) -> str:
    """The last day that still counts where it ends with one; else the time with its zone."""
    local = at.astimezone(LOCAL_ZONE)
    is_midnight = local.time() == time.min
    return (local.date() - timedelta(days=1)).isoformat() if is_midnight else local.isoformat()


def _csv(columns: Sequence[str], rows: Iterable[Cells]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(dict(row) for row in rows)
    return text.getvalue().encode()
