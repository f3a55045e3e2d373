"""The data lane as a process: real broker, real database."""

import json
import threading
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from pydantic import SecretStr

from gateway import clock, topic, wire
from gateway.topic import Lane, gateway_id
from gateway.wire import Frame
from ingest.data_process import run_data
from ingest.database import connect
from ingest.sample_store import alarms_wait
from ingest.settings import DataSettings
from tests.integration.ingest.parts import Site, data_bytes, one, register, rows, running, wait_for
from tests.services import TestBroker
from towerwatch.services.database import DatabaseUrls


def settings(database: DatabaseUrls, broker: TestBroker, worker: int = 0) -> DataSettings:
    return DataSettings(
        database_url=SecretStr(database.ingest_url),
        mqtt_url=SecretStr(broker.user_url(f"tw-ingest-data-{worker}")),
        metrics_port=0,
        log_format="console",
        mqtt_ca=None,
        batch_ms=20,
        keep_samples_days=400,
    )


@pytest.fixture
def process(database: DatabaseUrls, broker: TestBroker) -> Iterator[threading.Event]:
    with running(partial(run_data, settings(database, broker), 0)) as stopping:
        wait_for(lambda: one(database, "SELECT count(*) FROM shard_leases") == 16)
        yield stopping


def lift(asset: str, at: int, *speeds: float | None) -> Frame:
    values = list(speeds)
    return Frame(asset=asset, t=[at + n * 1000 for n in range(len(values))], m={"speed": values})


def test_samples_arrive_as_they_were_sent(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    ids = register(database, "gw-full", {"L-1": "lift", "W-1": "fire_water"})
    site = Site(broker, "gw-full", Lane.DATA)
    now = clock.now_ms()
    frames = [
        lift("L-1", now, 0.0, 1.72, None),
        Frame(asset="W-1", t=[now], m={"pressure": [412.5], "level": [None]}),
    ]
    receipt = site.send_until_receipted(data_bytes(1, frames))
    assert receipt == wire.Receipt(stream=7, through=1)
    found = rows(
        database,
        "SELECT asset_id, (extract(epoch FROM at) * 1000)::bigint, speed FROM lift_samples"
        " ORDER BY at",
    )
    speeds = [0.0, pytest.approx(1.72), None]
    assert found == [(ids["L-1"], now + n * 1000, speed) for n, speed in enumerate(speeds)]
    assert rows(database, "SELECT asset_id, pressure, level FROM water_samples") == [
        (ids["W-1"], 412.5, None)
    ]
    assert one(database, "SELECT samples FROM ledgers WHERE gateway = 'gw-full'") == 3
    assert rows(database, "SELECT class, gateway FROM arrivals ORDER BY class") == [
        ("fire_water", "*"),
        ("lift", "*"),
    ]
    site.close()


def test_the_same_outbox_twice_and_out_of_order_leaves_the_tables_unchanged(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-again", {"L-1": "lift"})
    site = Site(broker, "gw-again", Lane.DATA)
    now = clock.now_ms()
    site.send_until_receipted(data_bytes(1, [lift("L-1", now, 0.1)]))
    messages = [data_bytes(seq, [lift("L-1", now, seq / 10)]) for seq in range(1, 31)]
    for payload in [*reversed(messages), *messages]:
        site.send(payload)
    wait_for(lambda: int(str(one(database, "SELECT stored + duplicates FROM ledgers"))) >= 61)
    assert one(database, "SELECT count(*) FROM lift_samples") == 30
    found = rows(database, "SELECT received::text, stored, missing FROM ledgers")
    assert found == [("{[1,31)}", 30, 0)]
    site.close()


def test_a_clock_that_says_another_year_each_time_holds_nobody_up(
    database: DatabaseUrls,
    broker: TestBroker,
    monkeypatch: pytest.MonkeyPatch,
    process: threading.Event,
) -> None:
    for where in ("ingest.scatter.MOST_DAYS", "ingest.data_lane.MOST_DAYS"):
        monkeypatch.setattr(where, 2)
    register(database, "gw-years", {"L-1": "lift"})
    site = Site(broker, "gw-years", Lane.DATA)
    now = clock.now_ms()
    long_ago = [now - (n + 1) * 86_400_000 for n in range(3)]
    scattered = Frame(asset="L-1", t=long_ago, m={"speed": [1.0, 1.0, 1.0]})
    site.send_until_receipted(data_bytes(1, [scattered]))
    for seq in range(2, 12):
        site.send(data_bytes(seq, [lift("L-1", now - seq * 86_400_000, 0.5)]))
    wait_for(lambda: one(database, "SELECT stored FROM ledgers") == 10)
    assert rows(database, "SELECT seq, reason FROM quarantine") == [(1, "impossible_time")]
    assert one(database, "SELECT count(*) FROM lift_samples") == 10
    site.close()


def test_a_message_that_the_database_refuses_is_kept_aside_and_the_rest_is_stored(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-poison", {"L-1": "lift"})
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE lift_samples ADD CHECK (speed <> 1.25)")
    site = Site(broker, "gw-poison", Lane.DATA)
    now = clock.now_ms()
    site.send_until_receipted(data_bytes(1, [lift("L-1", now, 0.5)]))
    for seq in range(2, 12):
        site.send(data_bytes(seq, [lift("L-1", now, 1.25 if seq == 6 else 0.5)]))
    wait_for(lambda: one(database, "SELECT stored FROM ledgers") == 10)
    found = rows(database, "SELECT seq, reason, refused FROM quarantine")
    assert found == [(6, "refused_by_database", None)]
    assert one(database, "SELECT received::text FROM ledgers") == "{[1,12)}"
    site.close()


def test_every_reason_is_kept_with_bytes_and_good_values_are_stored(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-other", {"X-9": "lift"})
    register(database, "gw-bad", {"L-1": "lift"})
    site = Site(broker, "gw-bad", Lane.DATA)
    now = clock.now_ms()
    site.send_until_receipted(data_bytes(1, [lift("L-1", now, 0.5)]))
    head = '{"stream":7,"low":1,"sent":1,"seq":%d,"frames":[%s]}'
    frame = '{"asset":"%s","t":[%s],"m":{"%s":%s}}'
    good = frame % ("L-1", now, "speed", "[0.7]")
    bad = {
        "unknown_asset": frame % ("L-77", now, "speed", "[0.1]"),
        "foreign_asset": frame % ("X-9", now, "speed", "[0.1]"),
        "unknown_metric": frame % ("L-1", now, "colour", "[0.1]"),
        "out_of_range": frame % ("L-1", now, "speed", "[999]"),
        "future_time": frame % ("L-1", now + 400_000, "speed", "[0.1]"),
        "impossible_time": frame % ("L-1", 12, "speed", "[0.1]"),
        "wrong_type": frame % ("L-1", now, "speed", '["fast"]'),
        "not_a_number": frame % ("L-1", now, "speed", "[NaN]"),
        "lengths_differ": frame % ("L-1", now, "speed", "[0.1,0.2]"),
    }
    bad_text = (head % (12, frame % ("X", now, "speed", "[1]"))).encode().replace(b"X", b"\xff")
    for seq, text in enumerate(bad.values(), start=2):
        site.send((head % (seq, f"{text},{good}")).encode())
    site.send(b'{"stream":7,"seq":11,"frames":[')
    site.send(bad_text)
    site.send(b'{"stream":7,"seq":13,"frames":"none"}')
    wait_for(lambda: one(database, "SELECT stored + quarantined FROM ledgers") == 13)
    found = rows(database, "SELECT reason, refused IS NULL FROM quarantine ORDER BY seq")
    whole = ["bad_json", "bad_utf8", "bad_shape"]
    assert found == [*((reason, False) for reason in bad), *((reason, True) for reason in whole)]
    assert one(database, "SELECT count(*) FROM lift_samples WHERE speed::numeric = 0.7") == len(bad)
    assert rows(database, "SELECT stored, quarantined, missing FROM ledgers") == [(10, 3, 0)]
    kept = one(database, "SELECT payload FROM quarantine WHERE seq = 12")
    assert kept == bad_text
    refused = one(database, "SELECT refused FROM quarantine WHERE reason = 'out_of_range'")
    assert refused == [json.loads(json.dumps(refused))[0]]
    site.close()


def test_a_newly_bound_asset_is_known_at_once(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-new", {"L-1": "lift"})
    site = Site(broker, "gw-new", Lane.DATA)
    now = clock.now_ms()
    site.send_until_receipted(data_bytes(1, [lift("L-2", now, 0.5)]))
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO bindings (gateway_id, code, asset_id, valid_during)"
            " SELECT 'gw-new', 'L-2', id, tstzrange(now(), NULL) FROM assets"
        )
    seq = 1
    while not one(database, "SELECT count(*) FROM lift_samples"):
        seq += 1
        assert seq < 60
        site.send_until_receipted(data_bytes(seq, [lift("L-2", now, 0.5)]))
    site.close()


def test_two_workers_share_the_shards_and_one_takes_over(
    database: DatabaseUrls, broker: TestBroker
) -> None:
    held = "SELECT count(*) FROM shard_leases WHERE worker = %s"
    register(database, "gw-shared", {"L-1": "lift"})
    site = Site(broker, "gw-shared", Lane.DATA)
    now = clock.now_ms()
    with running(partial(run_data, settings(database, broker, 1), 1)):
        wait_for(lambda: one(database, held, "tw-ingest-data-1") == 16)
        with running(partial(run_data, settings(database, broker, 2), 2)):
            wait_for(lambda: one(database, held, "tw-ingest-data-2") == 8)
            site.send_until_receipted(data_bytes(1, [lift("L-1", now, 0.5)]))
        wait_for(lambda: one(database, held, "tw-ingest-data-1") == 16)
        site.send_until_receipted(data_bytes(2, [lift("L-1", now, 0.6)]))
    assert one(database, "SELECT count(*) FROM lift_samples") == 2
    site.close()


def test_a_shard_is_a_property_of_the_gateway_alone() -> None:
    assert (
        topic.data(gateway_id("gw-full"))
        == f"tw/1/gw-full/data/{topic.shard(gateway_id('gw-full'))}"
    )


@pytest.mark.parametrize(("age_ms", "waits"), [(0, True), (60_000, False)])
def test_telemetry_gives_way_to_events_that_came_a_moment_ago(
    database: DatabaseUrls, broker: TestBroker, age_ms: int, waits: bool
) -> None:
    asset = register(database, "gw-yield", {"L-1": "lift"})["L-1"]
    now = clock.now_ms()
    with connect(database.ingest_url, application="test") as connection:
        assert not alarms_wait(connection, now)
        connection.execute(
            "WITH came AS ("
            " INSERT INTO events (asset_id, place_path, gateway, stream, seq, position, event,"
            " condition, state, at, received_at)"
            " SELECT %s, 'hf', 'gw-yield', 1, 1, 0, 'entrapment', 'entrapment', 'raise', now(),"
            " timestamptz 'epoch' + %s * INTERVAL '1 millisecond' RETURNING id)"
            " INSERT INTO event_work (event_id) SELECT id FROM came",
            (asset, now - age_ms),
        )

        assert alarms_wait(connection, now) is waits

    with running(partial(run_data, settings(database, broker), 0)):
        site = Site(broker, "gw-yield", Lane.DATA)
        for seq in range(1, 4):
            sent = data_bytes(seq, [lift("L-1", clock.now_ms(), 0.5)])
            assert site.send_until_receipted(sent).through == seq
        site.close()
