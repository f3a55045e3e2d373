"""Cause folding on the real database: one line for one cause, nobody trapped behind it."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from analytics.act import Acknowledge
from analytics.act.hold_kind import Shelve
from analytics.alarms.alarm import AlarmId
from analytics.alarms.desk import Desk
from analytics.alarms.mark import fetch_bad_actors, fetch_load, mark_alarms
from analytics.alarms.rule import default_rules
from analytics.duties.responsibility import Responsibility
from analytics.incidents import folding
from analytics.incidents.derived import Derived
from analytics.incidents.folding import Folding
from analytics.incidents.incident import Candidate
from ingest.database import Connection, connect, in_transaction, trusted_sql
from tests.integration.analytics.site import NOW, Said, Site, rows
from tests.integration.analytics.test_acts import OPERATOR, ask, new_id
from tests.integration.analytics.test_holds import heard

LINES = "SELECT event, is_folded, incident_id FROM alarms ORDER BY id"
LIFTS = 12


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


@pytest.fixture
def lifts(site: Site) -> Site:
    """Twelve lifts and a fire zone in one building, on the gateway gw-1 that has an asset of its own."""
    with closing(connect(site.urls.owner_url, application="test site")) as owner:
        for statement in (
            "INSERT INTO gateways (id, place_id) SELECT 'gw-1', id FROM places WHERE code = 'garden'",
            (
                "INSERT INTO assets (code, class, place_id, name_zh) SELECT 'N-' || n, 'lift', places.id,"
                f" n || '号梯' FROM generate_series(1, {LIFTS}) AS n, places WHERE places.code = 'g1'"
            ),
            (
                "INSERT INTO assets (code, class, place_id, name_zh) SELECT '@gw/gw-1', 'gateway', id,"
                " '网关' FROM places WHERE code = 'garden'"
            ),
            (
                "INSERT INTO assets (code, class, place_id, name_zh, zone) SELECT 'Z-' || n, 'detector',"
                " places.id, '感烟', '2F' FROM generate_series(1, 3) AS n, places WHERE code = 'g1'"
            ),
            (
                "INSERT INTO bindings (gateway_id, code, asset_id, valid_during)"
                " SELECT 'gw-1', code, id, '[2020-01-01,)' FROM assets"
                " WHERE code LIKE 'N-%' OR code LIKE 'Z-%'"
            ),
        ):
            owner.execute(trusted_sql(statement))
    return site


def fold(analytics: Connection) -> None:
    while Folding(Responsibility()).handle(analytics, NOW):
        pass


def test_a_black_out_is_one_line_and_a_trapped_person_another(
    lifts: Site, ingest: Connection, analytics: Connection
) -> None:
    heard(
        ingest,
        analytics,
        *(Said(seq=n, asset=f"N-{n}", event="main_power_off") for n in range(1, LIFTS + 1)),
        Said(seq=50, asset="N-3", event="entrapment"),
    )
    fold(analytics)
    heard(ingest, analytics, Said(seq=60, asset="L-1", event="main_power_off"))
    fold(analytics)
    assert rows(
        analytics,
        "SELECT event, is_folded, count(*) FROM alarms GROUP BY 1, 2 ORDER BY 1, 2",
    ) == [
        ("entrapment", False, 1),
        ("main_power_off", False, 1),
        ("main_power_off", True, LIFTS),
    ]
    assert rows(analytics, "SELECT rule, count(*) FROM incidents GROUP BY 1") == [
        ("building_power", 1)
    ]
    clocks = (
        "SELECT count(*) FROM clocks JOIN alarms ON alarms.id = alarm_id"
        " WHERE kind = 'acknowledge' AND clocks.state = 'running' AND event = 'main_power_off'"
    )
    assert rows(analytics, clocks) == [(1,)]
    load = fetch_load(analytics, NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert (sum(item.raised for item in load), sum(item.shown for item in load)) == (LIFTS + 2, 2)


def test_the_next_alarm_stands_for_the_incident_when_its_head_ends_and_it_ends_with_the_last(
    lifts: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    said = [Said(seq=n, asset=f"N-{n}", event="main_power_off") for n in range(1, 4)]
    heard(ingest, analytics, *said)
    fold(analytics)
    heard(ingest, analytics, Said(seq=11, asset="N-1", event="main_power_off", state="clear"))
    ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1)))
    fold(analytics)
    assert [row[1] for row in rows(analytics, LINES)] == [False, False, True]
    assert rows(analytics, "SELECT head_id, closed_at FROM incidents") == [(2, None)]
    for n in (2, 3):
        clear = Said(seq=10 + n, asset=f"N-{n}", event="main_power_off", state="clear")
        heard(ingest, analytics, clear)
        ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(n)))
    fold(analytics)
    assert rows(analytics, "SELECT closed_at IS NOT NULL FROM incidents") == [(True,)]


def test_a_shelved_head_hides_no_other_alarm(
    lifts: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    said = [Said(seq=n, asset=f"N-{n}", event="main_power_off") for n in range(1, 4)]
    heard(ingest, analytics, *said)
    fold(analytics)
    act = Shelve(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), minutes=60, text="已知停电")
    assert ask(console, analytics, act).is_done
    fold(analytics)
    assert [row[1] for row in rows(analytics, LINES)] == [False, False, True]


def test_a_lost_gateway_has_its_silent_assets_behind_it_late_ones_too(
    lifts: Site, ingest: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, asset="N-1", event="asset_silent"))
    heard(ingest, analytics, Said(seq=2, asset="@gw/gw-1", event="gateway_silent"))
    fold(analytics)
    heard(ingest, analytics, Said(seq=3, asset="N-2", event="asset_silent"))
    heard(ingest, analytics, Said(seq=4, asset="L-9", event="asset_silent"))
    fold(analytics)
    assert rows(analytics, LINES) == [
        ("asset_silent", True, 1),
        ("gateway_silent", False, 1),
        ("asset_silent", True, 1),
        ("asset_silent", False, None),
    ]


def test_fires_of_one_zone_are_one_incident_and_each_its_own_line(
    lifts: Site, ingest: Connection, analytics: Connection
) -> None:
    for n in (1, 2, 3):
        heard(ingest, analytics, Said(seq=n, asset=f"Z-{n}", event="fire_alarm"))
        fold(analytics)
    assert rows(analytics, LINES) == [("fire_alarm", False, 1)] * 3
    assert rows(
        analytics, "SELECT count(*) FROM notices WHERE target = 'bureau' AND kind = 'alarm.opened'"
    ) == [(3,)]


def test_the_database_itself_folds_no_life_away(
    lifts: Site, ingest: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1))
    with pytest.raises(Exception, match="alarms_never_fold_life_safety"):
        rows(analytics, "UPDATE alarms SET is_folded = true RETURNING id")


def test_chattering_fleeting_and_stale_alarms_are_marked_and_named(
    lifts: Site, ingest: Connection, analytics: Connection
) -> None:
    for seq in range(0, 6, 2):
        at = NOW + timedelta(seconds=seq)
        heard(ingest, analytics, Said(seq=seq, event="door_blocked", at=at))
        heard(ingest, analytics, Said(seq=seq + 1, event="door_blocked", state="clear", at=at))
    heard(ingest, analytics, Said(seq=10, asset="N-1", event="brake_fault"))
    over = Said(
        seq=11, asset="N-1", event="brake_fault", state="clear", at=NOW + timedelta(seconds=9)
    )
    heard(ingest, analytics, over)
    heard(ingest, analytics, Said(seq=12, asset="N-2", event="brake_fault"))

    def mark(after: timedelta) -> None:
        in_transaction(analytics, lambda held: mark_alarms(held, default_rules(), NOW + after))

    mark(timedelta(seconds=1))
    marks = (
        "SELECT assets.code, mark FROM alarm_marks JOIN alarms ON alarms.id = alarm_id"
        " JOIN assets ON assets.id = asset_id WHERE ended_at IS NULL ORDER BY 1, 2"
    )
    assert rows(analytics, marks) == [("L-1", "chattering"), ("N-1", "fleeting")]
    mark(timedelta(days=1, seconds=1))
    assert rows(analytics, marks) == [
        ("L-1", "stale"),
        ("N-1", "fleeting"),
        ("N-1", "stale"),
        ("N-2", "stale"),
    ]
    worst = fetch_bad_actors(analytics, NOW - timedelta(hours=1), NOW + timedelta(hours=1))[0]
    assert (worst.asset, worst.event, worst.raises, worst.is_chattering) == (
        "L-1",
        "door_blocked",
        3,
        True,
    )


def test_an_alarm_that_cannot_be_folded_is_shown_and_stops_no_other(
    lifts: Site, ingest: Connection, analytics: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = folding._candidates

    def bite(connection: Connection, alarms: Iterable[AlarmId], now: datetime) -> list[Candidate]:
        if isinstance(alarms, list) and AlarmId(1) in alarms:
            raise ValueError("it bites")
        return asked(connection, alarms, now)

    heard(ingest, analytics, Said(seq=1, asset="N-9", event="overspeed"))
    monkeypatch.setattr(folding, "_candidates", bite)
    heard(ingest, analytics, Said(seq=2, asset="@gw/gw-1", event="gateway_silent"))
    heard(ingest, analytics, Said(seq=3, asset="N-1", event="asset_silent"))
    one = Folding(Responsibility())
    waiting = "SELECT count(*) FROM fold_work"
    for _ in range(10):
        one.handle(analytics, NOW)
    assert rows(analytics, waiting) == [(0,)]
    assert rows(analytics, LINES) == [
        ("overspeed", False, None),
        ("gateway_silent", False, 1),
        ("asset_silent", True, 1),
    ]


ORDERS = "SELECT state, alarm_id FROM work_orders ORDER BY id"


def test_an_incident_has_one_order_and_a_trapped_person_an_own_one(
    lifts: Site, ingest: Connection, analytics: Connection
) -> None:
    heard(
        ingest,
        analytics,
        *(Said(seq=n, asset=f"N-{n}", event="main_power_off") for n in range(1, 5)),
    )
    fold(analytics)
    assert rows(analytics, ORDERS) == [("dispatched", 1), *(("merged", n) for n in (2, 3, 4))]
    heard(
        ingest,
        analytics,
        *(Said(seq=10 + n, asset=f"N-{n}", event="main_power_off") for n in range(5, 9)),
        Said(seq=50, asset="N-3", event="entrapment"),
    )
    (trapped,) = rows(analytics, "SELECT id FROM alarms WHERE event = 'entrapment'")
    assert rows(analytics, ORDERS)[4:] == [("dispatched", *trapped)], "the trapped person's alone"
    fold(analytics)
    assert rows(analytics, ORDERS)[4:] == [("dispatched", *trapped)]


def black_out(ingest: Connection, analytics: Connection) -> None:
    """Three lifts say that their power is gone; a fourth one a moment later."""
    heard(
        ingest,
        analytics,
        *(Said(seq=n, asset=f"N-{n}", event="main_power_off") for n in range(1, 4)),
    )
    fold(analytics)
    heard(ingest, analytics, Said(seq=4, asset="N-4", event="main_power_off"))


def test_what_stands_for_itself_again_when_the_work_is_over_has_its_own_order(
    lifts: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    black_out(ingest, analytics)
    fold(analytics)
    rows(
        analytics,
        "UPDATE work_orders SET state = 'closed', closed_at = now() WHERE alarm_id = 1 RETURNING id",
    )
    ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1)))
    heard(ingest, analytics, Said(seq=9, asset="N-1", event="main_power_off", state="clear"))
    fold(analytics)
    assert [row[1] for row in rows(analytics, LINES)] == [False, False, True, True]
    assert rows(analytics, ORDERS)[3:] == [("dispatched", 2)]


def test_an_alarm_that_no_incident_took_after_all_has_its_order(
    lifts: Site, ingest: Connection, analytics: Connection
) -> None:
    black_out(ingest, analytics)
    assert len(rows(analytics, ORDERS)) == 3
    rows(analytics, "UPDATE incidents SET closed_at = now() RETURNING id")
    fold(analytics)
    assert rows(analytics, ORDERS)[3:] == [("dispatched", 4)]


def test_a_building_without_power_is_told_to_the_grid_company_until_it_is_over(
    lifts: Site, ingest: Connection, analytics: Connection
) -> None:
    with closing(connect(lifts.urls.owner_url, application="test site")) as owner:
        rows(
            owner,
            "INSERT INTO organisations (code, kind, name_zh) VALUES"
            " ('grid', 'power_company', '供电公司') RETURNING id",
        )
    black_out(ingest, analytics)
    fold(analytics)

    def derive(at: datetime = NOW) -> int:
        return Derived(Desk(Responsibility())).handle(analytics, at)

    assert derive() == 1
    assert derive() == 0, "once for each incident"
    power = (
        "SELECT alarms.state, is_folded, assets.code, organisations.code FROM alarms"
        " JOIN assets ON assets.id = asset_id JOIN organisations ON organisations.id = responsible_id"
        " WHERE event = 'building_power_lost'"
    )
    assert rows(analytics, power) == [("unacknowledged", False, "E-1", "grid")]
    assert ("dispatched", "grid") in rows(
        analytics,
        "SELECT state, code FROM work_orders JOIN organisations ON organisations.id = owner_id",
    )
    fold(analytics)
    assert rows(analytics, power)[0][1] is False, "it stands beside the alarms that it explains"
    rows(
        analytics,
        "UPDATE alarms SET state = 'normal', closed_at = now()"
        " WHERE event = 'main_power_off' RETURNING id",
    )
    fold(analytics)
    assert derive(NOW + timedelta(seconds=5)) == 1
    active = "SELECT is_active FROM conditions WHERE condition LIKE 'derived:%'"
    assert rows(analytics, active) == [(False,)]
    assert derive(NOW + timedelta(seconds=9)) == 0


def test_what_a_device_says_of_the_building_is_not_said_twice(
    lifts: Site, ingest: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=90, asset="E-1", event="building_power_lost"))
    black_out(ingest, analytics)
    fold(analytics)
    assert Derived(Desk(Responsibility())).handle(analytics, NOW) == 0


@pytest.mark.parametrize(
    ("moments", "is_chattering"), [((0, 27, 57), True), ((0, 27, 60), True), ((0, 35, 65), False)]
)
def test_a_burst_as_long_as_the_time_is_seen_however_late_anybody_looks(
    lifts: Site,
    ingest: Connection,
    analytics: Connection,
    moments: tuple[int, ...],
    is_chattering: bool,
) -> None:
    for seq in range(len(moments)):
        heard(ingest, analytics, Said(seq=2 * seq, event="door_blocked"))
        heard(ingest, analytics, Said(seq=2 * seq + 1, event="door_blocked", state="clear"))
    with closing(connect(lifts.urls.owner_url, application="test site")) as owner:
        raised = rows(owner, "SELECT id FROM alarm_transitions WHERE trigger = 'raise' ORDER BY id")
        assert len(raised) == len(moments)
        for (number,), moment in zip(raised, moments, strict=True):
            owner.execute(
                "UPDATE alarm_transitions SET at = %s WHERE id = %s",
                [NOW + timedelta(seconds=moment), number],
            )
    late = NOW + timedelta(seconds=moments[-1] + 30)
    found = in_transaction(analytics, lambda held: mark_alarms(held, default_rules(), late))
    assert found.chattering == is_chattering
