"""64 connections at once on the same and on different alarms: one open alarm each, no gap, no loss."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from random import Random
from threading import Barrier, Thread

import pytest

from analytics.act import Acknowledge, Comment, Person, Reset
from analytics.act import store as act_store
from analytics.act.hold_kind import (
    ApproveProposal,
    ProposeTakeOut,
    ReturnToService,
    Shelve,
    Unshelve,
)
from analytics.act.office import Office
from analytics.act.safety_kind import AnyAct
from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.desk import Desk
from analytics.alarms.queue import EventQueue
from analytics.audit.sealer import seal_waiting
from analytics.audit.verifier import verify
from analytics.clocks.deadline import Deadlines
from analytics.duties.responsibility import Responsibility, ensure_matrix
from analytics.holds.hold import ProposalId
from analytics.holds.holding import HoldWatch
from analytics.incidents.folding import Folding
from ingest.database import Connection, connect, in_transaction
from ingest.errors import StoreUnavailable
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_acts import OPERATOR, SECOND, new_id

WRITERS = 64
EVENTS = ("brake_fault", "overspeed", "door_open_fault", "fire_alarm", "car_alarm_button")
WORDS = 1500
ACTS = 500


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


def speak(ingest: Connection, dice: Random) -> None:
    with ingest.transaction():
        for seq in range(WORDS):
            event = dice.choice(EVENTS)
            asset = "D-1" if event == "fire_alarm" else dice.choice(["L-1", "L-9"])
            state = "raise" if dice.random() < 0.6 else "clear"
            at = NOW + timedelta(milliseconds=seq)
            say(ingest, Said(seq=seq, asset=asset, event=event, state=state, at=at))


def wishes(dice: Random) -> Iterator[AnyAct]:
    people = [OPERATOR, SECOND, Person(name="wang", role="project_manager", scope=("city",))]
    for _ in range(ACTS):
        by = dice.choice(people)
        by = replace(by, scope=("city",))
        alarm = AlarmId(dice.randint(1, 12))
        asset = AssetId(dice.randint(1, 2))
        proposal = ProposalId(dice.randint(1, 4))
        wish: list[AnyAct] = [
            Acknowledge(id=new_id(), by=by, alarm_id=alarm),
            Comment(id=new_id(), by=by, alarm_id=alarm, text="看过"),
            Reset(id=new_id(), by=by, alarm_id=alarm, text="现场正常"),
            Shelve(id=new_id(), by=by, alarm_id=alarm, minutes=5, text="等备件"),
            Unshelve(id=new_id(), by=by, alarm_id=alarm),
            ProposeTakeOut(id=new_id(), by=by, asset_id=asset, minutes=5, text="检修"),
            ApproveProposal(id=new_id(), by=by, proposal_id=proposal),
            ReturnToService(id=new_id(), by=by, asset_id=asset),
        ]
        yield dice.choice(wish)


class Writer:
    """What an alarm process does, without the waiting."""

    def __init__(self, connection: Connection, number: int) -> None:
        responsibility = Responsibility()
        self._connection = connection
        self._number = number
        self._parts = (
            EventQueue(Desk(responsibility)),
            Office(responsibility),
            Deadlines(responsibility),
            HoldWatch(responsibility),
            Folding(responsibility),
        )
        self.failures: list[Exception] = []

    def run(self, start: Barrier) -> None:
        start.wait()
        idle = 0
        while idle < 3:
            done = 0
            for part in self._parts:
                try:
                    done += part.handle(self._connection, NOW + timedelta(seconds=self._number))
                except StoreUnavailable:
                    done += 1  # too busy: the rows stay, as the loop of the process has it
                except Exception as error:  # noqa: BLE001 - the edge of a thread: the test tells it
                    self.failures.append(error)
                    return
            idle = 0 if done else idle + 1


def test_sixty_four_writers_leave_one_open_alarm_per_condition_and_a_whole_history(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    dice = Random(64)
    ensure_matrix(analytics, NOW)
    speak(ingest, dice)
    for act in wishes(dice):
        in_transaction(console, lambda held, wish=act: act_store._ask(held, wish))  # type: ignore[misc]
    with ExitStack() as stack:
        url = site.urls.analytics_url
        connections = [
            stack.enter_context(closing(connect(url, application=f"writer {number}")))
            for number in range(WRITERS)
        ]
        writers = [Writer(connection, n) for n, connection in enumerate(connections)]
        start = Barrier(WRITERS)
        threads = [Thread(target=writer.run, args=(start,)) for writer in writers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(100)
        assert not any(thread.is_alive() for thread in threads)
    assert [error for writer in writers for error in writer.failures] == []
    finish(analytics)
    assert rows(analytics, "SELECT count(*) FROM event_work") == [(0,)]
    assert rows(analytics, "SELECT count(*) FROM acts WHERE state = 'waiting'") == [(0,)]
    assert rows(analytics, "SELECT count(*) FROM acts WHERE outcome LIKE '%failed%'") == [(0,)]
    kinds = rows(analytics, "SELECT count(DISTINCT kind) FROM acts WHERE state = 'done'")
    assert kinds[0][0] in range(5, 9), "the walk did hardly anything"
    check_alarms(analytics)
    check_words(analytics)
    check_history(analytics)
    while seal_waiting(analytics, NOW):
        pass
    assert verify(analytics).is_sound


def finish(analytics: Connection) -> None:
    """One writer alone takes up what others had locked."""
    writer = Writer(analytics, WRITERS)
    writer.run(Barrier(1))
    assert writer.failures == []


def check_alarms(analytics: Connection) -> None:
    doubles = (
        "SELECT asset_id, condition FROM alarms WHERE closed_at IS NULL"
        " GROUP BY asset_id, condition HAVING count(*) > 1"
    )
    assert rows(analytics, doubles) == []
    hidden_by_none = (
        "SELECT alarms.id FROM alarms LEFT JOIN holds ON holds.id = alarms.hold_id"
        " WHERE alarms.closed_at IS NULL"
        " AND alarms.state IN ('shelved', 'suppressed', 'out_of_service')"
        " AND (holds.id IS NULL OR holds.ended_at IS NOT NULL OR holds.kind <> alarms.state)"
    )
    assert rows(analytics, hidden_by_none) == []
    shown_under_a_hold = (
        "SELECT alarms.id, alarms.state FROM alarms"
        " JOIN hold_assets ON hold_assets.asset_id = alarms.asset_id"
        " JOIN holds ON holds.id = hold_assets.hold_id AND holds.ended_at IS NULL"
        " WHERE alarms.closed_at IS NULL AND holds.kind = 'out_of_service'"
        " AND alarms.state <> 'out_of_service'"
    )
    assert rows(analytics, shown_under_a_hold) == []
    not_as_told = (
        "SELECT alarms.id, alarms.state FROM alarms JOIN conditions USING (asset_id, condition)"
        " WHERE conditions.is_active AND alarms.closed_at IS NULL"
        " AND alarms.state IN ('returned_unacknowledged', 'latched_unacknowledged',"
        " 'latched_acknowledged')"
    )
    assert rows(analytics, not_as_told) == []
    lost = (
        "SELECT conditions.asset_id, conditions.condition FROM conditions"
        " WHERE conditions.is_active AND NOT EXISTS (SELECT FROM alarms"
        " WHERE alarms.asset_id = conditions.asset_id"
        " AND alarms.condition = conditions.condition AND alarms.closed_at IS NULL)"
    )
    assert rows(analytics, lost) == []


def check_words(analytics: Connection) -> None:
    """Every raise is counted once, in some episode."""
    said = "SELECT count(*) FROM events WHERE state = 'raise'"
    counted = "SELECT sum(raises) FROM alarms"
    assert rows(analytics, counted) == rows(analytics, said)


def check_history(analytics: Connection) -> None:
    """Versions without a gap, each move from where the one before had ended."""
    lines = rows(
        analytics,
        "SELECT alarm_id, version, from_state, to_state FROM alarm_transitions"
        " ORDER BY alarm_id, version, id",
    )
    by_alarm: dict[object, list[tuple[object, ...]]] = defaultdict(list)
    for alarm, *line in lines:
        by_alarm[alarm].append(tuple(line))
    ends = {row[0]: row[1:] for row in rows(analytics, "SELECT id, version, state FROM alarms")}
    assert set(by_alarm) == set(ends)
    for alarm, found in by_alarm.items():
        version, state = 0, "normal"
        for number, before, after in found:
            assert number in (version, version + 1), (alarm, found)
            assert before == state, (alarm, found)
            version, state = number, str(after)
        assert (version, state) == ends[alarm]
