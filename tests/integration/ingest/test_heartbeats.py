"""Heartbeats and what the platform says about gateways: real broker, real database."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import cast

import psycopg
import pytest
from pydantic import SecretStr

from gateway import wire
from gateway.topic import Lane, Uplink, gateway_id
from ingest.alarm_process import run_alarm
from ingest.consume import broker_accesses
from ingest.contact import Contacts
from ingest.errors import Deaf
from ingest.links import Links
from ingest.metrics import Metrics
from ingest.settings import AlarmSettings
from ingest.state_lane import Board, StateLane
from tests.integration.ingest.parts import Site, one, register, rows, running, wait_for
from tests.services import TestBroker
from towerwatch.services.database import DatabaseUrls


@pytest.fixture
def process(database: DatabaseUrls, broker: TestBroker) -> Iterator[threading.Event]:
    settings = AlarmSettings(
        database_url=SecretStr(database.ingest_url),
        mqtt_url=SecretStr(broker.user_url("tw-ingest-alarm")),
        metrics_port=0,
        log_format="console",
        mqtt_ca=None,
    )
    with running(partial(run_alarm, settings)) as stopping:
        yield stopping


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def findings(database: DatabaseUrls) -> list[tuple[object, ...]]:
    return rows(database, "SELECT event, state FROM events WHERE gateway = 'platform' ORDER BY id")


def beat_until(site: Site, is_true: object, **fields: object) -> None:
    def beaten() -> bool:
        site.beat(**fields)
        threading.Event().wait(0.3)
        return bool(is_true() if callable(is_true) else is_true)

    wait_for(beaten)


def test_a_heartbeat_tells_state_and_ledger(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-beat", {})
    site = Site(broker, "gw-beat", Lane.DATA)
    said = {"stream": 9, "next_seq": 11, "low": 6, "shed": [(1, 3)], "depth": 5, "software": "1.0"}
    beat_until(site, lambda: one(database, "SELECT count(*) FROM ledgers") == 1, **said)
    found = rows(database, "SELECT low, next_seq, shed::text, closed::text, missing FROM ledgers")
    assert found == [(6, 11, "{[1,4)}", "{[4,6)}", 2)]
    found = rows(database, "SELECT is_online, software, stream, depth FROM gateway_states")
    assert found == [(True, "1.0", 9, 5)]
    assert site.receipt().through == 5
    site.close()


def test_a_heartbeat_that_the_database_refuses_silences_no_other_gateway(
    database: DatabaseUrls,
) -> None:
    register(database, "gw-odd", {})
    register(database, "gw-even", {})
    with psycopg.connect(database.ingest_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO ledger_hours (hour, gateway, lane, missing)"
            " SELECT date_trunc('hour', now()) + n * interval '1 h', 'gw-odd', 'data', %s"
            " FROM generate_series(0, 1) AS n",
            (2**63 - 1,),
        )
    board = Board()
    for gateway in ("gw-odd", "gw-even"):
        state = wire.StateMessage(online=True, sent=now_ms(), stream=9, next_seq=11, low=6)
        who = Uplink(gateway=gateway_id(gateway), lane=Lane.DATA, is_state=True)
        board.put(who, wire.encode(state), now_ms())
    link = Links(broker_accesses("mqtt://nobody:nothing@127.0.0.1:9"), ())
    states = StateLane(board, link, database.ingest_url, Metrics(), Contacts())
    states.start()
    wait_for(lambda: one(database, "SELECT count(*) FROM gateway_states") == 1)
    states.stop()
    assert rows(database, "SELECT gateway FROM gateway_states") == [("gw-even",)]


def test_a_round_that_hangs_in_the_database_ends_the_process(
    database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.state_lane.HANGS_S", 1.0)
    link = Links(broker_accesses("mqtt://nobody:nothing@127.0.0.1:9"), ())
    states = StateLane(Board(), link, database.ingest_url, Metrics(), Contacts())
    states.start()
    backend = (
        "SELECT pid FROM pg_stat_activity"
        " WHERE application_name = 'towerwatch ingest states' AND datname = %s"
    )
    wait_for(lambda: one(database, backend, database.name))
    states.check()
    pid = cast("int", one(database, backend, database.name))
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(Deaf, match="has not moved"):
            wait_for(partial(_is_checked_in_vain, states))
    finally:
        os.kill(pid, signal.SIGCONT)
        states.stop()


def _is_checked_in_vain(states: StateLane) -> bool:
    states.check()
    return False


def test_what_an_older_stream_shed_is_told_beside_the_present_one(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-older", {})
    site = Site(broker, "gw-older", Lane.DATA)

    def both() -> bool:
        site.beat(stream=7, next_seq=5, low=5, shed=[(1, 4)])
        site.beat(stream=9, next_seq=3, low=3, shed=[])
        threading.Event().wait(0.3)
        return one(database, "SELECT count(*) FROM ledgers") == 2

    wait_for(both)
    found = rows(database, "SELECT stream, shed::text, missing FROM ledgers ORDER BY stream")
    assert found == [(7, "{[1,5)}", 0), (9, "{}", 2)]
    assert one(database, "SELECT stream FROM gateway_states WHERE lane = 'data'") == 9
    site.close()


def test_a_wrong_clock_is_told_and_taken_back(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-clock", {})
    site = Site(broker, "gw-clock", Lane.ALARM)
    beat_until(site, lambda: findings(database), sent=now_ms() + 60_000)
    assert findings(database) == [("clock_skew", "raise")]
    beat_until(site, lambda: len(findings(database)) > 1)
    assert findings(database)[1] == ("clock_skew", "clear")
    found = rows(
        database,
        "SELECT assets.code, assets.class, events.place_path::text FROM events"
        " JOIN assets ON assets.id = events.asset_id",
    )
    assert found[0] == ("@gw/gw-clock", "gateway", "hf.gw_clock")
    site.close()


def test_clocks_that_all_differ_alike_are_one_alarm_of_the_platforms_own(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    names = ("gw-north", "gw-south", "gw-west")
    for name in names:
        register(database, name, {})
    sites = [Site(broker, name, Lane.ALARM) for name in names]

    def all_off(by_ms: int, words: int) -> None:
        def beaten() -> bool:
            for site in sites:
                site.beat(sent=now_ms() + by_ms)
            threading.Event().wait(0.3)
            return len(of_the_platform()) >= words

        wait_for(beaten)

    def of_the_platform() -> list[tuple[object, ...]]:
        return [one for one in findings(database) if one[0] == "platform_clock"]

    all_off(600_000, 1)
    assert of_the_platform() == [("platform_clock", "raise")]
    all_off(0, 2)
    assert of_the_platform()[1] == ("platform_clock", "clear")
    found = rows(
        database,
        "SELECT DISTINCT assets.code, events.place_path::text FROM events"
        " JOIN assets ON assets.id = events.asset_id WHERE events.event = 'platform_clock'",
    )
    assert found == [("@gw/platform", "platform")]
    standing = rows(database, "SELECT gateway, condition FROM platform_conditions")
    assert standing == []
    for site in sites:
        site.close()


def test_a_silent_gateway_is_told_once_and_comes_back(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-quiet", {})
    site = Site(broker, "gw-quiet", Lane.ALARM)
    beat_until(site, lambda: one(database, "SELECT count(*) FROM gateway_states") == 1)
    with psycopg.connect(database.ingest_url, autocommit=True) as connection:
        connection.execute("UPDATE gateway_states SET heard_at = now() - interval '1 min'")
    assert findings(database) == []
    with psycopg.connect(database.ingest_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO platform_conditions VALUES ('gw-quiet', 'gateway_silent', now())"
        )
    beat_until(site, lambda: findings(database))
    assert findings(database) == [("gateway_silent", "clear")]
    site.close()


def test_a_heartbeat_that_cannot_be_read_is_kept_aside(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    site = Site(broker, "gw-noise", Lane.DATA)
    beat_until(site, lambda: one(database, "SELECT count(*) FROM gateway_states") == 1)
    site.say_state(b'{"online": "yes"}')
    wait_for(lambda: rows(database, "SELECT reason, topic FROM quarantine"))
    found = rows(database, "SELECT reason, topic FROM quarantine")
    assert found == [("bad_shape", "tw/1/gw-noise/state/data")]
    site.close()


def test_a_will_takes_the_gateway_offline_and_is_no_sign_of_life(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    site = Site(broker, "gw-will", Lane.DATA)
    beat_until(site, lambda: one(database, "SELECT count(*) FROM gateway_states") == 1)
    wait_for(lambda: one(database, "SELECT is_online FROM gateway_states"))
    before = one(database, "SELECT heard_at FROM gateway_states")
    site.say_state(b'{"online": false}')
    wait_for(lambda: one(database, "SELECT is_online FROM gateway_states") is False)
    assert one(database, "SELECT heard_at FROM gateway_states") >= before  # type: ignore[operator]
    site.close()
