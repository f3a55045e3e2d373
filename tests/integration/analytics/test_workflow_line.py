"""A queue of workflows: as many as wait at once, and one that fails stops no other."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import cast

import pytest

from analytics.safety.workflow import BATCH, SET_ASIDE, Line
from ingest.database import Connection, connect
from tests.integration.analytics.site import NOW
from towerwatch.services.database import DatabaseUrls


class Rows:
    """Numbers that wait in a table of the session; one of them cannot be taken up."""

    def __init__(self, connection: Connection, many: int, bad: int | None) -> None:
        self.bad = bad
        self.tries: list[int] = []
        connection.execute(
            "CREATE TEMP TABLE waiting AS SELECT generate_series(1, %s) AS n", [many]
        )

    def take(self, held: Connection, aside: list[int], seen: list[int], _: datetime) -> bool:
        row = held.execute(
            "DELETE FROM waiting WHERE n = (SELECT min(n) FROM waiting WHERE n <> ALL (%s)) RETURNING n",
            [aside],
        ).fetchone()
        if row is None:
            return False
        number = cast("int", row[0])
        seen.append(number)
        self.tries.append(number)
        if number == self.bad:
            held.execute("SELECT 1 / 0")
        return True


def left(connection: Connection) -> list[int]:
    rows = connection.execute("SELECT n FROM waiting ORDER BY n").fetchall()
    return [cast("int", n) for (n,) in rows]


@pytest.fixture
def connection(database: DatabaseUrls) -> Iterator[Connection]:
    with closing(connect(database.owner_url, application="test workflows")) as one:
        yield one


def test_a_turn_takes_no_more_than_a_batch(connection: Connection) -> None:
    rows = Rows(connection, BATCH + 3, bad=None)
    line = Line("test", rows.take)
    assert line.handle(connection, NOW) == BATCH
    assert line.handle(connection, NOW) == 3
    assert line.handle(connection, NOW) == 0
    assert rows.tries == list(range(1, BATCH + 4))


def test_one_that_fails_stops_no_other_and_is_tried_again(connection: Connection) -> None:
    rows = Rows(connection, 6, bad=3)
    line = Line("test", rows.take)
    line.handle(connection, NOW)
    assert left(connection) == [3]
    line.handle(connection, NOW + SET_ASIDE / 2)
    assert left(connection) == [3]
    rows.bad = None
    line.handle(connection, NOW + SET_ASIDE + timedelta(seconds=1))
    assert left(connection) == []
