"""One order of locks: alarm before order, rescue, hold and clock; who comes from below waits for
nobody, and an act that cannot have its alarm keeps no worker standing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, sleep

import psycopg
import pytest

from analytics import patience
from analytics.act import AcceptOrder, Acknowledge, Refusal
from analytics.act import store as act_store
from analytics.act.hold_kind import Shelve
from analytics.act.office import BUSY, REMEMBERED, Office
from analytics.act.outcome import decode_result
from analytics.act.safety_kind import AnyAct
from analytics.alarms.alarm import AlarmId
from analytics.clocks.deadline import Deadlines
from analytics.duties.responsibility import Responsibility
from analytics.holds import store as hold_store
from analytics.holds.holding import HoldWatch
from analytics.incidents.folding import Folding
from analytics.orders.work_order import OrderId
from analytics.safety.workflow import BUSY as BUSY_WORK
from analytics.safety.workflow import HELP_AFTER, LifeSafety
from ingest.database import LOCK_WAIT, Connection, connect, in_transaction, trusted_sql
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_acts import OPERATOR, new_id, technician
from tests.integration.analytics.test_desk import decide_all

ALARM = AlarmId(1)
SOON = timedelta(seconds=1)
"""Less than what a worker leaves aside that has waited in vain."""
ONE_ALARM = "SELECT id FROM alarms WHERE id = 1"
WHO = Responsibility()


def until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to that within some seconds."""
    end_s = monotonic() + 10
    while monotonic() < end_s:
        if holds():
            return True
        sleep(0.02)
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Two:
    """Two workers.

    Attributes:
        worker: Under test; it would wait for a lock for 20 ms, six times.
        other: Another one, in the middle of a decision.
        patient: Waits for a lock as the alarm process does.
    """

    ingest: Connection
    console: Connection
    worker: Connection
    other: Connection
    patient: Connection

    def hear(self, said: Said) -> None:
        say(self.ingest, said)
        decide_all(self.worker)

    def ask(self, act: AnyAct) -> None:
        in_transaction(self.console, lambda held: act_store._ask(held, act))

    def look(self, statement: str) -> list[tuple[object, ...]]:
        return rows(self.worker, statement)

    def lock(self, statement: str) -> None:
        """The other one takes rows, at once: nobody else may hold them."""
        assert self.other.execute(trusted_sql(f"{statement} FOR UPDATE NOWAIT")).fetchall()

    def outcomes(self) -> list[Refusal | None]:
        found = self.look("SELECT outcome FROM acts WHERE state <> 'waiting' ORDER BY created_at")
        return [decode_result(str(row[0])).refusal for row in found]


@pytest.fixture
def two(site: Site) -> Iterator[Two]:
    urls, brief = site.urls, timedelta(milliseconds=20)
    with ExitStack() as stack:

        def opened(url: str, wait: timedelta) -> Connection:
            found = connect(url, application="test locks", lock_wait=wait)
            return stack.enter_context(closing(found))

        yield Two(
            ingest=opened(urls.ingest_url, LOCK_WAIT),
            console=opened(urls.console_url, LOCK_WAIT),
            worker=opened(urls.analytics_url, brief),
            other=opened(urls.analytics_url, brief),
            patient=opened(urls.analytics_url, LOCK_WAIT),
        )


def test_a_deadline_waits_for_no_decision_about_its_alarm_and_comes_after_it(two: Two) -> None:
    two.hear(Said(seq=1, asset="D-1", event="fire_alarm"))
    due, deadlines = NOW + timedelta(minutes=1), Deadlines(WHO)
    deadlines.handle(two.worker, NOW)
    with two.other.transaction():
        two.lock(ONE_ALARM)
        assert deadlines.handle(two.worker, due) == 0
    assert deadlines.handle(two.worker, due + SOON) == 1
    assert two.look("SELECT kind FROM notices WHERE kind = 'alarm.escalated'")


def test_a_deadline_of_an_order_waits_for_nobody_who_moves_the_order(two: Two) -> None:
    two.hear(Said(seq=1))
    due, deadlines = NOW + timedelta(hours=3), Deadlines(WHO)
    deadlines.handle(two.worker, NOW)
    stop = "UPDATE clocks SET state = 'stopped', ended_at = now() WHERE alarm_id IS NOT NULL"
    two.look(f"{stop} RETURNING id")
    with two.other.transaction():
        two.lock("SELECT id FROM work_orders")
        assert deadlines.handle(two.worker, due) == 0
    assert deadlines.handle(two.worker, due + SOON) > 0


def test_a_rescue_that_is_overdue_waits_for_nobody_who_holds_its_alarm(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.safety.workflow.LOOK_S", 0.0)
    two.hear(Said(seq=1))
    safety, due = LifeSafety(WHO), NOW + timedelta(minutes=30)
    safety.handle(two.worker, NOW)
    assert two.look("SELECT stage FROM rescues") == [("suspected",)]
    with two.other.transaction():
        two.lock(ONE_ALARM)
        safety.handle(two.worker, due)
        two.lock("SELECT id FROM rescues")
    assert two.look("SELECT stage FROM rescues") == [("suspected",)]
    safety.handle(two.worker, due + SOON)
    assert two.look("SELECT stage FROM rescues") != [("suspected",)]


def test_a_rescue_begins_as_soon_as_nobody_holds_its_alarm(two: Two) -> None:
    two.hear(Said(seq=1))
    safety = LifeSafety(WHO)
    with two.other.transaction():
        two.lock(ONE_ALARM)
        safety.handle(two.worker, NOW)
        two.lock("SELECT alarm_id FROM life_safety_work")
    safety.handle(two.worker, NOW + SOON)
    assert two.look("SELECT stage FROM rescues") == [("suspected",)]


def second_detector(site: Site) -> None:
    second = (
        "INSERT INTO assets (code, class, name_zh, place_id)"
        " SELECT 'D-2', class, '二号感烟', place_id FROM assets WHERE code = 'D-1' RETURNING id"
    )
    with closing(connect(site.urls.owner_url, application="test owner")) as owner:
        rows(owner, second)


def test_a_fire_whose_zone_stays_held_goes_on_late_with_what_is_free(two: Two, site: Site) -> None:
    second_detector(site)
    safety = LifeSafety(WHO)
    two.hear(Said(seq=1, asset="D-1", event="fire_alarm"))
    safety.handle(two.worker, NOW)
    two.hear(Said(seq=2, asset="D-2", event="fire_alarm"))
    with two.other.transaction():
        two.lock(ONE_ALARM)
        began_s = monotonic()
        safety.handle(two.patient, NOW + HELP_AFTER + SOON)
        assert monotonic() - began_s < 2.0, "it was twelve"
    assert two.look("SELECT id FROM alarms WHERE went_on_at IS NOT NULL") == [(2,)]
    confirm = "SELECT alarm_id FROM clocks WHERE kind = 'confirm' AND state = 'running' ORDER BY 1"
    assert two.look(confirm) == [(1,), (2,)]
    assert two.look("SELECT alarm_id FROM life_safety_work") == []


def test_what_a_rescue_needs_and_somebody_holds_is_waited_for_briefly(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The condition that its first dispatch raises on the lift is in another's hands."""
    monkeypatch.setattr("analytics.safety.workflow.LOOK_S", 0.0)
    two.hear(Said(seq=1))
    two.hear(Said(seq=2, event="lift_must_be_checked"))
    two.hear(Said(seq=3, event="lift_must_be_checked", state="clear"))
    safety, due = LifeSafety(WHO), NOW + timedelta(minutes=30)
    safety.handle(two.worker, NOW)
    with two.other.transaction():
        two.lock("SELECT asset_id FROM conditions WHERE condition = 'lift_must_be_checked'")
        began_s = monotonic()
        safety.handle(two.patient, due)
        assert monotonic() - began_s < 3.0, "it was twelve"
    assert two.look("SELECT stage FROM rescues") == [("suspected",)]
    safety.handle(two.patient, due + BUSY_WORK + SOON)
    assert two.look("SELECT stage FROM rescues") != [("suspected",)]


def test_a_fire_whose_zone_is_held_is_taken_up_after_it(two: Two, site: Site) -> None:
    second_detector(site)
    safety = LifeSafety(WHO)
    two.hear(Said(seq=1, asset="D-1", event="fire_alarm"))
    safety.handle(two.worker, NOW)
    two.hear(Said(seq=2, asset="D-2", event="fire_alarm"))
    went_on = "SELECT count(*) FROM alarms WHERE went_on_at IS NOT NULL"
    with two.other.transaction():
        two.lock(ONE_ALARM)
        safety.handle(two.worker, NOW + SOON)
        two.lock("SELECT id FROM alarms WHERE id = 2")
    assert two.look(went_on) == [(0,)]
    safety.handle(two.worker, NOW + 2 * SOON)
    assert two.look(went_on) == [(1,)]
    assert two.look("SELECT alarm_id FROM life_safety_work") == []


def test_a_hold_leaves_an_alarm_that_somebody_holds_and_comes_back_to_it(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.holds.holding.HELD_S", 0.0)
    two.hear(Said(seq=1, event="brake_fault"))
    two.ask(Shelve(id=new_id(), by=OPERATOR, alarm_id=ALARM, minutes=5, text="等备件"))
    assert Office(WHO).handle(two.worker, NOW)
    assert two.look("SELECT state FROM alarms") == [("shelved",)]
    deadlines, holds, over = Deadlines(WHO), HoldWatch(WHO), NOW + timedelta(minutes=6)
    deadlines.handle(two.worker, NOW)
    with two.other.transaction():
        two.lock(ONE_ALARM)
        deadlines.handle(two.worker, over)
        holds.handle(two.worker, over)
        two.lock("SELECT id FROM holds")
    ended = "SELECT ended_at IS NOT NULL, needs_sweep FROM holds"
    assert two.look(ended) == [(True, True)]
    holds.handle(two.worker, over)
    assert two.look("SELECT state FROM alarms") == [("unacknowledged",)]
    assert two.look(ended) == [(True, False)]


def test_an_act_on_an_order_takes_the_alarm_first(two: Two) -> None:
    two.hear(Said(seq=1))
    by = technician(two.worker, "lift_firm")
    two.ask(AcceptOrder(id=new_id(), by=by, order_id=OrderId(1)))
    office = Office(WHO)
    with two.other.transaction():
        two.lock(ONE_ALARM)
        office.handle(two.worker, NOW)
        assert two.outcomes() == []
    office.handle(two.worker, NOW + SOON)
    assert two.outcomes() == [None]


def test_an_act_that_waits_for_a_lock_stops_its_worker_for_no_seconds_and_is_kept(
    two: Two,
) -> None:
    two.hear(Said(seq=1))
    two.ask(Acknowledge(id=new_id(), by=OPERATOR, alarm_id=ALARM))
    office = Office(WHO)
    with two.other.transaction():
        two.lock(ONE_ALARM)
        began_s = monotonic()
        assert office.handle(two.patient, NOW) == 1
        assert monotonic() - began_s < 3.0, "it was six"
        assert office.handle(two.patient, NOW) == 0, "it waits for its time"
        assert two.outcomes() == []
    assert office.handle(two.patient, NOW + SOON) == 1
    assert two.outcomes() == [None]
    assert rows(two.patient, "SELECT current_setting('lock_timeout')") == [("1s",)]


def test_an_act_whose_alarm_stays_held_is_refused_as_busy(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.patience.LOCK_WAIT", timedelta(milliseconds=10))
    two.hear(Said(seq=1))
    two.ask(Acknowledge(id=new_id(), by=OPERATOR, alarm_id=ALARM))
    office, at = Office(WHO), NOW
    with two.other.transaction():
        two.lock(ONE_ALARM)
        office.handle(two.worker, at)
        for length in BUSY:
            assert two.outcomes() == []
            at += length
            office.handle(two.worker, at)
    assert two.outcomes() == [Refusal.BUSY]


def test_an_act_that_another_worker_carried_out_is_forgotten(two: Two) -> None:
    two.hear(Said(seq=1))
    two.ask(Acknowledge(id=new_id(), by=OPERATOR, alarm_id=ALARM))
    office, other = Office(WHO), Office(WHO)
    with two.other.transaction():
        two.lock(ONE_ALARM)
        office.handle(two.worker, NOW)
        assert len(office._busy) == 1
    other.handle(two.worker, NOW)
    assert two.outcomes() == [None]
    office.handle(two.worker, NOW + timedelta(seconds=30))
    assert len(office._busy) == 1
    office.handle(two.worker, NOW + BUSY[0] + REMEMBERED)
    assert office._busy == {}


def test_whoever_asks_waits_for_longer_than_an_act_is_tried() -> None:
    tries = sum(BUSY, timedelta()) + (len(BUSY) + 1) * patience.TRIES * patience.LOCK_WAIT
    assert timedelta(seconds=act_store.ANSWER_LIMIT_S) > tries


def black_out(two: Two, site: Site) -> None:
    """Six lifts of a building without power, alarms 1 to 6."""
    lifts = (
        "INSERT INTO assets (code, class, name_zh, place_id) SELECT 'N-' || n, 'lift', n || '号梯', places.id"
        " FROM generate_series(1, 6) AS n, places WHERE places.code = 'g1' RETURNING id"
    )
    with closing(connect(site.urls.owner_url, application="test owner")) as owner:
        rows(owner, lifts)
    for number in range(1, 7):
        two.hear(Said(seq=number, asset=f"N-{number}", event="main_power_off"))


def test_folding_waits_for_no_alarm_and_comes_back_to_it(
    two: Two, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.incidents.folding.HELD_S", 0.0)
    black_out(two, site)
    folding = Folding(WHO)
    placed = "SELECT count(*) FROM alarms WHERE incident_id IS NOT NULL"
    with two.other.transaction():
        two.lock("SELECT id FROM alarms WHERE id = 2")
        began_s = monotonic()
        folding.handle(two.patient, NOW)
        assert monotonic() - began_s < 1.0
        two.lock("SELECT id FROM alarms WHERE id = 2")
    while folding.handle(two.worker, NOW):
        pass
    assert two.look("SELECT count(*) FROM fold_work") == [(0,)]
    assert two.look(placed) == [(6,)]


def test_folding_leaves_the_head_that_it_cannot_have_and_keeps_no_other(
    two: Two, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.incidents.folding.HELD_S", 0.0)
    black_out(two, site)
    folding = Folding(WHO)
    incidents = "SELECT head_id FROM incidents"
    with two.other.transaction():
        two.lock(ONE_ALARM)
        folding.handle(two.worker, NOW)
        assert two.look(incidents) == [], "its head is in another's hands"
        two.lock("SELECT id FROM alarms WHERE id > 1")
    while folding.handle(two.worker, NOW):
        pass
    assert two.look(incidents) == [(1,)]


def test_a_sweeper_that_stands_still_stops_no_other_hold(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.holds.holding.HELD_S", 0.0)
    monkeypatch.setattr("analytics.holds.holding.STUCK_S", 0.3)
    two.hear(Said(seq=1, event="brake_fault"))
    two.ask(Shelve(id=new_id(), by=OPERATOR, alarm_id=ALARM, minutes=5, text="等备件"))
    assert Office(WHO).handle(two.worker, NOW)
    over, holds = NOW + timedelta(minutes=6), HoldWatch(WHO)
    deadlines = Deadlines(WHO)
    deadlines.handle(two.worker, NOW)
    with two.other.transaction():
        assert hold_store.be_the_sweeper(two.other)
        deadlines.handle(two.worker, over)
        assert two.look("SELECT state FROM alarms") == [("shelved",)]
        assert until(lambda: holds.handle(two.worker, over) > 0)
        assert two.look("SELECT state FROM alarms") == [("unacknowledged",)]


def test_a_clock_that_somebody_holds_while_time_is_set_back_begins_anew_after_him(two: Two) -> None:
    two.hear(Said(seq=1))
    deadlines, before = Deadlines(WHO), NOW - timedelta(hours=1)
    deadlines.handle(two.worker, NOW)
    ahead = (
        "SELECT count(*) FROM clocks WHERE state = 'running' AND started_at > '2026-11-22 02:30Z'"
    )
    with two.other.transaction():
        two.lock("SELECT id FROM clocks WHERE state = 'running' ORDER BY id LIMIT 1")
        began_s = monotonic()
        deadlines.handle(two.patient, before)
        assert monotonic() - began_s < 1.0
        assert two.look(ahead) == [(1,)]
    deadlines.handle(two.patient, before)
    assert two.look(ahead) == [(0,)]


def test_a_deadlock_is_found_within_a_fifth_of_a_second(two: Two) -> None:
    assert two.look("SHOW deadlock_timeout") == [("200ms",)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(two.other, "SET deadlock_timeout = '1min'")
