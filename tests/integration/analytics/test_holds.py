"""Shelving, out of service, suppression: who may, how long, and that everything comes back."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from analytics.act import ActResult, Person, Refusal
from analytics.act.hold_kind import (
    ApproveProposal,
    DeclineProposal,
    ProposeTakeOut,
    ProposeWriteOff,
    ReturnToService,
    Shelve,
    Unshelve,
)
from analytics.act.kind import Acknowledge, ConfirmReal
from analytics.alarms.alarm import AlarmId, AssetId
from analytics.clocks.deadline import Deadlines
from analytics.duties.responsibility import Responsibility
from analytics.holds.hold import ProposalId
from analytics.holds.holding import HoldWatch
from analytics.safety.workflow import LifeSafety
from ingest.database import Connection, connect, trusted_sql
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_acts import OPERATOR, SECOND, ask, new_id
from tests.integration.analytics.test_desk import decide_all

STATE = "SELECT state FROM alarms ORDER BY id"
HOLD_CLOCKS = "SELECT state FROM clocks WHERE kind = 'hold' ORDER BY id"
OPENED = "SELECT count(*) FROM notices WHERE kind IN ('alarm.opened', 'alarm.raised_again')"


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


def heard(ingest: Connection, analytics: Connection, *said: Said) -> None:
    for item in said:
        say(ingest, item)
    decide_all(analytics)


def watch(analytics: Connection, after: timedelta = timedelta(0)) -> int:
    return HoldWatch(Responsibility()).handle(analytics, NOW + after)


def tick(analytics: Connection, after: timedelta) -> int:
    return Deadlines(Responsibility()).handle(analytics, NOW + after)


def states(analytics: Connection) -> list[object]:
    return [row[0] for row in rows(analytics, STATE)]


def asset(analytics: Connection, code: str) -> AssetId:
    found = rows(analytics, f"SELECT id FROM assets WHERE code = '{code}'")[0][0]
    assert isinstance(found, int)
    return AssetId(found)


def shelve(console: Connection, analytics: Connection, minutes: int = 60) -> ActResult:
    act = Shelve(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), minutes=minutes, text="等备件")
    return ask(console, analytics, act)


def take_out(
    console: Connection, analytics: Connection, code: str, second: Person = SECOND
) -> tuple[ActResult, ActResult]:
    proposal = ProposeTakeOut(
        id=new_id(), by=OPERATOR, asset_id=asset(analytics, code), minutes=120, text="更换探测器"
    )
    first = ask(console, analytics, proposal)
    approval = ApproveProposal(id=new_id(), by=second, proposal_id=ProposalId(1))
    return first, ask(console, analytics, approval)


def test_a_shelved_alarm_comes_back_by_its_clock_and_sounds(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, event="door_open_fault"))
    assert shelve(console, analytics).is_done
    assert states(analytics) == ["shelved"]
    assert rows(
        analytics, "SELECT count(*) FROM clocks WHERE kind = 'acknowledge' AND state = 'running'"
    ) == [(0,)]
    heard(ingest, analytics, Said(seq=2, event="door_open_fault"))
    assert states(analytics) == ["shelved"]
    tick(analytics, timedelta(minutes=59))
    assert states(analytics) == ["shelved"]
    tick(analytics, timedelta(minutes=61))
    assert states(analytics) == ["unacknowledged"]
    assert rows(analytics, HOLD_CLOCKS) == [("kept",)]
    assert rows(analytics, OPENED) == [(2,)]
    tick(analytics, timedelta(minutes=62))
    assert rows(analytics, OPENED) == [(2,)]
    assert rows(analytics, "SELECT trigger, to_state FROM alarm_transitions ORDER BY id") == [
        ("raise", "unacknowledged"),
        ("comment", "unacknowledged"),
        ("shelve", "shelved"),
        ("raise", "shelved"),
        ("resume_active", "unacknowledged"),
    ]


def test_a_shelved_alarm_that_has_gone_ends_with_its_shelving(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, event="door_open_fault"))
    shelve(console, analytics)
    heard(ingest, analytics, Said(seq=2, event="door_open_fault", state="clear"))
    assert states(analytics) == ["shelved"]
    tick(analytics, timedelta(hours=2))
    assert states(analytics) == ["normal"]


def test_a_person_brings_a_shelved_alarm_back(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, event="door_open_fault"))
    shelve(console, analytics)
    assert ask(console, analytics, Unshelve(id=new_id(), by=SECOND, alarm_id=AlarmId(1))).is_done
    assert states(analytics) == ["unacknowledged"]
    assert rows(analytics, HOLD_CLOCKS) == [("stopped",)]
    again = ask(console, analytics, Unshelve(id=new_id(), by=SECOND, alarm_id=AlarmId(1)))
    assert again.refusal is Refusal.NOT_NOW


@pytest.mark.parametrize(
    "case",
    [
        ("fire_alarm", 10, Refusal.LIFE_SAFETY),
        ("entrapment", 10, Refusal.LIFE_SAFETY),
        ("car_alarm_button", 10, Refusal.LIFE_SAFETY),
        ("brake_fault", 481, Refusal.TOO_LONG),
        ("brake_fault", 480, None),
    ],
)
def test_shelving_has_its_limits(
    site: Site,
    ingest: Connection,
    console: Connection,
    analytics: Connection,
    case: tuple[str, int, Refusal | None],
) -> None:
    event, minutes, why = case
    heard(ingest, analytics, Said(seq=1, event=event))
    assert shelve(console, analytics, minutes).refusal is why


def test_shelving_needs_a_reason_and_a_length() -> None:
    for wrong in ({"text": " "}, {"minutes": 0}):
        values = {"text": "等备件", "minutes": 5} | wrong
        with pytest.raises(ValueError, match=r"reason|minutes"):
            Shelve(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), **values)  # type: ignore[arg-type]


def test_two_people_take_an_asset_out_and_its_alarms_are_recorded_not_shown(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, asset="D-1", event="fault"))
    first, second = take_out(console, analytics, "D-1")
    assert (first.refusal, second.refusal) == (None, None)
    assert states(analytics) == ["out_of_service"]
    told = rows(analytics, "SELECT count(*) FROM notices")
    heard(
        ingest,
        analytics,
        Said(seq=2, asset="D-1", event="fire_alarm"),
        Said(seq=3, asset="D-1", event="low_battery"),
    )
    assert states(analytics) == ["out_of_service"] * 3
    assert rows(analytics, "SELECT count(*) FROM notices") == told
    assert rows(analytics, "SELECT count(*) FROM work_orders WHERE alarm_id > 1") == [(0,)]
    assert rows(analytics, "SELECT DISTINCT hold_id FROM alarms") == [(1,)]
    assert rows(analytics, "SELECT begun_by, approved_by, ended_at IS NULL FROM holds") == [
        ("zhang", "li", True)
    ]


def test_the_limit_of_out_of_service_brings_a_standing_fire_back_as_if_it_had_just_begun(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    take_out(console, analytics, "D-1")
    heard(ingest, analytics, Said(seq=2, asset="D-1", event="fire_alarm"))
    assert states(analytics) == ["out_of_service"]
    tick(analytics, timedelta(minutes=121))
    assert states(analytics) == ["unacknowledged"]
    assert rows(
        analytics, "SELECT count(*) FROM notices WHERE target = 'bureau' AND kind = 'alarm.opened'"
    ) == [(1,)]
    assert rows(analytics, "SELECT count(*) FROM work_orders") == [(1,)]


def test_a_fire_that_cleared_out_of_service_is_still_seen_and_reset_by_a_person(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    take_out(console, analytics, "D-1")
    heard(
        ingest,
        analytics,
        Said(seq=2, asset="D-1", event="fire_alarm"),
        Said(seq=3, asset="D-1", event="fire_alarm", state="clear"),
    )
    back = ReturnToService(id=new_id(), by=SECOND, asset_id=asset(analytics, "D-1"))
    assert ask(console, analytics, back).is_done
    assert states(analytics) == ["latched_unacknowledged"]


def test_nobody_approves_what_he_proposed(
    site: Site, console: Connection, analytics: Connection
) -> None:
    first, second = take_out(console, analytics, "D-1", second=OPERATOR)
    assert (first.refusal, second.refusal) == (None, Refusal.SAME_PERSON)
    assert rows(analytics, "SELECT count(*) FROM holds") == [(0,)]
    third = ApproveProposal(id=new_id(), by=SECOND, proposal_id=ProposalId(1))
    assert ask(console, analytics, third).is_done
    again = ApproveProposal(id=new_id(), by=SECOND, proposal_id=ProposalId(1))
    assert ask(console, analytics, again).refusal is Refusal.NOT_NOW


def test_a_proposal_can_be_declined_and_lapses(
    site: Site, console: Connection, analytics: Connection
) -> None:
    def propose() -> ActResult:
        return ask(
            console,
            analytics,
            ProposeTakeOut(
                id=new_id(), by=OPERATOR, asset_id=asset(analytics, "D-1"), minutes=60, text="试验"
            ),
        )

    assert propose().is_done
    assert propose().refusal is Refusal.ALREADY
    no = DeclineProposal(id=new_id(), by=OPERATOR, proposal_id=ProposalId(1))
    assert ask(console, analytics, no).is_done
    assert propose().is_done
    watch(analytics, timedelta(hours=2))
    assert [row[0] for row in rows(analytics, "SELECT state FROM proposals ORDER BY id")] == [
        "declined",
        "lapsed",
    ]


def test_another_area_can_neither_propose_nor_approve(
    site: Site, console: Connection, analytics: Connection
) -> None:
    stranger = replace(SECOND, scope=("city.dist.str.comm.yard",))
    assert take_out(console, analytics, "D-1", second=stranger)[1].refusal is Refusal.SCOPE


def test_a_lift_in_inspection_keeps_its_faults_from_the_desk_but_never_an_entrapment(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, event="brake_fault"))
    heard(ingest, analytics, Said(seq=2, event="mode_inspection"))
    watch(analytics)
    heard(
        ingest,
        analytics,
        Said(seq=3, event="safety_circuit_open"),
        Said(seq=4, event="entrapment"),
    )
    by_event = "SELECT event, state FROM alarms ORDER BY event"
    assert rows(analytics, by_event) == [
        ("brake_fault", "suppressed"),
        ("entrapment", "unacknowledged"),
        ("safety_circuit_open", "suppressed"),
    ]
    assert rows(analytics, "SELECT reason FROM alarm_transitions WHERE trigger = 'suppress'")[
        0
    ] == ("电梯处于检修模式 (The lift is in inspection mode)",)
    heard(
        ingest,
        analytics,
        Said(seq=5, event="safety_circuit_open", state="clear"),
        Said(seq=6, event="mode_auto", at=NOW + timedelta(seconds=5)),
    )
    watch(analytics)
    assert rows(analytics, by_event) == [
        ("brake_fault", "unacknowledged"),
        ("entrapment", "unacknowledged"),
        ("safety_circuit_open", "normal"),
    ]


def test_the_limit_of_a_suppression_ends_it_once_though_its_cause_stands(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, event="mode_inspection"))
    heard(ingest, analytics, Said(seq=2, event="brake_fault"))
    assert states(analytics) == ["suppressed"]
    tick(analytics, timedelta(hours=13))
    watch(analytics, timedelta(hours=13))
    watch(analytics, timedelta(hours=14))
    assert states(analytics) == ["unacknowledged"]
    assert rows(analytics, "SELECT count(*) FROM holds") == [(1,)]
    heard(ingest, analytics, Said(seq=3, event="mode_auto", at=NOW + timedelta(hours=15)))
    heard(ingest, analytics, Said(seq=4, event="mode_inspection", at=NOW + timedelta(hours=16)))
    assert rows(analytics, "SELECT count(*) FROM holds WHERE ended_at IS NULL") == [(1,)]


def test_planned_maintenance_on_site_suppresses_until_its_order_goes_on(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    with closing(connect(site.urls.owner_url, application="test")) as owner:
        owner.execute(
            trusted_sql(
                "INSERT INTO work_orders (number, asset_id, place_path, title, state, opened_at,"
                " source) SELECT 'P-1', assets.id, 'city.dist.str.comm.garden.g1', '半月保养',"
                " 'on_site', now(), 'plan' FROM assets WHERE code = 'L-1'"
            )
        )
        watch(analytics)
        heard(ingest, analytics, Said(seq=1, event="door_blocked"))
        assert states(analytics) == ["suppressed"]
        owner.execute(trusted_sql("UPDATE work_orders SET state = 'restored'"))
    watch(analytics)
    assert states(analytics) == ["unacknowledged"]


def test_an_alarm_under_two_holds_comes_back_when_both_have_ended(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, event="door_open_fault"))
    shelve(console, analytics, 240)
    take_out(console, analytics, "L-1")
    assert states(analytics) == ["out_of_service"]
    tick(analytics, timedelta(minutes=121))
    assert states(analytics) == ["shelved"]
    tick(analytics, timedelta(minutes=241))
    assert states(analytics) == ["unacknowledged"]


def test_an_acknowledged_alarm_that_stands_sounds_again(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, event="brake_fault"))
    ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1)))
    assert states(analytics) == ["acknowledged"]
    watch(analytics, timedelta(hours=8))
    assert states(analytics) == ["acknowledged"]
    watch(analytics, timedelta(hours=8, minutes=1))
    assert states(analytics) == ["unacknowledged"]
    assert rows(analytics, "SELECT acknowledged_by FROM alarms") == [(None,)]
    watch(analytics, timedelta(hours=9))
    assert rows(analytics, OPENED) == [(2,)]


def test_two_people_end_the_alarm_of_an_asset_that_is_gone(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, asset="gw/P9", event="fire_alarm"))

    def propose() -> ActResult:
        act = ProposeWriteOff(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), text="已登记为新设备")
        return ask(console, analytics, act)

    assert propose().refusal is Refusal.STILL_THERE
    with closing(connect(site.urls.owner_url, application="test")) as owner:
        owner.execute(trusted_sql("UPDATE assets SET retired_at = now() WHERE code = 'gw/P9'"))
    assert propose().is_done
    own = ApproveProposal(id=new_id(), by=OPERATOR, proposal_id=ProposalId(1))
    assert ask(console, analytics, own).refusal is Refusal.SAME_PERSON
    assert states(analytics) == ["unacknowledged"]
    other = ApproveProposal(id=new_id(), by=SECOND, proposal_id=ProposalId(1))
    assert ask(console, analytics, other).is_done
    assert states(analytics) == ["normal"]
    assert rows(
        analytics, "SELECT count(*) FROM clocks WHERE alarm_id = 1 AND state = 'running'"
    ) == [(0,)]
    assert rows(
        analytics, "SELECT actor, reason FROM alarm_transitions WHERE trigger = 'write_off'"
    ) == [("li", "已登记为新设备 (zhang + li)")]


def test_an_alarm_that_an_ended_hold_still_hides_is_found(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, event="door_open_fault"))
    shelve(console, analytics)
    rows(analytics, "UPDATE holds SET ended_at = now(), needs_sweep = false RETURNING id")
    rows(analytics, "UPDATE hold_assets SET ended_at = now() RETURNING hold_id")
    watch(analytics)
    watch(analytics)
    assert states(analytics) == ["unacknowledged"]


def test_a_fire_that_nobody_answered_goes_on_anew_when_its_device_is_back_in_service(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, asset="D-1", event="fire_alarm"))
    safety = LifeSafety(Responsibility())
    safety.handle(analytics, NOW)
    tick(analytics, timedelta(seconds=61))
    confirmation = "SELECT confirmation, state FROM alarms"
    assert rows(analytics, confirmation)[0][0] == "unanswered"
    first, second = take_out(console, analytics, "D-1")
    assert first.is_done
    assert second.is_done
    running = (
        "SELECT kind FROM clocks WHERE alarm_id = 1 AND state = 'running'"
        " AND kind IN ('confirm', 'onward')"
    )
    assert rows(analytics, running) == []
    back = ReturnToService(id=new_id(), by=OPERATOR, asset_id=asset(analytics, "D-1"))
    assert ask(console, analytics, back).is_done
    LifeSafety(Responsibility()).handle(analytics, NOW + timedelta(seconds=90))
    assert rows(analytics, confirmation) == [("unconfirmed", "unacknowledged")]
    assert rows(analytics, running) == [("confirm",)]


def notices_of(analytics: Connection, kind: str) -> list[tuple[object, ...]]:
    told = """
        SELECT notices.alarm_id, organisations.code FROM notices
        LEFT JOIN organisations ON organisations.id = notices.organisation_id
        WHERE notices.target = 'desk' AND notices.kind = '{kind}' ORDER BY notices.created_at, notices.id
    """
    return rows(analytics, told.format(kind=kind))


def test_a_fire_that_nobody_acknowledges_is_told_again_to_its_whole_chain(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    """Whoever was asleep at three is called again; one for all detectors of the same fire."""
    fire, other = (
        Said(seq=n, asset=code, event="fire_alarm") for n, code in ((1, "D-1"), (2, "W-1"))
    )
    heard(ingest, analytics, fire, other)
    last = timedelta(0)
    while tick(analytics, last + timedelta(minutes=2)):
        last += timedelta(minutes=2)
    told = notices_of(analytics, "alarm.escalated")
    assert told
    assert (
        rows(analytics, "SELECT 1 FROM clocks WHERE kind = 'acknowledge' AND state = 'running'")
        == []
    )
    rows(analytics, "DELETE FROM life_safety_work RETURNING alarm_id")
    watch(analytics, last + timedelta(minutes=9))
    assert notices_of(analytics, "alarm.escalated") == told, "told a moment ago"
    later = last + timedelta(minutes=11)
    watch(analytics, later)
    assert notices_of(analytics, "alarm.escalated") == [*told, (1, "property")]
    watch(analytics, later + timedelta(seconds=30))
    assert len(notices_of(analytics, "alarm.escalated")) == len(told) + 1
    assert tick(analytics, later + timedelta(seconds=61))
    assert len(notices_of(analytics, "alarm.escalated")) == len(told) + 2, "the chain goes on"


def test_a_fire_that_somebody_has_seen_is_told_to_nobody_again(
    site: Site, ingest: Connection, console: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1, asset="D-1", event="fire_alarm"))
    assert ask(
        console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1))
    ).is_done
    rows(analytics, "UPDATE clocks SET state = 'stopped', ended_at = now() RETURNING id")
    rows(analytics, "DELETE FROM life_safety_work RETURNING alarm_id")
    watch(analytics, timedelta(minutes=20))
    assert notices_of(analytics, "alarm.escalated") == []


@pytest.mark.parametrize("is_judged", [False, True])
def test_a_fire_that_went_away_and_that_nobody_has_judged_sounds_again(
    site: Site, ingest: Connection, console: Connection, analytics: Connection, is_judged: bool
) -> None:
    fire = Said(seq=1, asset="D-1", event="fire_alarm")
    heard(ingest, analytics, fire, replace(fire, seq=2, state="clear"))
    seen = Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1))
    real = ConfirmReal(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), text="已派人")
    assert ask(console, analytics, real if is_judged else seen).is_done
    assert states(analytics) == ["latched_acknowledged"]
    watch(analytics, timedelta(minutes=29))
    assert states(analytics) == ["latched_acknowledged"]
    watch(analytics, timedelta(minutes=31))
    after = "latched_acknowledged" if is_judged else "latched_unacknowledged"
    assert states(analytics) == [after]
