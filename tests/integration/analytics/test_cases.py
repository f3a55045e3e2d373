"""Cases of another platform: in by number, done as orders, told back by signed webhooks."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analytics.act.case_kind import TakeCase, WithdrawCase
from analytics.act.kind import (
    AcceptOrder,
    ArriveOnSite,
    CloseOrder,
    Person,
    ReopenOrder,
    RestoreService,
    VerifyOrder,
)
from analytics.act.result import ActResult, Refusal
from analytics.exchange.case import CaseSystem, SystemCode
from analytics.exchange.case_courier import sender_of
from analytics.exchange.case_follow import follow_cases
from analytics.exchange.case_store import put_system
from analytics.notices.notify import Courier
from analytics.orders.link import link_new
from analytics.orders.report import Category
from analytics.orders.work_order import OrderId
from ingest.database import Connection, connect, in_transaction
from tests.integration.analytics.orders import LATER, ask, fault, new_id, newest_order, person
from tests.integration.analytics.outside import Outside, outside
from tests.integration.analytics.site import Site, rows
from tests.integration.analytics.test_alarm_process import wait_for
from tests.integration.analytics.test_desk import decide_all
from tests.integration.analytics.test_processes import end, start

HOTLINE = SystemCode("hotline")
KEY = b"a secret of the hotline, 32 byte"
SENDER = Person(name="hotline", role="exchange", scope=("city.dist",))
STEPS = "SELECT version, step, to_state FROM case_steps ORDER BY case_id, version"
CASES = "SELECT number, revision, state, has_own_order, order_id FROM cases ORDER BY id"


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


@pytest.fixture
def hotline(site: Site, analytics: Connection) -> Iterator[Outside]:
    """A platform on loopback that is told what becomes of its cases."""
    decide_all(analytics)
    with outside() as there:
        register(analytics, there.url + "/status")
        yield there


def register(analytics: Connection, url: str) -> None:
    system = CaseSystem(
        code=HOTLINE,
        name_zh="12345热线",
        name_en="12345",
        place_path="",
        callback_url=url,
        undertake=timedelta(hours=2),
        feedback=timedelta(hours=24),
    )
    assert in_transaction(analytics, lambda held: put_system(held, system, "dist"))


def case(number: str = "12345-1", **more: object) -> TakeCase:
    made = TakeCase(
        id=new_id(),
        by=SENDER,
        system=HOTLINE,
        number=number,
        category=Category.LIFT_FAULT,
        reported_at=datetime(2026, 11, 22, 2, 0, tzinfo=UTC),
        asset="L-1",
        text="1号梯反复停梯,王先生 13800001234",
        contact="13800001234",
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields of the act


def withdraw(number: str = "12345-1", reason: str = "市民撤诉") -> WithdrawCase:
    return WithdrawCase(id=new_id(), by=SENDER, system=HOTLINE, number=number, text=reason)


def finish(analytics: Connection, console: Connection, order: OrderId) -> None:
    worker = person(analytics, "wang", "technician", "lift_firm")
    desk = person(analytics, "desk", "operator", "property")
    for act in (
        AcceptOrder(id=new_id(), by=worker, order_id=order),
        ArriveOnSite(id=new_id(), by=worker, order_id=order),
        RestoreService(id=new_id(), by=worker, order_id=order, text="更换门锁 13900002222"),
        VerifyOrder(id=new_id(), by=desk, order_id=order),
        CloseOrder(id=new_id(), by=desk, order_id=order),
    ):
        assert ask(console, analytics, act).is_done


def deliver(site: Site, analytics: Connection, now: datetime = LATER, *, most: int = 20) -> None:
    courier = Courier(
        lambda: connect(site.urls.analytics_url, application="test"),
        sender_of(HOTLINE, KEY),
        lambda: now,
    )
    for _ in range(most):
        if not courier.turn(analytics):
            return


def test_a_case_goes_through_the_loop_and_each_step_is_told_back_in_order(
    site: Site, analytics: Connection, console: Connection, hotline: Outside
) -> None:
    assert ask(console, analytics, case()).is_done
    order = newest_order(analytics)
    assert rows(analytics, "SELECT source, cause FROM work_orders") == [
        ("hotline", "lift_fault_report")
    ]
    finish(analytics, console, order)
    assert follow_cases(analytics, LATER) == 1
    assert follow_cases(analytics, LATER) == 0
    steps = ["received", "undertaken", "in_progress", "answered", "verified", "closed"]
    assert rows(analytics, STEPS) == [(n, step, step) for n, step in enumerate(steps, 1)]
    assert rows(analytics, "SELECT kind, state FROM case_clocks ORDER BY kind") == [
        ("feedback", "kept"),
        ("undertake", "kept"),
    ]
    deliver(site, analytics)
    assert [one.body["data"]["step"] for one in hotline.asked] == steps
    assert [one.body["data"]["version"] for one in hotline.asked] == [1, 2, 3, 4, 5, 6]
    for one in hotline.asked:
        assert "1380000" not in json.dumps(one.body)
        assert "13900002222" not in json.dumps(one.body)
    assert "更换门锁 139****2222" in hotline.asked[3].body["data"]["note"]


def test_a_webhook_is_signed_and_comes_once_in_effect_over_failures(
    site: Site, analytics: Connection, console: Connection, hotline: Outside
) -> None:
    hotline.answers["/status"] = [(500, {}), (503, {}), (200, {"receipt": "R-1"})]
    assert ask(console, analytics, case()).is_done
    assert ask(console, analytics, withdraw()).is_done
    for minutes in range(0, 40, 10):
        deliver(site, analytics, LATER + timedelta(minutes=minutes))
    got = hotline.asked
    assert [one.body["data"]["version"] for one in got] == [1, 1, 1, 2]
    assert len({one.headers["webhook-id"] for one in got}) == 2
    for one in got:
        name, at = one.headers["webhook-id"], one.headers["webhook-timestamp"]
        body = json.dumps(
            one.body, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()
        signed = hmac.digest(KEY, f"{name}.{at}.".encode() + body, hashlib.sha256)
        assert one.headers["webhook-signature"] == "v1," + base64.b64encode(signed).decode()
    assert rows(
        analytics,
        "SELECT state, receipt FROM notices WHERE target = 'case' ORDER BY created_at, kind",
    ) == [("delivered", "R-1"), ("delivered", None)]


def test_the_same_number_is_taken_in_once_whatever_the_sender_repeats(
    site: Site, analytics: Connection, console: Connection, hotline: Outside
) -> None:
    for _ in range(3):
        assert ask(console, analytics, case()).is_done
    other = ask(console, analytics, case(text="完全不同"))
    assert other.refusal is Refusal.CASE_CONFLICT
    assert rows(analytics, "SELECT count(*) FROM work_orders") == [(1,)]
    assert rows(analytics, "SELECT number, revision, version FROM cases") == [("12345-1", 1, 1)]


def test_a_correction_of_words_reaches_whoever_works_on_it(
    site: Site, analytics: Connection, console: Connection, hotline: Outside
) -> None:
    assert ask(console, analytics, case(revision=2)).is_done
    assert ask(console, analytics, case(revision=3, text="是2号门")).is_done
    assert ask(console, analytics, case(revision=1, text="迟到的旧件")).is_done
    assert rows(analytics, STEPS) == [(1, "received", "received"), (2, "corrected", "received")]
    assert rows(analytics, "SELECT text, revision FROM cases") == [("是2号门", 3)]
    assert rows(
        analytics, "SELECT note FROM work_order_transitions WHERE note LIKE '案件更正%'"
    ) == [("案件更正: 是2号门",)]
    assert rows(analytics, "SELECT count(*) FROM work_orders") == [(1,)]


def test_a_correction_of_the_place_ends_the_first_order_and_opens_another(
    site: Site, analytics: Connection, console: Connection, hotline: Outside
) -> None:
    assert ask(console, analytics, case()).is_done
    moved = case(revision=2, asset="", place="g1", category=Category.WATER)
    assert ask(console, analytics, moved).is_done
    assert rows(analytics, "SELECT cause, state FROM work_orders ORDER BY id") == [
        ("lift_fault_report", "closed"),
        ("water_fault", "dispatched"),
    ]
    first, second = newest_order(analytics) - 1, newest_order(analytics)
    assert rows(analytics, CASES) == [("12345-1", 2, "received", True, second)]
    assert first != second
    follow_cases(analytics, LATER)
    assert [row[1] for row in rows(analytics, STEPS)] == ["received", "corrected"]


def test_a_case_of_work_under_way_joins_it(
    site: Site, analytics: Connection, console: Connection, ingest: Connection, hotline: Outside
) -> None:
    order = fault(ingest, analytics, 1)
    worker = person(analytics, "wang", "technician", "lift_firm")
    assert ask(console, analytics, AcceptOrder(id=new_id(), by=worker, order_id=order)).is_done
    assert ask(console, analytics, case()).is_done
    assert rows(analytics, CASES) == [("12345-1", 1, "undertaken", False, order)]
    assert rows(analytics, "SELECT count(*) FROM work_orders") == [(1,)]
    assert ask(console, analytics, withdraw()).is_done
    assert rows(analytics, "SELECT state FROM work_orders") == [("accepted",)]
    assert rows(analytics, "SELECT state FROM cases") == [("withdrawn",)]


def test_a_case_follows_its_order_into_the_one_it_is_merged_with(
    site: Site, analytics: Connection, console: Connection, ingest: Connection, hotline: Outside
) -> None:
    garden = case("12345-1", asset="", place="g1", category=Category.OTHER)
    assert ask(console, analytics, garden).is_done
    second = case("12345-2")
    assert ask(console, analytics, second).is_done
    order = newest_order(analytics)
    with closing(connect(site.urls.owner_url, application="test")) as owner:
        owner.execute("UPDATE work_orders SET cause = 'overspeed' WHERE id = %s", [order])
    link_new(analytics, LATER)
    survivor = order - 1
    with closing(connect(site.urls.owner_url, application="test")) as owner:
        owner.execute(
            "UPDATE work_orders SET asset_id = (SELECT id FROM assets WHERE code = 'L-1'),"
            " cause = 'overspeed' WHERE id = %s",
            [survivor],
        )
        owner.execute("UPDATE work_orders SET linked_at = NULL WHERE id = %s", [order])
    link_new(analytics, LATER)
    assert rows(analytics, f"SELECT state FROM work_orders WHERE id = {order}") == [("merged",)]
    follow_cases(analytics, LATER)
    assert rows(analytics, "SELECT order_id, has_own_order FROM cases ORDER BY id") == [
        (survivor, True),
        (survivor, False),
    ]


def test_a_withdrawn_case_ends_the_order_that_nobody_has_gone_to(
    site: Site, analytics: Connection, console: Connection, hotline: Outside
) -> None:
    assert ask(console, analytics, withdraw()).refusal is Refusal.UNKNOWN
    assert ask(console, analytics, case()).is_done
    for _ in range(2):
        assert ask(console, analytics, withdraw()).is_done
    assert rows(analytics, "SELECT state, result LIKE '%市民撤诉' FROM work_orders") == [
        ("closed", True)
    ]
    assert rows(analytics, "SELECT DISTINCT state FROM case_clocks") == [("stopped",)]
    follow_cases(analytics, LATER)
    assert [row[1] for row in rows(analytics, STEPS)] == ["received", "withdrawn"]
    late = ask(console, analytics, case(revision=2, text="又坏了"))
    assert late.refusal is Refusal.CASE_OVER


def test_a_trapped_person_is_an_alarm_and_no_withdrawal_takes_it_away(
    site: Site, analytics: Connection, console: Connection, hotline: Outside
) -> None:
    assert ask(console, analytics, case(category=Category.TRAPPED)).is_done
    assert rows(analytics, "SELECT event, state FROM alarms") == [
        ("entrapment", "latched_unacknowledged")
    ]
    assert ask(console, analytics, withdraw(reason="已自行脱困")).is_done
    assert rows(analytics, "SELECT state FROM alarms") == [("latched_unacknowledged",)]
    assert rows(analytics, "SELECT state FROM work_orders") == [("dispatched",)]
    assert rows(
        analytics, "SELECT count(*) FROM alarm_transitions WHERE reason LIKE '来件方撤回%'"
    ) == [(1,)]


def test_a_case_outside_the_senders_area_is_refused_and_leaves_nothing(
    site: Site, analytics: Connection, console: Connection, hotline: Outside
) -> None:
    narrow = Person(name="hotline", role="exchange", scope=("city.dist.str.comm.yard",))

    def refusal(act: TakeCase) -> ActResult:
        return ask(console, analytics, replace(act, by=narrow))

    assert refusal(case()).refusal is Refusal.SCOPE
    assert refusal(case(category=Category.TRAPPED)).refusal is Refusal.SCOPE
    assert refusal(case(asset="", place="nowhere")).refusal is Refusal.NO_PLACE
    for table in ("cases", "work_orders", "alarms", "reports"):
        assert rows(analytics, f"SELECT count(*) FROM {table}") == [(0,)]


def test_the_senders_clocks_are_missed_once_and_start_anew_when_it_is_reopened(
    site: Site, analytics: Connection, console: Connection, hotline: Outside
) -> None:
    assert ask(console, analytics, case()).is_done
    order = newest_order(analytics)
    much_later = LATER + timedelta(days=5)
    assert follow_cases(analytics, much_later) == 2
    assert follow_cases(analytics, much_later) == 0
    assert [row[1] for row in rows(analytics, STEPS)] == [
        "received",
        "undertake_overdue",
        "feedback_overdue",
    ]
    assert rows(analytics, "SELECT count(*) FROM notices WHERE kind = 'order.overdue'") == [(2,)]
    finish(analytics, console, order)
    desk = person(analytics, "desk", "operator", "property")
    again = ReopenOrder(id=new_id(), by=desk, order_id=order, text="又停了")
    assert ask(console, analytics, again).is_done
    follow_cases(analytics, LATER)
    assert rows(analytics, "SELECT state FROM cases") == [("received",)]
    assert rows(
        analytics, "SELECT kind FROM case_clocks WHERE state = 'running' ORDER BY kind"
    ) == [("feedback",), ("undertake",)]


def test_the_process_of_orders_tells_the_sender_by_itself_and_again_after_a_kill(
    site: Site, analytics: Connection, console: Connection, hotline: Outside, tmp_path: Path
) -> None:
    secrets = tmp_path / "cases.secret"
    secrets.write_text(f"# platforms\nhotline whsec_{base64.b64encode(KEY).decode()}\n", "utf-8")
    secrets.chmod(0o600)
    settings = {"TOWERWATCH_CASE_SECRETS_FILE": str(secrets)}
    now = datetime.now(UTC)
    assert ask(console, analytics, case(reported_at=now), now).is_done
    first = start(site, "orders", **settings)
    assert wait_for(lambda: len(hotline.asked) == 1, 30)
    first.kill()
    first.communicate(timeout=60)
    worker = person(analytics, "wang", "technician", "lift_firm")
    order = newest_order(analytics)
    accepts = AcceptOrder(id=new_id(), by=worker, order_id=order)
    assert ask(console, analytics, accepts, datetime.now(UTC)).is_done
    second = start(site, "orders", **settings)

    def told() -> dict[str, str]:
        """By id: killed before it had marked it, the first notice comes a second time."""
        return {one.headers["webhook-id"]: one.body["data"]["step"] for one in hotline.asked}

    assert wait_for(lambda: "undertaken" in told().values(), 60)
    assert end(second)[0] == 0
    assert sorted(told().values()) == ["received", "undertaken"]
