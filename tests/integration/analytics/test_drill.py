"""Drills: agreed by two, marked at birth, never told as real; and what is real goes through."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from analytics.act import ConfirmReal, Refusal
from analytics.act.safety_kind import (
    ApproveDrill,
    DeclareReal,
    DrillId,
    EndDrill,
    ProposeDrill,
)
from analytics.alarms.alarm import AlarmId
from analytics.clocks.deadline import Deadlines
from analytics.duties.responsibility import Responsibility, ensure_matrix
from analytics.safety import drill_store
from analytics.safety.drill import report
from analytics.safety.plan import Scope
from analytics.safety.workflow import LifeSafety
from ingest.database import Connection, connect, trusted_sql
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_acts import OPERATOR, ask, console, new_id
from tests.integration.analytics.test_desk import decide_all

__all__ = ["console"]
MANAGER = replace(OPERATOR, name="chen", role="project_manager")
BEGUN = NOW + timedelta(seconds=30)
"""When `ask` carries acts out: the drill begins then."""
DEVICES = """
    INSERT INTO assets (code, class, place_id, name_zh, zone)
    SELECT new.code, new.class, places.id, new.name, new.zone
    FROM (VALUES
        ('FP-1', 'fire_panel', '控制器', 'fire_panel'),
        ('D-2', 'detector', '2层感烟', 'loop-1'),
        ('M-1', 'manual_call_point', '手报', 'loop-1')
    ) AS new (code, class, name, zone) JOIN places ON places.code = 'g1'
    RETURNING id
"""
BOUND = """
    INSERT INTO bindings (gateway_id, code, asset_id, valid_during)
    SELECT 'gw-1', assets.code, assets.id, '[2020-01-01,)' FROM assets
    WHERE assets.code IN ('FP-1', 'D-1', 'D-2', 'M-1', 'L-1')
    RETURNING id
"""
GATEWAY = """
    INSERT INTO gateways (id, place_id) SELECT 'gw-1', id FROM places WHERE code = 'garden'
    RETURNING id
"""
BUREAU = "SELECT kind, body -> 'data' ->> 'status' FROM notices WHERE target = 'bureau'"


@pytest.fixture
def owner(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.owner_url, application="test drill")) as connection:
        rows(connection, DEVICES)
        rows(connection, GATEWAY)
        rows(connection, BOUND)
        rows(connection, "UPDATE assets SET zone = 'loop-1' WHERE code = 'D-1' RETURNING id")
        yield connection


def propose(
    scope: Scope = Scope.ZONE, subject: str = "garden/loop-1", **more: object
) -> ProposeDrill:
    length = cast("int", more.pop("length_s", 1800))
    act = ProposeDrill(
        id=new_id(), by=OPERATOR, scope=scope, subject=subject, length_s=length, text="月度演练"
    )
    return replace(act, **more)  # type: ignore[arg-type]


def begin(console: Connection, analytics: Connection, act: ProposeDrill) -> DrillId:
    ensure_matrix(analytics, NOW)
    assert ask(console, analytics, act).is_done
    found = DrillId(cast("int", rows(analytics, "SELECT max(id) FROM drills")[0][0]))
    assert ask(console, analytics, ApproveDrill(id=new_id(), by=MANAGER, drill_id=found)).is_done
    return found


def burn(ingest: Connection, analytics: Connection, asset: str, seq: int, at: datetime) -> None:
    from analytics.alarms import store
    from analytics.alarms.desk import Desk
    from ingest.database import in_transaction

    def work(held: Connection) -> None:
        reports = store.claim_events(held, limit=100)
        Desk(Responsibility()).take_up(held, reports, at)
        store.drop_work(held, [item.word.event_id or 0 for item in reports])

    event = "manual_fire_alarm" if asset.startswith("M") else "fire_alarm"
    say(ingest, Said(seq=seq, asset=asset, event=event, at=at))
    decide_all(analytics) if at == NOW else in_transaction(analytics, work)


def run(connection: Connection, at: datetime) -> None:
    who = Responsibility()
    LifeSafety(who).handle(connection, at)
    Deadlines(who).handle(connection, at)


def marked(connection: Connection) -> list[tuple[object, ...]]:
    return rows(
        connection,
        "SELECT assets.code, is_drill FROM alarms JOIN assets ON assets.id = asset_id ORDER BY alarms.id",
    )


def test_a_drill_needs_two_people(
    owner: Connection, analytics: Connection, console: Connection
) -> None:
    assert ask(console, analytics, propose()).is_done
    first = DrillId(1)
    same = replace(MANAGER, name=OPERATOR.name)
    assert (
        ask(console, analytics, ApproveDrill(id=new_id(), by=same, drill_id=first)).refusal
        is Refusal.SAME_PERSON
    )
    operator = ApproveDrill(id=new_id(), by=replace(OPERATOR, name="li"), drill_id=first)
    assert ask(console, analytics, operator).refusal is Refusal.ROLE
    assert ask(console, analytics, ApproveDrill(id=new_id(), by=MANAGER, drill_id=first)).is_done
    again = ApproveDrill(id=new_id(), by=MANAGER, drill_id=first)
    assert ask(console, analytics, again).refusal is Refusal.NOT_NOW


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (propose(length_s=14401), Refusal.TOO_LONG),
        (propose(subject="garden/loop-9"), Refusal.NO_SCOPE),
        (propose(subject="loop-1"), Refusal.NO_SCOPE),
        (propose(Scope.LIFT, "D-1"), Refusal.NO_SCOPE),
        (propose(Scope.LIFT, "L-9"), Refusal.SCOPE),
    ],
)
def test_a_drill_is_limited_in_time_and_scope(
    owner: Connection,
    analytics: Connection,
    console: Connection,
    act: ProposeDrill,
    why: Refusal,
) -> None:
    assert ask(console, analytics, replace(act, id=new_id())).refusal is why


@pytest.mark.parametrize(
    ("scope", "subject", "assets"),
    [
        (Scope.ZONE, "garden/loop-1", ["D-1", "D-2", "M-1"]),
        (Scope.PANEL, "FP-1", ["D-1", "D-2", "FP-1", "M-1"]),
        (Scope.LIFT, "L-1", ["L-1"]),
        (Scope.COMPOUND, "garden", ["D-1", "D-2", "E-1", "FP-1", "L-1", "M-1", "W-1"]),
    ],
)
def test_the_assets_of_a_scope_are_these(  # noqa: PLR0917 - the parts of a case
    owner: Connection,
    analytics: Connection,
    console: Connection,
    scope: Scope,
    subject: str,
    assets: list[str],
) -> None:
    assert ask(console, analytics, propose(scope, subject)).is_done
    found = "SELECT code FROM drill_assets JOIN assets ON assets.id = asset_id ORDER BY code"
    assert [row[0] for row in rows(analytics, found)] == assets


def test_an_alarm_in_the_scope_is_shown_and_marked_and_never_told_as_real(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    begin(console, analytics, propose())
    burn(ingest, analytics, "D-1", 1, BEGUN + timedelta(seconds=5))
    assert marked(analytics) == [("D-1", True)]
    for second in (60, 120, 180):
        run(analytics, BEGUN + timedelta(seconds=second))
    assert rows(analytics, BUREAU) == []
    title = "SELECT title FROM work_orders"
    assert str(rows(analytics, title)[0][0]).startswith("【演练】")
    status = "SELECT DISTINCT body -> 'data' ->> 'status' FROM notices"
    assert rows(analytics, status) == [("Exercise",)]


def test_a_bureau_that_takes_part_is_told_test_and_never_actual(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    begin(console, analytics, propose(tells_bureau=True, drill="test"))
    burn(ingest, analytics, "D-1", 1, BEGUN + timedelta(seconds=5))
    assert rows(analytics, BUREAU) == [("alarm.opened", "Test")]


def test_outside_the_scope_before_the_start_and_after_the_end_an_alarm_is_real(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    begin(console, analytics, propose(length_s=600))
    burn(ingest, analytics, "D-9", 1, BEGUN + timedelta(seconds=5))
    burn(ingest, analytics, "D-1", 2, BEGUN + timedelta(seconds=600))
    assert marked(analytics) == [("D-9", False), ("D-1", False)]
    assert {row[1] for row in rows(analytics, BUREAU)} == {"Actual"}


def test_an_alarm_from_before_the_drill_that_comes_late_is_real(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    begin(console, analytics, propose())
    burn(ingest, analytics, "D-1", 1, NOW)
    assert marked(analytics) == [("D-1", False)]


def test_a_drill_that_somebody_ends_is_over_at_once(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    drill = begin(console, analytics, propose())
    assert ask(console, analytics, EndDrill(id=new_id(), by=OPERATOR, drill_id=drill)).is_done
    burn(ingest, analytics, "D-1", 1, BEGUN + timedelta(seconds=1))
    assert marked(analytics) == [("D-1", False)]


def test_what_still_alarms_after_the_drill_is_real(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    begin(console, analytics, propose(length_s=600))
    burn(ingest, analytics, "D-1", 1, BEGUN + timedelta(seconds=5))
    burn(ingest, analytics, "D-2", 2, BEGUN + timedelta(seconds=5))
    cleared = BEGUN + timedelta(seconds=100)
    say(ingest, Said(seq=3, asset="D-2", event="fire_alarm", state="clear", at=cleared))
    burn(ingest, analytics, "M-1", 4, cleared)
    run(analytics, BEGUN + timedelta(seconds=719))
    assert rows(analytics, BUREAU) == []
    run(analytics, BEGUN + timedelta(seconds=720))
    assert marked(analytics) == [("D-1", False), ("D-2", True), ("M-1", False)]
    assert {row[1] for row in rows(analytics, BUREAU)} == {"Actual"}
    assert ("alarm.drill_over", "Actual") in rows(analytics, BUREAU)


def test_a_detector_that_speaks_again_after_the_drill_is_real_at_once(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    drill = begin(console, analytics, propose())
    burn(ingest, analytics, "D-1", 1, BEGUN + timedelta(seconds=5))
    say(ingest, Said(seq=2, asset="D-1", event="fire_alarm", state="clear", at=BEGUN))
    burn(ingest, analytics, "D-2", 3, BEGUN + timedelta(seconds=9))
    ask(console, analytics, EndDrill(id=new_id(), by=OPERATOR, drill_id=drill))
    rows(analytics, "UPDATE drills SET ended_at = starts_at + interval '20 s' RETURNING id")
    burn(ingest, analytics, "D-1", 4, BEGUN + timedelta(seconds=21))
    run(analytics, BEGUN + timedelta(seconds=21))
    assert marked(analytics) == [("D-1", False), ("D-2", True)]


def test_a_real_fire_inside_a_drill_can_be_declared_real(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    begin(console, analytics, propose())
    burn(ingest, analytics, "D-1", 1, BEGUN)
    rehearsed = ConfirmReal(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1))
    assert ask(console, analytics, rehearsed).is_done
    assert rows(analytics, BUREAU) == []
    real = DeclareReal(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), text="真的着火了")
    assert ask(console, analytics, real).is_done
    assert marked(analytics) == [("D-1", False)]
    assert rows(analytics, BUREAU) == [("alarm.declared_real", "Actual")]
    assert rows(analytics, "SELECT confirmation FROM alarms") == [("real",)]
    again = DeclareReal(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1))
    assert ask(console, analytics, again).refusal is Refusal.NOT_NOW


def test_when_the_lookup_fails_the_alarm_is_shown_and_real(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    begin(console, analytics, propose())
    owner.execute(trusted_sql("REVOKE SELECT ON drill_assets FROM tw_analytics"))
    burn(ingest, analytics, "D-1", 1, BEGUN + timedelta(seconds=5))
    assert marked(analytics) == [("D-1", False)]
    assert ("alarm.opened", "Actual") in rows(analytics, BUREAU)


def test_a_drill_bears_no_real_fire_out(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    burn(ingest, analytics, "D-1", 1, NOW)
    begin(console, analytics, propose())
    burn(ingest, analytics, "D-2", 2, BEGUN + timedelta(seconds=1))
    run(analytics, BEGUN + timedelta(seconds=1))
    borne_out = "SELECT count(*) FROM alarms WHERE corroborated_at IS NOT NULL"
    assert rows(analytics, borne_out) == [(0,)]


def test_the_report_names_who_answered_and_who_is_missing(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    drill = begin(console, analytics, propose(Scope.PANEL, "FP-1"))
    burn(ingest, analytics, "D-2", 1, BEGUN + timedelta(seconds=7))
    burn(ingest, analytics, "M-1", 2, BEGUN + timedelta(seconds=9))
    found = drill_store.fetch_drills(analytics, drill_id=drill)[0]
    told = report(found, drill_store.fetch_answers(analytics, drill))
    assert [(one.code, one.raised_at) for one in told.answered] == [
        ("D-2", BEGUN + timedelta(seconds=7)),
        ("M-1", BEGUN + timedelta(seconds=9)),
    ]
    assert [one.code for one in told.missing] == ["D-1"]


def scope_of(analytics: Connection, subject: str) -> list[str]:
    found = drill_store.find_scope(analytics, Scope.PANEL, subject, NOW)
    if found is None:
        return []
    numbers = ", ".join(map(str, found.assets))
    return [
        str(row[0])
        for row in rows(analytics, f"SELECT code FROM assets WHERE id IN ({numbers}) ORDER BY code")
    ]


def test_panels_that_share_a_gateway_have_the_devices_that_bear_their_code(
    owner: Connection, analytics: Connection
) -> None:
    assert scope_of(analytics, "FP-1") == ["D-1", "D-2", "FP-1", "M-1"]
    rows(
        owner,
        "WITH made AS (INSERT INTO assets (code, class, place_id, name_zh)"
        " SELECT new.code, new.class, places.id, new.code FROM (VALUES"
        " ('P2', 'fire_panel'), ('P2-1-001', 'detector')) AS new (code, class)"
        " JOIN places ON places.code = 'g1' RETURNING id, code)"
        " INSERT INTO bindings (gateway_id, code, asset_id, valid_during)"
        " SELECT 'gw-1', code, id, '[2020-01-01,)' FROM made RETURNING id",
    )
    assert scope_of(analytics, "P2") == ["P2", "P2-1-001"]
    assert scope_of(analytics, "FP-1") == [], "no code tells which devices are its own"
