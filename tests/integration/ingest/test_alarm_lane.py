"""The alarm lane as a process: real broker, real database."""

import threading
from collections.abc import Iterator, Sequence
from functools import partial

import psycopg
import pytest
from pydantic import SecretStr

from gateway import wire
from gateway.topic import Lane
from ingest.alarm_process import run_alarm
from ingest.commit import Committer, Session
from ingest.settings import AlarmSettings
from tests.integration.ingest.parts import (
    NOW,
    Site,
    alarm_bytes,
    event,
    one,
    register,
    rows,
    running,
    wait_for,
)
from tests.services import TestBroker
from towerwatch.services.database import DatabaseUrls


def settings(database: DatabaseUrls, broker: TestBroker) -> AlarmSettings:
    return AlarmSettings(
        database_url=SecretStr(database.ingest_url),
        mqtt_url=SecretStr(broker.user_url("tw-ingest-alarm")),
        metrics_port=0,
        log_format="console",
        mqtt_ca=None,
    )


@pytest.fixture
def process(database: DatabaseUrls, broker: TestBroker) -> Iterator[threading.Event]:
    with running(partial(run_alarm, settings(database, broker))) as stopping:
        yield stopping


def test_a_fire_alarm_becomes_an_event_and_a_receipt(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    ids = register(database, "gw-fire", {"P1-1": "fire_panel"})
    site = Site(broker, "gw-fire", Lane.ALARM)
    site.send(alarm_bytes(1, event("P1-1")))
    assert site.receipt() == wire.Receipt(stream=7, through=1)
    assert rows(database, "SELECT asset_id, event, state, flags FROM events") == [
        (ids["P1-1"], "fire_alarm", "raise", ["late"])
    ]
    assert one(database, "SELECT count(*) FROM event_work") == 1
    site.close()


def test_the_same_messages_twice_change_nothing(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-twice", {"P1-1": "fire_panel"})
    site = Site(broker, "gw-twice", Lane.ALARM)
    for _ in range(2):
        for seq in (3, 1, 2):
            site.send(alarm_bytes(seq, event("P1-1"), event("P1-1", state="clear")))
    wait_for(lambda: one(database, "SELECT sum(duplicates) FROM ledgers") == 3)
    assert one(database, "SELECT count(*) FROM events") == 6
    found = rows(database, "SELECT received::text, stored, missing FROM ledgers")
    assert found == [("{[1,4)}", 3, 0)]
    said = [site.receipt() for _ in range(site.receipts.qsize())]
    assert said[-1] == wire.Receipt(stream=7, through=3)
    site.close()


def test_a_message_that_nobody_foresaw_holds_up_no_other(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-odd", {"P1-1": "fire_panel"})
    site = Site(broker, "gw-odd", Lane.ALARM)
    at = str(NOW).encode()
    for seq, odd in enumerate((b'"--5"', '"²"'.encode(), b"[" * 990 + b"]" * 990), start=1):
        site.send(alarm_bytes(seq, event("P1-1")).replace(at, odd))
    site.send(alarm_bytes(4, event("P1-1")))
    counted = "SELECT stored + quarantined FROM ledgers WHERE gateway = 'gw-odd'"
    wait_for(lambda: one(database, counted) == 4)
    found = rows(database, "SELECT seq, event FROM events WHERE gateway = 'gw-odd' AND seq <> 3")
    assert found == [(1, "fire_alarm"), (2, "fire_alarm"), (4, "fire_alarm")]
    site.close()


def test_an_item_that_trips_the_store_is_put_aside_alone(database: DatabaseUrls) -> None:
    stored: list[str] = []
    aside: list[str] = []

    def store(_: object, items: Sequence[str]) -> str:
        if "bad" in items:
            raise TypeError("nobody thought of this")
        stored.extend(items)
        return "stored"

    def poison(_: object, item: str, why: str) -> str:
        aside.append(f"{item}: {why}")
        return "aside"

    session = Session(database.ingest_url, "test")
    committer = Committer(session, store, poison, threading.Event())
    results = committer.commit(["a", "b", "bad", "c"])
    session.close()
    assert results is not None
    assert results.count("aside") == 1
    assert stored == ["a", "b", "c"]
    assert aside == ["bad: not stored: TypeError('nobody thought of this')"]


def test_what_was_sent_while_the_process_was_away_arrives_once(
    database: DatabaseUrls, broker: TestBroker
) -> None:
    register(database, "gw-away", {"P1-1": "fire_panel"})
    site = Site(broker, "gw-away", Lane.ALARM)
    with running(partial(run_alarm, settings(database, broker))):
        site.send_until_receipted(alarm_bytes(1))
    site.send(alarm_bytes(2))
    with running(partial(run_alarm, settings(database, broker))):
        assert site.send_until_receipted(alarm_bytes(2)).through == 2
    assert one(database, "SELECT count(*) FROM events") == 2
    site.close()


def test_a_lost_database_connection_loses_nothing(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-cut", {"P1-1": "fire_panel"})
    site = Site(broker, "gw-cut", Lane.ALARM)
    for seq in range(1, 21):
        site.send(alarm_bytes(seq))
        if seq % 5 == 0:
            with psycopg.connect(database.ingest_url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE usename = 'tw_ingest' AND datname = current_database()"
                    " AND pid <> pg_backend_pid()"
                )
    wait_for(lambda: one(database, "SELECT stored FROM ledgers") == 20)
    assert one(database, "SELECT count(*) FROM events") == 20
    site.close()


def test_alarms_do_not_wait_for_a_locked_data_lane(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-locked", {"P1-1": "fire_panel"})
    site = Site(broker, "gw-locked", Lane.ALARM)
    data = Site(broker, "gw-locked", Lane.DATA)
    with psycopg.connect(database.owner_url) as other:
        other.execute(
            "INSERT INTO ledgers (gateway, lane, stream, first_at, last_at)"
            " VALUES ('gw-locked', 'data', 9, now(), now())"
        )
        other.execute("LOCK TABLE quarantine_days, arrivals IN ROW EXCLUSIVE MODE")
        data.beat(stream=9, next_seq=5)
        site.beat(stream=7, next_seq=2)
        site.send(alarm_bytes(1))
        assert site.receipt().through == 1
        other.rollback()
    site.close()
    data.close()


def test_an_older_open_transaction_hides_nothing_and_is_not_skipped(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-late", {"P1-1": "fire_panel"})
    site = Site(broker, "gw-late", Lane.ALARM)
    site.send_until_receipted(alarm_bytes(1))
    with psycopg.connect(database.ingest_url) as slow:
        slow.execute(
            "INSERT INTO events (asset_id, place_path, gateway, stream, seq, position, event,"
            " condition, state, at, received_at) SELECT asset_id, place_path, gateway, 8, 1, 0,"
            " event, condition, state, at, received_at FROM events"
        )
        slow.execute("INSERT INTO event_work SELECT max(id) FROM events")
        assert site.send_until_receipted(alarm_bytes(2)).through == 2
        before = rows(database, "SELECT event_id FROM event_work")
        slow.commit()
    after = rows(database, "SELECT event_id FROM event_work")
    assert len(before) == 2
    assert len(after) == 3
    assert min(set(after) - set(before)) < max(before)
    site.close()


def test_a_command_reaches_its_gateway_and_an_old_one_does_not(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-told", {"P1-1": "fire_panel"})
    site = Site(broker, "gw-told", Lane.ALARM)
    with psycopg.connect(database.analytics_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO commands (gateway, command, body, expires_at) VALUES"
            " ('gw-told', 'rebirth', '{}', now() - interval '1 s'),"
            " ('gw-told', 'duty_check', '{\"minutes\": 3}', now() + interval '1 min')"
        )
    told = site.commands.get(timeout=10)
    assert (told.command, told.minutes) == ("duty_check", 3)
    wait_for(lambda: not one(database, "SELECT count(*) FROM commands WHERE state = 'waiting'"))
    found = rows(database, "SELECT command, state FROM commands ORDER BY command")
    assert found == [("duty_check", "sent"), ("rebirth", "expired")]
    site.close()
