"""Alarms of one cause share one order, and a repeat is on record."""

from datetime import timedelta

from analytics.act.kind import AcceptOrder, ArriveOnSite, RestoreService
from analytics.orders.link import link_new
from analytics.orders.process import OrderProcess
from analytics.orders.store import watch_ownerless
from ingest.database import Connection, connect
from tests.integration.analytics.orders import (
    LATER,
    ask,
    fault,
    holder,
    new_id,
    person,
    register,
    technician_entry,
    told,
)
from tests.integration.analytics.site import NOW, Site, rows
from tests.integration.analytics.test_alarm_process import wait_for
from tests.integration.analytics.test_dispatch import console
from tests.integration.analytics.test_processes import end, start

__all__ = ["console"]

LINKS = "SELECT id, state, merged_into, repeat_of, not_fixed_at IS NOT NULL FROM work_orders ORDER BY id"


def end_alarm(connection: Connection) -> None:
    """As if it had cleared and been acknowledged."""
    rows(
        connection,
        "UPDATE alarms SET state = 'normal', closed_at = now() WHERE closed_at IS NULL RETURNING id",
    )


def again(ingest: Connection, analytics: Connection, seq: int, event: str = "overspeed") -> int:
    end_alarm(analytics)
    return fault(ingest, analytics, seq, event=event)


def test_the_same_fault_again_joins_the_order_under_way(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    first = fault(ingest, analytics, 1)
    second = again(ingest, analytics, 2)
    assert link_new(analytics, LATER) == 2
    assert rows(analytics, LINKS) == [
        (first, "dispatched", None, None, False),
        (second, "merged", first, None, False),
    ]
    assert rows(analytics, f"SELECT DISTINCT state FROM clocks WHERE order_id = {second}") == [
        ("stopped",)
    ]
    assert rows(
        analytics,
        "SELECT order_id, trigger, from_state, to_state FROM work_order_transitions"
        " WHERE trigger = 'merge' ORDER BY order_id",
    ) == [(first, "merge", "dispatched", "dispatched"), (second, "merge", "dispatched", "merged")]
    assert told(analytics, "order.merged")[0][0] == "lift_firm"
    assert link_new(analytics, LATER) == 0


def test_a_trapped_person_always_gets_an_order_of_his_own(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    fault(ingest, analytics, 1, event="entrapment")
    again(ingest, analytics, 2, event="entrapment")
    link_new(analytics, LATER)
    assert [row[1] for row in rows(analytics, LINKS)] == ["dispatched", "dispatched"]


def test_a_fault_that_comes_back_marks_the_former_order(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    first = fault(ingest, analytics, 1)
    worker = person(analytics, "wang")
    for act in (
        AcceptOrder(id=new_id(), by=worker, order_id=first),
        ArriveOnSite(id=new_id(), by=worker, order_id=first),
        RestoreService(id=new_id(), by=worker, order_id=first, text="调整"),
    ):
        assert ask(console, analytics, act).is_done
    link_new(analytics, LATER)
    end_alarm(analytics)
    second = fault(ingest, analytics, 2, at=NOW + timedelta(days=2))
    rows(
        analytics,
        "UPDATE work_orders SET opened_at = opened_at + INTERVAL '2 days'"
        f" WHERE id = {second} RETURNING id",
    )
    link_new(analytics, NOW + timedelta(days=2))
    assert rows(analytics, LINKS) == [
        (first, "restored", None, None, True),
        (second, "dispatched", None, first, False),
    ]
    assert told(analytics, "order.repeated")[0][0] == "lift_firm"


def test_an_order_that_nobody_owns_gets_a_clock_whatever_happened(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    order = fault(ingest, analytics, 1)
    rows(
        analytics,
        "UPDATE work_orders SET owner_id = NULL, state = 'proposed' RETURNING id",
    )
    rows(analytics, "UPDATE clocks SET state = 'stopped' RETURNING id")
    assert watch_ownerless(analytics, LATER) == 1
    assert watch_ownerless(analytics, LATER) == 0
    assert rows(
        analytics, f"SELECT kind FROM clocks WHERE order_id = {order} AND state = 'running'"
    ) == [("accept",)]


def test_the_process_links_and_gives_out_in_one_round(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    register(analytics, technician_entry("wang"))
    order = fault(ingest, analytics, 1)
    process = OrderProcess(
        lambda: connect(site.urls.analytics_url, application="test"), lambda: LATER
    )
    process.turn(analytics)
    assert holder(analytics, order) == "wang"


def test_the_process_starts_gives_out_what_waits_and_stops_when_told(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    register(analytics, technician_entry("wang"))
    order = fault(ingest, analytics, 1)
    process = start(site, "orders")
    assert wait_for(lambda: holder(analytics, order) == "wang", 30)
    code, out, _ = end(process)
    assert (code, out) == (0, "")
