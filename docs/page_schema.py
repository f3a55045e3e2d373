"""The page of tables: who writes, who reads, what for, how long; from a migrated database."""  # noqa: INP001

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from ingest.database import ROLES, Connection, Queries, connect, parse_queries

DOCS: Final = Path(__file__).resolve().parent
ROLE_OF: Final[Mapping[str, str]] = {
    "ingest": "tw_ingest",
    "analytics": "tw_analytics",
    "dashboards.console": "tw_console",
    "operator": "",
}
"""Part of the line that owns a table's rows, and the database role that it comes as."""
SAMPLES_KEPT: Final = (
    "Community: compressed after 7 days, dropped after 400; Apache: dropped by ingest"
)

_HEAD: Final = """\
# Schema 数据库表

Written from a migrated database and `docs/schema_notes.yaml` by `TOWERWATCH_WRITE_DOCS=1 pytest
tests/architecture/test_docs_schema.py` (or `python docs/generate.py --database URL`); a test holds this
page to the database's tables, comments and grants.

**One writer per table.** 每张表只有一个写入方,由数据库授权保证。 Each part of the line writes its own tables
as a role of its own; where a second role has a right to write, the page says to what end. Deletion is granted
only where rows are work, leases or caches: history is closed, retired or appended to.

- *by scope*: row-level security shows the console and Grafana only places of the reader's scope.
- *hypertable*: cut into chunks of a day; no reader but ingest and analytics, everybody else reads the
  security-barrier view `visible_...` of the same name.
- No safety decision reads a hypertable or an hourly view.
- Two editions of TimescaleDB: `..._hours` are views on the Apache edition and continuous aggregates on the
  Community edition, under the same names and with the same columns.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is written down of a table by hand."""

    part: str
    what: str = ""
    kept: str = ""
    also: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table or view as the database has it."""

    name: str
    comment: str
    is_hypertable: bool = False
    is_scoped: bool = False
    writers: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()


def read_notes() -> dict[str, Note]:
    """The notes, by table."""
    content = yaml.safe_load((DOCS / "schema_notes.yaml").read_text("utf-8"))
    return {
        table: Note(part=part, **words)
        for part, tables in content.items()
        for table, words in tables.items()
    }


def fetch_relations(connection: Connection) -> tuple[list[Relation], list[Relation]]:
    """Tables and views, with the rights of the product's roles."""
    queries = Queries("schema.sql", parse_queries("schema.sql", (DOCS / "schema.sql").read_text()))
    reads: dict[str, set[str]] = {}
    writes: dict[str, set[str]] = {}
    rights = connection.execute(queries["rights"], {"roles": list(ROLES)})
    for name, role, may_read, may_write in rights:
        reads.setdefault(str(name), set()).update([str(role)] if may_read else [])
        writes.setdefault(str(name), set()).update([str(role)] if may_write else [])
    tables = [
        Relation(
            name=str(name),
            comment=str(comment),
            is_hypertable=bool(is_hypertable),
            is_scoped=bool(is_scoped),
            writers=frozenset(writes[str(name)]),
            readers=frozenset(reads[str(name)]),
        )
        for name, comment, is_hypertable, is_scoped in connection.execute(queries["tables"])
    ]
    views = [
        Relation(name=str(name), comment=str(comment), readers=frozenset(reads[str(name)]))
        for name, comment in connection.execute(queries["views"])
    ]
    return tables, views


def schema_page(owner_url: str) -> str:
    """The whole page.

    Args:
        owner_url: libpq URL of the owner of a migrated database.
    """
    with closing(connect(owner_url, application="docs")) as connection:
        tables, views = fetch_relations(connection)
    notes = read_notes()
    parts = [_HEAD]
    for part in ROLE_OF:
        chosen = [
            table for table in tables if table.name in notes and notes[table.name].part == part
        ]
        parts.append("\n".join(_part(part, chosen, notes)))
    parts.append("\n".join(_views(views)))
    return "\n".join(parts)


UNKNOWN: Final = Note(part="operator")
"""A table that nobody noted."""


def purpose(table: Relation, notes: Mapping[str, Note]) -> str:
    """What a table is for: its comment, or else its note."""
    return table.comment or notes.get(table.name, UNKNOWN).what


def kept(table: Relation, notes: Mapping[str, Note]) -> str:
    """How long a table's rows are kept."""
    return SAMPLES_KEPT if table.is_hypertable else notes.get(table.name, UNKNOWN).kept


def _part(part: str, tables: list[Relation], notes: Mapping[str, Note]) -> Iterator[str]:
    role = ROLE_OF[part]
    writer = (
        f"written by `{part}` as `{role}`" if role else "written by migrations and the operator"
    )
    yield f"## {part}: {writer}\n"
    yield "| table | what for | readers | kept | remarks |"
    yield "|---|---|---|---|---|"
    for table in tables:
        marks = ["hypertable"] * table.is_hypertable + ["by scope"] * table.is_scoped
        marks += [f"`{other}` {why}" for other, why in sorted(notes[table.name].also.items())]
        readers = _short(table.readers - {role})
        words = (f"`{table.name}`", purpose(table, notes), readers, kept(table, notes))
        yield f"| {' | '.join(words)} | {'; '.join(marks)} |"
    yield ""


def _short(roles: frozenset[str]) -> str:
    return ", ".join(sorted(role.removeprefix("tw_") for role in roles))


def _views(views: list[Relation]) -> Iterator[str]:
    yield "## Views\n"
    yield "| view | what for | readers |"
    yield "|---|---|---|"
    for view in views:
        yield f"| `{view.name}` | {view.comment or _view_purpose(view.name)} | {_short(view.readers)} |"
    yield ""


def _view_purpose(name: str) -> str:
    table = name.removeprefix("visible_")
    if name != table:
        return f"`{table}` of the places that the reader may see"
    return "mean, least and greatest of each hour, UTC"
