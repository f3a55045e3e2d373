"""What commands on duties read from the platform's database."""

import getpass
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from analytics.alarms.alarm import AssetId
from analytics.alarms.report import PlacePath
from analytics.duties.check import Registered
from analytics.duties.matrix import OrganisationId
from analytics.duties.responsibility import Spot, surroundings
from ingest.database import Connection, load_queries
from towerwatch.duty.words import Named, Names
from towerwatch.errors import WrongSettings

_QUERIES: Final = load_queries("towerwatch", "duties.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Where somebody asks about."""

    asset_class: str
    spot: Spot


def asked(connection: Connection, place: str, asset: str) -> Asked:
    """The place, or the asset with its place, of the given codes.

    Raises:
        WrongSettings: There is none.
    """
    if asset:
        row = connection.execute(_QUERIES["asset"], {"code": asset}).fetchone()
        if row is None:
            raise WrongSettings(f"没有设备 {asset} (there is no asset {asset}).")
        found, asset_class, path = cast("tuple[int, str, str]", row)
        return Asked(asset_class=asset_class, spot=Spot(AssetId(found), PlacePath(path)))
    row = connection.execute(_QUERIES["place_path"], {"code": place}).fetchone()
    if row is None:
        name = place or "(none was given)"
        raise WrongSettings(f"没有地点 {name} (there is no place {name}).")
    return Asked(asset_class="", spot=Spot(None, PlacePath(cast("str", row[0]))))


def registered(connection: Connection, at: datetime) -> Registered:
    """Each compound with who is there, and every place."""
    rows = connection.execute(_QUERIES["compounds"]).fetchall()
    spots = [Spot(None, PlacePath(cast("str", row[0]))) for row in rows]
    places = connection.execute(_QUERIES["places"]).fetchall()
    return Registered(
        compounds=list(surroundings(connection, spots, at).values()),
        places=frozenset(str(row[0]) for row in places),
    )


def names_of(connection: Connection, ids: Iterable[OrganisationId | None]) -> Names:
    """What organisations are called."""
    wanted = sorted({one for one in ids if one is not None})
    rows = connection.execute(_QUERIES["organisations"], {"ids": wanted}).fetchall()
    return {
        OrganisationId(cast("int", found)): Named(
            code=str(code), name_zh=str(name), phone=str(phone)
        )
        for found, code, name, phone in rows
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An organisation of the registry."""

    id: OrganisationId
    code: str
    kind: str
    name_zh: str


def organisation(connection: Connection, code: str) -> Known:
    """The organisation of a code.

    Raises:
        WrongSettings: There is none.
    """
    row = connection.execute(_QUERIES["organisation"], {"code": code}).fetchone()
    if row is None:
        raise WrongSettings(f"没有单位 {code} (there is no organisation {code}).")
    return Known(
        id=OrganisationId(cast("int", row[0])),
        code=str(row[1]),
        kind=str(row[2]),
        name_zh=str(row[3]),
    )


def manager_code(connection: Connection, place_id: int, at: datetime) -> str | None:
    """Code of the organisation that the registry names for a compound at a time."""
    named = {"place_id": place_id, "at": at}
    row = connection.execute(_QUERIES["manager_code"], named).fetchone()
    return None if row is None or row[0] is None else str(row[0])


def operator() -> str:
    """Who sits at the command line."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"
