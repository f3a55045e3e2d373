"""A raise with an on-delay becomes an alarm when it has stood so long, and not before."""

from datetime import timedelta

import pytest

from gateway.catalogue import event_kind
from ingest.database import Connection
from tests.integration.analytics.site import NOW, Said, Site, rows
from tests.integration.analytics.test_holds import heard, tick

EVENT = "long_dwell"
DELAY = timedelta(seconds=event_kind(EVENT).on_delay_s)
ALARMS = "SELECT event, state, raises, raised_at FROM alarms"
CLOCKS = "SELECT state FROM clocks WHERE kind = 'on_delay' ORDER BY id"


def test_what_stands_for_its_delay_is_an_alarm_since_its_raise(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, event=EVENT))
    heard(ingest, analytics, Said(seq=2, event=EVENT, at=NOW + timedelta(seconds=5)))
    assert rows(analytics, ALARMS) == []
    assert rows(analytics, CLOCKS) == [("running",)]
    tick(analytics, DELAY - timedelta(seconds=1))
    assert rows(analytics, ALARMS) == []
    tick(analytics, DELAY)
    assert rows(analytics, ALARMS) == [(EVENT, "unacknowledged", 1, NOW)]
    tick(analytics, DELAY * 2)
    assert rows(analytics, ALARMS) == [(EVENT, "unacknowledged", 1, NOW)]
    assert rows(analytics, CLOCKS) == [("kept",)]


def test_what_ends_before_its_delay_is_no_alarm_and_the_next_raise_waits_anew(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, event=EVENT))
    heard(ingest, analytics, Said(seq=2, event=EVENT, state="clear", at=NOW + DELAY / 2))
    assert rows(analytics, CLOCKS) == [("stopped",)]
    heard(ingest, analytics, Said(seq=3, event=EVENT, at=NOW + DELAY))
    assert rows(analytics, CLOCKS) == [("stopped",), ("running",)]
    tick(analytics, DELAY * 3)
    assert rows(analytics, ALARMS) == [(EVENT, "unacknowledged", 1, NOW + DELAY)]


@pytest.mark.parametrize("stood", [DELAY / 2, DELAY * 2])
def test_a_raise_that_came_after_its_clear_is_judged_by_how_long_it_stood(
    site: Site, ingest: Connection, analytics: Connection, stood: timedelta
) -> None:
    heard(ingest, analytics, Said(seq=2, event=EVENT, state="clear", at=NOW + stood))
    heard(ingest, analytics, Said(seq=1, event=EVENT))
    found = [row[:2] for row in rows(analytics, ALARMS)]
    assert found == ([(EVENT, "returned_unacknowledged")] if stood > DELAY else [])


def test_a_delay_that_ended_while_everything_was_down_fires_once(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, event=EVENT))
    assert tick(analytics, timedelta(days=1)) == 1
    assert tick(analytics, timedelta(days=1)) == 0
    assert len(rows(analytics, ALARMS)) == 1
