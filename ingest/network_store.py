"""Networks in the database: counted, and told of when many of their gateways are silent."""

from collections.abc import Sequence
from typing import Final

from psycopg.rows import class_row

from gateway.catalogue.platform import NETWORK_SILENT
from ingest.alarm import Event
from ingest.database import Connection, in_transaction, load_queries
from ingest.delivery_store import moment
from ingest.event_asset import Place
from ingest.event_store import announce, tell_of_assets
from ingest.network import MANY, Network, holds

_QUERIES: Final = load_queries("ingest", "networks.sql")


def tell_networks(connection: Connection, now_ms: int) -> int:
    """Raise and clear `network_silent`; how many events were made."""
    row = connection.execute(_QUERIES["is_worth_a_look"], {"many": MANY}).fetchone()
    if row is None or not row[0]:
        return 0
    return in_transaction(connection, lambda inside: _tell(inside, now_ms))


def _tell(connection: Connection, now_ms: int) -> int:
    with connection.cursor(row_factory=class_row(Network)) as cursor:
        networks = cursor.execute(_QUERIES["networks"]).fetchall()
    changed = [
        one
        for one in networks
        if holds(one) is not one.stands and _remember(connection, one, now_ms)
    ]
    if changed:
        places = [_asset(connection, one) for one in changed]
        tell_of_assets(connection, _events(changed, now_ms), places, now_ms)
        announce(connection)
    return len(changed)


def _remember(connection: Connection, network: Network, now_ms: int) -> bool:
    query = "clear_network" if network.stands else "raise_network"
    values = {
        "operator_id": network.operator_id,
        "area_id": network.area_id,
        "now": moment(now_ms),
    }
    return connection.execute(_QUERIES[query], values).fetchone() is not None


def _asset(connection: Connection, network: Network) -> Place:
    values = {
        "code": network.own_code,
        "area_id": network.area_id,
        "operator_id": network.operator_id,
        "name_zh": network.name_zh,
        "name_en": f"Network of {network.operator_code} in {network.area_code}",
    }
    connection.execute(_QUERIES["open_network_asset"], values)
    row = connection.execute(_QUERIES["network_asset"], {"code": network.own_code}).fetchone()
    assert row is not None
    return Place(asset_id=int(str(row[0])), path=network.area_path, is_placeholder=False)


def _events(changed: Sequence[Network], now_ms: int) -> list[Event]:
    return [
        Event(
            position=position,
            asset=one.own_code,
            event=NETWORK_SILENT.name,
            condition=NETWORK_SILENT.name,
            state="clear" if one.stands else "raise",
            at_ms=now_ms,
            device_ms=None,
            code_system="",
            code="",
            text=f"{one.silent}/{one.known} 个网关失联 gateways silent",
            raw="",
            flags=(),
        )
        for position, one in enumerate(changed)
    ]
