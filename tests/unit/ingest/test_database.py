"""Query files, migration files, and what errors mean."""

from pathlib import Path

import psycopg
import pytest

from ingest.database import Trouble, load_queries, parse_queries, trouble_of
from ingest.errors import BadQueryFile, MigrationFailed
from ingest.gateway_key import matches, parse_hash
from ingest.migrate import migration_files

FILES = [path.name for path in (Path("ingest") / "sql").glob("*.sql")]


def test_a_block_has_a_name_a_purpose_and_a_statement() -> None:
    text = (
        "-- name: one\n-- Why it is.\n-- And more.\nSELECT 1;\n\n-- name: two\n-- B.\nSELECT '{}';"
    )
    found = parse_queries("x.sql", text)
    assert [(query.name, query.purpose) for query in found] == [
        ("one", "Why it is. And more."),
        ("two", "B."),
    ]
    assert found[1].statement.as_string() == "SELECT '{}'"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT 1",
        "-- name: a\nSELECT 1",
        "-- name: a\n-- b",
        "-- name:\n-- b\nSELECT 1",
        "-- name: a\n-- b\nSELECT 1\n-- name: a\n-- b\nSELECT 1",
    ],
)
def test_an_unclear_query_file_is_refused(text: str) -> None:
    with pytest.raises(BadQueryFile, match=r"x\.sql"):
        parse_queries("x.sql", text)


@pytest.mark.parametrize("file", FILES)
def test_every_query_file_of_ingest_can_be_read(file: str) -> None:
    assert list(load_queries("ingest", file))
    with pytest.raises(BadQueryFile, match="no query"):
        load_queries("ingest", file)["nothing of that name"]


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (psycopg.errors.DeadlockDetected(), Trouble.AGAIN),
        (psycopg.errors.SerializationFailure(), Trouble.AGAIN),
        (psycopg.errors.LockNotAvailable(), Trouble.AGAIN),
        (psycopg.errors.CheckViolation(), Trouble.VALUES),
        (psycopg.errors.NumericValueOutOfRange(), Trouble.VALUES),
        (psycopg.errors.DiskFull(), Trouble.LATER),
        (psycopg.errors.AdminShutdown(), Trouble.LATER),
        (psycopg.errors.UndefinedTable(), Trouble.LATER),
        (psycopg.OperationalError("connection lost"), Trouble.LATER),
        (psycopg.DataError("cannot adapt"), Trouble.VALUES),
    ],
)
def test_an_error_says_what_to_do(error: psycopg.Error, trouble: Trouble) -> None:
    assert trouble_of(error) is trouble


def test_a_set_is_ordered_by_number_and_community_comes_second(tmp_path: Path) -> None:
    for name in ("0002_b.sql", "0001_a.community.sql", "0001_a.sql"):
        (tmp_path / name).write_text("SELECT 1;")
    found = migration_files(tmp_path)
    assert [file.name for file in found] == ["0001_a.sql", "0001_a.community.sql", "0002_b.sql"]
    assert [file.is_community for file in found] == [False, True, False]
    (tmp_path / "later.sql").write_text("SELECT 1;")
    with pytest.raises(MigrationFailed, match="later"):
        migration_files(tmp_path)


def test_both_forms_of_a_secret_are_recognised() -> None:
    salted = (
        "$7$101$AAAAAAAAAAAAAAAA$"
        "HkrlhL5DV8mUUvJKkzY1pDNSwIFvYm1AY8obAHGvUjBZtxVgJQnYJKIXsv+iVPQmhQ0GvTNCYLIcDiQRzXfMYg=="
    )
    plain = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
    assert matches("password", parse_hash(plain))
    assert not matches("Password", parse_hash(plain))
    assert not matches("password", parse_hash(salted))


@pytest.mark.parametrize("text", ["", "plain", "$6$101$AA$AA", "$7$x$AA$AA", "$7$0$AA$AA"])
def test_an_unknown_form_of_a_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hash|iterations|invalid"):
        parse_hash(text)
