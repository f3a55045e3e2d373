"""A migration adds: what processes of the former release write and read is still there."""

import re

import pytest

from ingest.index_build import changes_rows, plain_builds
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
GROWING = frozenset({
    "acts", "alarm_transitions", "alarms", "clocks", "events", "feature_days", "ledger_hours",
    "live_events", "notice_messages", "notices", "quarantine", "rescue_facts", "seal_rows", "seals",
    "sightings", "work_order_transitions", "work_orders",
})  # fmt: skip
"""Tables that have millions of rows after a year."""
CHECKED = re.compile(r"\bALTER TABLE (?:ONLY )?(\w+)([^;]*?\bCHECK\b[^;]*);")
LANDED_CHECKS = frozenset({
    "0009_holds.sql", "0010_incidents.sql", "0012_fire_confirmation.sql", "0018_technicians.sql",
    "0064_seals_of_administration.sql", "0078_roster_of_notices.sql",
})  # fmt: skip
"""They read such a table once while nobody writes to it; docs/backup.md says how long."""
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


@pytest.mark.parametrize(
    ("name", "file", "sql"), FILES, ids=[f"{one[0]}/{one[1]}" for one in FILES]
)
def test_a_unique_index_stands_in_another_file_than_what_makes_its_rows_unique(
    name: str, file: str, sql: str
) -> None:
    """Indexes of large tables are built before the rest of their file."""
    torn = [one.name for one in plain_builds(sql) if one.is_unique and changes_rows(sql, one.table)]
    assert not torn, (name, file, torn)


@pytest.mark.parametrize(
    ("name", "file", "sql"), FILES, ids=[f"{one[0]}/{one[1]}" for one in FILES]
)
def test_a_check_of_a_table_that_grows_is_not_made_while_nobody_may_write(
    name: str, file: str, sql: str
) -> None:
    """It is added NOT VALID, and validated by a file of its own, which lets others write."""
    if file in LANDED_CHECKS:
        return
    found = [
        table
        for table, rest in CHECKED.findall(SQL_COMMENT.sub("", sql))
        if table in GROWING and "NOT VALID" not in rest
    ]
    assert not found, (name, file, found)


def test_the_rules_of_migrations_see_what_they_forbid() -> None:
    dedupe = (
        "DELETE FROM notices WHERE id IN (SELECT 1);\n"
        "CREATE UNIQUE INDEX notices_once ON notices (alarm_id);\n"
    )
    assert [one.name for one in plain_builds(dedupe) if changes_rows(dedupe, one.table)]
    (found,) = CHECKED.findall("ALTER TABLE alarms\n ADD CONSTRAINT a CHECK (id > 0);")
    assert found[0] in GROWING
