"""People in a lift: every silence is answered by the next who rescues, told as timelines."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from analytics.act import (
    AcceptOrder,
    Acknowledge,
    ArriveOnSite,
    CloseOrder,
    ConfirmFalse,
    ConfirmReal,
    Person,
    Refusal,
    RestoreService,
    VerifyOrder,
)
from analytics.act.safety_kind import (
    AcceptRescue,
    AnyAct,
    ArriveRescue,
    CallCar,
    CheckLift,
    ReleasePeople,
    SafetyAct,
)
from analytics.alarms.alarm import AlarmId
from analytics.alarms.desk import Desk
from analytics.alarms.queue import EventQueue
from analytics.clocks.deadline import Deadlines
from analytics.duties.responsibility import Responsibility
from analytics.orders.work_order import OrderId
from analytics.safety.workflow import LifeSafety
from ingest.database import Connection, connect
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_acts import OPERATOR, ask, console, new_id, technician
from tests.integration.analytics.test_desk import decide_all

__all__ = ["console"]
LATER = NOW + timedelta(seconds=30)
"""When `ask` carries an act out."""
TRAPPED = AlarmId(1)

PLACES = """
    INSERT INTO places (code, path, level, name_zh, latitude, longitude) VALUES
        ('near', 'city.near', 'district', '近区', 31.87, 117.30),
        ('far', 'city.far', 'district', '远区', 32.60, 118.50)
    RETURNING id
"""
STATIONS = """
    INSERT INTO organisations (code, kind, name_zh, place_id) VALUES
        ('station_far', 'rescue_station', '远救援站', (SELECT id FROM places WHERE code = 'far')),
        ('station_near', 'rescue_station', '近救援站', (SELECT id FROM places WHERE code = 'near')),
        ('fire', 'fire_service', '消防救援站', (SELECT id FROM places WHERE code = 'city'))
    RETURNING id
"""
RESCUE = """
    SELECT stage, tier, coalesce(organisations.code, '-') FROM rescues
    LEFT JOIN organisations ON organisations.id = owner_id ORDER BY rescues.id
"""


@pytest.fixture
def city(site: Site, ingest: Connection, analytics: Connection) -> Site:
    with connect(site.urls.owner_url, application="test city") as owner:
        rows(owner, PLACES)
        rows(owner, STATIONS)
        garden = "SET latitude = 31.86, longitude = 117.29 WHERE code = 'garden'"
        rows(owner, f"UPDATE places {garden} RETURNING id")
    say(ingest, Said(seq=1))
    decide_all(analytics)
    run(analytics, NOW)
    return site


def run(connection: Connection, at: datetime) -> None:
    who = Responsibility()
    LifeSafety(who).handle(connection, at)
    Deadlines(who).handle(connection, at)


def rescue(connection: Connection) -> tuple[object, ...]:
    return rows(connection, RESCUE)[0]


def facts(connection: Connection) -> list[object]:
    return [row[0] for row in rows(connection, "SELECT kind FROM rescue_facts ORDER BY id")]


def rescuer(connection: Connection, code: str) -> Person:
    return technician(connection, code)


def call(people: int | None = 2) -> CallCar:
    answered = people is not None
    return CallCar(
        id=new_id(), by=OPERATOR, alarm_id=TRAPPED, is_answered=answered, people=people, text="x"
    )


def test_silence_is_answered_by_the_next_who_rescues(city: Site, analytics: Connection) -> None:
    seen = []
    for second in (0, 119, 120, 299, 300, 419, 420, 540, 3600):
        run(analytics, NOW + timedelta(seconds=second))
        seen.append((second, rescue(analytics)))
    assert seen == [
        (0, ("suspected", 0, "property")),
        (119, ("suspected", 0, "property")),
        (120, ("dispatched", 1, "lift_firm")),
        (299, ("dispatched", 1, "lift_firm")),
        (300, ("dispatched", 2, "station_near")),
        (419, ("dispatched", 2, "station_near")),
        (420, ("dispatched", 3, "fire")),
        (540, ("dispatched", 3, "fire")),
        (3600, ("dispatched", 3, "fire")),
    ]
    assert facts(analytics)[:4] == ["open", "dispatch", "take_over", "take_over"]
    calls = """SELECT organisations.code FROM notices
        JOIN organisations ON organisations.id = organisation_id
        WHERE target = 'call' AND notices.kind = 'rescue.dispatched' ORDER BY created_at LIMIT 3"""
    assert [row[0] for row in rows(analytics, calls)] == ["lift_firm", "station_near", "fire"]


def test_a_call_that_hears_people_sends_rescuers_at_once(
    city: Site, analytics: Connection, console: Connection
) -> None:
    assert ask(console, analytics, call(people=None)).is_done
    assert rescue(analytics)[0] == "suspected"
    assert ask(console, analytics, call(people=3)).is_done
    assert rescue(analytics) == ("dispatched", 1, "lift_firm")
    heard = "SELECT actor, is_answered, people_heard FROM rescue_facts WHERE kind = 'call'"
    assert rows(analytics, heard + " ORDER BY id") == [("zhang", False, None), ("zhang", True, 3)]
    assert rows(analytics, "SELECT confirmation, cause_code FROM alarms WHERE id = 1") == [
        ("real", "trapped")
    ]
    confirmed = "SELECT count(*) FROM notices WHERE target = 'bureau' AND kind = 'alarm.confirmed'"
    assert rows(analytics, confirmed) == [(1,)]


def walk(console: Connection, analytics: Connection, *acts: SafetyAct) -> list[Refusal | None]:
    return [ask(console, analytics, act).refusal for act in acts]


def test_a_rescue_from_the_call_to_the_checked_lift(
    city: Site, analytics: Connection, console: Connection
) -> None:
    firm = rescuer(analytics, "lift_firm")
    assert walk(
        console,
        analytics,
        call(),
        AcceptRescue(id=new_id(), by=firm, alarm_id=TRAPPED),
        ArriveRescue(id=new_id(), by=firm, alarm_id=TRAPPED),
        CheckLift(id=new_id(), by=firm, alarm_id=TRAPPED, certificate="T1", text="早"),
        ReleasePeople(id=new_id(), by=firm, alarm_id=TRAPPED, people=2, injured=1, text="擦伤"),
        CheckLift(
            id=new_id(),
            by=firm,
            alarm_id=TRAPPED,
            certificate="T1",
            text="限速器损坏",
            is_fit=False,
        ),
    ) == [None, None, None, Refusal.NOT_NOW, None, None]
    must = "SELECT state FROM alarms WHERE condition = 'lift_must_be_checked'"
    assert rescue(analytics)[0] == "released"
    assert rows(analytics, must) == [("unacknowledged",)]
    fit = CheckLift(id=new_id(), by=firm, alarm_id=TRAPPED, certificate="T1", text="已更换")
    assert walk(console, analytics, fit) == [None]
    assert rescue(analytics)[0] == "closed"
    assert rows(analytics, must) == [("returned_unacknowledged",)]
    people = "SELECT people, injured, condition, checked_by FROM rescues"
    assert rows(analytics, people) == [(2, 1, "擦伤", "wang (T1)")]
    released = "SELECT body -> 'data' ->> 'note' FROM notices WHERE kind = 'rescue.released'"
    assert rows(analytics, released)[0] == ("救出2人,受伤1人 擦伤",)


def test_a_lift_that_is_not_checked_cannot_be_put_back(
    city: Site, analytics: Connection, console: Connection
) -> None:
    ask(console, analytics, call())
    must = "SELECT id FROM alarms WHERE condition = 'lift_must_be_checked'"
    alarm = AlarmId(cast("int", rows(analytics, must)[0][0]))
    assert ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=alarm)).is_done
    run(analytics, NOW + timedelta(days=3))
    assert rows(analytics, f"SELECT closed_at FROM alarms WHERE id = {alarm}") == [(None,)]


def test_nobody_inside_ends_the_rescue(
    city: Site, analytics: Connection, console: Connection
) -> None:
    ask(console, analytics, ConfirmReal(id=new_id(), by=OPERATOR, alarm_id=TRAPPED))
    act = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=TRAPPED, cause="goods_in_car")
    assert ask(console, analytics, act).is_done
    assert rescue(analytics)[0] == "refuted"
    run(analytics, NOW + timedelta(hours=5))
    assert rescue(analytics)[0] == "refuted"
    must = "SELECT state FROM alarms WHERE condition = 'lift_must_be_checked'"
    assert rows(analytics, must) == [("returned_unacknowledged",)]


def test_rescuers_that_accept_and_do_not_arrive_are_replaced(
    city: Site, analytics: Connection, console: Connection
) -> None:
    firm = rescuer(analytics, "lift_firm")
    walk(console, analytics, call(), AcceptRescue(id=new_id(), by=firm, alarm_id=TRAPPED))
    run(analytics, LATER + timedelta(minutes=30, seconds=-1))
    assert rescue(analytics) == ("accepted", 1, "lift_firm")
    run(analytics, LATER + timedelta(minutes=30))
    assert rescue(analytics) == ("dispatched", 2, "station_near")
    late = AcceptRescue(id=new_id(), by=firm, alarm_id=TRAPPED)
    assert walk(console, analytics, late) == [Refusal.NOT_OWNER]
    assert walk(console, analytics, ArriveRescue(id=new_id(), by=firm, alarm_id=TRAPPED)) == [None]
    assert rescue(analytics) == ("on_site", 2, "lift_firm")


def test_a_county_has_an_hour(site: Site, ingest: Connection, analytics: Connection) -> None:
    from analytics.safety.plan import default_plan_source, parse_plan
    from analytics.safety.store import load_plan

    limit = "arrive_at: [{place: city.dist, arrive_s: 3600}]"
    source = default_plan_source().replace("arrive_at: []", limit)
    load_plan(analytics, parse_plan(source), source)
    say(ingest, Said(seq=1))
    decide_all(analytics)
    for second in (0, 120):
        run(analytics, NOW + timedelta(seconds=second))
    assert rows(analytics, "SELECT legal_due_at - began_at FROM rescues") == [(timedelta(hours=1),)]


def test_a_place_where_nobody_rescues_still_has_an_owner_and_a_clock(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="L-9"))
    decide_all(analytics)
    for minute in (0, 2, 5, 9, 60):
        run(analytics, NOW + timedelta(minutes=minute))
        ownerless = "SELECT count(*) FROM rescues WHERE owner_id IS NULL OR due_at IS NULL"
        assert rows(analytics, ownerless) == [(0,)]


def test_a_pressed_button_is_not_over_because_it_was_seen(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    say(ingest, Said(seq=1, event="car_alarm_button"))
    decide_all(analytics)
    run(analytics, NOW)
    ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=TRAPPED))
    assert rows(analytics, "SELECT state FROM alarms WHERE id = 1") == [("normal",)]
    run(analytics, NOW + timedelta(seconds=120))
    assert rescue(analytics) == ("dispatched", 1, "lift_firm")


def test_an_entrapment_that_cleared_and_was_seen_needs_no_rescuers(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    say(ingest, Said(seq=1))
    decide_all(analytics)
    run(analytics, NOW)
    say(ingest, Said(seq=2, state="clear"))
    decide_all(analytics)
    ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=TRAPPED))
    run(analytics, NOW + timedelta(seconds=120))
    assert rescue(analytics)[0] == "refuted"


@pytest.mark.parametrize(
    ("people", "injured", "text"), [(-1, 0, ""), (100, 0, ""), (1, 2, "x"), (2, 1, "")]
)
def test_numbers_that_cannot_be_are_refused(people: int, injured: int, text: str) -> None:
    with pytest.raises(ValueError, match=r"people|injured"):
        ReleasePeople(
            id=new_id(), by=OPERATOR, alarm_id=TRAPPED, people=people, injured=injured, text=text
        )


def test_a_release_before_the_alarm_or_in_the_future_is_refused(
    city: Site, analytics: Connection, console: Connection
) -> None:
    ask(console, analytics, call())
    for at in (NOW - timedelta(minutes=1), LATER + timedelta(minutes=1)):
        act = ReleasePeople(
            id=new_id(), by=OPERATOR, alarm_id=TRAPPED, people=1, released_at=at, text="x"
        )
        assert ask(console, analytics, act).refusal is Refusal.NOT_NOW


def test_somebody_elsewhere_may_do_nothing(
    city: Site, analytics: Connection, console: Connection
) -> None:
    stranger = replace(OPERATOR, scope=("city.dist.str.comm.yard",))
    act = replace(call(), by=stranger)
    assert ask(console, analytics, act).refusal is Refusal.SCOPE


def test_whoever_takes_the_work_order_has_the_rescue_too(
    city: Site, analytics: Connection, console: Connection
) -> None:
    firm = rescuer(analytics, "lift_firm")
    order = OrderId(1)
    assert ask(console, analytics, AcceptOrder(id=new_id(), by=firm, order_id=order)).is_done
    assert rescue(analytics) == ("accepted", 1, "lift_firm")
    assert ask(console, analytics, ArriveOnSite(id=new_id(), by=firm, order_id=order)).is_done
    assert rescue(analytics) == ("on_site", 1, "lift_firm")


def test_the_order_of_a_lift_that_was_not_checked_stays_open(
    city: Site, analytics: Connection, console: Connection
) -> None:
    firm, order = rescuer(analytics, "lift_firm"), OrderId(1)
    steps: list[AnyAct] = [
        AcceptOrder(id=new_id(), by=firm, order_id=order),
        ArriveOnSite(id=new_id(), by=firm, order_id=order),
        ReleasePeople(id=new_id(), by=firm, alarm_id=TRAPPED, people=1),
        RestoreService(id=new_id(), by=firm, order_id=order, text="已复位"),
        VerifyOrder(id=new_id(), by=OPERATOR, order_id=order),
    ]
    assert [ask(console, analytics, step).refusal for step in steps] == [None] * 5
    close = CloseOrder(id=new_id(), by=OPERATOR, order_id=order)
    assert ask(console, analytics, close).refusal is Refusal.MUST_BE_CHECKED
    fit = CheckLift(id=new_id(), by=firm, alarm_id=TRAPPED, certificate="T1", text="正常")
    assert ask(console, analytics, fit).is_done
    assert (
        ask(console, analytics, replace(close, id=new_id())).refusal is not Refusal.MUST_BE_CHECKED
    )


def test_a_second_alarm_of_the_lift_keeps_the_rescue_that_the_first_no_longer_needs(
    city: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    say(ingest, Said(seq=2, event="car_alarm_button"))
    decide_all(analytics)
    run(analytics, NOW)
    false = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=TRAPPED, text="门区传感器故障")
    assert ask(console, analytics, false).is_done
    assert rescue(analytics)[0] == "suspected", "nobody has judged the button yet"
    button = replace(false, id=new_id(), alarm_id=AlarmId(2), text="误按")
    assert ask(console, analytics, button).is_done
    assert rescue(analytics)[0] == "refuted"


def trap_another(ingest: Connection, analytics: Connection, since: datetime) -> None:
    """A button is pressed in the lift: another alarm of people in it."""
    say(ingest, Said(seq=2, event="car_alarm_button"))
    decide_all(analytics)
    since_when = f"UPDATE life_safety_work SET since = '{since.isoformat()}' RETURNING alarm_id"
    assert rows(analytics, since_when) == [(3,)]
    run(analytics, since)


def test_whoever_is_trapped_in_a_lift_that_was_not_checked_has_a_rescue_of_their_own(
    city: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    out = ReleasePeople(id=new_id(), by=OPERATOR, alarm_id=TRAPPED, people=2, text="救出")
    assert walk(console, analytics, call(), out) == [None, None]
    again = LATER + timedelta(minutes=10)
    trap_another(ingest, analytics, again)
    assert rescue(analytics) == ("suspected", 0, "property")
    run(analytics, again + timedelta(minutes=2))
    assert rescue(analytics) == ("dispatched", 1, "lift_firm"), "nobody called the car"
    assert facts(analytics)[-2:] == ["reopen", "dispatch"]


def test_a_false_alarm_after_a_release_leaves_the_lift_to_its_check(
    city: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    out = ReleasePeople(id=new_id(), by=OPERATOR, alarm_id=TRAPPED, people=2, text="救出")
    assert walk(console, analytics, call(), out) == [None, None]
    trap_another(ingest, analytics, LATER + timedelta(minutes=10))
    false = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=AlarmId(3), text="误按")
    assert ask(console, analytics, false).is_done
    assert rescue(analytics)[0] == "released"
    must = "SELECT state FROM alarms WHERE condition = 'lift_must_be_checked'"
    assert rows(analytics, must) == [("unacknowledged",)]


def test_an_alarm_from_before_the_release_begins_nothing_anew(
    city: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    out = ReleasePeople(id=new_id(), by=OPERATOR, alarm_id=TRAPPED, people=2, text="救出")
    assert walk(console, analytics, call(), out) == [None, None]
    trap_another(ingest, analytics, NOW)
    assert rescue(analytics)[0] == "released"


def press(ingest: Connection, analytics: Connection, at: datetime) -> None:
    """A button is pressed in the lift while its rescue goes on."""
    say(ingest, Said(seq=2, event="car_alarm_button"))
    EventQueue(Desk(Responsibility())).handle(analytics, at)
    run(analytics, LATER)
    assert facts(analytics)[-1] != "reopen"


@pytest.mark.parametrize("is_seen", [False, True])
def test_a_release_told_late_frees_nobody_who_was_trapped_after_it(
    city: Site, ingest: Connection, analytics: Connection, console: Connection, is_seen: bool
) -> None:
    press(ingest, analytics, LATER - timedelta(seconds=5))
    seen = Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(2))
    assert not is_seen or ask(console, analytics, seen).is_done
    before = LATER - timedelta(seconds=10)
    out = ReleasePeople(
        id=new_id(), by=OPERATOR, alarm_id=TRAPPED, people=2, text="救出", released_at=before
    )
    assert walk(console, analytics, call(), out) == [None, None]
    assert rescue(analytics)[0] == "suspected"
    assert facts(analytics)[-2:] == ["release", "reopen"]
    run(analytics, LATER + timedelta(minutes=2))
    assert rescue(analytics) == ("dispatched", 1, "lift_firm"), "nobody called the car again"


def test_a_release_told_late_frees_whoever_was_trapped_before_it(
    city: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    press(ingest, analytics, LATER - timedelta(seconds=15))
    before = LATER - timedelta(seconds=10)
    out = ReleasePeople(
        id=new_id(), by=OPERATOR, alarm_id=TRAPPED, people=2, text="救出", released_at=before
    )
    assert walk(console, analytics, call(), out) == [None, None]
    assert rescue(analytics)[0] == "released"


def test_people_really_trapped_are_not_left_to_the_rescue_of_a_drill(
    city: Site, ingest: Connection, analytics: Connection
) -> None:
    rows(analytics, "UPDATE alarms SET is_drill = true RETURNING id")
    say(ingest, Said(seq=2, event="car_alarm_button"))
    decide_all(analytics)
    run(analytics, NOW)
    stages = "SELECT alarm_id, stage FROM rescues ORDER BY id"
    assert rows(analytics, stages) == [(1, "refuted"), (2, "suspected")]
    run(analytics, NOW + timedelta(minutes=3))
    assert rows(analytics, stages)[1] == (2, "dispatched")
    kinds = {row[0] for row in rows(analytics, "SELECT kind FROM notices WHERE target = 'bureau'")}
    assert "rescue.dispatched" in kinds
    marked = "SELECT is_active FROM conditions WHERE condition = 'lift_must_be_checked'"
    assert rows(analytics, marked) == [(True,)]
