"""Where a thing stands, by the names that people know: one join for all lists that say it."""

from typing import Final

from psycopg.sql import Composed, Identifier

from ingest.database import load_queries

_QUERIES: Final = load_queries("dashboards.console", "standing.sql")


def standing(table: str, column: str = "place_path") -> Composed:
    """The join that gives `standing.names_zh` and `names_en` for the path in that column."""
    return _QUERIES["standing"].format(path=Identifier(table, column))
