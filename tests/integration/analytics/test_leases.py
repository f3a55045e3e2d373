"""Places are shared out by leases; whatever befalls a lease keeps no alarm back."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from analytics.alarms.lease import ALL, PLACES, SILENT_MS, Leases
from analytics.alarms.loop import AlarmProcess
from analytics.alarms.queue import EventQueue
from gateway.clock import now_ms, steady_s
from ingest.database import Connection, connect
from ingest.lease import take
from tests.integration.analytics.site import NOW, Said, Site, rows, say


@pytest.fixture
def owner(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.owner_url, application="test owner")) as connection:
        yield connection


def held(connection: Connection, worker: str, at_ms: int | None = None) -> frozenset[int]:
    return take(connection, PLACES, worker, at_ms or now_ms())


def test_two_workers_have_half_each_and_one_that_is_silent_has_none(
    analytics: Connection,
) -> None:
    now = now_ms()
    assert held(analytics, "a", now) == ALL
    assert held(analytics, "b", now) == frozenset()
    assert len(held(analytics, "a", now + 1)) == 8
    assert len(held(analytics, "b", now + 2)) == 8
    later = now + SILENT_MS + 10
    assert held(analytics, "b", later) == ALL


def test_a_lease_from_a_clock_that_was_set_back_holds_nothing(analytics: Connection) -> None:
    now = now_ms()
    assert held(analytics, "gone", now + 3_600_000) == ALL
    assert held(analytics, "here", now) == ALL


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
