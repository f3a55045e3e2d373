"""A compound moves to another street while its devices go on to speak."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from gateway.topic import GatewayId
from ingest.database import Connection, connect
from ingest.event_asset import Sought, resolve
from ingest.registry.writing import take_lock
from tests.integration.analytics.site import build_site
from towerwatch.services.database import DatabaseUrls

GATEWAY = GatewayId("gw-garden")
MOVE = (
    "UPDATE places SET path = ('city.dist.' || subpath(path, 3)::text)::ltree"
    " WHERE path <@ 'city.dist.str.comm'"
)


@pytest.fixture
def lane(database: DatabaseUrls) -> Iterator[Connection]:
    """The alarm lane; it would wait for 50 ms."""
    build_site(database)
    with closing(connect(database.owner_url, application="test owner")) as owner:
        owner.execute(
            "INSERT INTO gateways (id, place_id) SELECT %s, id FROM places WHERE code = 'garden'",
            (GATEWAY,),
        )
    brief, url = timedelta(milliseconds=50), database.ingest_url
    with closing(connect(url, application="test lane", lock_wait=brief)) as connection:
        yield connection


def test_an_alarm_of_an_unregistered_device_waits_for_no_file_of_the_registry(
    database: DatabaseUrls, lane: Connection
) -> None:
    with closing(connect(database.ingest_url, application="test registry")) as registry:
        with registry.transaction():
            take_lock(registry)
            assert registry.execute(MOVE).rowcount > 1
            (made,) = resolve(lane, [Sought(gateway=GATEWAY, code="X-77", at_ms=0)])
            assert made.is_placeholder
        again = resolve(lane, [Sought(gateway=GATEWAY, code="X-77", at_ms=0)])[0]
    assert again.asset_id == made.asset_id
    assert again.path == "city.dist.comm.garden", "it has moved with its compound"
