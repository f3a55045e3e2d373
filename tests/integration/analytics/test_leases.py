"""Places are shared out by leases; whatever befalls a lease keeps no alarm back."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from analytics.alarms.lease import ALL, PLACES, SILENT_MS, Leases
from analytics.alarms.loop import AlarmProcess
from analytics.alarms.queue import EventQueue
from gateway.clock import steady_s
from ingest.database import Connection, connect, trusted_sql
from ingest.lease import DATA_LANE, Pool, take, take_shards
from tests.integration.analytics.site import NOW, Said, Site, rows, say


@pytest.fixture
def owner(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.owner_url, application="test owner")) as connection:
        yield connection


def held(connection: Connection, worker: str) -> frozenset[int]:
    return take(connection, PLACES, worker)


def move_times(owner: Connection, by: timedelta) -> None:
    """As if the database's clock had been so much earlier at every renewal, or later."""
    for table in ("alarm_leases", "alarm_workers"):
        moved = f"UPDATE {table} SET renewed_at = renewed_at + %s"
        owner.execute(trusted_sql(moved), (by,))


def test_two_workers_have_half_each_and_one_that_is_silent_has_none(
    analytics: Connection, owner: Connection
) -> None:
    assert held(analytics, "a") == ALL
    assert held(analytics, "b") == frozenset()
    assert len(held(analytics, "a")) == 8
    assert len(held(analytics, "b")) == 8
    move_times(owner, -timedelta(milliseconds=SILENT_MS + 10))
    assert held(analytics, "b") == ALL


def test_a_lease_from_a_clock_that_was_set_back_holds_nothing(
    analytics: Connection, owner: Connection
) -> None:
    assert held(analytics, "gone") == ALL
    move_times(owner, timedelta(hours=1))
    assert held(analytics, "here") == ALL


@pytest.mark.parametrize("pool", [PLACES, DATA_LANE], ids=["places", "shards"])
def test_workers_whose_clocks_differ_by_an_hour_have_half_each(
    site: Site, monkeypatch: pytest.MonkeyPatch, pool: Pool
) -> None:
    true = time.time_ns
    url = site.urls.analytics_url if pool is PLACES else site.urls.ingest_url

    def look(worker: str, hours: int) -> frozenset[int]:
        monkeypatch.setattr(time, "time_ns", lambda: true() + hours * 3_600_000_000_000)
        if pool is PLACES:
            return workers[worker].look(connection)
        return take_shards(connection, worker)

    with closing(connect(url, application="test leases")) as connection:
        workers = {name: Leases(name) for name in ("right", "fast")}
        monkeypatch.setattr("analytics.alarms.lease.RENEW_S", 0.0)
        for _ in range(2):
            right, fast = look("right", 0), look("fast", 1)
        assert (len(right), len(fast)) == (pool.parts // 2, pool.parts // 2)
        assert not right & fast


def test_whoever_leaves_keeps_nothing(analytics: Connection) -> None:
    leases = Leases("a")
    assert leases.look(analytics) == ALL
    leases.leave(analytics)
    assert held(analytics, "b") == ALL


def test_nobody_waits_for_a_worker_that_is_stuck_while_it_shares_out(
    analytics: Connection, owner: Connection
) -> None:
    held(analytics, "a")
    held(analytics, "b")
    mine = held(analytics, "a")
    with owner.transaction():
        owner.execute("SELECT pg_advisory_xact_lock(%s)", (PLACES.key,))
        begun_s = steady_s()
        assert held(analytics, "a") == mine
        assert held(analytics, "new") == frozenset()
        assert steady_s() - begun_s < 0.5


def test_a_worker_that_cannot_read_leases_decides_everything(
    site: Site, ingest: Connection, analytics: Connection, owner: Connection
) -> None:
    held(analytics, "other")
    owner.execute("REVOKE ALL ON alarm_leases, alarm_workers FROM tw_analytics")
    say(ingest, Said(seq=1))
    AlarmProcess(lambda: analytics, lambda: NOW, "robbed").turn(analytics)
    assert rows(analytics, "SELECT event, closed_at FROM alarms") == [("entrapment", None)]


def test_a_worker_leaves_places_that_are_not_its_own_to_others(
    site: Site, ingest: Connection, analytics: Connection, owner: Connection
) -> None:
    say(ingest, Said(seq=1))
    owner.execute("UPDATE event_work SET slice = 5")
    process = AlarmProcess(lambda: analytics, lambda: NOW)
    queue: EventQueue = process._queue
    queue.slices = ALL - {5}
    assert queue.handle(analytics, NOW) == 0
    queue.slices = frozenset({5})
    assert queue.handle(analytics, NOW) == 1


def test_a_compound_has_one_slice_with_all_that_is_inside(
    site: Site, analytics: Connection
) -> None:
    same = (
        "SELECT count(DISTINCT place_slice(path)) FROM places"
        " WHERE path <@ 'city.dist.str.comm.garden'"
    )
    assert rows(analytics, same) == [(1,)]
    spread = (
        "SELECT min(n) > 300, max(n) < 950 FROM (SELECT count(*) AS n"
        " FROM generate_series(1, 10000) AS c"
        " GROUP BY place_slice(('city.d.s.c.x' || c || '.b1')::ltree)) AS counted"
    )
    assert rows(analytics, spread) == [(True, True)]
