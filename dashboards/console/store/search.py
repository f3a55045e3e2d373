"""Find places and assets by parts of their names; keep the words they are found by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from dashboards.console.initials import needles, words_of
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "search.sql")
_LIKE_SIGNS: Final = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A place or an asset that a question finds.

    Attributes:
        sort: Level of a place, class of an asset.
        compound: Code of the compound that it stands in; None: it is wider.
    """

    kind: str
    id: int
    code: str
    sort: str
    name_zh: str
    name_en: str
    place_names_zh: list[str]
    place_names_en: list[str]
    compound: str | None

    @property
    def url(self) -> str:
        """The page of it."""
        if self.kind == "asset":
            return f"/assets/{self.id}"
        return (
            f"/coverage?place={self.code}" if self.compound is None else f"/sites/{self.compound}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A list of alarms that somebody has kept; `query` as the page's address has it."""

    name: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    kind: str
    id: int
    path: str
    name_zh: str
    name_en: str
    code: str


def search(connection: Connection, question: str, *, limit: int) -> list[Found]:
    """Places and assets of the scope that hold every word of the question."""
    parts = [part.translate(_LIKE_SIGNS) for part in needles(question)]
    if not parts:
        return []
    named = {
        "parts": [f"%{part}%" for part in parts],
        "begins": f"{parts[0]}%",
        "limit": limit,
    }
    with connection.cursor(row_factory=class_row(Found)) as cursor:
        return cursor.execute(_QUERIES["search"], named).fetchall()


def write_names(connection: Connection, *, limit: int) -> int:
    """Write down the words of what has none, or has other names now; how many there were."""
    with connection.cursor(row_factory=class_row(_Named)) as cursor:
        rows = cursor.execute(_QUERIES["stale_names"], {"limit": limit}).fetchall()
    with connection.cursor() as cursor:
        cursor.executemany(
            _QUERIES["put_name"],
            [
                {
                    "kind": row.kind,
                    "id": row.id,
                    "path": row.path,
                    "name_zh": row.name_zh,
                    "name_en": row.name_en,
                    "code": row.code,
                    "words": words_of(row.name_zh, row.name_en, row.code),
                }
                for row in rows
            ],
        )
    return len(rows)


def fetch_views(connection: Connection, user_name: str) -> list[SavedView]:
    """The lists that somebody has kept."""
    with connection.cursor(row_factory=class_row(SavedView)) as cursor:
        return cursor.execute(_QUERIES["views"], {"user_name": user_name}).fetchall()


def save_view(connection: Connection, user_name: str, view: SavedView, now: datetime) -> None:
    """Keep a list; more than twenty are not kept."""
    connection.execute(
        _QUERIES["save_view"],
        {"user_name": user_name, "name": view.name, "query": view.query, "now": now},
    )


def drop_view(connection: Connection, user_name: str, name: str) -> None:
    """Forget a list."""
    connection.execute(_QUERIES["drop_view"], {"user_name": user_name, "name": name})
