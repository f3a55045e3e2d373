"""The registry in the database: read it all, carry out a plan, ask who is responsible when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row, kwargs_row

from ingest.database import Connection, load_queries
from ingest.registry.model import (
    Asset,
    Gateway,
    Level,
    Management,
    ManagementKind,
    Organisation,
    OrganisationKind,
    Place,
    ResponsiblePerson,
    Span,
)
from ingest.registry.recorded import (
    RecordedAsset,
    RecordedGateway,
    RecordedPlace,
    RecordedRegistry,
    TimelineKey,
    Timelines,
    TimelineValue,
)
from ingest.registry.span import Recorded

QUERIES: Final = load_queries("ingest", "registry.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """One place of a listing; `assets` counts those in service."""

    code: str
    path: str
    level: str
    name_zh: str
    assets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChange:
    """One line of the history of the tree."""

    changed_at: datetime
    kind: str
    from_paths: list[str]
    to_paths: list[str]
    reason: str
    actor: str


def fetch_registry(connection: Connection) -> RecordedRegistry:
    """All of the registry, history included."""
    with connection.transaction():
        return RecordedRegistry(
            read_at=fetch_time(connection),
            places=fetch_places(connection),
            organisations=_fetch_organisations(connection),
            gateways=_fetch_gateways(connection),
            assets=_fetch_assets(connection),
            managements=_fetch_timelines(
                connection, "managements", ("compound",), ("kind", "organisation")
            ),
            responsible_persons=_fetch_timelines(
                connection, "responsible_persons", ("place", "role"), ("name", "phone")
            ),
            bindings=_fetch_timelines(
                connection, "bindings", ("gateway", "gateway_code"), ("asset",)
            ),
        )


def fetch_time(connection: Connection) -> datetime:
    """When the present transaction began, by the database's clock."""
    row = connection.execute(QUERIES["read_at"]).fetchone()
    assert row is not None
    assert isinstance(row[0], datetime)
    return row[0]


def fetch_places(connection: Connection) -> dict[str, RecordedPlace]:
    """Every place, closed ones too, by its code."""
    with connection.cursor(row_factory=kwargs_row(_recorded_place)) as cursor:
        found = cursor.execute(QUERIES["places"]).fetchall()
    return {place.place.code: place for place in found}


def _recorded_place(  # noqa: PLR0913 - the columns of the query
    *,
    code: str,
    path: str,
    level: str,
    name_zh: str,
    name_en: str,
    address: str,
    latitude: float | None,
    longitude: float | None,
    access_note: str,
    closed_at: datetime | None,
    successor: str | None,
) -> RecordedPlace:
    labels = path.split(".")
    place = Place(
        code=code,
        level=Level(level),
        parent=labels[-2] if len(labels) > 1 else None,
        name_zh=name_zh,
        name_en=name_en,
        address=address,
        latitude=latitude,
        longitude=longitude,
        access_note=access_note,
    )
    return RecordedPlace(place=place, path=path, closed_at=closed_at, successor=successor)


def _fetch_organisations(connection: Connection) -> dict[str, Organisation]:
    with connection.cursor(row_factory=kwargs_row(_recorded_organisation)) as cursor:
        found = cursor.execute(QUERIES["organisations"]).fetchall()
    return {organisation.code: organisation for organisation in found}


def _recorded_organisation(  # noqa: PLR0913 - the columns of the query
    *, code: str, kind: str, name_zh: str, name_en: str, phone: str, place: str | None
) -> Organisation:
    return Organisation(
        code=code,
        kind=OrganisationKind(kind),
        name_zh=name_zh,
        name_en=name_en,
        phone=phone,
        place=place,
    )


def _fetch_gateways(connection: Connection) -> dict[str, RecordedGateway]:
    with connection.cursor(row_factory=kwargs_row(_recorded_gateway)) as cursor:
        found = cursor.execute(QUERIES["gateways"]).fetchall()
    return {gateway.gateway.gateway: gateway for gateway in found}


def _recorded_gateway(
    *, gateway: str, place: str, note: str, operator: str | None, revoked_at: datetime | None
) -> RecordedGateway:
    return RecordedGateway(
        gateway=Gateway(gateway=gateway, place=place, note=note, operator=operator),
        revoked_at=revoked_at,
    )


def _fetch_assets(connection: Connection) -> dict[str, RecordedAsset]:
    with connection.cursor(row_factory=kwargs_row(_recorded_asset)) as cursor:
        found = cursor.execute(QUERIES["assets"]).fetchall()
    return {asset.asset.code: asset for asset in found}


def _recorded_asset(
    *, is_placeholder: bool, retired_at: datetime | None, **columns: object
) -> RecordedAsset:
    return RecordedAsset(
        asset=Asset(**columns),  # type: ignore[arg-type]  # the query names the fields
        is_placeholder=is_placeholder,
        retired_at=retired_at,
    )


def _fetch_timelines(
    connection: Connection, query: str, key: Sequence[str], value: Sequence[str]
) -> Timelines:
    def timeline_row(
        *, row: int, begin: datetime | None, end: datetime | None, **columns: str | None
    ) -> tuple[TimelineKey, Recorded[TimelineValue]]:
        recorded = Recorded(
            row=row,
            value=tuple(columns[name] for name in value),
            during=Span(begin=begin, end=end),
        )
        return tuple(str(columns[name]) for name in key), recorded

    found: dict[TimelineKey, tuple[Recorded[TimelineValue], ...]] = {}
    with connection.cursor(row_factory=kwargs_row(timeline_row)) as cursor:
        for name, recorded in cursor.execute(QUERIES[query]):
            found[name] = (*found.get(name, ()), recorded)
    return found


def management_at(connection: Connection, place: str, at: datetime) -> Management | None:
    """Who ran the compound that a place belongs to at a time; None when nothing is recorded."""
    with connection.cursor(row_factory=kwargs_row(_management)) as cursor:
        return cursor.execute(QUERIES["management_at"], {"place": place, "at": at}).fetchone()


def _management(
    *,
    compound: str,
    kind: str,
    organisation: str | None,
    begin: datetime | None,
    end: datetime | None,
) -> Management:
    return Management(
        compound=compound,
        kind=ManagementKind(kind),
        organisation=organisation,
        during=Span(begin=begin, end=end),
    )


def responsible_at(
    connection: Connection, place: str, at: datetime
) -> tuple[ResponsiblePerson, ...]:
    """Who was responsible for a place at a time: its own persons first, then those above it."""
    with connection.cursor(row_factory=kwargs_row(_person)) as cursor:
        found = cursor.execute(QUERIES["responsible_at"], {"place": place, "at": at}).fetchall()
    return tuple(found)


def _person(  # noqa: PLR0913 - the columns of the query
    *,
    place: str,
    role: str,
    name: str,
    phone: str,
    begin: datetime | None,
    end: datetime | None,
) -> ResponsiblePerson:
    return ResponsiblePerson(
        place=place, role=role, name=name, phone=phone, during=Span(begin=begin, end=end)
    )


def subtree(
    connection: Connection, place: str | None = None, *, limit: int = 1000
) -> list[PlaceLine]:
    """A place and the open places below it; the roots of all trees when none is named."""
    query = "roots" if place is None else "subtree"
    with connection.cursor(row_factory=class_row(PlaceLine)) as cursor:
        return cursor.execute(QUERIES[query], {"place": place, "limit": limit}).fetchall()


def place_history(connection: Connection, place: str, *, limit: int = 100) -> list[PlaceChange]:
    """The latest changes of a place's path, newest first."""
    with connection.cursor(row_factory=class_row(PlaceChange)) as cursor:
        return cursor.execute(QUERIES["place_history"], {"place": place, "limit": limit}).fetchall()
