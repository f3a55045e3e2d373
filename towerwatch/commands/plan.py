"""`towerwatch plan`: the life-safety plan: checked, applied, and shown."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from analytics.safety.plan import default_plan_source, parse_plan
from analytics.safety.store import Plans, load_plan
from ingest.database import in_transaction
from towerwatch.named_file import read_text
from towerwatch.reach import database

app = typer.Typer(
    help="Check, apply and show who is told and who rescues, and after how long.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
File = Annotated[Path | None, typer.Argument(help="YAML file; without it the product's own.")]


@app.command()
def check(file: File = None) -> None:
    """Read a plan; status 1 and a sentence when it cannot be used."""
    plan = parse_plan(_source(file))
    rungs = len(plan.fire.onward)
    typer.echo(f"{plan.name}: {rungs} rungs, {len(plan.rescue.tiers)} tiers of rescuers")


@app.command("apply")
def apply_command(file: File = None) -> None:
    """Put a plan into force from the day that it names."""
    source = _source(file)
    plan = parse_plan(source)
    with database("tw_analytics") as connection:
        is_new = in_transaction(connection, lambda held: load_plan(held, plan, source))
    typer.echo(f"{plan.name} {'applied' if is_new else 'is there already'}.")


@app.command()
def show() -> None:
    """Show the plan that holds now: its name, and what is told to whom and when."""
    with database("tw_analytics") as connection:
        plan = Plans().at(connection, datetime.now(UTC))
    typer.echo(f"{plan.name} since {plan.valid_from:%Y-%m-%d}, {plan.checksum[:12]}")
    typer.echo(f"fire: confirmed within {plan.fire.confirm.total_seconds():.0f} s, else")
    for rung in plan.fire.onward:
        typer.echo(f"  {rung.to} by {rung.by} after {rung.after.total_seconds():.0f} s more")
    rescue = plan.rescue
    typer.echo(f"entrapment: the car called within {rescue.confirm.total_seconds():.0f} s, then")
    for tier in rescue.tiers:
        typer.echo(f"  {tier.to}, accepts within {tier.accept.total_seconds():.0f} s")
    typer.echo(f"  arrival within {rescue.arrive.total_seconds() / 60:g} min")
    for place, limit in rescue.arrive_at.items():
        typer.echo(f"  in {place} within {limit.total_seconds() / 60:g} min")


def _source(file: Path | None) -> str:
    return default_plan_source() if file is None else read_text(file)
