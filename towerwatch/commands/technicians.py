"""`towerwatch technicians`: who may do which work, from a file, and what each has in hand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from analytics.orders.technician_file import parse_technicians
from analytics.orders.technician_store import Entry, listed_technicians, put_technicians
from ingest.database import in_transaction
from towerwatch.named_file import read_text
from towerwatch.reach import database

app = typer.Typer(
    help="Register, list and check who may do which work.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
File = Annotated[Path, typer.Argument(help="YAML file of technicians.")]


@app.command()
def check(file: File) -> None:
    """Say whether a file can be used, and whose certificate has ended."""
    entries = _read(file)
    today = datetime.now(UTC).date()
    for entry in entries:
        for item in entry.certificates:
            if item.valid_until < today:
                typer.echo(f"{entry.name}: {item.skill} {item.number} ended {item.valid_until}")
    typer.echo(f"{len(entries)} technicians")


@app.command("apply")
def apply_command(file: File) -> None:
    """Register the technicians of a file; those of its organisations that it omits have left."""
    entries = _read(file)
    with database("tw_analytics") as connection:
        unknown = in_transaction(
            connection, lambda held: put_technicians(held, entries, datetime.now(UTC))
        )
    for name in unknown:
        typer.echo(f"{name}: no organisation of that code is registered", err=True)
    typer.echo(f"{len(entries) - len(unknown)} technicians registered.")
    raise typer.Exit(1 if unknown else 0)


@app.command("list")
def list_command() -> None:
    """Show everybody with certificates and orders in hand."""
    with database("tw_analytics") as connection:
        found = listed_technicians(connection)
    for item in found:
        typer.echo(
            f"{item.organisation:20} {item.name:16} {item.display_name:10}"
            f" {item.certificates}; {item.in_hand} in hand"
        )
    typer.echo(f"{len(found)} technicians")


def _read(file: Path) -> list[Entry]:
    return parse_technicians(read_text(file))
