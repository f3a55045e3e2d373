"""Plans become orders: once each, overdue is told, and a lift that calls by itself needs nobody."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta

from analytics.clocks.clock import ClockKind
from analytics.clocks.deadline import Deadlines
from analytics.duties.responsibility import Responsibility
from analytics.orders.plan import Every
from analytics.orders.planner import begin_plans, overdue_turns, plan_turns
from ingest.database import Connection, connect, in_transaction
from tests.integration.analytics.orders import told, utc
from tests.integration.analytics.site import Said, Site, rows, say

MONDAY = utc("2026-12-07T10:00+08:00")
ORDERS = (
    "SELECT cause, coalesce(assets.code, ''), organisations.code, work_orders.state"
    " FROM work_orders JOIN organisations ON organisations.id = owner_id"
    " LEFT JOIN assets ON assets.id = asset_id ORDER BY 1, 2, 3"
)


def begin(connection: Connection, *rhythms: Every) -> int:
    return in_transaction(
        connection, lambda held: begin_plans(held, "city", date(2026, 12, 7), rhythms)
    )


def test_a_turn_opens_one_order_however_often_and_by_how_many_it_is_planned(
    site: Site, analytics: Connection
) -> None:
    assert begin(analytics, Every.WEEK) == 6
    assert begin(analytics, Every.WEEK) == 0

    def plan(_: int) -> int:
        with closing(connect(site.urls.analytics_url, application="test")) as own:
            return plan_turns(own, MONDAY)

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(plan, range(4)))
    assert sum(counts) == 4
    assert rows(analytics, ORDERS) == [
        ("fire_round", "", "community", "dispatched"),
        ("fire_round", "", "property", "dispatched"),
        ("lift_maintenance", "L-1", "lift_firm", "dispatched"),
        ("lift_maintenance", "L-9", "community", "dispatched"),
    ]
    assert plan_turns(analytics, MONDAY + timedelta(days=5)) == 2
    assert rows(analytics, "SELECT count(*) FROM plan_periods") == [(6,)]


def test_a_turn_that_is_overdue_is_told_along_the_chain(site: Site, analytics: Connection) -> None:
    begin(analytics)
    plan_turns(analytics, MONDAY)
    due_at = utc("2026-12-22T00:00+08:00")
    deadlines = Deadlines(Responsibility())
    deadlines.handle(analytics, due_at - timedelta(seconds=1))
    before = {row for row in told(analytics, "order.overdue") if row[1] == ClockKind.RESTORE}
    deadlines.handle(analytics, due_at)
    after = {row for row in told(analytics, "order.overdue") if row[1] == ClockKind.RESTORE}
    assert before == set()
    assert after == {("lift_firm", "restore"), ("community", "restore")}
    overdue = overdue_turns(analytics, due_at)
    assert {(item.kind, item.subject) for item in overdue} == {
        ("lift_maintenance", "L-1"),
        ("lift_maintenance", "L-9"),
    }


def test_a_test_call_that_came_by_itself_needs_nobody(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    begin(analytics)
    plan_turns(analytics, MONDAY)
    say(ingest, Said(seq=1, event="alarm_test_call", asset="L-1", at=MONDAY))
    plan_turns(analytics, MONDAY + timedelta(hours=1))
    plan_turns(analytics, MONDAY + timedelta(days=2))
    assert rows(
        analytics,
        "SELECT assets.code, evidence <> '', order_id IS NULL FROM plan_periods"
        " JOIN plans ON plans.id = plan_id JOIN assets ON assets.id = asset_id"
        " WHERE kind = 'alarm_test_call' ORDER BY 1",
    ) == [("L-1", True, True), ("L-9", False, False)]
    assert overdue_turns(analytics, MONDAY + timedelta(days=4))[0].subject == "L-9"


def test_an_asset_that_somebody_works_on_is_seen_by_others(
    site: Site, analytics: Connection
) -> None:
    begin(analytics)
    plan_turns(analytics, MONDAY)
    assert rows(analytics, "SELECT asset_id FROM assets_under_work") == []
    rows(
        analytics,
        "UPDATE work_orders SET state = 'on_site', arrived_at = now()"
        " WHERE cause = 'lift_maintenance' RETURNING id",
    )
    assert len(rows(analytics, "SELECT asset_id FROM assets_under_work")) == 2
