"""Reconciliation and a schema that changes while the data lane writes."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

import psycopg
import pytest
from pydantic import SecretStr

from gateway import clock
from gateway.topic import Lane
from gateway.wire import Frame
from ingest.data_process import run_data
from ingest.database import connect
from ingest.migrate import migrate
from ingest.reconcile import Reconciliation, reconcile
from ingest.settings import DataSettings
from tests.integration.ingest.parts import Site, data_bytes, one, register, running, wait_for
from tests.services import TestBroker
from towerwatch.services.database import DatabaseUrls

HOUR_MS = 3_600_000


@pytest.fixture
def process(database: DatabaseUrls, broker: TestBroker) -> Iterator[threading.Event]:
    settings = DataSettings(
        database_url=SecretStr(database.ingest_url),
        mqtt_url=SecretStr(broker.user_url("tw-ingest-data-0")),
        metrics_port=0,
        log_format="console",
        mqtt_ca=None,
        batch_ms=20,
        keep_samples_days=400,
    )
    with running(partial(run_data, settings, 0)) as stopping:
        wait_for(lambda: one(database, "SELECT count(*) FROM shard_leases") == 16)
        yield stopping


def _reconcile(database: DatabaseUrls) -> Reconciliation:
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with connect(database.analytics_url, application="test") as connection:
        return reconcile(connection, until - timedelta(hours=6), until, timedelta(days=400))


def _frame(at: int, count: int) -> Frame:
    times = [at + n * 1000 for n in range(count)]
    speeds: list[float | None] = [n / 7 for n in range(count)]
    loads: list[float | None] = [None if n % 3 else 400.0 for n in range(count)]
    return Frame(asset="L-1", t=times, m={"speed": speeds, "load": loads})


def test_what_the_lane_stored_reconciles_and_what_somebody_changed_does_not(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event
) -> None:
    register(database, "gw-books", {"L-1": "lift"})
    site = Site(broker, "gw-books", Lane.DATA)
    now = clock.now_ms()
    for number in range(1, 5):
        payload = data_bytes(number, [_frame(now - number * HOUR_MS, 50)])
        site.send_until_receipted(payload)
        site.send(payload)
    wait_for(lambda: one(database, "SELECT sum(samples) FROM ledgers") == 4 * 67)
    found = _reconcile(database)
    lift = next(table for table in found.tables if table.table == "lift_samples")
    assert (found.differences, found.values.counted, found.values.stored) == (0, 268, 268)
    assert 4 <= lift.compared <= 8
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT * FROM lift_hours")
        connection.execute("DROP VIEW lift_hours CASCADE")
        connection.execute("ALTER TABLE kept RENAME TO lift_hours")
        connection.execute("GRANT SELECT ON lift_hours TO tw_analytics")
    assert _reconcile(database).differences == 0
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE lift_samples SET speed = 99 WHERE at = (SELECT min(at) FROM lift_samples)"
        )
        connection.execute("DELETE FROM lift_hours WHERE hour = (SELECT max(hour) FROM lift_hours)")
        connection.execute("UPDATE ledger_hours SET stored = stored + 1")
    changed = _reconcile(database)
    lift = next(table for table in changed.tables if table.table == "lift_samples")
    assert len(lift.differing) >= 1
    assert [(one.gateway, one.lane) for one in changed.ledger] == [("gw-books", "data")]
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("DELETE FROM lift_samples WHERE speed = 99")
    assert _reconcile(database).values.difference in {1, 2}
    site.close()


def test_a_new_column_arrives_while_the_old_writer_goes_on(
    database: DatabaseUrls, broker: TestBroker, process: threading.Event, tmp_path: Path
) -> None:
    register(database, "gw-old-writer", {"L-1": "lift"})
    site = Site(broker, "gw-old-writer", Lane.DATA)
    now = clock.now_ms()
    site.send_until_receipted(data_bytes(1, [_frame(now - HOUR_MS, 5)]))
    stop, sent = threading.Event(), [1]

    def write() -> None:
        while not stop.wait(0.02):
            sent[0] += 1
            site.send(data_bytes(sent[0], [_frame(now - HOUR_MS + sent[0] * 10_000, 5)]))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        folder = tmp_path / "own"
        folder.mkdir()
        (folder / "0001_more.sql").write_text("ALTER TABLE lift_samples ADD COLUMN noise real;")
        wait_for(lambda: sent[0] > 10)
        begun = monotonic()
        assert len(migrate(database.owner_url, [("own", folder)])) == 1
        print(f"lock wait and change of the schema: {monotonic() - begun:.2f} s")
        at_change = sent[0]
        wait_for(lambda: sent[0] > at_change + 10)
    finally:
        stop.set()
        writer.join()
    count = "SELECT count(*) FROM lift_samples"
    wait_for(lambda: one(database, count) == 5 * sent[0])
    assert one(database, f"{count} WHERE noise IS NULL") == 5 * sent[0]
    assert one(database, "SELECT sum(quarantined) FROM ledgers") == 0
    site.close()
