"""The page of tables says what the migrated database has, and one part writes each table.

`TOWERWATCH_WRITE_DOCS=1 pytest tests/architecture/test_docs_schema.py` writes the page anew.
"""

import os
from contextlib import closing

import pytest

from docs.page_schema import (
    DOCS,
    ROLE_OF,
    UNKNOWN,
    Note,
    Relation,
    fetch_relations,
    kept,
    purpose,
    read_notes,
    schema_page,
)
from ingest.database import connect
from towerwatch.services.database import DatabaseUrls


@pytest.fixture
def tables(database: DatabaseUrls) -> list[Relation]:
    with closing(connect(database.owner_url, application="test schema")) as connection:
        return fetch_relations(connection)[0]


@pytest.fixture
def notes() -> dict[str, Note]:
    return read_notes()


def test_every_table_has_its_note_and_no_note_is_left_over(
    tables: list[Relation], notes: dict[str, Note]
) -> None:
    assert {table.name for table in tables} == set(notes), "edit docs/schema_notes.yaml"


def test_one_part_writes_each_table(tables: list[Relation], notes: dict[str, Note]) -> None:
    wrong = {}
    for table in tables:
        note = notes.get(table.name, UNKNOWN)
        allowed = {ROLE_OF[note.part], *note.also} - {""}
        if table.writers != allowed:
            wrong[table.name] = f"granted {sorted(table.writers)}, noted {sorted(allowed)}"
    assert not wrong


def test_every_table_says_what_it_is_for_and_how_long_it_is_kept(
    tables: list[Relation], notes: dict[str, Note]
) -> None:
    silent = [t.name for t in tables if not (purpose(t, notes) and kept(t, notes))]
    assert not silent


def test_a_note_does_not_repeat_what_the_database_says(
    tables: list[Relation], notes: dict[str, Note]
) -> None:
    twice = [
        table.name for table in tables if table.comment and notes.get(table.name, UNKNOWN).what
    ]
    assert not twice


def test_telemetry_is_read_by_ingest_and_analytics_alone(tables: list[Relation]) -> None:
    hypertables = [table for table in tables if table.is_hypertable]
    assert len(hypertables) == 7
    for table in hypertables:
        assert table.readers == {"tw_ingest", "tw_analytics"}
        assert not table.is_scoped


def test_grafana_writes_nothing(tables: list[Relation]) -> None:
    assert [table.name for table in tables if "tw_grafana" in table.writers] == []


def test_secrets_and_persons_are_not_for_grafana(tables: list[Relation]) -> None:
    private = {"users", "sessions", "login_failures", "responsible_persons", "quarantine"}
    open_to = {table.name for table in tables if "tw_grafana" in table.readers}
    assert not private & open_to


def test_the_page_is_up_to_date(database: DatabaseUrls) -> None:
    page = DOCS / "schema.md"
    text = schema_page(database.owner_url)
    if os.environ.get("TOWERWATCH_WRITE_DOCS") == "1":
        page.write_text(text, "utf-8")
    assert page.is_file()
    assert page.read_text("utf-8") == text, __doc__
