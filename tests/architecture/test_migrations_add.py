"""A migration adds: what processes of the former release write and read is still there."""

import re

import pytest

from ingest.migrate import known_sets, migration_files

FILES = sorted(
    (name, file.name, file.sql) for name, folder in known_sets() for file in migration_files(folder)
)
TAKEN_AWAY = re.compile(
    r"\b(DROP COLUMN|DROP TABLE|RENAME (TO|COLUMN)|ALTER COLUMN \w+ (TYPE|SET NOT NULL))\b"
)
ADDED = re.compile(
    r"ADD COLUMN (?:IF NOT EXISTS )?(\w+) ([^,;]+?)(?=,\s|;|\n\s*ADD |\Z)", re.DOTALL
)
SQL_COMMENT = re.compile(r"--.*$", re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "file", "sql"), FILES, ids=[f"{one[0]}/{one[1]}" for one in FILES]
)
def test_nothing_that_is_written_is_taken_away_and_a_new_column_fills_itself(
    name: str, file: str, sql: str
) -> None:
    text = SQL_COMMENT.sub("", sql)
    assert TAKEN_AWAY.search(text) is None, (name, file)
    for column, kind in ADDED.findall(text):
        assert "NOT NULL" not in kind or "DEFAULT" in kind or "GENERATED" in kind, (file, column)
