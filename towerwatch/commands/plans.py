"""`towerwatch plans`: duties by the calendar, begun for lifts and compounds, and what is overdue."""

from datetime import UTC, datetime
from typing import Annotated

import typer

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
def overdue() -> None:
    """Show turns that are due and not done; status 1 when there is one."""
    with database("tw_analytics") as connection:
        found = overdue_turns(connection, datetime.now(UTC))
    for item in found:
        due_on = item.due_at.astimezone(ZONE)
        typer.echo(f"{item.kind:18} {item.subject:20} due {due_on:%Y-%m-%d} {item.order_number}")
    typer.echo(f"{len(found)} overdue")
    raise typer.Exit(1 if found else 0)
