"""Deadlines told as timelines: who is told when nobody acknowledges, and after a stop."""

from datetime import datetime, timedelta

from analytics.clocks.deadline import Deadlines
from analytics.duties.responsibility import Responsibility
from ingest.database import Connection
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_desk import decide_all

TOLD = (
    "SELECT organisations.code, notices.kind FROM notices"
    " JOIN organisations ON organisations.id = organisation_id"
    " WHERE target = 'desk' AND notices.kind IN ('alarm.escalated', 'order.overdue')"
    " AND NOT (body -> 'data' ->> 'note') IN ('accept', 'arrive', 'restore', 'close')"
    " ORDER BY created_at, notices.id"
)


def tick(connection: Connection, at: datetime) -> int:
    """Carry out all that is due, turn by turn; how many there were."""
    deadlines, total = Deadlines(Responsibility()), 0
    while count := deadlines.handle(connection, at):
        total += count
    return total


def test_a_fire_that_nobody_acknowledges_climbs_the_chain_and_reaches_the_bureau(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    assert tick(analytics, NOW + timedelta(seconds=59)) == 0
    told = []
    for minute in range(1, 6):
        tick(analytics, NOW + timedelta(minutes=minute))
        told.append([row[0] for row in rows(analytics, TOLD)])
    chain = ["property", "community", "street", "bureau"]
    assert told == [chain[:1], chain[:2], chain[:3], chain, chain]
    assert rows(
        analytics,
        "SELECT body -> 'data' -> 'mark' ->> 'zh' FROM notices"
        " WHERE target = 'bureau' AND notices.kind = 'alarm.unanswered'",
    ) == [("未确认·无人应答",)]
    assert rows(analytics, "SELECT state, confirmation FROM alarms") == [
        ("unacknowledged", "unanswered")
    ]


def test_a_clock_that_was_due_while_everything_was_down_fires_once(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    late = NOW + timedelta(seconds=70)
    assert tick(analytics, late) == 1
    assert tick(analytics, late) == 0
    assert rows(analytics, "SELECT step FROM clocks WHERE kind = 'acknowledge' ORDER BY id") == [
        (0,),
        (1,),
    ]
    after_hours = NOW + timedelta(hours=2)
    tick(analytics, after_hours)
    assert rows(
        analytics, "SELECT step, state FROM clocks WHERE kind = 'acknowledge' ORDER BY id"
    ) == [(0, "missed"), (1, "missed"), (2, "running")]


HOUR = timedelta(hours=1)


def test_a_clock_set_back_makes_no_deadline_wait_for_the_same_hour_again(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    deadlines = Deadlines(Responsibility())
    assert deadlines.handle(analytics, NOW + timedelta(seconds=20)) == 0
    assert deadlines.handle(analytics, NOW - HOUR) == 0
    assert deadlines.handle(analytics, NOW - HOUR + timedelta(seconds=59)) == 0
    due = NOW - HOUR + timedelta(seconds=60)
    assert [deadlines.handle(analytics, due) for _ in range(3)] == [1, 0, 0]
    assert rows(analytics, TOLD) == [("property", "alarm.escalated")]


def test_a_clock_set_back_while_nobody_ran_is_noticed_at_the_start(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    assert tick(analytics, NOW - HOUR) == 0
    assert tick(analytics, NOW - HOUR + timedelta(seconds=60)) == 1


def test_a_clock_set_forward_and_right_again_tells_of_each_deadline_once(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    deadlines = Deadlines(Responsibility())
    deadlines.handle(analytics, NOW + HOUR)
    told = rows(analytics, TOLD)
    assert told[0] == ("property", "alarm.escalated")
    for second in range(1, 60, 5):
        deadlines.handle(analytics, NOW + timedelta(seconds=second))
    assert rows(analytics, TOLD) == told


def test_many_deadlines_at_once_let_an_event_through_between_them(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    say(ingest, Said(seq=2, asset="L-1", event="entrapment"))
    decide_all(analytics)
    deadlines = Deadlines(Responsibility(), slice_s=0.0)
    late = NOW + timedelta(seconds=61)
    assert [deadlines.handle(analytics, late) for _ in range(3)] == [1, 1, 0]


def test_an_arrival_that_is_overdue_is_told_to_the_property_company(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1))
    decide_all(analytics)
    tick(analytics, NOW + timedelta(minutes=30))
    assert rows(
        analytics,
        "SELECT organisations.code, body -> 'data' ->> 'note' FROM notices"
        " JOIN organisations ON organisations.id = organisation_id"
        " WHERE notices.kind = 'order.overdue' ORDER BY 2",
    ) == [("property", "accept"), ("property", "arrive")]


def test_no_clock_of_a_closed_alarm_fires(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, event="door_blocked", asset="L-1"))
    decide_all(analytics)
    say(ingest, Said(seq=2, event="door_blocked", state="clear"))
    decide_all(analytics)
    rows(analytics, "UPDATE alarms SET state = 'normal', closed_at = now() RETURNING id")
    rows(analytics, "UPDATE work_orders SET state = 'closed', closed_at = now() RETURNING id")
    tick(analytics, NOW + timedelta(days=30))
    assert rows(analytics, TOLD) == []
    assert rows(analytics, "SELECT DISTINCT state FROM clocks") == [("stopped",)]
