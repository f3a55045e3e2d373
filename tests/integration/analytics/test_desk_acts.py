"""A desk gives work out by hand, and takes a slip of the hand back."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from analytics.act import AcceptOrder, Acknowledge, ConfirmFalse, ConfirmReal, Refusal
from analytics.act.desk_kind import DispatchByHand, TakeBack
from analytics.act.office import Office
from analytics.act.safety_kind import AnyAct
from analytics.act.store import file_act
from analytics.alarms.alarm import AlarmId
from analytics.duties.responsibility import Responsibility
from analytics.orders.work_order import OrderId
from analytics.safety.workflow import LifeSafety
from ingest.database import Connection, connect
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_acts import (
    OPERATOR,
    SECOND,
    ask,
    console,
    fault,
    fire,
    new_id,
    state_of,
    technician,
)
from tests.integration.analytics.test_desk import decide_all
from tests.integration.analytics.test_rescue import TRAPPED, city, rescue

__all__ = ["city", "console", "fault", "fire"]
ORDER = "SELECT work_orders.state, code FROM work_orders LEFT JOIN organisations ON organisations.id = owner_id ORDER BY work_orders.id"
RUNNING = "SELECT kind FROM clocks WHERE state = 'running' AND {} ORDER BY kind"
DUE = "SELECT due_at FROM clocks WHERE state = 'running' AND kind = 'acknowledge'"


def give(to: str, **changes: object) -> DispatchByHand:
    made = DispatchByHand(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), organisation=to)
    return replace(made, **changes)  # type: ignore[arg-type]


def back(**changes: object) -> TakeBack:
    return replace(TakeBack(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1)), **changes)  # type: ignore[arg-type]


def carry_at(console: Connection, analytics: Connection, act: AnyAct, seconds: int) -> None:
    file_act(console, act)
    assert Office(Responsibility()).handle(analytics, NOW + timedelta(seconds=seconds))


def test_work_goes_to_another_one_with_a_reason_and_its_clocks_run_on(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    due = rows(analytics, "SELECT kind, due_at FROM clocks WHERE order_id = 1 ORDER BY kind")
    assert ask(console, analytics, give("property")).refusal is Refusal.NEEDS_REASON
    assert ask(console, analytics, give("property", text="维保电话打不通")).is_done
    assert rows(analytics, ORDER) == [("dispatched", "property")]
    clocks = (
        "SELECT kind, due_at FROM clocks WHERE order_id = 1 AND state = 'running' ORDER BY kind"
    )
    assert rows(analytics, clocks) == due
    told = "SELECT count(*) FROM notices WHERE kind = 'order.dispatched'"
    assert rows(analytics, told) == [(2,)]
    line = "SELECT actor, note FROM work_order_transitions ORDER BY id DESC LIMIT 1"
    assert rows(analytics, line) == [("zhang", "维保电话打不通")]


def test_of_two_desks_that_give_the_same_work_out_the_second_hears_of_the_first(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    seen = int(str(rows(analytics, "SELECT version FROM work_orders")[0][0]))
    first = give("property", text="维保电话打不通", version=seen, by=SECOND)
    second = give("street", text="另派街道", version=seen)
    assert ask(console, analytics, first).is_done
    answer = ask(console, analytics, second)
    assert (answer.refusal, answer.first_by) == (Refusal.STALE, SECOND.name)
    assert rows(analytics, ORDER) == [("dispatched", "property")]
    looked_again = give("street", text="另派街道", version=seen + 1)
    assert ask(console, analytics, looked_again).is_done
    assert rows(analytics, ORDER) == [("dispatched", "street")]


def test_an_order_that_a_clock_opened_meanwhile_stands_in_nobodys_way(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    saw_none = give("property", text="维保电话打不通", version=0)
    assert ask(console, analytics, saw_none).is_done
    assert rows(analytics, ORDER) == [("dispatched", "property")]


def test_what_cannot_be_given_is_refused_by_name(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    assert ask(console, analytics, give("nobody")).refusal is Refusal.NO_ORGANISATION
    assert ask(console, analytics, give("lift_firm")).refusal is Refusal.SAME_OWNER
    nobody = give("lift_firm", technician="wang")
    assert ask(console, analytics, nobody).refusal is Refusal.NO_TECHNICIAN
    elsewhere = replace(OPERATOR, scope=("city.dist.str.comm.yard",))
    assert ask(console, analytics, give("lift_firm", by=elsewhere)).refusal is Refusal.SCOPE
    wang = technician(analytics, "lift_firm")
    assert ask(console, analytics, AcceptOrder(id=new_id(), by=wang, order_id=fault)).is_done
    taken = give("property", text="换一家")
    assert ask(console, analytics, taken).refusal is Refusal.IN_HAND
    assert rows(analytics, ORDER) == [("accepted", "lift_firm")]


FIRM_OF_ELSEWHERE = """
WITH firm AS (
    INSERT INTO organisations (code, kind, name_zh)
    VALUES ('far_firm', 'maintenance_firm', '外地维保')
    RETURNING id
)
INSERT INTO assets (code, class, place_id, name_zh, maintainer_id)
SELECT 'L-8', 'lift', places.id, '老院2号梯', firm.id FROM places, firm WHERE places.code = 'y1'
"""


def test_a_company_of_elsewhere_is_no_choice_unless_it_works_within_the_scope(
    site: Site, fault: OrderId, console: Connection, analytics: Connection
) -> None:
    with closing(connect(site.urls.owner_url, application="test")) as owner, owner.transaction():
        owner.execute(FIRM_OF_ELSEWHERE)
    to_stranger = give("far_firm", text="换一家")
    assert ask(console, analytics, to_stranger).refusal is Refusal.NO_ORGANISATION
    assert rows(analytics, ORDER) == [("dispatched", "lift_firm")]
    wide = replace(OPERATOR, scope=("city.dist.str.comm",))
    assert ask(console, analytics, give("far_firm", text="换一家", by=wide)).is_done
    assert rows(analytics, ORDER) == [("dispatched", "far_firm")]
    assert ask(console, analytics, give("street", text="维保都联系不上")).is_done
    assert rows(analytics, ORDER) == [("dispatched", "street")]


def test_an_alarm_whose_work_was_ended_gets_an_order_with_clocks(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    false = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), text="传感器松动")
    assert ask(console, analytics, false).is_done
    assert ask(console, analytics, give("lift_firm")).is_done
    assert rows(analytics, ORDER) == [("closed", "lift_firm"), ("dispatched", "lift_firm")]
    running = rows(analytics, RUNNING.format("order_id = 2"))
    assert ("accept",) in running


def test_a_wrong_acknowledgement_is_taken_back_and_the_first_deadline_stands(
    fire: AlarmId, console: Connection, analytics: Connection
) -> None:
    due = rows(analytics, DUE)
    assert ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=fire)).is_done
    assert rows(analytics, DUE) == []
    assert ask(console, analytics, back(by=SECOND)).refusal is Refusal.NOT_YOUR_ACT
    assert ask(console, analytics, back()).is_done
    assert state_of(analytics) == ("unacknowledged", "unconfirmed")
    assert rows(analytics, DUE) == due
    steps = "SELECT trigger FROM alarm_transitions WHERE actor = 'zhang' ORDER BY id"
    assert rows(analytics, steps) == [("acknowledge",), ("take_back_acknowledge",)]
    assert rows(analytics, "SELECT acknowledged_by, acknowledged_at FROM alarms") == [(None, None)]
    assert ask(console, analytics, back()).refusal is Refusal.NOTHING_TO_TAKE_BACK


def test_a_wrong_false_alarm_is_taken_back_with_its_work_and_the_bureau_is_told(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    false = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), text="看错了")
    assert ask(console, analytics, false).is_done
    assert rows(analytics, ORDER) == [("closed", "lift_firm")]
    assert ask(console, analytics, back()).is_done
    assert state_of(analytics) == ("unacknowledged", "unconfirmed")
    assert rows(analytics, ORDER) == [("dispatched", "lift_firm")]
    assert ("accept",) in rows(analytics, RUNNING.format("order_id = 1"))


REOPENED = "SELECT count(*) FROM notices WHERE kind = 'order.reopened'"


def test_a_fault_found_real_after_all_has_its_work_again_once(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    before = rows(analytics, RUNNING.format("order_id = 1"))
    false = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), text="传感器松动")
    carry_at(console, analytics, false, 30)
    assert rows(analytics, RUNNING.format("order_id = 1")) == []
    real = ConfirmReal(id=new_id(), by=SECOND, alarm_id=AlarmId(1), text="现场复核属实")
    carry_at(console, analytics, real, 900)
    assert rows(analytics, ORDER) == [("dispatched", "lift_firm")]
    assert rows(analytics, RUNNING.format("order_id = 1")) == before
    assert rows(analytics, REOPENED) == [(1,)]
    line = "SELECT trigger, actor, note FROM work_order_transitions ORDER BY id DESC LIMIT 1"
    assert rows(analytics, line) == [("reopen", "li", "现场复核属实")]
    carry_at(console, analytics, back(by=SECOND), 910)
    assert rows(analytics, ORDER) == [("dispatched", "lift_firm")], "taken back, it goes on"
    assert rows(analytics, REOPENED) == [(1,)]


def test_work_that_nobody_had_when_it_ended_is_given_out_anew(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    analytics.execute("UPDATE work_orders SET state = 'proposed', owner_id = NULL")
    false = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), text="传感器松动")
    assert ask(console, analytics, false).is_done
    real = ConfirmReal(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1))
    assert ask(console, analytics, real).is_done
    assert rows(analytics, ORDER) == [("closed", None), ("dispatched", "lift_firm")]
    assert ("accept",) in rows(analytics, RUNNING.format("order_id = 2"))


def test_work_that_was_done_is_not_begun_again_by_a_judgement(
    fault: OrderId, console: Connection, analytics: Connection
) -> None:
    analytics.execute("UPDATE work_orders SET state = 'closed', closed_at = opened_at")
    false = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), text="看错了")
    assert ask(console, analytics, false).is_done
    assert ask(
        console, analytics, ConfirmReal(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1))
    ).is_done
    assert rows(analytics, ORDER) == [("closed", "lift_firm")]


@pytest.mark.parametrize("made", [ConfirmReal, ConfirmFalse])
def test_a_judged_fire_waits_for_its_judgement_again(
    fire: AlarmId, console: Connection, analytics: Connection, made: type[ConfirmReal]
) -> None:
    due = rows(analytics, DUE)
    judged = made(id=new_id(), by=OPERATOR, alarm_id=fire, text="手滑")
    assert ask(console, analytics, judged).is_done
    assert ask(console, analytics, back()).is_done
    assert state_of(analytics) == ("unacknowledged", "unconfirmed")
    assert rows(analytics, DUE) == due
    told = "SELECT kind FROM notices WHERE target = 'bureau' ORDER BY created_at, id"
    assert ("alarm.judgement_taken_back",) in rows(analytics, told)


CONFIRMS = "SELECT started_at FROM clocks WHERE state = 'running' AND kind = 'confirm'"


def watch(analytics: Connection, seconds: int) -> None:
    LifeSafety(Responsibility()).handle(analytics, NOW + timedelta(seconds=seconds))


def test_the_confirmation_that_runs_from_a_fire_outlasts_a_slip(
    fire: AlarmId, console: Connection, analytics: Connection
) -> None:
    watch(analytics, 0)
    assert rows(analytics, CONFIRMS) == [(NOW,)]
    assert ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=fire)).is_done
    assert ask(console, analytics, back()).is_done
    assert rows(analytics, CONFIRMS) == [(NOW,)]


def test_a_fire_that_was_judged_twice_is_asked_about_again(
    fire: AlarmId, console: Connection, analytics: Connection
) -> None:
    watch(analytics, 0)
    false = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=fire, text="水汽")
    carry_at(console, analytics, false, 10)
    carry_at(console, analytics, ConfirmReal(id=new_id(), by=OPERATOR, alarm_id=fire), 20)
    carry_at(console, analytics, back(), 30)
    assert state_of(analytics) == ("acknowledged", "unconfirmed")
    assert rows(analytics, CONFIRMS) == []
    watch(analytics, 31)
    assert rows(analytics, CONFIRMS) == [(NOW + timedelta(seconds=30),)]


def carry(console: Connection, analytics: Connection, act: AnyAct) -> Refusal | None:
    return ask(console, analytics, act).refusal


def test_people_in_a_lift_are_searched_for_again_and_rescuers_are_not_sent_home(
    city: Site, console: Connection, analytics: Connection
) -> None:
    false = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=TRAPPED, cause="goods_in_car")
    assert carry(console, analytics, false) is None
    assert rescue(analytics)[0] == "refuted"
    assert carry(console, analytics, back()) is None
    assert rescue(analytics)[0] == "suspected"
    real = ConfirmReal(id=new_id(), by=OPERATOR, alarm_id=TRAPPED)
    assert carry(console, analytics, real) is None
    assert carry(console, analytics, back()) is Refusal.GONE_ON
    assert rescue(analytics)[0] == "dispatched"


def test_what_is_over_stays_over(
    fault: OrderId, console: Connection, analytics: Connection, ingest: Connection
) -> None:
    assert ask(
        console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1))
    ).is_done
    say(ingest, Said(seq=2, event="overspeed", state="clear", at=NOW + timedelta(seconds=40)))
    decide_all(analytics)
    assert ask(console, analytics, back()).refusal is Refusal.ALARM_OVER
