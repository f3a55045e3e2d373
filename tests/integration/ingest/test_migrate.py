"""The migration runner against the real database."""

import threading
from pathlib import Path

import psycopg
import pytest

from gateway.catalogue import ASSET_CLASSES
from ingest.database import connect, load_queries
from ingest.errors import EditedMigration, RefusedMigration, StoreUnavailable
from ingest.migrate import Applied, migrate, migration_files
from tests.integration.ingest.parts import one, rows
from towerwatch.services.database import DatabaseUrls

FOLDER = Path("ingest/migrations")


def write(folder: Path, **files: str) -> list[tuple[str, Path]]:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text)
    return [("own", folder)]


def test_a_second_run_has_nothing_to_do(empty_database: DatabaseUrls) -> None:
    sets = [("ingest", FOLDER)]
    applied = migrate(empty_database.owner_url, sets)
    common = [file.name for file in migration_files(FOLDER) if not file.is_community]
    assert [one.file for one in applied] == common
    assert migrate(empty_database.owner_url, sets) == []


def test_a_refused_file_leaves_nothing_and_the_next_run_goes_on(
    empty_database: DatabaseUrls, tmp_path: Path
) -> None:
    sets = write(
        tmp_path / "own",
        **{"0001_a": "CREATE TABLE a (n int);", "0002_b": "CREATE TABLE b (n int); SELECT 1/0;"},
    )
    with pytest.raises(RefusedMigration, match=r"own/0002_b\.sql was refused: division by zero"):
        migrate(empty_database.owner_url, sets)
    assert one(empty_database, "SELECT to_regclass('b') IS NULL")
    write(tmp_path / "own", **{"0002_b": "CREATE TABLE b (n int);"})
    assert migrate(empty_database.owner_url, sets) == [Applied(set_name="own", file="0002_b.sql")]


def test_a_landed_file_may_not_change_or_go(empty_database: DatabaseUrls, tmp_path: Path) -> None:
    sets = write(tmp_path / "own", **{"0001_a": "CREATE TABLE a (n int);"})
    migrate(empty_database.owner_url, sets)
    write(tmp_path / "own", **{"0001_a": "CREATE TABLE a (n bigint);"})
    with pytest.raises(EditedMigration, match="was edited"):
        migrate(empty_database.owner_url, sets)
    (tmp_path / "own" / "0001_a.sql").unlink()
    with pytest.raises(EditedMigration, match="was removed"):
        migrate(empty_database.owner_url, sets)


def test_two_runners_at_once_have_one_winner(empty_database: DatabaseUrls) -> None:
    results: list[list[Applied]] = []

    def run() -> None:
        results.append(migrate(empty_database.owner_url, [("ingest", FOLDER)]))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(bool(result) for result in results) == [False, True]


def test_a_runner_that_is_killed_half_way_lets_the_next_one_in(
    empty_database: DatabaseUrls, tmp_path: Path
) -> None:
    slow = write(tmp_path / "slow", **{"0001_a": "CREATE TABLE a (n int); SELECT pg_sleep(30);"})
    failure: list[Exception] = []

    def run() -> None:
        try:
            migrate(empty_database.owner_url, slow)
        except (RefusedMigration, StoreUnavailable, psycopg.Error) as error:
            failure.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    kill = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = 'towerwatch migrate' AND query LIKE '%%pg_sleep%%'"
        " AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    while not one(empty_database, kill):
        threading.Event().wait(0.05)
    thread.join(10)
    assert failure
    write(tmp_path / "slow", **{"0001_a": "CREATE TABLE a (n int);"})
    assert len(migrate(empty_database.owner_url, slow)) == 1


def test_community_files_wait_for_the_edition(database: DatabaseUrls) -> None:
    applied = rows(database, "SELECT file FROM schema_migrations WHERE file LIKE '%%.community.%%'")
    assert applied == []


@pytest.mark.parametrize("kind", [kind for kind in ASSET_CLASSES if kind.table])
def test_a_table_has_the_columns_of_its_class(database: DatabaseUrls, kind: object) -> None:
    from gateway.catalogue import AssetClass

    assert isinstance(kind, AssetClass)
    found = rows(
        database,
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
        " ORDER BY ordinal_position",
        kind.table,
    )
    expected = [("at", "timestamp with time zone"), ("asset_id", "integer")]
    assert found == [*expected, *((metric.name, "real") for metric in kind.metrics)]


@pytest.mark.parametrize(
    "file",
    [
        "contacts.sql",
        "deliveries.sql",
        "events.sql",
        "leases.sql",
        "migrate.sql",
        "reports.sql",
        "samples.sql",
        "states.sql",
    ],
)
def test_every_named_query_is_understood_by_the_migrated_schema(
    database: DatabaseUrls, file: str
) -> None:
    """PREPARE parses and plans a statement without running it."""
    with connect(database.ingest_url, application="test") as connection:
        for query in load_queries("ingest", file):
            text = query.statement.as_string()
            if text.startswith(("LISTEN", "CREATE", "COPY")) or "{" in text.replace("'{", ""):
                continue
            prepared = _numbered(text)
            with connection.transaction(force_rollback=True):
                connection.execute(f"PREPARE {query.name} AS {prepared}")


def _numbered(text: str) -> str:
    """The statement with $1, $2, .. for its named parameters."""
    import re

    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", text)))
    for number, name in enumerate(names, start=1):
        text = text.replace(f"%({name})s", f"${number}")
    return text
