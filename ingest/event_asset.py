"""Which asset an event is about: the bound one, else a placeholder that is made for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.canary import CANARY_GATEWAY
from gateway.topic import OWN_ASSET, GatewayId
from ingest.array import numbers, texts
from ingest.database import Connection, load_queries
from ingest.platform_event import PLATFORM, own_code, placeholder_code

_QUERIES: Final = load_queries("ingest", "events.sql")
_NAME_LENGTH: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An asset with the path of its place."""

    asset_id: int
    path: str
    is_placeholder: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A code of a gateway at a time [ms UTC]."""

    gateway: GatewayId
    code: str
    at_ms: int


def resolve(connection: Connection, rows: Sequence[Sought]) -> list[Place]:
    """The asset of each event; a placeholder is made for what nobody registered."""
    found = _look_up(connection, rows)
    found |= _canaries(connection, rows)
    found |= _gateways_themselves(connection, rows)
    missing = [row for place, row in enumerate(rows) if place not in found]
    if missing:
        made = {placeholder_code(row.gateway, row.code): row for row in missing}
        _open_assets(
            connection,
            [
                (row.gateway, code, "unknown", f"未登记设备 {row.code}", row.code)
                for code, row in made.items()
            ],
        )
        found = _look_up(connection, rows) | found
    return [found[place] for place in range(len(rows))]


def _canaries(connection: Connection, rows: Sequence[Sought]) -> dict[int, Place]:
    """The asset of the path's self-test, made where absent, for each of its events."""
    places = [place for place, row in enumerate(rows) if row.gateway == CANARY_GATEWAY]
    if not places:
        return {}
    own = own_code(CANARY_GATEWAY)
    values = {
        "places": [0],
        "gateways": [PLATFORM],
        "codes": [own],
        "at_ms": [0],
        "own_codes": [own],
    }
    row = connection.execute(_QUERIES["resolve_assets"], values).fetchone()
    if row is None:
        _open_platform_asset(connection, own, "通路自检", "Path self-test")
        row = connection.execute(_QUERIES["resolve_assets"], values).fetchone()
    assert row is not None
    _, asset, path, _ = row
    asset_of = Place(asset_id=int(str(asset)), path=str(path), is_placeholder=False)
    return dict.fromkeys(places, asset_of)


def _gateways_themselves(connection: Connection, rows: Sequence[Sought]) -> dict[int, Place]:
    """The gateway's own asset for what a gateway says of itself, made where absent."""
    places = {place: row for place, row in enumerate(rows) if row.code == OWN_ASSET}
    if not places:
        return {}
    made = own_assets(connection, {own_code(row.gateway): row.gateway for row in places.values()})
    return {place: made[own_code(row.gateway)] for place, row in places.items()}


def _look_up(connection: Connection, rows: Sequence[Sought]) -> dict[int, Place]:
    answer = connection.execute(
        _QUERIES["resolve_assets"],
        {
            "places": numbers(range(len(rows))),
            "gateways": texts(row.gateway for row in rows),
            "codes": texts(row.code for row in rows),
            "at_ms": numbers(row.at_ms for row in rows),
            "own_codes": texts(placeholder_code(row.gateway, row.code) for row in rows),
        },
    )
    return {
        int(str(place)): Place(
            asset_id=int(str(asset)), path=str(path), is_placeholder=bool(is_placeholder)
        )
        for place, asset, path, is_placeholder in answer
    }


def own_assets(connection: Connection, owners: dict[str, GatewayId]) -> dict[str, Place]:
    """The assets that stand for gateways, by code; made where absent."""
    values = {
        "places": list(range(len(owners))),
        "gateways": [PLATFORM] * len(owners),
        "codes": list(owners),
        "at_ms": [0] * len(owners),
        "own_codes": list(owners),
    }
    found = connection.execute(_QUERIES["resolve_assets"], values).fetchall()
    if len(found) < len(owners):
        if PLATFORM in owners.values():
            _open_platform_asset(connection, own_code(PLATFORM), "监控平台", "The platform")
        gateways = {code: one for code, one in owners.items() if one != PLATFORM}
        if gateways:
            _open_assets(
                connection,
                [(g, code, "gateway", f"网关 {g}", f"Gateway {g}") for code, g in gateways.items()],
            )
        found = connection.execute(_QUERIES["resolve_assets"], values).fetchall()
    codes = list(owners)
    return {
        codes[int(str(place))]: Place(
            asset_id=int(str(asset)), path=str(path), is_placeholder=False
        )
        for place, asset, path, _ in found
    }


def _open_platform_asset(connection: Connection, code: str, name_zh: str, name_en: str) -> None:
    connection.execute(_QUERIES["open_platform_place"])
    names = {"own_code": code, "name_zh": name_zh, "name_en": name_en}
    connection.execute(_QUERIES["open_platform_asset"], names)


def _open_assets(
    connection: Connection, made: Sequence[tuple[GatewayId, str, str, str, str]]
) -> None:
    gateways, codes, classes, names_zh, names_en = zip(*made, strict=True)
    wanted = sorted(set(gateways))
    unplaced = connection.execute(_QUERIES["unplaced_gateways"], {"gateways": wanted}).fetchall()
    if unplaced:
        connection.execute(_QUERIES["open_holding_place"])
    connection.execute(
        _QUERIES["open_assets"],
        {
            "gateways": list(gateways),
            "own_codes": list(codes),
            "classes": list(classes),
            "names_zh": [name[:_NAME_LENGTH] for name in names_zh],
            "names_en": [name[:_NAME_LENGTH] for name in names_en],
        },
    )
