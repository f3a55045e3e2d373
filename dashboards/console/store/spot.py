"""What a plate, a link or a code on paper is about, in words that a resident knows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "spot.sql")
_SHORTEST: Final = 2
"""Fewer characters are no name of a compound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What a report is about.

    Attributes:
        asset: Code of the asset; empty: the report is about a place or a point.
        point: Code of the point of a round; empty: none.
        place: Code of the place, which is open.
        name_zh: What the plate named; empty: the place alone.
        where_zh: The place, from the compound down.
        is_gone: What the plate named is there no more; the place where it was stands for it.
    """

    asset: str = ""
    point: str = ""
    place: str
    name_zh: str = ""
    name_en: str = ""
    where_zh: str
    where_en: str
    is_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """A compound that somebody may mean.

    Attributes:
        rank: 1: the very name; 2: its name stands in what was typed; 3: a part of its name was.
    """

    code: str
    name_zh: str
    name_en: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plate:
    code: str
    name_zh: str
    name_en: str
    place: str
    is_gone: bool


def fetch_spot_of(
    connection: Connection, *, asset: str = "", point: str = "", place: str = ""
) -> Spot | None:
    """What codes of plates name; the asset says most. None: there is no such thing, nor was there."""
    if asset or point:
        name, code = ("spot_of_asset", asset) if asset else ("spot_of_point", point)
        with connection.cursor(row_factory=class_row(_Plate)) as cursor:
            plate = cursor.execute(_QUERIES[name], {"code": code}).fetchone()
        if plate is None:
            return None
        return _at(connection, plate.place, plate, is_asset=bool(asset))
    return _at(connection, place, None, is_asset=False) if place else None


def _at(connection: Connection, place: str, plate: _Plate | None, *, is_asset: bool) -> Spot | None:
    found = connection.execute(_QUERIES["open_place"], {"code": place}).fetchone()
    if found is None:
        return None
    code, is_moved = str(found[0]), bool(found[1])
    where = connection.execute(_QUERIES["where"], {"code": code}).fetchone()
    where_zh, where_en = ("", "") if where is None else (str(where[0]), str(where[1]))
    if plate is None:
        return Spot(place=code, where_zh=where_zh, where_en=where_en, is_gone=is_moved)
    return Spot(
        asset=plate.code if is_asset and not plate.is_gone else "",
        point="" if is_asset or plate.is_gone else plate.code,
        place=code,
        name_zh=plate.name_zh,
        name_en=plate.name_en,
        where_zh=where_zh,
        where_en=where_en,
        is_gone=plate.is_gone,
    )


def fetch_compounds_like(connection: Connection, text: str, *, limit: int) -> list[Meant]:
    """Compounds that somebody may mean who typed a name, the likeliest first."""
    if len(text.replace(" ", "")) < _SHORTEST:
        return []
    with connection.cursor(row_factory=class_row(Meant)) as cursor:
        return cursor.execute(_QUERIES["compounds_like"], {"text": text, "limit": limit}).fetchall()


def only_one(found: list[Meant]) -> Meant | None:
    """The compound that is meant beyond doubt: the only one of the likeliest rank."""
    if not found or (len(found) > 1 and found[1].rank == found[0].rank):
        return None
    return found[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedOrder:
    """What a rating link is about."""

    number: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedCompound:
    """What a household's code is about; the company is empty where none runs the compound."""

    compound_zh: str
    compound_en: str
    company_zh: str
    company_en: str


def fetch_rated_order(
    connection: Connection, token_hash: bytes, now: datetime
) -> RatedOrder | None:
    """The order of a rating link; None: the link was used, is too old, or is none of ours."""
    values = {"token_hash": token_hash, "now": now}
    with connection.cursor(row_factory=class_row(RatedOrder)) as cursor:
        return cursor.execute(_QUERIES["rated_order"], values).fetchone()


def fetch_rated_compound(
    connection: Connection, token_hash: bytes, now: datetime
) -> RatedCompound | None:
    """Whose service a household's code rates; None: the code is not in force."""
    values = {"token_hash": token_hash, "now": now}
    with connection.cursor(row_factory=class_row(RatedCompound)) as cursor:
        return cursor.execute(_QUERIES["slip"], values).fetchone()
