"""A fire is confirmed by a person, or goes on by itself: told as timelines."""

from datetime import datetime, timedelta

import pytest

from analytics.act import ConfirmFalse, ConfirmReal, Refusal
from analytics.alarms.alarm import AlarmId
from analytics.clocks.deadline import Deadlines
from analytics.duties.responsibility import Responsibility
from analytics.safety.plan import default_plan_source, parse_plan
from analytics.safety.store import load_plan
from analytics.safety.workflow import LifeSafety
from ingest.database import Connection, connect
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_acts import OPERATOR, ask, console, new_id
from tests.integration.analytics.test_desk import decide_all

__all__ = ["console"]

SECOND_DEVICES = """
    INSERT INTO assets (code, class, place_id, name_zh, zone)
    SELECT new.code, new.class, places.id, new.name, new.zone
    FROM (VALUES
        ('D-2', 'detector', '2层感烟', 'loop-1', 'g1'),
        ('M-1', 'manual_call_point', '手报', 'loop-1', 'g1'),
        ('D-3', 'detector', '另一区感烟', 'loop-2', 'g1'),
        ('D-8', 'detector', '老院感烟二', 'loop-1', 'y1')
    ) AS new (code, class, name, zone, place) JOIN places ON places.code = new.place
    RETURNING id
"""
TOLD = """
    SELECT notices.target, organisations.code, notices.kind FROM notices
    LEFT JOIN organisations ON organisations.id = organisation_id
    WHERE notices.kind IN ('alarm.unanswered', 'alarm.corroborated')
    ORDER BY notices.created_at, notices.target
"""


@pytest.fixture
def zone(site: Site) -> Site:
    with connect(site.urls.owner_url, application="test zone") as owner:
        rows(owner, SECOND_DEVICES)
        rows(owner, "UPDATE assets SET zone = 'loop-1' WHERE code = 'D-1' RETURNING id")
    return site


def run(connection: Connection, at: datetime) -> None:
    who = Responsibility()
    LifeSafety(who).handle(connection, at)
    Deadlines(who).handle(connection, at)


def burn(ingest: Connection, analytics: Connection, asset: str, seq: int, event: str) -> None:
    say(ingest, Said(seq=seq, asset=asset, event=event))
    decide_all(analytics)


def told(connection: Connection) -> list[tuple[object, ...]]:
    return rows(connection, TOLD)


SECOND_DESK = ("desk", "community", "alarm.unanswered")
MANAGER = ("call", "property", "alarm.unanswered")
BUREAU = ("bureau", "bureau", "alarm.unanswered")


def test_a_desk_that_never_answers_sends_the_fire_on_by_itself(
    zone: Site, ingest: Connection, analytics: Connection
) -> None:
    burn(ingest, analytics, "D-1", 1, "fire_alarm")
    timeline = []
    for second in (0, 59, 60, 79, 80, 99, 100, 3600):
        run(analytics, NOW + timedelta(seconds=second))
        timeline.append((second, told(analytics)))
    assert timeline == [
        (0, []),
        (59, []),
        (60, [SECOND_DESK]),
        (79, [SECOND_DESK]),
        (80, [SECOND_DESK, MANAGER]),
        (99, [SECOND_DESK, MANAGER]),
        (100, [SECOND_DESK, MANAGER, BUREAU]),
        (3600, [SECOND_DESK, MANAGER, BUREAU]),
    ]
    assert rows(analytics, "SELECT confirmation FROM alarms") == [("unanswered",)]
    marks = "SELECT DISTINCT body -> 'data' -> 'mark' ->> 'zh' FROM notices WHERE target = 'call'"
    assert rows(analytics, marks) == [("未确认·无人应答",)]


def test_a_plan_that_was_made_anew_under_way_leaves_the_bureau_out_of_no_fire(
    zone: Site, ingest: Connection, analytics: Connection
) -> None:
    burn(ingest, analytics, "D-1", 1, "fire_alarm")
    for second in (0, 60, 80):
        run(analytics, NOW + timedelta(seconds=second))
    assert told(analytics) == [SECOND_DESK, MANAGER]
    rungs = "[{to: bureau, by: bureau, after_s: 0}, {to: community, by: desk, after_s: 5}]"
    head, _, rest = default_plan_source().partition("  onward:")
    source = f"{head}  onward: {rungs}\n{rest[rest.index('entrapment:') :]}".replace(
        "2020-", "2021-", 1
    )
    load_plan(analytics, parse_plan(source), source)
    for second in (100, 200):
        run(analytics, NOW + timedelta(seconds=second))
    assert told(analytics) == [SECOND_DESK, MANAGER, BUREAU]


def test_a_rung_that_an_earlier_raise_has_left_behind_keeps_none_from_coming(
    zone: Site, ingest: Connection, analytics: Connection
) -> None:
    burn(ingest, analytics, "D-1", 1, "fire_alarm")
    run(analytics, NOW)
    left = "INSERT INTO clocks (kind, alarm_id, step, started_at, due_at)"
    rows(
        analytics,
        f"{left} VALUES ('onward', 1, 2, '{NOW}', '{NOW + timedelta(hours=9)}') RETURNING id",
    )
    for second in (60, 80, 100):
        run(analytics, NOW + timedelta(seconds=second))
    assert told(analytics) == [SECOND_DESK, MANAGER, BUREAU]


@pytest.mark.parametrize(("device", "event"), [("D-2", "fire_alarm"), ("M-1", "manual_fire_alarm")])
def test_a_second_device_of_the_zone_sends_it_on_at_once(
    zone: Site, ingest: Connection, analytics: Connection, device: str, event: str
) -> None:
    burn(ingest, analytics, "D-1", 1, "fire_alarm")
    run(analytics, NOW)
    burn(ingest, analytics, device, 2, event)
    run(analytics, NOW + timedelta(seconds=5))
    assert told(analytics) == [("desk", "community", "alarm.corroborated")]
    for second in (25, 45):
        run(analytics, NOW + timedelta(seconds=second))
    assert [(row[0], row[2]) for row in told(analytics)] == [
        ("desk", "alarm.corroborated"),
        ("call", "alarm.corroborated"),
        ("bureau", "alarm.corroborated"),
    ]
    notes = "SELECT alarm_id, trigger FROM alarm_transitions WHERE trigger = 'corroborated'"
    assert rows(analytics, notes + " ORDER BY 1") == [(1, "corroborated"), (2, "corroborated")]


@pytest.mark.parametrize("device", ["D-3", "D-8"])
def test_a_device_of_another_zone_or_another_compound_bears_nothing_out(
    zone: Site, ingest: Connection, analytics: Connection, device: str
) -> None:
    burn(ingest, analytics, "D-1", 1, "fire_alarm")
    burn(ingest, analytics, device, 2, "fire_alarm")
    run(analytics, NOW)
    assert told(analytics) == []


def test_a_tenth_detector_of_one_fire_rings_no_telephone_again(
    zone: Site, ingest: Connection, analytics: Connection
) -> None:
    for seq, (device, event) in enumerate(
        [("D-1", "fire_alarm"), ("D-2", "fire_alarm"), ("M-1", "manual_fire_alarm")], start=1
    ):
        burn(ingest, analytics, device, seq, event)
        run(analytics, NOW + timedelta(seconds=seq))
    assert len(told(analytics)) == 1


def test_a_confirmed_fire_is_told_at_once_and_goes_on_no_further(
    zone: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    burn(ingest, analytics, "D-1", 1, "fire_alarm")
    run(analytics, NOW)
    run(analytics, NOW + timedelta(seconds=60))
    act = ConfirmReal(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), cause="ebike_fire")
    assert ask(console, analytics, act).is_done
    run(analytics, NOW + timedelta(hours=1))
    assert told(analytics) == [SECOND_DESK]
    assert rows(analytics, "SELECT confirmation, cause_code FROM alarms") == [
        ("real", "ebike_fire")
    ]
    confirmed = "SELECT count(*) FROM notices WHERE target = 'bureau' AND kind = 'alarm.confirmed'"
    assert rows(analytics, confirmed) == [(1,)]
    assert rows(analytics, "SELECT kind FROM clocks WHERE alarm_id = 1 AND state = 'running'") == []


def test_an_acknowledgement_alone_does_not_stop_the_confirmation_clock(
    zone: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    from analytics.act import Acknowledge

    burn(ingest, analytics, "D-1", 1, "fire_alarm")
    run(analytics, NOW)
    assert ask(
        console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1))
    ).is_done
    run(analytics, NOW + timedelta(seconds=60))
    assert told(analytics) == [SECOND_DESK]
    reasons = "SELECT reason FROM alarm_transitions WHERE trigger = 'unanswered'"
    assert rows(analytics, reasons) == [("未确认·已应答未核实 (answered, not confirmed in time)",)]


def test_a_cause_must_fit_the_judgement(
    zone: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    burn(ingest, analytics, "D-1", 1, "fire_alarm")
    for cause in ("open_fire", "goods_in_car", "nonsense"):
        act = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), cause=cause, text="x")
        assert ask(console, analytics, act).refusal is Refusal.BAD_CAUSE
    right = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), cause="cooking_smoke")
    assert ask(console, analytics, right).is_done
    assert rows(analytics, "SELECT confirmation, cause_code FROM alarms") == [
        ("false", "cooking_smoke")
    ]


def test_a_refuted_alarm_bears_nothing_out(
    zone: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    burn(ingest, analytics, "D-1", 1, "fire_alarm")
    run(analytics, NOW)
    act = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), cause="steam")
    assert ask(console, analytics, act).is_done
    burn(ingest, analytics, "D-2", 2, "fire_alarm")
    run(analytics, NOW + timedelta(seconds=40))
    assert told(analytics) == []


def test_a_platform_that_was_down_goes_on_once_after_its_return(
    zone: Site, ingest: Connection, analytics: Connection
) -> None:
    burn(ingest, analytics, "D-1", 1, "fire_alarm")
    for hours in (2, 3, 4):
        for _ in range(2):
            run(analytics, NOW + timedelta(hours=hours))
    assert told(analytics) == [SECOND_DESK, MANAGER, BUREAU]
