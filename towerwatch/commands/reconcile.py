"""`towerwatch reconcile`: aggregates and ledger against what is stored; for every night."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ingest.reconcile import Reconciliation, reconcile
from towerwatch.reach import database


def command(
    *,
    hours: Annotated[
        int, typer.Option(min=1, max=24 * 400, help="So many full hours up to now.")
    ] = 48,
    keep_samples_days: Annotated[
        int, typer.Option(min=1, help="How long telemetry is kept here [days].")
    ] = 400,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Compare hourly aggregates with rows, and the ledger with both; status 1 when any differs."""
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    since = until - timedelta(hours=hours)
    with database("tw_analytics") as connection:
        found = reconcile(connection, since, until, timedelta(days=keep_samples_days))
    if as_json:
        content = asdict(found) | {"differences": found.differences}
        typer.echo(json.dumps(content, default=str, indent=1))
    else:
        for line in _lines(found):
            typer.echo(line)
    raise typer.Exit(1 if found.differences else 0)


def _lines(found: Reconciliation) -> list[str]:
    lines = [f"{found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC"]
    for table in found.tables:
        lines.append(f"{table.table}: {table.compared} hours, {len(table.differing)} differ")
        lines += [
            f"  {one.hour:%Y-%m-%d %H:%M} asset {one.asset_id}: {one.raw_samples} rows,"
            f" aggregate of {one.hour_samples}"
            for one in table.differing[:20]
        ]
    lines += [
        f"ledger {one.gateway} {one.lane}: {one.stored} messages, {one.stored_by_hour} by hour;"
        f" {one.samples} values, {one.samples_by_hour} by hour"
        for one in found.ledger
    ]
    values = found.values
    said = f"difference {values.difference}" if values.is_comparable else "older rows are dropped"
    lines.append(f"values: {values.counted} counted, {values.stored} stored, {said}")
    lines.append(f"Differences: {found.differences}")
    return lines
