"""What the alarm desk records for an event, in one transaction."""

import pytest

from analytics.alarms import store
from analytics.alarms.desk import Desk
from analytics.duties.responsibility import Responsibility, ensure_matrix
from analytics.live import sequence
from ingest.database import Connection, in_transaction
from tests.integration.analytics.site import NOW, Said, Site, rows, say


def decide_all(connection: Connection) -> None:
    desk = Desk(Responsibility())

    def work(held: Connection) -> None:
        reports = store.claim_events(held, limit=100)
        desk.take_up(held, reports, NOW)
        store.drop_work(held, [item.word.event_id or 0 for item in reports])

    ensure_matrix(connection, NOW)
    in_transaction(connection, work)


def test_an_event_becomes_an_alarm_on_the_live_stream(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1))
    decide_all(analytics)
    assert sequence(analytics) == 2
    assert rows(analytics, "SELECT condition, state FROM alarms") == [
        ("entrapment", "unacknowledged")
    ]
    assert rows(analytics, "SELECT id, kind FROM live_events ORDER BY kind") == [
        (1, "alarm"),
        (2, "order"),
    ]
    assert rows(analytics, "SELECT count(*) FROM event_work") == [(0,)]


ENTRAPMENT_CLOCKS = [
    ("accept", 180),
    ("acknowledge", 60),
    ("arrive", 1800),
    ("close", 259200),
    ("restore", 28800),
]


def test_an_entrapment_is_dispatched_to_the_firm_and_told_to_the_bureau(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1))
    decide_all(analytics)
    assert rows(
        analytics,
        "SELECT state, title, organisations.code FROM work_orders"
        " JOIN organisations ON organisations.id = owner_id",
    ) == [("dispatched", "示范花园 1号楼 1号梯 电梯困人", "lift_firm")]
    assert (
        rows(
            analytics,
            "SELECT kind, extract(epoch FROM due_at - started_at)::int FROM clocks ORDER BY kind",
        )
        == ENTRAPMENT_CLOCKS
    )
    assert rows(
        analytics,
        "SELECT target, notices.kind, state, code FROM notices"
        " JOIN organisations ON organisations.id = organisation_id ORDER BY target, notices.kind",
    ) == [
        ("bureau", "alarm.opened", "waiting", "bureau"),
        ("desk", "alarm.joint", "delivered", "community"),
        ("desk", "alarm.opened", "delivered", "property"),
        ("desk", "order.dispatched", "delivered", "lift_firm"),
    ]


@pytest.mark.parametrize(
    ("case", "responsible"),
    [
        (Said(seq=1, asset="D-1", event="fire_alarm"), "property"),
        (Said(seq=1, asset="D-9", event="fire_alarm"), "community"),
        (Said(seq=1, asset="L-1", event="overspeed"), "lift_firm"),
        (Said(seq=1, asset="L-9", event="overspeed"), "community"),
        (Said(seq=1, asset="W-1", event="pressure_low_critical"), "fire_firm"),
        (Said(seq=1, asset="E-1", event="residual_current_high"), "fire_firm"),
        (Said(seq=1, asset="gw/P9", event="unknown_event"), "property"),
        (Said(seq=1, asset="gw/P9", event="started"), "property"),
    ],
)
def test_who_answers_depends_on_event_class_and_place(
    site: Site, ingest: Connection, analytics: Connection, case: Said, responsible: str
) -> None:
    say(ingest, case)
    decide_all(analytics)
    assert rows(
        analytics,
        "SELECT event, code FROM alarms JOIN organisations ON organisations.id = responsible_id",
    ) == [(case.event, responsible)]


def test_a_record_of_a_registered_asset_opens_no_alarm(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="started"))
    decide_all(analytics)
    assert rows(analytics, "SELECT count(*) FROM alarms") == [(0,)]


def test_a_raise_after_its_clear_is_shown_and_dispatched(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=2, asset="D-1", event="fire_alarm", state="clear"))
    decide_all(analytics)
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    assert rows(analytics, "SELECT state, raises FROM alarms") == [("latched_unacknowledged", 1)]
    assert rows(analytics, "SELECT count(*) FROM work_orders") == [(1,)]
    assert rows(analytics, "SELECT count(*) FROM notices WHERE target = 'bureau'") == [(1,)]


def test_every_move_has_its_line_of_history(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1))
    say(ingest, Said(seq=2, state="clear"))
    say(ingest, Said(seq=3))
    decide_all(analytics)
    assert rows(
        analytics,
        "SELECT trigger, from_state, to_state, version, actor, length(digest)"
        " FROM alarm_transitions ORDER BY id",
    ) == [
        ("raise", "normal", "unacknowledged", 1, "device", 32),
        ("clear", "unacknowledged", "returned_unacknowledged", 2, "device", 32),
        ("raise", "returned_unacknowledged", "unacknowledged", 3, "device", 32),
    ]
