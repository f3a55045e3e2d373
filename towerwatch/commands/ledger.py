"""`towerwatch ledger`: sent = stored + quarantined + shed + missing + in flight."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ingest.ledger_report import LedgerHour, fetch_hours, fetch_totals
from towerwatch.figures import difference, ledger_table
from towerwatch.reach import database


def command(
    *,
    gateway: Annotated[str, typer.Option(help="One gateway only.")] = "",
    hours: Annotated[
        int, typer.Option(min=0, max=8760, help="Also show each of so many hours, newest first.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Show what became of every message, per gateway and lane; status 1 when one is lost."""
    wanted = gateway or None
    with database("tw_ingest") as connection:
        totals = fetch_totals(connection, wanted)
        since = datetime.now(UTC) - timedelta(hours=hours)
        by_hour = fetch_hours(connection, since, wanted) if hours else ()
    if as_json:
        content = {
            "totals": [{**asdict(line), "difference": line.difference} for line in totals],
            "hours": [asdict(line) for line in by_hour],
        }
        typer.echo(json.dumps(content, default=str, indent=1))
    else:
        typer.echo(ledger_table(totals))
        if hours:
            typer.echo(_hour_table(by_hour))
    raise typer.Exit(1 if difference(totals) else 0)


def _hour_table(hours: Sequence[LedgerHour]) -> str:
    head = "\n  hour (UTC)        gateway lane: stored quarantined shed missing duplicates samples"
    lines = [
        f"  {line.hour:%Y-%m-%d %H:%M}  {line.gateway} {line.lane}: {line.stored}"
        f" {line.quarantined} {line.shed} {line.missing} {line.duplicates} {line.samples}"
        for line in hours
    ]
    return "\n".join((head, *lines))
