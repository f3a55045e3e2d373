"""The proof of clocks works, and would see a lost and a doubled one."""

from contextlib import closing
from datetime import timedelta

from ingest.database import connect, trusted_sql
from tests.loop.clocks import Extent, _judge, measure
from towerwatch.services.database import DatabaseUrls

SMALL = Extent(fires=20, kills=2, span=timedelta(seconds=6), darkness=timedelta(seconds=0.5))


def test_clocks_due_around_kills_run_once_each_and_the_judge_can_fail(
    database: DatabaseUrls,
) -> None:
    found = measure(database, SMALL, seed=5)

    assert (found.clocks, found.lost, found.twice) == (20, 0, 0)
    assert found.latest_s > 0
    with closing(connect(database.owner_url, application="tamper")) as owner:
        owner.autocommit = True
        owner.execute(
            trusted_sql(
                "UPDATE clocks SET state = 'stopped' WHERE id = (SELECT min(id) FROM clocks"
                " WHERE kind = 'acknowledge' AND step = 0 AND state = 'missed')"
            )
        )
        owner.execute(
            trusted_sql(
                "INSERT INTO clocks (kind, alarm_id, step, due_at, started_at, state)"
                " SELECT kind, alarm_id, step, due_at, started_at, state FROM clocks"
                " WHERE id = (SELECT max(id) FROM clocks"
                " WHERE kind = 'acknowledge' AND step = 0 AND state = 'missed')"
            )
        )
        tampered = _judge(owner, SMALL)
    assert (tampered.lost, tampered.twice) == (1, 1)
