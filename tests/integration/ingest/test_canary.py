"""The path's self-test at ingest: its asset, its place, and that it is forgotten."""

from contextlib import closing

import pytest

from gateway.canary import CANARY_CODE, CANARY_GATEWAY
from ingest.alarm import AdmittedAlarm, admit_alarm
from ingest.database import connect
from ingest.event_store import prune_canary, store_events
from tests.integration.ingest.parts import NOW, alarm_bytes, event, inbound, one, register, rows
from towerwatch.services.database import DatabaseUrls


def canary(seq: int, *, after_ms: int = 0) -> AdmittedAlarm:
    sung = event(CANARY_CODE, "canary", at=NOW + after_ms)
    admitted = admit_alarm(
        inbound(alarm_bytes(seq, sung), CANARY_GATEWAY, received_ms=NOW + after_ms)
    )
    assert isinstance(admitted, AdmittedAlarm)
    return admitted


def fire(seq: int) -> AdmittedAlarm:
    admitted = admit_alarm(inbound(alarm_bytes(seq, event("P1-1")), "gw-fire"))
    assert isinstance(admitted, AdmittedAlarm)
    return admitted


def test_it_stands_apart_from_every_city_and_is_no_placeholder(database: DatabaseUrls) -> None:
    register(database, "gw-fire", {"P1-1": "fire_panel"})
    with closing(connect(database.ingest_url, application="test canary")) as connection:
        stored = store_events(connection, [canary(1), fire(1), canary(2)], NOW)
        again = store_events(connection, [canary(3)], NOW)
    assert (stored.events, again.events) == (3, 1)
    found = rows(
        database,
        "SELECT assets.code, assets.class, events.place_path::text, flags FROM events"
        " JOIN assets ON assets.id = events.asset_id ORDER BY events.id",
    )
    assert found[0] == found[2] == ("@gw/tw-canary", "gateway", "platform", [])
    assert found[1][2] == "hf.gw_fire"
    assert one(database, "SELECT count(*) FROM places WHERE code = 'unregistered'") == 0


def test_what_is_decided_and_old_is_forgotten_and_nothing_else(database: DatabaseUrls) -> None:
    register(database, "gw-fire", {"P1-1": "fire_panel"})
    with closing(connect(database.ingest_url, application="test canary")) as connection:
        batch = [canary(1), canary(2), canary(3, after_ms=60_000), fire(1)]
        store_events(connection, batch, NOW)
        with closing(connect(database.owner_url, application="test canary")) as owner:
            owner.execute(
                "DELETE FROM event_work USING events"
                " WHERE event_id = events.id AND NOT (gateway = 'tw-canary' AND seq = 2)"
            )
        assert prune_canary(connection, NOW + 30_000) == 1
    found = rows(database, "SELECT gateway, seq FROM events ORDER BY gateway, seq")
    assert found == [("gw-fire", 1), ("tw-canary", 2), ("tw-canary", 3)]
    assert found == rows(database, "SELECT gateway, seq FROM alarm_messages ORDER BY gateway, seq")


@pytest.mark.parametrize("role", ["analytics_url", "console_url"])
def test_only_ingest_may_forget(database: DatabaseUrls, role: str) -> None:
    with (
        closing(connect(getattr(database, role), application="test canary")) as connection,
        pytest.raises(Exception, match="permission denied"),
    ):
        prune_canary(connection, NOW)
