"""A flood of events: decided in a row for a while, and nothing else is forgotten over it."""

import pytest

from analytics.alarms import loop as alarms
from analytics.alarms import store
from analytics.alarms.desk import Desk
from analytics.alarms.loop import AlarmProcess
from analytics.alarms.queue import BATCH, FLOOD_BATCH, EventQueue
from analytics.duties.responsibility import Responsibility
from ingest.database import Connection
from tests.integration.analytics.site import NOW, Said, rows, say

MANY = 2 * BATCH + 5


def pour(ingest: Connection) -> None:
    for seq in range(1, MANY + 1):
        say(ingest, Said(seq=seq, event="entrapment", state="raise" if seq % 2 else "clear"))


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(("decide_s", "left"), [(60.0, 0), (0.0, MANY - BATCH)])
def test_events_that_wait_are_decided_before_anything_else_has_its_turn(
    ingest: Connection,
    analytics: Connection,
    monkeypatch: pytest.MonkeyPatch,
    decide_s: float,
    left: int,
) -> None:
    monkeypatch.setattr(alarms, "DECIDE_S", decide_s)
    pour(ingest)
    process = AlarmProcess(lambda: analytics, lambda: NOW)

    assert process.turn(analytics)

    assert store.backlog(analytics) == left
    while process.turn(analytics):
        pass
    assert store.backlog(analytics) == 0
    found = rows(analytics, "SELECT count(*) FROM alarms WHERE condition = 'entrapment'")
    assert found[0][0]


@pytest.mark.usefixtures("site")
def test_batches_grow_while_a_flood_lasts_and_are_small_again_after_it(
    ingest: Connection, analytics: Connection
) -> None:
    queue = EventQueue(Desk(Responsibility()))
    for seq in range(1, 7 * BATCH + 1):
        say(ingest, Said(seq=seq, event="fault", state="raise" if seq % 2 else "clear"))
    ingest.commit()
    taken = [queue.handle(analytics, NOW) for _ in range(4)]
    assert taken == [BATCH, 2 * BATCH, FLOOD_BATCH, 0]
    say(ingest, Said(seq=7 * BATCH + 1, event="fault"))
    ingest.commit()
    assert queue.handle(analytics, NOW) == 1


ALONE = """
    INSERT INTO alarms (asset_id, place_path, condition, event, alarm_group, severity,
        is_life_safety, state, raised_at, received_at, opened_at)
    SELECT assets.id, places.path, 'entrapment', 'entrapment', 'entrapment', 'critical',
        true, 'unacknowledged', now(), now(), now()
    FROM assets JOIN places ON places.id = assets.place_id WHERE assets.code = 'L-1'
    RETURNING id
"""
"""An open alarm whose condition nobody has heard of, as no event ever leaves one."""


@pytest.mark.usefixtures("site")
def test_an_alarm_that_was_written_without_its_condition_takes_its_raise_and_others_go_on(
    ingest: Connection, analytics: Connection
) -> None:
    assert rows(analytics, ALONE) == [(1,)]
    say(ingest, Said(seq=1))
    say(ingest, Said(seq=2, asset="L-9"))
    queue = EventQueue(Desk(Responsibility()))

    assert queue.handle(analytics, NOW) == 2

    found = "SELECT assets.code, raises FROM alarms JOIN assets ON assets.id = asset_id ORDER BY 1"
    assert rows(analytics, found) == [("L-1", 2), ("L-9", 1)]
    assert store.backlog(analytics) == 0
