"""The path's self-test at the alarm process: passed on, and missed when it is late."""

from datetime import datetime, timedelta

import pytest

from analytics.alarms import canary
from analytics.alarms.loop import AlarmProcess
from gateway.canary import CANARY_CODE, CANARY_GATEWAY, LATE_S
from ingest.alarm import AdmittedAlarm, admit_alarm
from ingest.database import Connection
from ingest.event_store import store_events
from tests.integration.analytics.site import Site, rows
from tests.integration.ingest.parts import NOW, alarm_bytes, event, inbound

BEGAN = datetime.fromtimestamp(NOW / 1000).astimezone()


class Watched:
    """An alarm process whose clock is the test's."""

    def __init__(self, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(canary, "LOOK_S", -1.0)
        self.now = BEGAN
        self._connection = connection
        self._process = AlarmProcess(lambda: connection, clock=lambda: self.now)

    def turn(self, after_s: float) -> None:
        self.now = BEGAN + timedelta(seconds=after_s)
        for _ in range(3):
            self._process.turn(self._connection)


def sing(ingest: Connection, seq: int, after_s: float) -> None:
    at_ms = NOW + round(after_s * 1000)
    sung = event(CANARY_CODE, "canary", at=at_ms)
    admitted = admit_alarm(inbound(alarm_bytes(seq, sung), CANARY_GATEWAY, received_ms=at_ms))
    assert isinstance(admitted, AdmittedAlarm)
    store_events(ingest, [admitted], at_ms)


def alarms(connection: Connection) -> list[tuple[object, ...]]:
    return rows(connection, "SELECT condition, severity, state, closed_at FROM alarms ORDER BY id")


@pytest.fixture
def watched(analytics: Connection, site: Site, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(analytics, monkeypatch)


def test_it_opens_no_alarm_and_is_numbered_for_the_pages(
    watched: Watched, analytics: Connection, ingest: Connection
) -> None:
    sing(ingest, 1, 0)
    watched.turn(1)
    assert alarms(analytics) == []
    found = rows(analytics, "SELECT kind, subject_id, place_path::text FROM live_events")
    assert found == [("platform", NOW, "platform")]


def test_it_is_missed_after_two_beats_and_found_again(
    watched: Watched, analytics: Connection, ingest: Connection
) -> None:
    watched.turn(-1)
    sing(ingest, 1, 0)
    watched.turn(LATE_S)
    assert alarms(analytics) == []
    watched.turn(LATE_S + 1)
    assert [line[:3] for line in alarms(analytics)] == [("canary_late", "major", "unacknowledged")]
    watched.turn(LATE_S + 30)
    assert len(alarms(analytics)) == 1
    sing(ingest, 2, LATE_S + 40)
    watched.turn(LATE_S + 41)
    assert alarms(analytics)[0][2] == "returned_unacknowledged"


def test_a_start_after_a_long_night_waits_for_the_publisher(
    watched: Watched, analytics: Connection, ingest: Connection
) -> None:
    sing(ingest, 1, -36_000)
    watched.turn(0)
    watched.turn(59)
    assert alarms(analytics) == []
    watched.turn(61)
    assert len(alarms(analytics)) == 1


def test_an_installation_that_never_had_one_is_not_told_of(
    watched: Watched, analytics: Connection
) -> None:
    watched.turn(0)
    watched.turn(1000)
    assert alarms(analytics) == []


def test_its_numbers_are_forgotten_sooner_than_others(
    watched: Watched, analytics: Connection, ingest: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sing(ingest, 1, 0)
    watched.turn(1)
    monkeypatch.setattr("analytics.alarms.loop.PRUNE_S", -1.0)
    watched.turn(3602)
    kinds = rows(analytics, "SELECT kind FROM live_events WHERE kind = 'platform'")
    assert kinds == []
