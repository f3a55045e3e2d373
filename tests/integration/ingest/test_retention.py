"""What is kept too long goes, by whole chunks, and nothing else does, whatever our clock says."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from pydantic import SecretStr

from gateway.clock import now_ms, steady_s
from ingest.consume import broker_accesses
from ingest.contact import Contacts
from ingest.data_process import RETENTION_S, Duties
from ingest.database import Connection, connect
from ingest.links import Links
from ingest.metrics import Metrics
from ingest.sample_store import drop_old_samples, prune_arrivals
from ingest.settings import DataSettings
from tests.integration.ingest.parts import one, register, rows
from towerwatch.services.database import DatabaseUrls

DAY_MS = 86_400_000
YEAR_MS = 365 * DAY_MS
KEEP_MS = 400 * DAY_MS


@pytest.fixture
def samples(database: DatabaseUrls) -> DatabaseUrls:
    """A lift with a sample of today, one of a year ago, and two that are past their time."""
    asset = register(database, "gw-kept", {"L-1": "lift"})["L-1"]
    ages = (0, 365, 450, 800)
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        for age in ages:
            connection.execute(
                "INSERT INTO lift_samples (at, asset_id, speed)"
                " VALUES (now() - %s * INTERVAL '1 day', %s, %s)",
                (age, asset, age / 10),
            )
            connection.execute(
                "INSERT INTO arrivals (class, gateway, min_at, max_at, received_at)"
                " SELECT 'lift', '*', t, t, t FROM (SELECT now() - %s * INTERVAL '1 day') AS one (t)",
                (age,),
            )
    return database


@pytest.fixture
def ingest(samples: DatabaseUrls) -> Iterator[Connection]:
    with closing(connect(samples.ingest_url, application="test retention")) as connection:
        yield connection


def kept(urls: DatabaseUrls) -> list[int]:
    found = rows(urls, "SELECT round(speed * 10)::int FROM lift_samples ORDER BY speed")
    return [int(str(row[0])) for row in found]


def test_chunks_past_their_time_go_and_the_others_stay(
    samples: DatabaseUrls, ingest: Connection
) -> None:
    assert drop_old_samples(ingest, now_ms(), KEEP_MS) == 2
    assert kept(samples) == [0, 365]
    assert drop_old_samples(ingest, now_ms(), KEEP_MS) == 0


@pytest.mark.parametrize("years", [1, 73])
def test_a_clock_far_ahead_deletes_nothing_that_is_young(
    samples: DatabaseUrls, ingest: Connection, years: int
) -> None:
    drop_old_samples(ingest, now_ms() + years * YEAR_MS, KEEP_MS)
    assert kept(samples) == [0, 365]


def test_a_clock_in_1970_deletes_nothing(samples: DatabaseUrls, ingest: Connection) -> None:
    assert drop_old_samples(ingest, 0, KEEP_MS) == 0
    assert kept(samples) == [0, 365, 450, 800]


def test_arrivals_are_forgotten_after_a_day(samples: DatabaseUrls, ingest: Connection) -> None:
    assert prune_arrivals(ingest, now_ms() - DAY_MS) == 3
    assert one(samples, "SELECT count(*) FROM arrivals") == 1


def test_the_worker_of_the_first_shard_does_it_once_an_hour(samples: DatabaseUrls) -> None:
    settings = DataSettings(
        database_url=SecretStr(samples.ingest_url),
        mqtt_url=SecretStr("mqtt://nobody:nothing@127.0.0.1:9"),
        metrics_port=0,
        log_format="console",
        mqtt_ca=None,
        batch_ms=20,
        keep_samples_days=400,
    )
    link = Links(broker_accesses("mqtt://nobody:nothing@127.0.0.1:9"), ())
    duties = Duties(settings, "tw-ingest-data-9", link, Metrics(), Contacts())
    duties.look()
    assert duties.shards == frozenset(range(16))
    assert kept(samples) == [0, 365, 450, 800]
    duties._pruned_s = steady_s() - RETENTION_S
    duties._prune()
    assert kept(samples) == [0, 365]
    duties.leave()
