"""Ask a database what every panel would ask it, as the reader whom Grafana would be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Final

import psycopg

from dashboards.grafana.boards import DASHBOARDS
from dashboards.grafana.errors import BadPanel
from dashboards.grafana.macros import Choice, expand
from dashboards.grafana.model import mark_query, panel_query, variable_query
from dashboards.grafana.panels import Dashboard, Panel
from dashboards.grafana.shape import chunks_of, problems_of, whole_scans
from dashboards.grafana.words import Language
from ingest.database import Connection, first_line, load_queries, trusted_sql

_QUERIES: Final = load_queries("towerwatch", "grafana.sql")
_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1)}
_HOUR: Final = timedelta(hours=1)
_FINEST: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the database said.

    Attributes:
        took_s: From asking to the last row.
    """

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A panel, choice or mark that would not work in Grafana."""

    dashboard: str
    panel: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One panel with its answer.

    Attributes:
        chunks: Chunks of telemetry that its plan reads.
    """

    dashboard: Dashboard
    panel: Panel
    answer: Answer
    chunks: int
    problems: tuple[str, ...]


def span_of(dashboard: Dashboard, now: datetime) -> Choice:
    """The time range that a dashboard opens with."""
    number, unit = int(dashboard.since[4:-1]), dashboard.since[-1]
    return Choice(begins_at=now - number * _UNITS[unit], ends_at=now, shortest=_HOUR)


class Reader:
    """A session as Grafana's data source would have it."""

    def __init__(self, connection: Connection, language: Language, now: datetime) -> None:
        self._connection = connection
        self._language = language
        self._now = now

    def values_of(self, dashboard: Dashboard) -> dict[str, str]:
        """The first value of each choice, as a dashboard opens; empty where there is none.

        Raises:
            BadPanel: A choice does not answer text and value.
        """
        values = {"language": self._language.value}
        for variable in dashboard.variables:
            statement = expand(variable_query(variable), self._choice(dashboard, values))
            answer = self.ask(statement)
            if answer.columns != ("__text", "__value"):
                raise BadPanel(f"the choice {variable.name} answers {', '.join(answer.columns)}")
            values[variable.name] = str(answer.rows[0][1]) if answer.rows else variable.example
        return values

    def panel(
        self,
        dashboard: Dashboard,
        panel: Panel,
        values: Mapping[str, str],
        choice: Choice | None = None,
    ) -> Asked:
        """Ask what one panel asks, and look at its plan.

        Raises:
            BadPanel: The database refuses the statement.
        """
        chosen = choice or self._choice(dashboard, values)
        if panel.is_last_hour:
            chosen = Choice(
                begins_at=self._now - _HOUR, ends_at=self._now, shortest=_FINEST, values=values
            )
        statement = expand(panel_query(dashboard, panel), chosen)
        answer = self.ask(statement)
        plan = self.plan(statement)
        problems = problems_of(panel, answer.columns, answer.rows)
        problems += [f"reads all of {name}" for name in whole_scans(plan)]
        return Asked(
            dashboard=dashboard,
            panel=panel,
            answer=answer,
            chunks=chunks_of(plan),
            problems=tuple(problems),
        )

    def marks(self, dashboard: Dashboard, values: Mapping[str, str]) -> list[Failed]:
        """What is wrong with the marks on a dashboard's trends."""
        found = []
        for mark in dashboard.marks:
            answer = self.ask(expand(mark_query(mark), self._choice(dashboard, values)))
            if answer.columns != ("time", "timeend", "text", "tags"):
                problem = f"answers {', '.join(answer.columns)}"
                found.append(Failed(dashboard=dashboard.uid, panel=mark.query, problem=problem))
        return found

    def ask(self, statement: str) -> Answer:
        """Run a statement.

        Raises:
            BadPanel: The database refuses it.
        """
        began = perf_counter()
        try:
            cursor = self._connection.execute(trusted_sql(statement))
            rows = cursor.fetchall()
        except psycopg.Error as error:
            raise BadPanel(first_line(error)) from error
        took = perf_counter() - began
        return Answer(
            columns=tuple(column.name for column in cursor.description or ()),
            rows=rows,
            took_s=took,
        )

    def plan(self, statement: str) -> object:
        """The plan of a statement, with whole tables read only where no index would do."""
        self._connection.execute(_QUERIES["index_first"])
        try:
            row = self._connection.execute(
                _QUERIES["plan"].format(statement=trusted_sql(statement))
            ).fetchone()
        finally:
            self._connection.execute(_QUERIES["plain"])
        return row[0] if row else None

    def _choice(self, dashboard: Dashboard, values: Mapping[str, str]) -> Choice:
        span = span_of(dashboard, self._now)
        return Choice(
            begins_at=span.begins_at, ends_at=span.ends_at, shortest=span.shortest, values=values
        )


def look(reader: Reader) -> Iterator[Asked | Failed]:
    """Every panel of every dashboard with its answer, or why it has none."""
    for dashboard in DASHBOARDS:
        try:
            values = reader.values_of(dashboard)
            yield from reader.marks(dashboard, values)
        except BadPanel as error:
            yield Failed(dashboard=dashboard.uid, panel="choices and marks", problem=str(error))
            continue
        for panel in dashboard.asking:
            try:
                asked = reader.panel(dashboard, panel, values)
            except BadPanel as error:
                yield Failed(dashboard=dashboard.uid, panel=panel.query, problem=str(error))
                continue
            yield asked
            for problem in asked.problems:
                yield Failed(dashboard=dashboard.uid, panel=panel.query, problem=problem)
