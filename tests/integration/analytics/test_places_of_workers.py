"""Two workers of the alarm process: what one holds and does not decide, the other one does."""

from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

import psycopg

from analytics.alarms.lease import ALL, PLACES
from analytics.alarms.loop import HELP_AFTER, AlarmProcess
from ingest.database import connect
from ingest.lease import take
from tests.integration.analytics.site import NOW, Said, Site, rows, say

IDLE: Final = "alarms-1"
"""Renews its leases and decides nothing."""


def waiting(ingest: psycopg.Connection) -> int:
    return int(str(rows(ingest, "SELECT count(*) FROM event_work")[0][0]))


def test_events_of_a_worker_that_lives_but_does_not_decide_are_taken_after_a_while(
    site: Site, ingest: psycopg.Connection
) -> None:
    clock = [NOW]
    working = AlarmProcess(
        lambda: connect(site.urls.analytics_url, application="test"), lambda: clock[0], "alarms-0"
    )
    with closing(connect(site.urls.analytics_url, application="test")) as connection:
        working.turn(connection)
        idle: frozenset[int] = frozenset()
        while len(idle) < len(ALL) // 2:
            idle = take(connection, PLACES, IDLE)
            working._leases._renewed_s = -1.0
            working.turn(connection)
        with ingest.transaction():
            say(ingest, Said(seq=1, asset="L-1", event="entrapment", at=NOW))
        connection.execute("UPDATE event_work SET slice = %s", (min(idle),))

        def turn(at: datetime) -> int:
            clock[0] = at
            take(connection, PLACES, IDLE)
            working._looked_for_help_s = 0.0
            working.turn(connection)
            return waiting(ingest)

        assert turn(NOW) == 1
        assert turn(NOW + HELP_AFTER - timedelta(seconds=1)) == 1
        assert turn(NOW + HELP_AFTER + timedelta(seconds=1)) == 0
        opened = connection.execute("SELECT event, state FROM alarms").fetchall()
    assert opened == [("entrapment", "unacknowledged")]


def test_a_worker_that_is_stuck_while_it_numbers_keeps_no_alarm_and_no_rescue_back(
    site: Site, ingest: psycopg.Connection
) -> None:
    with ingest.transaction():
        say(ingest, Said(seq=1, asset="L-1", event="entrapment", at=NOW))
    hasty = timedelta(milliseconds=50)
    url = site.urls.analytics_url
    with (
        closing(connect(url, application="test", lock_wait=hasty)) as connection,
        closing(connect(url, application="stuck")) as stuck,
        stuck.transaction(),
    ):
        stuck.execute("SELECT last_id FROM live_counters FOR UPDATE")
        AlarmProcess(lambda: connection, lambda: NOW).turn(connection)
        assert waiting(ingest) == 0
        assert connection.execute("SELECT count(*) FROM life_safety_work").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM live_events").fetchone() == (0,)


def test_a_rescue_is_begun_by_the_worker_of_its_place_or_late_by_any(
    site: Site, ingest: psycopg.Connection
) -> None:
    with ingest.transaction():
        say(ingest, Said(seq=1, asset="L-1", event="entrapment", at=NOW))
    with closing(connect(site.urls.analytics_url, application="test")) as connection:
        process = AlarmProcess(lambda: connection, lambda: NOW)
        assert process._queue.handle(connection, NOW) == 1
        life_safety = process._life_safety
        life_safety.slices = frozenset()

        def left(after_s: float) -> object:
            life_safety.handle(connection, NOW + timedelta(seconds=after_s))
            return connection.execute("SELECT count(*) FROM life_safety_work").fetchone()

        assert left(4.9) == (1,)
        assert left(5.0) == (0,)
