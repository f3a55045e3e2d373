"""Reconciliation: aggregates against raw rows, the ledger's hours against its books and the rows.

On the Apache edition the hours are views of the rows and cannot differ; on the Community edition
they are materialised, and late telemetry or a failed refresh shows here first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from psycopg import sql
from psycopg.rows import class_row

from ingest.database import Connection, load_queries, trusted_sql

_QUERIES: Final = load_queries("ingest", "reconcile.sql")
MOST: Final = 1000
_MEAN: Final = "_mean"
_FUNCTIONS: Final = {_MEAN: "avg", "_min": "min", "_max": "max"}
_SAME: Final = trusted_sql("raw.{column} IS DISTINCT FROM hours.{column}")
_NEARLY_SAME: Final = trusted_sql(
    "(raw.{column} IS NULL) <> (hours.{column} IS NULL)"
    " OR abs(raw.{column} - hours.{column}) > 1e-6 * greatest(abs(raw.{column}), 1)"
)
_AGGREGATE: Final = trusted_sql("{function}({value}) AS {column}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferingHour:
    """An hour of an asset whose aggregate is not what the rows give; counts are rows."""

    hour: datetime
    asset_id: int
    raw_samples: int
    hour_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableHours:
    """One table of telemetry compared with its hours.

    Attributes:
        compared: Hours of assets that have rows in the range.
        differing: At most the first thousand.
    """

    table: str
    compared: int
    differing: Sequence[DifferingHour]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSum:
    """A lane of a gateway whose hours do not add up to its books."""

    gateway: str
    lane: str
    stored: int
    stored_by_hour: int
    samples: int
    samples_by_hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSum:
    """Values that the ledger counts and values that are there.

    Attributes:
        is_comparable: False once rows were dropped for their age: then fewer are there.
    """

    counted: int
    stored: int
    is_comparable: bool

    @property
    def difference(self) -> int:
        """Counted minus stored; expected 0 where it can be compared."""
        return self.counted - self.stored if self.is_comparable else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What was compared and what differs."""

    since: datetime
    until: datetime
    tables: Sequence[TableHours]
    ledger: Sequence[LedgerSum]
    values: ValueSum

    @property
    def differences(self) -> int:
        """How many things differ; expected 0."""
        hours = sum(len(table.differing) for table in self.tables)
        return hours + len(self.ledger) + (1 if self.values.difference else 0)


def reconcile(
    connection: Connection, since: datetime, until: datetime, keep_samples: timedelta
) -> Reconciliation:
    """Compare everything, in one snapshot.

    Args:
        connection: As tw_analytics; in autocommit.
        since: Beginning of the hours that are compared; a full hour.
        until: Their end; a full hour that is over.
        keep_samples: How long telemetry is kept; a ledger older than that has rows no more.
    """
    with connection.transaction():
        connection.execute(_QUERIES["snapshot"])
        names = connection.execute(_QUERIES["sample_tables"]).fetchall()
        pairs = [(str(samples), str(hours)) for samples, hours in names]
        tables = [_compare(connection, *pair, since, until) for pair in pairs]
        with connection.cursor(row_factory=class_row(LedgerSum)) as cursor:
            ledger = cursor.execute(_QUERIES["ledger_sums"], {"most": MOST}).fetchall()
        values = _values(connection, [samples for samples, _ in pairs], until - keep_samples)
    return Reconciliation(since=since, until=until, tables=tables, ledger=ledger, values=values)


def _compare(
    connection: Connection, samples: str, hours: str, since: datetime, until: datetime
) -> TableHours:
    found = connection.execute(_QUERIES["hour_columns"], {"hours": hours}).fetchall()
    columns = [str(row[0]) for row in found]
    statement = _QUERIES["differing_hours"].format(
        aggregates=sql.SQL(", ").join(_aggregate(column) for column in columns),
        columns=sql.SQL(", ").join(sql.Identifier(column) for column in columns),
        differences=sql.SQL(" OR ").join(_differs(column) for column in columns),
        samples=sql.Identifier(samples),
        hours=sql.Identifier(hours),
    )
    span = {"since": since, "until": until}
    with connection.cursor(row_factory=class_row(DifferingHour)) as cursor:
        differing = cursor.execute(statement, {**span, "most": MOST}).fetchall()
    counted = _QUERIES["compared_hours"].format(samples=sql.Identifier(samples))
    return TableHours(
        table=samples, compared=_number(connection, counted, span), differing=differing
    )


def _aggregate(column: str) -> sql.Composed:
    value, _, ending = column.rpartition("_")
    return _AGGREGATE.format(
        function=trusted_sql(_FUNCTIONS[f"_{ending}"]),
        value=sql.Identifier(value),
        column=sql.Identifier(column),
    )


def _differs(column: str) -> sql.Composed:
    rule = _NEARLY_SAME if column.endswith(_MEAN) else _SAME
    return rule.format(column=sql.Identifier(column))


def _values(connection: Connection, tables: Sequence[str], kept_since: datetime) -> ValueSum:
    stored = 0
    for table in tables:
        found = connection.execute(_QUERIES["value_columns"], {"samples": table}).fetchall()
        statement = _QUERIES["stored_values"].format(
            columns=sql.SQL(", ").join(sql.Identifier(str(row[0])) for row in found),
            samples=sql.Identifier(table),
        )
        stored += _number(connection, statement, {})
    row = connection.execute(_QUERIES["oldest_ledger"]).fetchone()
    oldest = row[0] if row else None
    return ValueSum(
        counted=_number(connection, _QUERIES["ledger_values"], {}),
        stored=stored,
        is_comparable=not isinstance(oldest, datetime) or oldest >= kept_since,
    )


def _number(
    connection: Connection, statement: sql.SQL | sql.Composed, values: dict[str, datetime]
) -> int:
    row = connection.execute(statement, values).fetchone()
    return int(str(row[0])) if row else 0
