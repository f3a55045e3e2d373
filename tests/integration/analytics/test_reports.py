"""What people report: orders, alarms of life safety, calls of departments, and the fund."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from analytics.act.kind import (
    AcceptOrder,
    Acknowledge,
    ArriveOnSite,
    CloseOrder,
    Person,
    Reset,
    RestoreService,
    VerifyOrder,
)
from analytics.act.result import Refusal
from analytics.act.work_kind import CallTogether, FileReport, FundStep, MoveFund
from analytics.alarms.alarm import AlarmId
from analytics.clocks.deadline import Deadlines
from analytics.duties.responsibility import Responsibility
from analytics.orders.checkpoint import Checkpoint, put_checkpoint
from analytics.orders.report import Category, Source
from analytics.orders.work_order import OrderId
from ingest.database import Connection, connect
from tests.integration.analytics.orders import (
    LATER,
    ask,
    fault,
    new_id,
    newest_order,
    person,
    told,
    utc,
)
from tests.integration.analytics.site import Said, Site, rows, say
from tests.integration.analytics.test_desk import decide_all

RESIDENT = Person(name="resident", role="resident", scope=())
ORDERS = (
    "SELECT cause, source, organisations.code, work_orders.state FROM work_orders"
    " LEFT JOIN organisations ON organisations.id = owner_id ORDER BY work_orders.id"
)


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


@pytest.fixture(autouse=True)
def _matrix(site: Site, analytics: Connection) -> None:
    """The responsibility matrix is loaded with the first look at the queue."""
    decide_all(analytics)


def report(category: Category, **more: object) -> FileReport:
    made = FileReport(id=new_id(), by=RESIDENT, category=category, place="g1", text="请尽快处理")
    return replace(made, **more)  # type: ignore[arg-type]  # fields of the act


def test_somebody_trapped_is_an_alarm_at_once_with_order_notice_and_clock(
    site: Site, analytics: Connection, console: Connection
) -> None:
    act = report(Category.TRAPPED, asset="L-1", contact="1380000")
    assert ask(console, analytics, act).is_done
    assert rows(
        analytics,
        "SELECT event, condition, is_life_safety, state, text LIKE '%请尽快处理' FROM alarms",
    ) == [("entrapment", "reported:entrapment", True, "latched_unacknowledged", True)]
    assert ("acknowledge",) in rows(
        analytics, "SELECT kind FROM clocks WHERE alarm_id IS NOT NULL AND state = 'running'"
    )
    assert rows(analytics, "SELECT count(*) FROM work_orders WHERE alarm_id IS NOT NULL") == [(1,)]
    assert rows(
        analytics, "SELECT count(*) FROM notices WHERE target = 'bureau' AND kind = 'alarm.opened'"
    ) == [(1,)]
    assert rows(analytics, "SELECT alarm_id IS NOT NULL, contact FROM reports") == [
        (True, "1380000")
    ]


def test_a_device_that_clears_does_not_end_what_a_person_reported(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    assert ask(console, analytics, report(Category.TRAPPED, asset="L-1")).is_done
    say(ingest, Said(seq=1, event="entrapment"))
    say(ingest, Said(seq=2, event="entrapment", state="clear"))
    decide_all(analytics)
    assert rows(analytics, "SELECT state FROM alarms WHERE condition = 'reported:entrapment'") == [
        ("latched_unacknowledged",)
    ]


def test_a_reported_fire_is_acknowledged_and_reset_by_people(
    site: Site, analytics: Connection, console: Connection
) -> None:
    assert ask(console, analytics, report(Category.FIRE)).is_done
    ((alarm, asset),) = rows(
        analytics, "SELECT alarms.id, assets.code FROM alarms JOIN assets ON assets.id = asset_id"
    )
    assert asset == "D-1"
    alarm_id = AlarmId(int(str(alarm)))
    desk = person(analytics, "desk", "operator", "property")
    assert ask(console, analytics, Acknowledge(id=new_id(), by=desk, alarm_id=alarm_id)).is_done
    reset = Reset(id=new_id(), by=desk, alarm_id=alarm_id, text="已扑灭")
    assert ask(console, analytics, reset).is_done
    assert rows(analytics, "SELECT state FROM alarms") == [("normal",)]


def test_a_trapped_person_where_no_lift_is_known_is_still_somebody_s_work(
    site: Site, analytics: Connection, console: Connection
) -> None:
    with closing(connect(site.urls.owner_url, application="test")) as owner:
        owner.execute("UPDATE assets SET retired_at = now()")
    assert ask(console, analytics, report(Category.TRAPPED)).is_done
    assert rows(analytics, ORDERS) == [("trapped", "resident", "property", "dispatched")]


@pytest.mark.parametrize(
    ("category", "cause", "owner"),
    [
        (Category.LIFT_FAULT, "lift_fault_report", "lift_firm"),
        (Category.EBIKE, "ebike_in_lift", "property"),
        (Category.FIRE_LANE, "fire_lane_blocked", "property"),
        (Category.OTHER, "other", "property"),
    ],
)
def test_other_reports_are_orders_with_clocks(  # noqa: PLR0917 - cases and fixtures
    site: Site,
    analytics: Connection,
    console: Connection,
    category: Category,
    cause: str,
    owner: str,
) -> None:
    asset = "L-1" if category in (Category.LIFT_FAULT, Category.EBIKE) else ""
    assert ask(console, analytics, report(category, asset=asset)).is_done
    assert rows(analytics, ORDERS) == [(cause, "resident", owner, "dispatched")]
    assert rows(
        analytics, "SELECT count(*) FROM clocks WHERE state = 'running' AND order_id IS NOT NULL"
    ) == [(4,)]


def test_a_hotline_s_case_is_taken_in_once(
    site: Site, analytics: Connection, console: Connection
) -> None:
    hotline = person(analytics, "hotline", "community", "community")
    case = report(Category.WATER, source=Source.HOTLINE, case_number="12345-0001", by=hotline)
    assert ask(console, analytics, case).is_done
    assert ask(console, analytics, replace(case, id=new_id())).is_done
    assert len(rows(analytics, ORDERS)) == 1
    assert rows(analytics, "SELECT count(*) FROM reports") == [(1,)]


def test_a_report_of_nowhere_and_one_from_outside_are_refused(
    site: Site, analytics: Connection, console: Connection
) -> None:
    nowhere = ask(console, analytics, report(Category.OTHER, place="nowhere"))
    assert nowhere.refusal is Refusal.NO_PLACE
    stranger = replace(person(analytics, "x", "grid_member", "community"), scope=("other",))
    outside = ask(console, analytics, report(Category.OTHER, by=stranger))
    assert outside.refusal is Refusal.SCOPE


def test_a_point_of_a_round_is_fine_or_an_order(
    site: Site, analytics: Connection, console: Connection
) -> None:
    point = Checkpoint(code="CP-0001", place="g1", name_zh="1号楼大厅")
    assert put_checkpoint(analytics, point)
    assert not put_checkpoint(analytics, replace(point, place="nowhere"))
    member = person(analytics, "grid", "grid_member", "community")
    fine = report(
        Category.OTHER, source=Source.ROUND, place="", checkpoint="CP-0001", by=member, is_fine=True
    )
    assert ask(console, analytics, fine).is_done
    assert rows(analytics, ORDERS) == []
    photo = "ab" * 32
    bad = replace(
        fine, id=new_id(), category=Category.FIRE_EQUIPMENT, is_fine=False, photos=(photo,)
    )
    assert ask(console, analytics, bad).is_done
    assert rows(analytics, ORDERS) == [("fire_equipment_fault", "round", "property", "dispatched")]
    assert rows(analytics, "SELECT category, checkpoint FROM reports ORDER BY id") == [
        ("fine", "CP-0001"),
        ("fire_equipment_fault", "CP-0001"),
    ]
    assert rows(analytics, "SELECT digest FROM report_photos") == [(photo,)]


def test_departments_are_called_each_with_a_receipt_and_a_clock_of_its_own(
    site: Site, analytics: Connection, console: Connection
) -> None:
    with closing(connect(site.urls.owner_url, application="test")) as owner:
        owner.execute(
            "INSERT INTO organisations (code, kind, name_zh) VALUES"
            " ('water', 'water_company', '水务公司'), ('power', 'power_company', '供电公司')"
        )
    community = person(analytics, "c1", "community", "community")
    act = CallTogether(
        id=new_id(),
        by=community,
        place="garden",
        parties=("water_company", "power_company", "telecom_operator"),
        text="地下车库进水漏电",
    )
    assert ask(console, analytics, act).is_done
    assert [row[2] for row in rows(analytics, ORDERS)] == ["community", "water", "power"]
    assert sorted(told(analytics, "order.called")) == [
        ("power", "地下车库进水漏电"),
        ("water", "地下车库进水漏电"),
    ]
    water, power = OrderId(2), OrderId(3)
    worker = person(analytics, "w1", "maintenance_dispatcher", "water")
    for step in (
        AcceptOrder(id=new_id(), by=worker, order_id=water),
        ArriveOnSite(id=new_id(), by=worker, order_id=water),
    ):
        assert ask(console, analytics, step).is_done
    Deadlines(Responsibility()).handle(analytics, LATER + timedelta(hours=1))
    assert rows(
        analytics,
        "SELECT order_id, kind, state FROM clocks WHERE kind IN ('accept', 'arrive') AND step = 0"
        " AND order_id > 1 ORDER BY 1, 2",
    ) == [
        (water, "accept", "kept"),
        (water, "arrive", "kept"),
        (power, "accept", "missed"),
        (power, "arrive", "missed"),
    ]
    nobody = replace(act, id=new_id(), parties=("telecom_operator",))
    assert ask(console, analytics, nobody).refusal is Refusal.NO_DEPARTMENT


def test_an_order_paid_by_the_fund_is_not_closed_before_the_amount_is_public(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    order = fault(ingest, analytics, 1)
    desk = person(analytics, "desk", "project_manager", "property")
    committee = person(analytics, "oc", "owners_committee", "community")
    worker = person(analytics, "wang")

    def fund(step: FundStep, by: Person, **more: object) -> Refusal | None:
        made = MoveFund(id=new_id(), by=by, order_id=order, step=step, text="附件1")
        return ask(console, analytics, replace(made, **more)).refusal  # type: ignore[arg-type]

    assert fund(FundStep.APPLY, desk, item="swimming_pool") is Refusal.NOT_ON_LIST
    assert fund(FundStep.APPROVE, committee) is Refusal.NOT_NOW
    assert fund(FundStep.APPLY, desk, item="lift_safety") is None
    assert fund(FundStep.APPROVE, desk) is Refusal.ROLE
    assert fund(FundStep.SETTLE, desk, amount_fen=100) is Refusal.NOT_NOW
    assert fund(FundStep.APPROVE, committee) is None
    for act in (
        AcceptOrder(id=new_id(), by=worker, order_id=order),
        ArriveOnSite(id=new_id(), by=worker, order_id=order),
        RestoreService(id=new_id(), by=worker, order_id=order, text="换钢丝绳"),
        VerifyOrder(id=new_id(), by=desk, order_id=order),
    ):
        assert ask(console, analytics, act).is_done
    close = CloseOrder(id=new_id(), by=desk, order_id=order)
    assert ask(console, analytics, close).refusal is Refusal.NOT_PUBLIC
    assert fund(FundStep.PUBLISH, desk) is Refusal.NOT_NOW
    assert fund(FundStep.SETTLE, desk, amount_fen=1_250_000) is None
    assert ask(console, analytics, replace(close, id=new_id())).refusal is Refusal.NOT_PUBLIC
    assert fund(FundStep.PUBLISH, desk) is None
    assert ask(console, analytics, replace(close, id=new_id())).is_done
    assert rows(
        analytics, "SELECT count(*) FROM work_order_transitions WHERE trigger = 'fund'"
    ) == [(4,)]
    assert newest_order(analytics) == order


def test_the_clocks_of_a_complaint_rest_on_holidays_and_run_on_make_up_days(
    site: Site, analytics: Connection, console: Connection
) -> None:
    due = (
        "SELECT due_at AT TIME ZONE 'Asia/Shanghai' FROM clocks WHERE kind = 'accept'"
        " AND state = 'running' ORDER BY id DESC LIMIT 1"
    )
    evening_before_national_day = utc("2026-09-30T17:00+08:00")
    ask(console, analytics, report(Category.OTHER), evening_before_national_day)
    assert str(rows(analytics, due)[0][0]) == "2026-10-08 09:00:00"
    make_up_saturday = utc("2026-10-10T09:00+08:00")
    ask(console, analytics, report(Category.OTHER, place="garden"), make_up_saturday)
    assert str(rows(analytics, due)[0][0]) == "2026-10-10 11:00:00"
    ask(console, analytics, report(Category.FIRE_LANE), evening_before_national_day)
    assert str(rows(analytics, due)[0][0]) == "2026-09-30 17:15:00"
