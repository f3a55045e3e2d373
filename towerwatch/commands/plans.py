"""`towerwatch plans`: duties by the calendar, begun for lifts and compounds, and what is overdue."""

import re
from datetime import UTC, datetime
from typing import Annotated

import typer

from analytics.orders.checkpoint import Checkpoint, put_checkpoint
from analytics.orders.plan import ZONE, Every
from analytics.orders.planner import begin_plans, overdue_turns
from ingest.database import in_transaction
from towerwatch.errors import WrongSettings
from towerwatch.reach import database

app = typer.Typer(
    help="Begin maintenance, test calls and fire rounds; show what is overdue.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
_ROUNDS = (Every.WEEK, Every.MONTH)


@app.command()
def begin(
    *,
    place: Annotated[str, typer.Option(help="Code of a place: everything below it.")],
    starts_on: Annotated[
        str, typer.Option(help="First day, such as 2026-12-01; without it today.")
    ] = "",
    daily_rounds: Annotated[
        bool, typer.Option("--daily-rounds", help="Key fire-safety units go round every day.")
    ] = False,
) -> None:
    """Begin the plans that lifts and compounds do not have yet."""
    rhythms = (Every.DAY, *_ROUNDS) if daily_rounds else _ROUNDS
    first = datetime.now(ZONE).date()
    if starts_on:
        try:
            first = datetime.fromisoformat(starts_on).date()
        except ValueError as error:
            raise WrongSettings(f"{starts_on!r} is no day such as 2026-12-01.") from error
    with database("tw_analytics") as connection:
        try:
            count = in_transaction(
                connection, lambda held: begin_plans(held, place, first, rhythms)
            )
        except LookupError as error:
            raise WrongSettings(f"There is no place {place}.") from error
    typer.echo(f"{count} plans begun on {first}.")


@app.command()
def point(
    code: Annotated[str, typer.Argument(help="4 to 40 letters, digits or hyphens.")],
    *,
    place: Annotated[str, typer.Option(help="Code of its place.")],
    name: Annotated[str, typer.Option(help="What people read, in Chinese.")],
    name_en: Annotated[str, typer.Option(help="The same in English.")] = "",
    asset: Annotated[str, typer.Option(help="Code of the asset that stands there.")] = "",
) -> None:
    """Register a point of the rounds, and show the address for its QR code."""
    if not re.fullmatch(r"[A-Za-z0-9-]{4,40}", code):
        raise WrongSettings(f"{code!r} is no code: 4 to 40 letters, digits or hyphens.")
    made = Checkpoint(code=code, place=place, name_zh=name, name_en=name_en, asset=asset)
    with database("tw_analytics") as connection:
        if not in_transaction(connection, lambda held: put_checkpoint(held, made)):
            raise WrongSettings(f"There is no place {place}.")
    typer.echo(f"{made.path}   residents: /report?point={code}")


@app.command()
def overdue() -> None:
    """Show turns that are due and not done; status 1 when there is one."""
    with database("tw_analytics") as connection:
        found = overdue_turns(connection, datetime.now(UTC))
    for item in found:
        due_on = item.due_at.astimezone(ZONE)
        typer.echo(f"{item.kind:18} {item.subject:20} due {due_on:%Y-%m-%d} {item.order_number}")
    typer.echo(f"{len(found)} overdue")
    raise typer.Exit(1 if found else 0)
