"""The whole loop walked at random, and each invariant would see the fault that it is about."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from ingest.database import Connection, connect, parse_queries, trusted_sql
from tests.loop.ground import build_ground
from tests.loop.walk import INVARIANTS, Walk, everything, measure
from towerwatch.services.database import DatabaseUrls

_FILE = Path(__file__).with_name("sabotage.sql")
SABOTAGE = parse_queries(_FILE.name, _FILE.read_text("utf-8"))
LOOSEN = """
    ALTER TABLE alarms DROP CONSTRAINT alarms_never_fold_life_safety;
    ALTER TABLE rescues DROP CONSTRAINT rescues_have_an_owner_or_a_clock;
    DROP INDEX alarms_one_open, clocks_one_per_alarm, clocks_one_per_order, clocks_due,
        work_orders_one_per_alarm
"""
"""What the database would refuse by itself: the invariants are to see it all the same."""
SEED = 20261122


@pytest.fixture(autouse=True)
def _plain_log() -> Iterator[None]:
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
    )
    yield
    structlog.reset_defaults()


def test_a_walk_through_the_whole_loop_leaves_nothing_behind(database: DatabaseUrls) -> None:
    found = measure(database, steps=60, seed=SEED)

    assert found.complaints == ()
    assert found.kills >= 1
    assert found.alarms >= 8
    assert found.orders >= 8


@pytest.fixture
def owner(database: DatabaseUrls) -> Iterator[Connection]:
    """A fire, trapped people and a fault, an hour after nobody answered."""
    ground = build_ground(database)
    with (
        closing(connect(database.owner_url, application="walk")) as owner,
        closing(connect(database.ingest_url, application="walk")) as ingest,
        closing(connect(database.console_url, application="walk")) as console,
    ):
        walk = Walk(ground=ground, owner=owner, ingest=ingest, console=console, seed=1)
        with closing(walk):
            walk.hear("D-1", "fire_alarm")
            walk.hear("L-1", "entrapment")
            walk.hear("L-2", "overspeed")
            walk.settle()
            walk.now += timedelta(minutes=4)
            walk.settle()
            assert walk.faults == []
            yield owner


def test_every_invariant_sees_its_fault(owner: Connection) -> None:
    assert [one.name for one in SABOTAGE] == [one.name for one in INVARIANTS]
    now = {"now": owner.execute(trusted_sql("SELECT max(due_at) FROM clocks")).fetchall()[0][0]}
    for sabotage in SABOTAGE:
        with owner.transaction(force_rollback=True):
            for statement in LOOSEN.split(";"):
                owner.execute(trusted_sql(statement))
            changed = owner.execute(sabotage.statement, now).rowcount
            seen = {row[0] for row in owner.execute(everything(is_settled=True), now).fetchall()}
        assert changed, f"{sabotage.name}: the sabotage did nothing"
        assert sabotage.name in seen, f"{sabotage.name} was not seen, only {seen}"
