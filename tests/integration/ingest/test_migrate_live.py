"""A schema that is brought up to date under writers: nobody waits long, whatever breaks off."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest

from ingest import index_build
from ingest.database import Connection, connect, trusted_sql
from ingest.errors import IngestError, MigrationFailed, RefusedMigration
from ingest.migrate import Applied, migrate
from tests.integration.ingest.parts import one
from tests.integration.ingest.test_migrate import write
from towerwatch.services.database import DatabaseUrls

TABLE = "CREATE TABLE events_of_old (n int, m int);"
INDEX = "CREATE INDEX old_n ON events_of_old (n);"
ALONE = "-- why\nCREATE INDEX CONCURRENTLY IF NOT EXISTS old_n ON events_of_old (n);"
IS_WHOLE = "SELECT coalesce(bool_and(indisvalid), false) FROM pg_index WHERE indexrelid = to_regclass('old_n')"
BUILDS = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'towerwatch migrate'"
    " AND datname = current_database() AND wait_event_type = 'Lock'"
)
KILL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
    " application_name = 'towerwatch migrate' AND datname = current_database()"
)
PATIENCE_S = 30.0


class Runner:
    """A runner in a thread of its own."""

    def __init__(self, url: str, sets: list[tuple[str, Path]]) -> None:
        self.applied: list[Applied] = []
        self.failure: Exception | None = None
        self._thread = Thread(target=self._run, args=(url, sets))
        self._thread.start()

    def _run(self, url: str, sets: list[tuple[str, Path]]) -> None:
        try:
            self.applied = migrate(url, sets)
        except (IngestError, psycopg.Error) as error:
            self.failure = error

    def join(self) -> None:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


def until(holds: Callable[[], object]) -> None:
    for _ in range(int(PATIENCE_S / 0.05)):
        if holds():
            return
        Event().wait(0.05)
    raise AssertionError("it never came to that")


@contextmanager
def owner(urls: DatabaseUrls) -> Iterator[Connection]:
    brief = timedelta(milliseconds=500)
    with closing(connect(urls.owner_url, application="test owner", lock_wait=brief)) as connection:
        yield connection


def insert(connection: Connection) -> None:
    connection.execute("INSERT INTO events_of_old VALUES (1, 1)")


@pytest.mark.parametrize(
    ("file", "text"),
    [("0002_new.concurrently", ALONE), ("0002_new", f"{INDEX}\nCREATE TABLE later (n int);")],
    ids=["a file of indexes", "a landed file"],
)
def test_writers_go_on_while_an_index_is_built(
    empty_database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    text: str,
) -> None:
    monkeypatch.setattr(index_build, "LARGE_BYTES", 0)
    sets = write(tmp_path / "own", **{"0001_old": TABLE})
    migrate(empty_database.owner_url, sets)
    write(tmp_path / "own", **{file: text})
    with owner(empty_database) as slow, owner(empty_database) as writer:
        with slow.transaction():
            insert(slow)
            runner = Runner(empty_database.owner_url, sets)
            until(lambda: one(empty_database, BUILDS))
            insert(writer)
        runner.join()
    assert runner.failure is None
    assert runner.applied == [Applied(set_name="own", file=f"{file}.sql")]
    assert one(empty_database, IS_WHOLE)
    assert migrate(empty_database.owner_url, sets) == []


def test_a_file_that_makes_rows_unique_before_its_index_is_applied_in_its_order(
    empty_database: DatabaseUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_build, "LARGE_BYTES", 0)
    rows = "INSERT INTO events_of_old VALUES (1, 1), (1, 2);"
    migrate(empty_database.owner_url, write(tmp_path / "own", **{"0001_old": f"{TABLE}\n{rows}"}))
    dedupe = "DELETE FROM events_of_old WHERE m = 2;"
    unique = "CREATE UNIQUE INDEX old_n ON events_of_old (n);"
    sets = write(tmp_path / "own", **{"0002_once": f"{dedupe}\n{unique}"})
    migrate(empty_database.owner_url, sets)
    assert one(empty_database, IS_WHOLE)


def test_a_runner_that_dies_in_an_index_leaves_nothing_that_the_next_does_not_mend(
    empty_database: DatabaseUrls, tmp_path: Path
) -> None:
    migrate(empty_database.owner_url, write(tmp_path / "own", **{"0001_old": TABLE}))
    sets = write(tmp_path / "own", **{"0002_new.concurrently": ALONE})
    with owner(empty_database) as slow, slow.transaction():
        insert(slow)
        runner = Runner(empty_database.owner_url, sets)
        until(lambda: one(empty_database, BUILDS))
        assert one(empty_database, KILL)
        runner.join()
    assert runner.failure is not None
    assert not one(empty_database, IS_WHOLE)
    assert one(empty_database, "SELECT to_regclass('old_n') IS NOT NULL"), "a leftover"
    again = migrate(empty_database.owner_url, sets)
    assert [item.file for item in again] == ["0002_new.concurrently.sql"]
    assert one(empty_database, IS_WHOLE)


def test_what_refused_values_left_half_built_is_built_anew(
    empty_database: DatabaseUrls, tmp_path: Path
) -> None:
    unique = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS old_n ON events_of_old (n);"
    rows = f"{TABLE} INSERT INTO events_of_old VALUES (1, 1), (1, 2);"
    sets = write(tmp_path / "own", **{"0001_old": rows, "0002_new.concurrently": unique})
    with pytest.raises(RefusedMigration, match="could not create unique index"):
        migrate(empty_database.owner_url, sets)
    with owner(empty_database) as connection:
        connection.execute("DELETE FROM events_of_old WHERE m = 2")
    assert len(migrate(empty_database.owner_url, sets)) == 1
    assert one(empty_database, IS_WHOLE)


def test_two_runners_at_once_build_an_index_once(
    empty_database: DatabaseUrls, tmp_path: Path
) -> None:
    """A second one that waited in a statement would be waited for by the index, in a ring."""
    migrate(empty_database.owner_url, write(tmp_path / "own", **{"0001_old": TABLE}))
    sets = write(tmp_path / "own", **{"0002_new.concurrently": ALONE})
    with owner(empty_database) as slow:
        with slow.transaction():
            insert(slow)
            first = Runner(empty_database.owner_url, sets)
            until(lambda: one(empty_database, BUILDS))
            second = Runner(empty_database.owner_url, sets)
            until(lambda: one(empty_database, BUILDS.split(" AND wait_event", maxsplit=1)[0]) == 2)
        first.join()
        second.join()
    assert (first.failure, second.failure) == (None, None)
    assert sorted(len(runner.applied) for runner in (first, second)) == [0, 1]
    assert one(empty_database, IS_WHOLE)


def test_a_hypertable_is_indexed_chunk_by_chunk(
    empty_database: DatabaseUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = (
        "CREATE EXTENSION IF NOT EXISTS timescaledb;"
        "CREATE TABLE long_ago (at timestamptz NOT NULL, n int);"
        "SELECT create_hypertable('long_ago', 'at', chunk_time_interval => INTERVAL '1 day');"
        "INSERT INTO long_ago SELECT '2026-01-01'::timestamptz + day * INTERVAL '1 day', day"
        " FROM generate_series(1, 3) AS day;"
    )
    index = (
        "CREATE INDEX IF NOT EXISTS old_n ON long_ago (n) WITH (timescaledb.transaction_per_chunk);"
    )
    migrate(empty_database.owner_url, write(tmp_path / "own", **{"0001_old": table}))
    sets = write(tmp_path / "own", **{"0002_new.concurrently": index})
    chunks = (
        "SELECT count(*) FROM pg_indexes"
        " WHERE schemaname = '_timescaledb_internal' AND indexdef LIKE '%%(n)%%'"
    )
    monkeypatch.setattr(index_build, "LOCK_WAIT", "30s")
    last = one(empty_database, "SELECT max(chunk::text) FROM show_chunks('long_ago') AS chunk")
    with owner(empty_database) as slow, slow.transaction():
        slow.execute(trusted_sql(f"LOCK TABLE {last} IN ROW EXCLUSIVE MODE"))
        runner = Runner(empty_database.owner_url, sets)
        until(lambda: one(empty_database, BUILDS))
        assert one(empty_database, chunks) == 2, "chunks before have theirs already"
        assert one(empty_database, KILL)
        runner.join()
    assert runner.failure is not None
    assert not one(empty_database, IS_WHOLE)
    assert len(migrate(empty_database.owner_url, sets)) == 1
    assert one(empty_database, IS_WHOLE)
    assert one(empty_database, chunks) == 3


def test_a_file_that_waits_for_a_lock_lets_writers_through(
    empty_database: DatabaseUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.migrate.LOCK_WAIT", "100ms")
    migrate(empty_database.owner_url, write(tmp_path / "own", **{"0001_old": TABLE}))
    sets = write(tmp_path / "own", **{"0002_new": "ALTER TABLE events_of_old ADD COLUMN k int;"})
    with owner(empty_database) as slow, owner(empty_database) as writer:
        with slow.transaction():
            insert(slow)
            runner = Runner(empty_database.owner_url, sets)
            until(lambda: one(empty_database, BUILDS))
            insert(writer)
        runner.join()
    assert runner.failure is None
    assert len(runner.applied) == 1


def test_a_file_of_indexes_holds_nothing_else(empty_database: DatabaseUrls, tmp_path: Path) -> None:
    sets = write(tmp_path / "own", **{"0001_new.concurrently": TABLE})
    with pytest.raises(MigrationFailed, match="holds CREATE INDEX only"):
        migrate(empty_database.owner_url, sets)
