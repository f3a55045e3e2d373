"""Hand-over 交接: open alarms, orders and clocks pass at an instant, once, whoever was down."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analytics.clocks.clock import ClockKind
from analytics.duties.responsibility import Responsibility
from analytics.handover.carry_out import HandOvers
from analytics.loop_store import lock_order
from analytics.orders.work_order import OrderId, OrderState
from ingest.database import Connection, connect, trusted_sql
from tests.integration.analytics.site import Said, Site, rows, say
from tests.integration.analytics.test_alarm_process import running, wait_for
from tests.integration.analytics.test_desk import decide_all
from towerwatch.cli import run

OWNERS = """
    SELECT alarms.event, organisations.code FROM alarms
    LEFT JOIN organisations ON organisations.id = responsible_id
    WHERE closed_at IS NULL ORDER BY alarms.id
"""
ORDERS = """
    SELECT work_orders.state, organisations.code, work_orders.assignee FROM work_orders
    LEFT JOIN organisations ON organisations.id = owner_id ORDER BY work_orders.id
"""
CLOCKS = "SELECT id, kind, due_at FROM clocks WHERE state = 'running' ORDER BY id"
SIGNED = """
signatures:
  - {side: from, signer: 项目负责人, role: 移交方, at: 2026-11-30 09:30}
  - {side: to, signer: 项目负责人, role: 承接方, at: 2026-11-30 09:40}
"""


@pytest.fixture
def yard(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The site with a second company; commands reach its database as the owner may."""
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", site.urls.owner_url)
    monkeypatch.setenv("TOWERWATCH_MQTT_URL", "mqtt://nobody@127.0.0.1:9")
    with closing(connect(site.urls.owner_url, application="test")) as owner:
        rows(
            owner,
            "INSERT INTO organisations (code, kind, name_zh)"
            " VALUES ('second', 'property_company', '新物业') RETURNING id",
        )
    return site


@pytest.fixture
def checklist(yard: Site, tmp_path: Path) -> Path:
    """A list that was walked through and signed by both."""
    path = tmp_path / "list.yaml"
    assert run(["handover", "checklist", "--compound", "garden", "--output", str(path)]) == 0
    text = path.read_text("utf-8").replace("not_checked\n", "good\n")
    path.write_text(text + SIGNED, "utf-8")
    return path


def arrange(path: Path, at: datetime, *more: str, to: str = "second") -> int:
    words = ["--compound", "garden", "--to", to, "--at", at.isoformat(), "--checklist", str(path)]
    return run(["handover", "apply", *words, *more])


def shown(capsys: pytest.CaptureFixture[str], number: int = 1) -> dict[str, object]:
    capsys.readouterr()
    assert run(["handover", "show", str(number), "--json"]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def carry_out(connection: Connection, at: datetime) -> int:
    return HandOvers(Responsibility(), every_s=0).handle(connection, at)


def soon() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)


def open_work(ingest: Connection, analytics: Connection) -> None:
    """A trapped person and a fire in the garden, a fire in the yard."""
    now = datetime.now(UTC)
    say(ingest, Said(seq=1, at=now))
    say(ingest, Said(seq=2, asset="D-1", event="fire_alarm", at=now))
    say(ingest, Said(seq=3, asset="D-9", event="fire_alarm", at=now))
    decide_all(analytics)
    rows(analytics, "UPDATE alarms SET opened_at = now() RETURNING id")
    rows(analytics, "UPDATE work_orders SET opened_at = now() RETURNING id")


def test_what_is_open_passes_at_the_instant_and_clocks_run_on(
    yard: Site,
    checklist: Path,
    ingest: Connection,
    analytics: Connection,
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_work(ingest, analytics)
    at = soon()
    assert arrange(checklist, at) == 0
    before = [("entrapment", "property"), ("fire_alarm", "property"), ("fire_alarm", "community")]
    assert carry_out(analytics, at - timedelta(microseconds=1)) == 0
    assert rows(analytics, OWNERS) == before
    clocks = rows(analytics, CLOCKS)
    assert carry_out(analytics, at) == 3
    assert rows(analytics, OWNERS) == [
        ("entrapment", "second"),
        ("fire_alarm", "second"),
        ("fire_alarm", "community"),
    ]
    # The lift firm works on: its contract is its own. The fire's order was the company's.
    assert sorted(map(str, rows(analytics, ORDERS))) == sorted(
        map(
            str,
            [
                ("dispatched", "lift_firm", None),
                ("dispatched", "second", None),
                ("dispatched", "community", None),
            ],
        )
    )
    assert rows(analytics, CLOCKS) == clocks
    assert carry_out(analytics, at) == 0
    told = shown(capsys)
    assert (told["state"], told["delay_s"], told["from"], told["to"]) == (
        "done",
        0.0,
        "property",
        "second",
    )
    assert rows(
        analytics,
        "SELECT organisations.code, notices.kind FROM notices"
        " JOIN organisations ON organisations.id = organisation_id"
        " WHERE body -> 'data' ->> 'note' LIKE '小区交接%' ORDER BY notices.kind, alarm_id",
    ) == [
        ("second", "alarm.handed_over"),
        ("second", "alarm.handed_over"),
        ("second", "order.dispatched"),
    ]


def test_history_stays_with_the_former_and_names_the_change(
    yard: Site, checklist: Path, ingest: Connection, analytics: Connection
) -> None:
    open_work(ingest, analytics)
    rows(
        analytics,
        "UPDATE alarms SET state = 'normal', closed_at = now() WHERE event = 'entrapment'"
        " RETURNING id",
    )
    at = soon()
    assert arrange(checklist, at) == 0
    carry_out(analytics, at)
    assert rows(
        analytics,
        "SELECT organisations.code FROM alarms JOIN organisations"
        " ON organisations.id = responsible_id WHERE closed_at IS NOT NULL",
    ) == [("property",)]
    assert rows(
        analytics,
        "SELECT trigger, from_state = to_state, reason LIKE '小区交接%' FROM alarm_transitions"
        " ORDER BY id DESC LIMIT 1",
    ) == [("hand_over", True, True)]


def test_new_alarms_go_to_the_new_one_from_the_instant_by_themselves(
    yard: Site, checklist: Path, ingest: Connection, analytics: Connection
) -> None:
    at = datetime.now(UTC) + timedelta(seconds=20)
    assert arrange(checklist, at) == 0
    asked = []
    for moment in (at - timedelta(seconds=1), at):
        assert run(["duties", "apply"]) == 0
        asked.append(moment)
    answers = [who(moment) for moment in asked]
    assert answers == ["property", "second"]


def who(at: datetime) -> object:
    from contextlib import redirect_stdout
    from io import StringIO

    out = StringIO()
    with redirect_stdout(out):
        words = ["--event", "fire_alarm", "--asset", "D-1", "--at", at.isoformat(), "--json"]
        assert run(["duties", "who", *words]) == 0
    return json.loads(out.getvalue())["responsible"]["code"]


def test_a_process_that_was_down_carries_it_out_once_and_the_delay_is_recorded(
    yard: Site,
    checklist: Path,
    ingest: Connection,
    analytics: Connection,
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_work(ingest, analytics)
    at = datetime.now(UTC) + timedelta(seconds=4)
    assert arrange(checklist, at) == 0
    assert wait_for(lambda: datetime.now(UTC) > at + timedelta(seconds=2), within_s=60)
    assert rows(analytics, OWNERS)[0] == ("entrapment", "property")
    with running(yard, count=2):
        done = "SELECT count(*) FROM handovers WHERE state = 'done'"
        assert wait_for(lambda: rows(analytics, done) == [(1,)], within_s=60)
    told = shown(capsys)
    delay = told["delay_s"]
    assert isinstance(delay, float)
    assert delay >= 2.0
    passed = told["passed"]
    assert isinstance(passed, list)
    assert sorted(one["what"] for one in passed) == ["alarm", "alarm", "order"]
    assert {one["effective_at"] for one in passed} == {at.isoformat()}
    history = "SELECT count(*) FROM alarm_transitions WHERE trigger = 'hand_over'"
    assert rows(analytics, history) == [(2,)]


def test_work_that_the_former_had_accepted_begins_again_with_the_new_one(
    yard: Site, checklist: Path, ingest: Connection, analytics: Connection
) -> None:
    open_work(ingest, analytics)
    rows(
        analytics,
        "UPDATE work_orders SET state = 'on_site', accepted_at = now(), arrived_at = now(),"
        " assignee = 'guard' FROM alarms WHERE alarms.id = alarm_id AND event = 'fire_alarm'"
        " AND work_orders.place_path ~ '*.garden.*' RETURNING work_orders.id",
    )
    rows(
        analytics,
        "UPDATE clocks SET state = 'kept', ended_at = now() FROM work_orders"
        " WHERE work_orders.id = order_id AND work_orders.state = 'on_site'"
        " AND kind IN ('accept', 'arrive') RETURNING clocks.id",
    )
    ((order,),) = rows(analytics, "SELECT id FROM work_orders WHERE state = 'on_site'")
    assert isinstance(order, int)
    at = soon()
    assert arrange(checklist, at) == 0
    carry_out(analytics, at)
    with analytics.transaction():
        stored = lock_order(analytics, OrderId(order))
    assert stored is not None
    assert (stored.order.state, stored.order.assignee) == (OrderState.DISPATCHED, None)
    running_now = {
        row[0]
        for row in rows(
            analytics,
            f"SELECT kind FROM clocks WHERE order_id = {order} AND state = 'running'",
        )
    }
    assert {ClockKind.ACCEPT, ClockKind.ARRIVE} <= running_now


def test_a_list_must_be_whole_and_signed_or_say_why_not(
    yard: Site, checklist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = checklist.read_text("utf-8")
    checklist.write_text(text.replace("  condition: good", "  condition: not_checked", 1), "utf-8")
    assert arrange(checklist, soon()) == 2
    assert "not looked at" in capsys.readouterr().err
    checklist.write_text(text.removesuffix(SIGNED), "utf-8")
    assert arrange(checklist, soon()) == 2
    assert "not signed" in capsys.readouterr().err
    at = soon()
    assert arrange(checklist, at, "--unsigned", "原物业已撤场") == 0
    assert arrange(checklist, at, "--unsigned", "原物业已撤场") == 0
    assert "planned already" in capsys.readouterr().out
    words = ["--side", "witness", "--signer", "社区书记", "--role", "见证"]
    assert run(["handover", "sign", "1", *words]) == 0
    assert run(["handover", "sign", "1", *words]) == 2
    told = shown(capsys)
    assert told["unsigned_reason"] == "原物业已撤场"
    signatures = told["signatures"]
    assert isinstance(signatures, list)
    assert [(one["side"], one["is_genuine"]) for one in signatures] == [("witness", True)]


def test_a_list_that_was_changed_after_the_signatures_is_found(
    yard: Site, checklist: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert arrange(checklist, soon()) == 0
    assert shown(capsys)["is_list_whole"] is True
    with closing(connect(yard.urls.owner_url, application="test")) as owner:
        owner.execute(
            trusted_sql("UPDATE handover_items SET condition = 'defect' WHERE asset = 'L-1'")
        )
    assert shown(capsys)["is_list_whole"] is False
    printed = tmp_path / "record.html"
    assert run(["handover", "show", "1", "--print", str(printed)]) == 0
    page = printed.read_text("utf-8")
    assert "小区物业交接单" in page
    assert "有缺陷 defect" in page
    assert "示范物业" in page
    assert "新物业" in page


def test_a_hand_over_that_has_not_come_can_be_called_off(
    yard: Site, checklist: Path, analytics: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    at = soon()
    assert arrange(checklist, at) == 0
    assert run(["handover", "cancel", "1"]) == 0
    assert run(["handover", "cancel", "1"]) == 2
    assert run(["duties", "apply"]) == 0
    assert who(at + timedelta(days=1)) == "property"
    assert carry_out(analytics, at) == 0
    assert arrange(checklist, at) == 0
    assert shown(capsys, 2)["state"] == "planned"


def test_a_company_that_leaves_nobody_behind_leaves_it_to_the_community(
    yard: Site, checklist: Path, ingest: Connection, analytics: Connection
) -> None:
    open_work(ingest, analytics)
    at = soon()
    assert arrange(checklist, at, to="nobody") == 0
    carry_out(analytics, at)
    assert {row[1] for row in rows(analytics, OWNERS)} == {"community"}
    assert rows(
        analytics,
        "SELECT managements.kind FROM managements JOIN places ON places.id = place_id"
        " WHERE places.code = 'garden' ORDER BY valid_during",
    ) == [("company",), ("nobody",)]


def test_a_look_ahead_writes_nothing(
    yard: Site,
    ingest: Connection,
    analytics: Connection,
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_work(ingest, analytics)
    capsys.readouterr()
    words = ["--compound", "garden", "--to", "second", "--at", "2031-01-01", "--json"]
    assert run(["handover", "plan", *words]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["from"], told["to"], told["kind"]) == ("property", "second", "company")
    assert (told["alarms"], told["orders"], told["equipment"]) == (2, 2, 4)
    assert told["unsigned"] == ["from", "to"]
    assert rows(analytics, "SELECT count(*) FROM handovers") == [(0,)]
    assert run(["handover", "apply", *words[:-1], "--checklist", "/nowhere"]) == 2
    assert run(["handover", "plan", "--compound", "x", "--to", "second", "--at", "2031-01-01"]) == 2


def test_an_order_about_a_place_passes_too_and_the_new_one_is_told(
    yard: Site, checklist: Path, analytics: Connection
) -> None:
    rows(
        analytics,
        "INSERT INTO work_orders (number, place_path, title, state, owner_id, opened_at, source)"
        " SELECT 'R-1', 'city.dist.str.comm.garden', '消防通道被占用', 'dispatched', id, now(),"
        " 'resident' FROM organisations WHERE code = 'property' RETURNING id",
    )
    at = soon()
    assert arrange(checklist, at) == 0
    assert carry_out(analytics, at) == 1
    assert rows(analytics, ORDERS) == [("dispatched", "second", None)]
    assert rows(
        analytics,
        "SELECT organisations.code FROM notices JOIN organisations"
        " ON organisations.id = organisation_id WHERE notices.kind = 'order.handed_over'",
    ) == [("second",)]
