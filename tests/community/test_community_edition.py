"""Statements of the Community edition work, and every query reads the same rows on both editions.

One story is played on both: telemetry of two months arrives, the policies run, late telemetry
arrives in compressed chunks, the policies run again, old telemetry is dropped. After late
telemetry the refresh runs twice: it goes in batches, and now and then leaves an hour that it knows
to be out of date to its next run (seen with 2.23).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest

from ingest.database import Query, load_queries, parse_queries
from ingest.migrate import PACKAGES
from tests.community.edition import Apache, Community, Edition, Refused, Row, queries, text_of
from tests.community.migrated import migrated_community
from tests.services import TestDatabase

pytestmark = [pytest.mark.community, pytest.mark.timeout(300)]

_SCHEMA: Final = queries("schema.sql")
_SAMPLE: Final = queries("sample.sql")
_NOW: Final = datetime.now(UTC).replace(second=0, microsecond=0)
_HOUR: Final = timedelta(hours=1)
_RETENTION_DAYS: Final = 400

Stretch = tuple[datetime, datetime]


def _night(days_ago: int, hours: int, first_hour: int = 1) -> Stretch:
    """A stretch of hours within one day, so that it lies in one chunk."""
    begins = (_NOW - timedelta(days=days_ago)).replace(hour=first_hour, minute=0)
    return begins, begins + hours * _HOUR


_FIRST: Final = [_night(age, 3) for age in (60, 36, 20, 9, 2)] + [(_NOW - 4 * _HOUR, _NOW)]
"""What arrives in time; the last stretch reaches the present."""
_LATE: Final = [_night(50, 2), _night(9, 2, first_hour=2), _night(1, 1)]
"""What arrives when its chunks and hours are long closed."""
_OLDER_THAN_A_WEEK: Final = 5
"""Days of both that the columnstore is to hold: 60, 50, 36, 20 and 9 days ago."""
_STALE: Final = [_night(_RETENTION_DAYS + 5, 1)]
_RIDES: Final = _night(30, 1)

Contents = dict[str, list[str]]


@dataclass(slots=True, kw_only=True)
class Story:
    """Both databases, and what each held at each stage."""

    apache: Edition
    community: Edition
    stages: dict[str, tuple[Contents, Contents]] = field(default_factory=dict)
    chunks: list[Row] = field(default_factory=list)
    rides: list[Row] = field(default_factory=list)

    def look(self, stage: str) -> None:
        """Write down what both hold now."""
        names = readable(self.apache)
        self.stages[stage] = (contents(self.apache, names), contents(self.community, names))


def contents(edition: Edition, names: list[tuple[str, str]]) -> Contents:
    """All rows of relations, each read by the role beside it, in an order of their own."""
    return {
        name: sorted(json.dumps(row) for row in edition.rows(f"TABLE {name}", role))
        for name, role in names
    }


def readable(edition: Edition) -> list[tuple[str, str]]:
    """Telemetry and its views, each with a role that may read it: Grafana's where it may.

    Views of the closed loop and of the ledger are the same on both editions and have no samples.
    """
    granted = edition.rows(text_of(_SCHEMA, "grants"))
    by_grafana = {row["relation"] for row in granted if row["role"] == "tw_grafana"}
    views = [
        row["name"]
        for row in edition.rows(text_of(_SCHEMA, "relations"))
        if row["kind"] == "v"
        and str(row["name"]).endswith(("_samples", "_hours"))
        and "ledger" not in str(row["name"])
    ]
    tables = [row["name"] for row in edition.rows(text_of(_SCHEMA, "hypertables"))]
    return [
        (str(name), "tw_grafana" if name in by_grafana else "tw_owner") for name in tables + views
    ]


def at_time_of(edition: Edition, stretch: Stretch, block: str) -> None:
    """Insert a block of the sample at a stretch of time."""
    begins, ends = stretch
    edition.execute(f"SET sample.begins = '{begins}'; SET sample.ends = '{ends}'")
    edition.execute(text_of(_SAMPLE, block))


def load(edition: Edition, stretches: list[Stretch]) -> None:
    """Insert telemetry of every class in stretches of time."""
    for stretch in stretches:
        at_time_of(edition, stretch, "samples")


def run_policies(edition: Edition, procedure: str) -> None:
    """Run every policy of a kind, as the scheduler of a real server would."""
    for job in edition.rows(text_of(_SCHEMA, "jobs")):
        if job["procedure"] == procedure:
            edition.execute(_SCHEMA["run_job"].format(job=job["id"]).as_string(None))


@pytest.fixture(scope="module")
def apache(database_server: TestDatabase, template: str) -> Iterator[Apache]:
    urls = database_server.make(template)
    edition = Apache(urls)
    try:
        yield edition
    finally:
        edition.close()
        database_server.drop(urls)


@pytest.fixture(scope="module")
def community() -> Iterator[Community]:
    edition = migrated_community()
    try:
        yield edition
    finally:
        edition.close()


@pytest.fixture(scope="module")
def story(apache: Apache, community: Community) -> Story:
    told = Story(apache=apache, community=community)
    for edition in (apache, community):
        edition.execute(text_of(_SAMPLE, "registry"))
        load(edition, _FIRST)
    told.look("arrived")
    run_policies(community, "policy_refresh_continuous_aggregate")
    told.look("refreshed")
    run_policies(community, "policy_compression")
    told.look("compressed")
    for edition in (apache, community):
        load(edition, _LATE)
    for _ in range(2):
        run_policies(community, "policy_refresh_continuous_aggregate")
    told.look("back-filled")
    run_policies(community, "policy_compression")
    told.look("compressed again")
    load(community, _STALE)
    run_policies(community, "policy_retention")
    told.look("dropped")
    told.chunks = community.rows(text_of(_SCHEMA, "compressed_chunks"))
    at_time_of(community, _RIDES, "rides")
    run_policies(community, "policy_compression")
    told.rides = community.rows(text_of(_SCHEMA, "chunk_of_rides"))
    return told


def test_the_database_runs_the_community_edition(community: Community) -> None:
    licence = load_queries("ingest", "migrate.sql")["licence"].as_string(None)
    assert community.rows(f"SELECT ({licence}) AS licence") == [{"licence": "timescale"}]


@pytest.mark.long
def test_every_class_of_the_catalogue_is_compressed_dropped_and_summed_up(
    community: Community,
) -> None:
    jobs = {(str(job["procedure"]), str(job["hypertable"])) for job in _jobs(community)}
    tables = {str(row["name"]) for row in community.rows(text_of(_SCHEMA, "hypertables"))}
    hours = {str(row["name"]) for row in community.rows(text_of(_SCHEMA, "aggregates"))}
    assert tables
    assert jobs == (
        {("policy_compression", table) for table in tables}
        | {("policy_retention", table) for table in tables}
        | {("policy_refresh_continuous_aggregate", view) for view in hours}
    )
    assert hours == {table.replace("_samples", "_hours") for table in tables}


def test_both_editions_have_the_same_relations(apache: Apache, community: Community) -> None:
    relations = text_of(_SCHEMA, "relations")
    assert community.rows(relations) == apache.rows(relations)


def test_both_editions_have_the_same_columns(apache: Apache, community: Community) -> None:
    columns = text_of(_SCHEMA, "columns")
    assert community.rows(columns) == apache.rows(columns)


def test_both_editions_grant_the_same_rights(apache: Apache, community: Community) -> None:
    grants = text_of(_SCHEMA, "grants")
    assert community.rows(grants) == apache.rows(grants)


@pytest.mark.parametrize(
    "stage",
    ["arrived", "refreshed", "compressed", "back-filled", "compressed again", "dropped"],
)
def test_both_editions_hold_the_same_rows(story: Story, stage: str) -> None:
    on_apache, on_community = story.stages[stage]
    assert all(on_apache.values()), "a relation without rows proves nothing"
    different = [name for name in on_apache if on_apache[name] != on_community[name]]
    assert different == []


def test_the_columnstore_holds_what_is_older_than_a_week(story: Story) -> None:
    assert story.chunks
    assert {row["compressed"] for row in story.chunks} == {_OLDER_THAN_A_WEEK}


def test_a_value_takes_at_most_fifteen_bytes_plain_and_two_compressed(story: Story) -> None:
    [chunk] = story.rides
    values = int(str(chunk["samples"])) * 12
    assert values == 10 * 3600 * 12
    assert int(str(chunk["plain_bytes"])) <= 15 * values
    assert int(str(chunk["compressed_bytes"])) <= 2 * values


@pytest.mark.parametrize("role", ["tw_console", "tw_grafana"])
def test_readers_reach_telemetry_through_their_scope_only(story: Story, role: str) -> None:
    for edition in (story.apache, story.community):
        for name in ("lift_samples", "lift_hours"):
            with pytest.raises(Refused) as refused:
                edition.rows(f"TABLE {name}", role)
            assert refused.value.code == "42501"


def test_a_console_session_sees_the_place_it_asks_for(story: Story) -> None:
    for name in ("visible_lift_samples", "visible_lift_hours"):
        seen = [
            sorted(
                json.dumps(row) for row in edition.rows(f"TABLE {name}", "tw_console", "city.west")
            )
            for edition in (story.apache, story.community)
        ]
        assert seen[0] == seen[1]
        assert seen[0]


def test_grafana_does_not_see_the_place_it_asks_for(story: Story) -> None:
    visible = "SELECT DISTINCT asset_id FROM visible_lift_hours ORDER BY asset_id"
    for edition in (story.apache, story.community):
        asked = edition.rows(visible, "tw_grafana", "city.west")
        west = edition.rows(visible, "tw_console", "city.west")
        assert asked
        assert west
        assert not [row for row in asked if row in west]


def _named_queries() -> Iterator[tuple[str, Query]]:
    for package in PACKAGES:
        folder = Path(str(files(package) / "sql"))
        for path in sorted(folder.glob("*.sql")):
            for query in parse_queries(path.name, path.read_text("utf-8")):
                yield f"{package}/{path.name}:{query.name}", query


_PARAMETER: Final = re.compile(r"%\((\w+)\)s")
_PLANNED: Final = re.compile(r"(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH)\b")
_COMPOSED: Final = re.compile(r"(?<!')\{\w*\}")


def _explained(statement: str) -> str:
    names = list(dict.fromkeys(_PARAMETER.findall(statement)))
    numbered = _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", statement)
    return f"EXPLAIN (GENERIC_PLAN) {numbered.replace('%%', '%')}"


def _refusals(edition: Edition) -> dict[str, str]:
    """Which named queries a database cannot plan, and why."""
    refused = {}
    for where, query in _named_queries():
        statement = query.statement.as_string(None)
        if not _PLANNED.match(statement) or _COMPOSED.search(statement):
            continue
        try:
            edition.execute(_explained(statement))
        except Refused as error:
            refused[where] = error.code
    return refused


def test_what_the_apache_edition_plans_the_community_edition_plans(
    apache: Apache, community: Community
) -> None:
    assert list(_named_queries())
    assert _refusals(community) == _refusals(apache)


def _jobs(edition: Edition) -> list[Row]:
    return edition.rows(text_of(_SCHEMA, "jobs"))
