"""`towerwatch dutycheck`: is anybody at the desk? Asked on demand, and what came of each check.

A desk is asked on its page; a fire control room without one by its panel, through the gateway.
"""

import json
from dataclasses import asdict
from typing import Annotated, Final
from uuid import uuid4

import typer

from analytics.act import ActId
from analytics.act.safety_kind import AskPost
from analytics.safety.roll_call import fetch_checks
from towerwatch.errors import TowerwatchError
from towerwatch.panel_check import ask_panels, fetch_panel_checks
from towerwatch.person import Name, Password, ask, person_of
from towerwatch.reach import database

app = typer.Typer(
    help="Ask a desk whether anybody is there, and list what came of it 查岗.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
_MOST: Final = 50


@app.command("ask")
def ask_command(
    *,
    name: Name,
    password: Password,
    place: Annotated[str, typer.Option(help="Code of the compound whose desk is asked.")],
) -> None:
    """Ask the desk of a compound; it has the plan's time to answer."""
    with database("tw_console") as connection:
        by = person_of(connection, name, password)
        ask(connection, AskPost(id=ActId(uuid4()), by=by, place=place))


@app.command("list")
def list_command(
    *, as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False
) -> None:
    """Show the checks that were asked, the newest first."""
    with database("tw_analytics") as connection:
        checks = fetch_checks(connection, limit=_MOST)
    if as_json:
        rows = [asdict(one) for one in checks]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1, default=str))
        return
    for one in checks:
        answered = f" by {one.answered_by}" if one.answered_by else ""
        typer.echo(
            f"{one.asked_at:%Y-%m-%d %H:%M:%SZ}  {one.place_path}  {one.reason}  {one.state}{answered}"
        )
    if not checks:
        typer.echo("No desk was asked.")


@app.command("panel")
def panel_command(
    gateway: Annotated[str, typer.Argument(help="Id of the gateway that the panels speak to.")],
    *,
    name: Name,
    password: Password,
    minutes: Annotated[int, typer.Option(min=1, max=60, help="Time to answer [min].")] = 5,
) -> None:
    """Ask the fire panels behind a gateway; somebody there presses the key of its device."""
    with database("tw_console") as connection:
        by = person_of(connection, name, password)
    with database("tw_analytics") as connection:
        if not ask_panels(connection, gateway, minutes, by):
            raise TowerwatchError(
                f"There is no gateway {gateway} among the places of {name}: `towerwatch gateway list`."
            )
    typer.echo(f"{gateway} asks its panels; {minutes} min to answer: `towerwatch dutycheck panels`")


@app.command("panels")
def panels_command(
    *, as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False
) -> None:
    """Show the checks that went to panels and who answered, the newest first."""
    with database("tw_analytics") as connection:
        checks = fetch_panel_checks(connection, limit=_MOST)
    if as_json:
        rows = [asdict(one) for one in checks]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1, default=str))
        return
    for one in checks:
        answered = ", ".join(one.answered) or "nobody"
        missed = f", not by {', '.join(one.unanswered)}" if one.unanswered else ""
        typer.echo(
            f"{one.asked_at:%Y-%m-%d %H:%M:%SZ}  {one.gateway}  {one.minutes} min  {one.state}"
            f"  answered by {answered}{missed}"
        )
    if not checks:
        typer.echo("No panel was asked.")
