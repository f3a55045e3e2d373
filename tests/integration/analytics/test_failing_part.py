"""One part of the alarm process fails for good: it rests by itself, a person is told, the rest goes on."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from threading import Event, Thread

import pytest

from analytics.alarms import part_watch
from analytics.alarms.loop import AlarmProcess
from ingest.database import Connection, connect, trusted_sql
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_alarm_process import shown, wait_for
from tests.integration.analytics.test_canary import sing

PART = "SELECT condition, state FROM alarms WHERE condition LIKE 'part_failing%' ORDER BY id"
SHOWN = """
SELECT count(DISTINCT alarms.id)
FROM live_events JOIN alarms ON alarms.id = live_events.subject_id
WHERE live_events.kind = 'alarm' AND alarms.event = 'fire_alarm'
"""
BREAK_RESCUES = """
CREATE FUNCTION refuse_rescue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a damaged row'; END $$;
CREATE TRIGGER damaged BEFORE UPDATE ON rescues FOR EACH ROW EXECUTE FUNCTION refuse_rescue();
"""


@contextmanager
def without(site: Site, table: str) -> Iterator[None]:
    """The process may not read a table for a while: whatever needs it fails whole."""
    with closing(connect(site.urls.owner_url, application="saboteur")) as owner:
        owner.execute(trusted_sql(f"REVOKE SELECT, UPDATE ON {table} FROM tw_analytics"))
        try:
            yield
        finally:
            owner.execute(trusted_sql(f"GRANT SELECT, UPDATE ON {table} TO tw_analytics"))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK_S", "TOLD_AFTER_S", "OVER_AFTER_S"):
        monkeypatch.setattr(part_watch, name, -1.0)


def test_acts_that_cannot_be_read_slow_no_decision_and_are_told(
    site: Site, analytics: Connection, ingest: Connection, at_once: None
) -> None:
    sing(ingest, 1, 0)
    process = AlarmProcess(lambda: analytics, lambda: NOW)
    process.turn(analytics)
    with without(site, "acts"):
        for seq in range(1, 6):
            say(
                ingest,
                Said(seq=seq, asset="D-1", event="fire_alarm", condition=f"fire_alarm:{seq}"),
            )
            process.turn(analytics)
            assert rows(analytics, SHOWN) == [(seq,)]
        assert process._acts.failures >= 1
        assert rows(analytics, PART) == [("part_failing:alarms-0", "unacknowledged")]
        text = rows(analytics, "SELECT text FROM alarms WHERE condition LIKE 'part_failing%'")
        assert text == [("acts",)]
    process._acts._rests_until_s = 0.0
    process.turn(analytics)
    process.turn(analytics)
    assert rows(analytics, PART)[0][1] == "returned_unacknowledged"


def test_a_damaged_rescue_stops_no_other_rescue_and_is_told(
    site: Site, analytics: Connection, ingest: Connection, at_once: None
) -> None:
    sing(ingest, 1, 0)
    now = [NOW]
    process = AlarmProcess(lambda: analytics, lambda: now[0])
    say(ingest, Said(seq=1))
    process.turn(analytics)
    with closing(connect(site.urls.owner_url, application="saboteur")) as owner:
        owner.execute(trusted_sql(BREAK_RESCUES))
    now[0] += timedelta(hours=1)
    line = next(part for part in process.parts if part.name == "rescue")
    while line.failing_s is None:
        process.turn(analytics)
    say(ingest, Said(seq=2, asset="D-1", event="fire_alarm"))
    process.turn(analytics)
    process.turn(analytics)
    found = rows(analytics, "SELECT condition FROM alarms WHERE closed_at IS NULL ORDER BY id")
    assert ("fire_alarm",) in found
    assert ("part_failing:alarms-0",) in found


def test_a_word_about_life_safety_that_nobody_sends_is_told(
    site: Site, analytics: Connection, ingest: Connection, at_once: None
) -> None:
    sing(ingest, 1, 0)
    now = [NOW]
    process = AlarmProcess(lambda: analytics, lambda: now[0])
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    process.turn(analytics)
    process.turn(analytics)
    assert rows(analytics, PART) == []
    now[0] += timedelta(seconds=61)
    for _ in range(3):
        assert rows(analytics, PART) == []
        process._kept_house_at = 0.0
        process.turn(analytics)
    assert rows(analytics, PART) == [("part_failing:alarms-0", "unacknowledged")]
    text = rows(analytics, "SELECT text FROM alarms WHERE condition LIKE 'part_failing%'")
    assert text == [("messages",)]


def test_what_a_worker_that_is_gone_had_told_is_ended_by_the_first(
    site: Site, analytics: Connection, ingest: Connection, at_once: None
) -> None:
    sing(ingest, 1, 0)
    gone = AlarmProcess(lambda: analytics, lambda: NOW, "alarms-7")
    gone.turn(analytics)
    with without(site, "acts"):
        gone.turn(analytics)
        gone.turn(analytics)
    assert rows(analytics, PART) == [("part_failing:alarms-7", "unacknowledged")]
    gone._leases.leave(analytics)
    AlarmProcess(lambda: analytics, lambda: NOW + timedelta(seconds=1)).turn(analytics)
    assert rows(analytics, PART) == [("part_failing:alarms-7", "returned_unacknowledged")]


def test_a_session_that_went_bad_is_given_up_for_another_one(
    site: Site, analytics: Connection, ingest: Connection
) -> None:
    opened: list[Connection] = []

    def open_one() -> Connection:
        opened.append(connect(site.urls.analytics_url, application="test alarms"))
        if len(opened) == 1:
            opened[0].execute(trusted_sql("SET default_transaction_read_only = on"))
        return opened[-1]

    stop = Event()
    thread = Thread(target=AlarmProcess(open_one).run, args=(stop,), name="alarms")
    thread.start()
    try:
        say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
        assert wait_for(shown(analytics, 1), 20)
    finally:
        stop.set()
        thread.join(10)
    assert len(opened) >= 2
