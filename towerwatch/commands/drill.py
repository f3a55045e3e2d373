"""`towerwatch drill`: drills and tests 演练/测试: proposed, agreed, ended, listed, reported."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import uuid4

import typer

from analytics.act import ActId
from analytics.act.safety_kind import ApproveDrill, DrillId, EndDrill, ProposeDrill
from analytics.safety import drill_store
from analytics.safety.drill import DeviceAnswer, Drill, DrillReport, report
from analytics.safety.plan import Scope
from towerwatch.errors import WrongSettings
from towerwatch.person import Name, Password, ask, person_of
from towerwatch.reach import database

app = typer.Typer(
    help="Propose, begin, end, list and report drills and tests.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
Number = Annotated[int, typer.Argument(help="Number of the drill.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@app.command()
def start(  # noqa: PLR0913 - the options of a command
    *,
    name: Name,
    password: Password,
    scope: Annotated[Scope, typer.Option(help="What it is about.")],
    subject: Annotated[
        str, typer.Option(help="Code of the panel, lift or compound; of a zone compound/zone.")
    ],
    reason: Annotated[str, typer.Option(help="What it is for.")],
    minutes: Annotated[int, typer.Option(min=1, help="How long at most [min].")] = 30,
    test: Annotated[bool, typer.Option("--test", help="A test and no drill.")] = False,
    bureau: Annotated[
        bool, typer.Option("--bureau", help="The bureau takes part: told as Exercise or Test.")
    ] = False,
) -> None:
    """Propose a drill; it begins when another person agrees."""
    with database("tw_console") as connection:
        act = ProposeDrill(
            id=ActId(uuid4()),
            by=person_of(connection, name, password),
            text=reason,
            scope=scope,
            subject=subject,
            length_s=round(timedelta(minutes=minutes).total_seconds()),
            drill="test" if test else "drill",
            tells_bureau=bureau,
        )
        ask(connection, act)


@app.command()
def approve(number: Number, *, name: Name, password: Password) -> None:
    """Agree to a drill that another person proposed; it begins now."""
    with database("tw_console") as connection:
        by = person_of(connection, name, password)
        ask(connection, ApproveDrill(id=ActId(uuid4()), by=by, drill_id=DrillId(number)))


@app.command()
def end(number: Number, *, name: Name, password: Password) -> None:
    """End a drill at once."""
    with database("tw_console") as connection:
        by = person_of(connection, name, password)
        ask(connection, EndDrill(id=ActId(uuid4()), by=by, drill_id=DrillId(number)))


@app.command("list")
def list_command(*, as_json: AsJson = False) -> None:
    """Show drills, the newest first."""
    with database("tw_analytics") as connection:
        drills = drill_store.fetch_drills(connection)
    if as_json:
        typer.echo(_json([asdict(drill) for drill in drills]))
        return
    now = datetime.now(UTC)
    for drill in drills:
        typer.echo(f"{drill.id:>5}  {_state(drill, now):9} {_described(drill)}")
    if not drills:
        typer.echo("There was no drill.")


@app.command("report")
def report_command(number: Number, *, as_json: AsJson = False) -> None:
    """Show which devices answered in a drill, how soon, and which are missing."""
    with database("tw_analytics") as connection:
        found = drill_store.fetch_drills(connection, drill_id=number)
        if not found:
            raise WrongSettings(f"There is no drill {number}.")
        told = report(found[0], drill_store.fetch_answers(connection, number))
    if as_json:
        typer.echo(_json(asdict(told)))
        return
    typer.echo(_described(told.drill))
    for one in told.answered:
        typer.echo(f"  {one.code:20} {_answered(told, one)}")
    typer.echo(f"answered {len(told.answered)}, missing {len(told.missing)}")
    for one in told.missing:
        typer.echo(f"  {one.code:20} {one.name_zh}")


def _answered(told: DrillReport, one: DeviceAnswer) -> str:
    if one.raised_at is None or told.drill.starts_at is None:
        return "-"
    after = f"after {(one.raised_at - told.drill.starts_at).total_seconds():.0f} s"
    if one.acknowledged_at is None:
        return f"{after}, seen by nobody"
    return f"{after}, seen {(one.acknowledged_at - one.raised_at).total_seconds():.0f} s later"


def _described(drill: Drill) -> str:
    people = " + ".join(name for name in (drill.proposed_by, drill.approved_by) if name)
    since = "" if drill.starts_at is None else f" since {drill.starts_at:%Y-%m-%d %H:%M:%SZ}"
    length = f"{drill.length.total_seconds() / 60:g} min"
    return f"{drill.kind} of {drill.scope} {drill.subject}, {length}, {people}{since}"


def _state(drill: Drill, now: datetime) -> str:
    if drill.is_running(now):
        return "running"
    return "over" if drill.ended_at is not None or drill.starts_at is not None else "proposed"


def _json(found: object) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1, default=str)
