"""Orders go to technicians: given, declined, silent, named by hand, and left with nobody."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from analytics.act.kind import (
    AcceptOrder,
    ArriveOnSite,
    AssignOrder,
    CloseOrder,
    DeclineOrder,
    ReopenOrder,
    RestoreService,
    VerifyOrder,
)
from analytics.act.result import Refusal
from analytics.orders.technician import Position, Skill
from ingest.database import Connection, connect
from tests.integration.analytics.orders import (
    HERE,
    LATER,
    ask,
    fault,
    holder,
    new_id,
    person,
    register,
    round_of,
    technician_entry,
    told,
)
from tests.integration.analytics.site import NOW, Site, rows

FAR = Position(HERE.latitude + 0.2, HERE.longitude)


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


@pytest.fixture
def placed(site: Site) -> None:
    """The building has coordinates."""
    with closing(connect(site.urls.owner_url, application="test")) as owner:
        owner.execute("UPDATE places SET latitude = 31.80, longitude = 117.20 WHERE code = 'g1'")


def test_the_nearest_technician_gets_the_order_and_it_is_on_record(
    site: Site, placed: None, ingest: Connection, analytics: Connection
) -> None:
    register(analytics, technician_entry("far", home=FAR), technician_entry("near"))
    order = fault(ingest, analytics, 1)
    assert round_of(analytics) == 1
    assert holder(analytics, order) == "near"
    assert rows(
        analytics,
        "SELECT trigger, from_state, to_state, version, actor FROM work_order_transitions"
        f" WHERE order_id = {order} ORDER BY id OFFSET 1",
    ) == [("assign", "dispatched", "dispatched", 2, "platform")]
    assert told(analytics, "order.assigned") == [("lift_firm", "near")]
    assert round_of(analytics) == 0


def test_who_declines_loses_it_to_the_next_best_and_then_nobody_is_left(
    site: Site, placed: None, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    register(analytics, technician_entry("far", home=FAR), technician_entry("near"))
    order = fault(ingest, analytics, 1)
    round_of(analytics)
    for name, following in (("near", "far"), ("far", None)):
        act = DeclineOrder(
            id=new_id(), by=person(analytics, name), order_id=order, text="在另一台电梯上"
        )
        assert ask(console, analytics, act).is_done
        round_of(analytics)
        assert holder(analytics, order) == following
    assert told(analytics, "order.no_technician") == [("lift_firm", "")]
    round_of(analytics)
    assert len(told(analytics, "order.no_technician")) == 1
    firm = person(analytics, "x").organisation
    assert rows(analytics, f"SELECT state, owner_id FROM work_orders WHERE id = {order}") == [
        ("dispatched", firm)
    ]
    assert rows(
        analytics,
        f"SELECT state FROM clocks WHERE order_id = {order} AND kind = 'accept'",
    ) == [("running",)]


def test_who_does_not_answer_in_time_loses_it(
    site: Site, placed: None, ingest: Connection, analytics: Connection
) -> None:
    register(analytics, technician_entry("far", home=FAR), technician_entry("near"))
    order = fault(ingest, analytics, 1, event="entrapment")
    round_of(analytics)
    assert holder(analytics, order) == "near"
    round_of(analytics, LATER + timedelta(seconds=59))
    assert holder(analytics, order) == "near"
    round_of(analytics, LATER + timedelta(seconds=60))
    assert holder(analytics, order) == "far"


def test_another_technician_may_not_take_it_unless_somebody_is_trapped(
    site: Site, placed: None, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    register(analytics, technician_entry("far", home=FAR), technician_entry("near"))
    order = fault(ingest, analytics, 1)
    round_of(analytics)
    other = person(analytics, "far")
    refused = ask(console, analytics, AcceptOrder(id=new_id(), by=other, order_id=order))
    assert refused.refusal is Refusal.NOT_YOURS
    trapped = fault(ingest, analytics, 2, event="entrapment")
    round_of(analytics)
    first = holder(analytics, trapped)
    second = "far" if first == "near" else "near"
    act = AcceptOrder(id=new_id(), by=person(analytics, second), order_id=trapped)
    assert ask(console, analytics, act).is_done
    assert holder(analytics, trapped) == second


def test_a_dispatcher_names_somebody_and_the_order_is_accepted_anew(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    register(
        analytics,
        technician_entry("near"),
        technician_entry("far"),
        technician_entry("fireman", "fire_firm", Skill.FIRE),
    )
    order = fault(ingest, analytics, 1)
    round_of(analytics)
    first = holder(analytics, order)
    second = "far" if first == "near" else "near"
    accept = AcceptOrder(id=new_id(), by=person(analytics, str(first)), order_id=order)
    assert ask(console, analytics, accept).is_done
    boss = person(analytics, "boss", "maintenance_dispatcher")
    strange = AssignOrder(id=new_id(), by=boss, order_id=order, technician="fireman")
    assert ask(console, analytics, strange).refusal is Refusal.NO_TECHNICIAN
    named = AssignOrder(id=new_id(), by=boss, order_id=order, technician=second)
    assert ask(console, analytics, named).is_done
    assert holder(analytics, order) == second
    assert rows(
        analytics, f"SELECT state, assignee, accepted_at FROM work_orders WHERE id = {order}"
    ) == [("dispatched", None, None)]
    assert rows(
        analytics,
        "SELECT count(*) FROM clocks"
        f" WHERE order_id = {order} AND kind = 'accept' AND state = 'running'",
    ) == [(1,)]


def test_a_firm_without_registered_technicians_keeps_its_orders_in_peace(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    order = fault(ingest, analytics, 1)
    assert round_of(analytics) == 0
    assert holder(analytics, order) is None
    assert told(analytics, "order.no_technician") == []


def test_an_expired_certificate_gets_no_order(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    register(analytics, technician_entry("near"))
    order = fault(ingest, analytics, 1)
    round_of(analytics, NOW + timedelta(days=400))
    assert holder(analytics, order) is None
    assert told(analytics, "order.no_technician") == [("lift_firm", "")]


def test_a_reopened_order_begins_again_with_its_clocks(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    register(analytics, technician_entry("near"))
    order = fault(ingest, analytics, 1)
    round_of(analytics)
    worker = person(analytics, "near")
    desk = person(analytics, "desk", "operator", "property")
    for act in (
        AcceptOrder(id=new_id(), by=worker, order_id=order),
        ArriveOnSite(id=new_id(), by=worker, order_id=order),
        RestoreService(id=new_id(), by=worker, order_id=order, text="换限速器"),
        VerifyOrder(id=new_id(), by=desk, order_id=order),
        CloseOrder(id=new_id(), by=desk, order_id=order),
        ReopenOrder(id=new_id(), by=desk, order_id=order, text="仍然超速"),
    ):
        assert ask(console, analytics, act).is_done, act
    assert rows(
        analytics,
        "SELECT state, assignee, restored_at, closed_at, owner_id IS NULL FROM work_orders",
    ) == [("dispatched", None, None, None, False)]
    assert rows(
        analytics,
        f"SELECT kind FROM clocks WHERE order_id = {order} AND state = 'running' ORDER BY 1",
    ) == [("accept",), ("arrive",), ("close",), ("restore",)]
    assert told(analytics, "order.reopened")[0][0] == "lift_firm"
    round_of(analytics)
    assert holder(analytics, order) == "near"


def test_a_closed_order_is_reopened_within_thirty_days_only(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    order = fault(ingest, analytics, 1)
    rows(analytics, "UPDATE work_orders SET state = 'closed', closed_at = opened_at RETURNING id")
    desk = person(analytics, "desk", "operator", "property")
    act = ReopenOrder(id=new_id(), by=desk, order_id=order, text="又坏了")
    late = ask(console, analytics, act, NOW + timedelta(days=31))
    assert late.refusal is Refusal.NOT_NOW


def test_nobody_verifies_what_he_did_himself(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    order = fault(ingest, analytics, 1, event="fire_alarm", asset="D-1")
    own = person(analytics, "desk", "operator", "property")
    for act in (
        AcceptOrder(id=new_id(), by=own, order_id=order),
        ArriveOnSite(id=new_id(), by=own, order_id=order),
        RestoreService(id=new_id(), by=own, order_id=order, text="已核实"),
    ):
        assert ask(console, analytics, act).is_done, act
    himself = VerifyOrder(id=new_id(), by=own, order_id=order)
    assert ask(console, analytics, himself).refusal is Refusal.SAME_PERSON
    second = person(analytics, "desk2", "operator", "property")
    assert ask(console, analytics, VerifyOrder(id=new_id(), by=second, order_id=order)).is_done


def test_nobody_is_named_whose_certificate_has_ended_but_trapped_people_wait_for_no_paper(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    register(analytics, technician_entry("near"), technician_entry("far"))
    order = fault(ingest, analytics, 1)
    rows(
        analytics,
        "UPDATE technician_certificates SET valid_until = '2026-11-21' RETURNING technician",
    )
    assert round_of(analytics) == 1
    assert holder(analytics, order) is None, "the round gives it to nobody"
    boss = person(analytics, "boss", "maintenance_dispatcher")
    named = AssignOrder(id=new_id(), by=boss, order_id=order, technician="near")
    assert ask(console, analytics, named).refusal is Refusal.NO_CERTIFICATE
    trapped = fault(ingest, analytics, 2, event="entrapment")
    rescue = AssignOrder(id=new_id(), by=boss, order_id=trapped, technician="near")
    assert ask(console, analytics, rescue).is_done
