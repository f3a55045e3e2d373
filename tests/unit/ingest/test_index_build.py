"""Which statements of a migration are indexes, and how they are built beside writers."""

from pathlib import Path

import pytest

from ingest.errors import MigrationFailed
from ingest.index_build import parse_builds, plain_builds
from ingest.migrate import migration_files


@pytest.mark.parametrize(
    ("file", "names"),
    [
        (
            "analytics/migrations/0056_promises.sql",
            [
                "clocks_ended",
                "work_orders_opened",
                "rescues_opened",
                "seals_sealed",
                "clocks_missed",
            ],
        ),
        ("ingest/migrations/0013_coverage.sql", ["events_received"]),
    ],
)
def test_the_indexes_of_a_landed_file_are_found(file: str, names: list[str]) -> None:
    sql = Path(file).read_text("utf-8")
    builds = plain_builds(sql)
    assert [build.name for build in builds] == names
    for build in builds:
        sql = sql.replace(build.text, "", 1)
    assert "CREATE INDEX" not in sql
    assert "CREATE VIEW" in sql


def test_an_index_is_built_beside_writers_whatever_it_looked_like() -> None:
    plain = "CREATE UNIQUE INDEX a_b\n    ON a (b)\n    WHERE c = 'x;y' AND d;"
    (found,) = parse_builds("CREATE INDEX a_n ON a USING brin (n) WITH (pages_per_range = 16);")
    assert found.statement == (
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS a_n ON a USING brin (n) WITH (pages_per_range = 16)"
    )
    assert plain_builds(plain.replace(";y", "")) != ()
    assert plain_builds(plain) == (), "one that is not understood stays in its transaction"


def test_a_hypertable_is_indexed_by_chunk_and_not_concurrently() -> None:
    text = "CREATE INDEX IF NOT EXISTS h_n ON h (n) WITH (timescaledb.transaction_per_chunk)"
    (found,) = parse_builds(f"-- why; and so on\n{text};")
    assert found.statement == text


@pytest.mark.parametrize("text", ["CREATE TABLE a (n int);", "SELECT 1;", "DROP INDEX a_n;"])
def test_a_file_of_indexes_refuses_what_needs_a_transaction(text: str) -> None:
    with pytest.raises(MigrationFailed, match="CREATE INDEX only"):
        parse_builds(text)


def test_a_function_that_creates_an_index_is_left_alone() -> None:
    assert plain_builds("DO $$ BEGIN\n    CREATE INDEX a_n ON a (n);\nEND $$;") == ()


def test_files_of_indexes_come_last_within_their_number(tmp_path: Path) -> None:
    for name in ("0002_b", "0001_a.concurrently", "0001_a.community", "0001_a"):
        (tmp_path / f"{name}.sql").write_text("SELECT 1;")
    found = migration_files(tmp_path)
    assert [(file.name, file.is_concurrent) for file in found] == [
        ("0001_a.sql", False),
        ("0001_a.community.sql", False),
        ("0001_a.concurrently.sql", True),
        ("0002_b.sql", False),
    ]
