"""What people at pages do: once per id, in their role and scope, and the first one wins."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from analytics.act import (
    AcceptOrder,
    Acknowledge,
    Act,
    ActId,
    ActResult,
    ArriveOnSite,
    CloseOrder,
    Comment,
    ConfirmFalse,
    ConfirmReal,
    DeclineOrder,
    Person,
    Refusal,
    Reset,
    RestoreService,
    VerifyOrder,
    submit,
)
from analytics.act.office import Office
from analytics.act.outcome import decode_result
from analytics.act.safety_kind import AnyAct
from analytics.alarms.alarm import AlarmId
from analytics.alarms.store import open_fallback_alarm
from analytics.duties.matrix import OrganisationId
from analytics.duties.responsibility import Responsibility
from analytics.orders.work_order import OrderId
from ingest.database import Connection, connect, in_transaction
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_alarm_process import running
from tests.integration.analytics.test_desk import decide_all

OPERATOR = Person(name="zhang", role="operator", scope=("city.dist.str.comm.garden",))
SECOND = replace(OPERATOR, name="li")


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


def new_id() -> ActId:
    return ActId(uuid4())


def technician(connection: Connection, firm: str) -> Person:
    found = rows(connection, f"SELECT id FROM organisations WHERE code = '{firm}'")[0][0]
    assert isinstance(found, int)
    return Person(
        name="wang", role="technician", scope=("city",), organisation=OrganisationId(found)
    )


def ask(console: Connection, analytics: Connection, act: AnyAct) -> ActResult:
    """Ask, and carry out in the same thread."""
    from analytics.act import store

    in_transaction(console, lambda held: store._ask(held, act))
    office = Office(Responsibility())
    while office.handle(analytics, NOW + timedelta(seconds=30)):
        pass
    found = rows(console, f"SELECT outcome FROM acts WHERE id = '{act.id}'")
    return decode_result(str(found[0][0]))


@pytest.fixture
def fire(site: Site, ingest: Connection, analytics: Connection) -> AlarmId:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    return AlarmId(1)


@pytest.fixture
def fault(site: Site, ingest: Connection, analytics: Connection) -> OrderId:
    say(ingest, Said(seq=1, event="overspeed"))
    decide_all(analytics)
    return OrderId(1)


def state_of(connection: Connection) -> tuple[object, ...]:
    return rows(connection, "SELECT state, confirmation FROM alarms ORDER BY id")[0]


def test_the_console_asks_and_the_alarm_process_answers(
    site: Site, ingest: Connection, console: Connection
) -> None:
    with running(site), ingest.transaction():
        say(ingest, Said(seq=1))
    with running(site):
        result = submit(console, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1)))
    assert result.is_done


def test_of_two_operators_the_second_is_told_who_was_first(
    fire: AlarmId, console: Connection, analytics: Connection
) -> None:
    first = ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=fire, version=1))
    second = ask(console, analytics, Acknowledge(id=new_id(), by=SECOND, alarm_id=fire, version=1))
    assert first.is_done
    assert (second.refusal, second.first_by) == (Refusal.STALE, "zhang")


def test_an_act_with_the_same_id_happens_once(
    fire: AlarmId, console: Connection, analytics: Connection
) -> None:
    act = Comment(id=new_id(), by=OPERATOR, alarm_id=fire, text="在路上")
    assert ask(console, analytics, act).is_done
    assert ask(console, analytics, act).is_done
    assert rows(analytics, "SELECT count(*) FROM alarm_transitions WHERE trigger = 'comment'") == [
        (1,)
    ]


def test_a_device_that_spoke_again_does_not_make_an_acknowledgement_stale(
    fire: AlarmId, console: Connection, analytics: Connection, ingest: Connection
) -> None:
    say(ingest, Said(seq=2, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    result = ask(
        console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=fire, version=1)
    )
    assert result.is_done


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (replace(OPERATOR, role="technician"), Refusal.ROLE),
        (replace(OPERATOR, role="bureau"), Refusal.ROLE),
        (replace(OPERATOR, scope=("city.dist.str.comm.yard",)), Refusal.SCOPE),
        (replace(OPERATOR, scope=("city.dist.str.comm.gar",)), Refusal.SCOPE),
        (replace(OPERATOR, scope=()), Refusal.SCOPE),
    ],
)
def test_role_and_scope_are_checked(
    fire: AlarmId, console: Connection, analytics: Connection, person: Person, why: Refusal
) -> None:
    result = ask(console, analytics, Acknowledge(id=new_id(), by=person, alarm_id=fire))
    assert result.refusal is why
    assert state_of(analytics) == ("unacknowledged", "unconfirmed")


def test_a_fire_is_reset_only_after_it_cleared_and_was_acknowledged(
    fire: AlarmId, console: Connection, analytics: Connection, ingest: Connection
) -> None:
    def reset() -> Refusal | None:
        act = Reset(id=new_id(), by=OPERATOR, alarm_id=fire, text="现场已处理")
        return ask(console, analytics, act).refusal

    assert reset() is Refusal.STILL_ACTIVE
    assert ask(console, analytics, ConfirmReal(id=new_id(), by=OPERATOR, alarm_id=fire)).is_done
    assert reset() is Refusal.STILL_ACTIVE
    say(ingest, Said(seq=2, asset="D-1", event="fire_alarm", state="clear"))
    decide_all(analytics)
    assert state_of(analytics) == ("latched_acknowledged", "real")
    assert reset() is None
    assert state_of(analytics) == ("normal", "real")
    assert rows(analytics, "SELECT kind, state FROM clocks WHERE alarm_id = 1 ORDER BY kind") == [
        ("acknowledge", "kept"),
    ]


def test_a_confirmation_is_told_to_the_bureau(
    fire: AlarmId, console: Connection, analytics: Connection
) -> None:
    ask(console, analytics, ConfirmReal(id=new_id(), by=OPERATOR, alarm_id=fire))
    assert rows(
        analytics, "SELECT kind FROM notices WHERE target = 'bureau' ORDER BY created_at, kind"
    ) == [("alarm.opened",), ("alarm.confirmed",)]


def test_a_false_alarm_ends_its_order(
    fire: AlarmId, console: Connection, analytics: Connection
) -> None:
    ask(console, analytics, ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=fire, text="做饭油烟"))
    assert rows(analytics, "SELECT state, result FROM work_orders") == [
        ("closed", "误报: 做饭油烟")
    ]
    assert rows(analytics, "SELECT count(*) FROM clocks WHERE state = 'running'") == [(0,)]


def test_an_acknowledged_fire_waits_for_a_look_on_site(
    fire: AlarmId, console: Connection, analytics: Connection
) -> None:
    ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=fire))
    assert rows(analytics, "SELECT kind, state FROM clocks WHERE alarm_id = 1 ORDER BY kind") == [
        ("acknowledge", "kept"),
        ("confirm", "running"),
    ]


def test_an_order_goes_from_dispatch_to_its_end(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    firm = technician(analytics, "lift_firm")
    steps: list[Act] = [
        AcceptOrder(id=new_id(), by=firm, order_id=fault, version=1),
        ArriveOnSite(id=new_id(), by=firm, order_id=fault, version=2),
        RestoreService(id=new_id(), by=firm, order_id=fault, version=3, text="更换限速器"),
        VerifyOrder(id=new_id(), by=OPERATOR, order_id=fault, version=4),
        CloseOrder(id=new_id(), by=OPERATOR, order_id=fault, version=5),
    ]
    assert [ask(console, analytics, step).refusal for step in steps] == [None] * 5
    assert rows(analytics, "SELECT state, assignee, result, version FROM work_orders") == [
        ("closed", "wang", "更换限速器", 6)
    ]
    assert rows(
        analytics, "SELECT kind, state FROM clocks WHERE order_id IS NOT NULL ORDER BY kind"
    ) == [("accept", "kept"), ("arrive", "kept"), ("close", "kept"), ("restore", "kept")]
    assert rows(analytics, "SELECT to_state FROM work_order_transitions ORDER BY id") == [
        ("dispatched",),
        ("accepted",),
        ("on_site",),
        ("restored",),
        ("verified",),
        ("closed",),
    ]


def test_another_firm_cannot_take_an_order(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    other = technician(analytics, "fire_firm")
    act = AcceptOrder(id=new_id(), by=other, order_id=fault, version=1)
    assert ask(console, analytics, act).refusal is Refusal.NOT_OWNER


def test_a_declined_order_goes_to_the_next_who_answers(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    firm = technician(analytics, "lift_firm")
    ask(console, analytics, DeclineOrder(id=new_id(), by=firm, order_id=fault, text="不在合同内"))
    assert rows(
        analytics,
        "SELECT state, code FROM work_orders JOIN organisations ON organisations.id = owner_id",
    ) == [("dispatched", "property")]
    assert rows(analytics, "SELECT to_state FROM work_order_transitions ORDER BY id") == [
        ("dispatched",),
        ("declined",),
        ("dispatched",),
    ]


def test_a_second_technician_is_told_who_took_the_order(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    firm = technician(analytics, "lift_firm")
    ask(console, analytics, AcceptOrder(id=new_id(), by=firm, order_id=fault, version=1))
    late = AcceptOrder(id=new_id(), by=replace(firm, name="zhao"), order_id=fault, version=1)
    result = ask(console, analytics, late)
    assert (result.refusal, result.first_by) == (Refusal.STALE, "wang")


def test_a_fire_that_comes_back_has_to_be_looked_at_again(
    fire: AlarmId, console: Connection, analytics: Connection, ingest: Connection
) -> None:
    ask(console, analytics, ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=fire, text="油烟"))
    say(ingest, Said(seq=2, asset="D-1", event="fire_alarm", state="clear"))
    say(ingest, Said(seq=3, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    assert state_of(analytics) == ("unacknowledged", "unconfirmed")
    assert rows(
        analytics, "SELECT kind FROM notices WHERE target = 'bureau' ORDER BY created_at, kind"
    ) == [("alarm.opened",), ("alarm.raised_again",), ("alarm.refuted",)]


def test_an_event_that_could_not_be_decided_leaves_by_acknowledgement_and_reset(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    event = say(ingest, Said(seq=1, event="car_alarm_button"))
    in_transaction(analytics, lambda held: open_fallback_alarm(held, event, NOW))
    alarm = AlarmId(1)
    assert state_of(analytics)[0] == "latched_unacknowledged"
    seen = ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=alarm))
    over = ask(console, analytics, Reset(id=new_id(), by=OPERATOR, alarm_id=alarm, text="已核实"))
    assert (seen.refusal, over.refusal) == (None, None)
    assert state_of(analytics)[0] == "normal"
