"""`towerwatch quarantine`: what was kept aside, why, and how it comes in after all."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from gateway.clock import now_ms
from ingest.quarantine import dismiss, fetch_message, fetch_quarantine, replay
from towerwatch.reach import database

app = typer.Typer(
    help="List, show, replay or dismiss what was kept aside.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Number = Annotated[int, typer.Argument(help="Id of a message in quarantine.")]


@app.command("list")
def list_command(
    *,
    gateway: Annotated[str, typer.Option(help="One gateway only.")] = "",
    reason: Annotated[str, typer.Option(help="One reason only.")] = "",
    before: Annotated[int, typer.Option(help="Go on below this id; 0 begins.")] = 0,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="How many lines.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """List what was kept aside, newest first."""
    with database("tw_ingest") as connection:
        lines = fetch_quarantine(
            connection,
            gateway=gateway or None,
            reason=reason or None,
            before=before or None,
            most=most,
        )
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in lines], default=str, indent=1))
        return
    for line in lines:
        state = f"settled: {line.note}" if line.replayed_at else "open"
        part = " (part of it is stored)" if line.is_partly_stored else ""
        typer.echo(
            f"{line.id:>8}  {line.received_at:%Y-%m-%d %H:%M:%S}  {line.gateway} {line.lane}"
            f"  {line.reason}: {line.detail}{part}; {line.bytes} B; {state}"
        )
    if not lines:
        typer.echo("Nothing is in quarantine.")


@app.command()
def show(number: Number) -> None:
    """Show one message with its bytes."""
    with database("tw_ingest") as connection:
        found = fetch_message(connection, number)
    content = {
        **asdict(found),
        "payload": found.payload.decode("utf-8", errors="backslashreplace"),
    }
    typer.echo(json.dumps(content, default=str, indent=1, ensure_ascii=False))


@app.command("replay")
def replay_command(number: Number) -> None:
    """Admit a message again, for example after its asset was registered; each id once."""
    with database("tw_ingest") as connection:
        done = replay(connection, number, now_ms())
    rest = f"; still refused: {done.still_refused}" if done.still_refused else ""
    typer.echo(f"Stored {done.samples} values and {done.events} events{rest}.")


@app.command("dismiss")
def dismiss_command(
    number: Number, note: Annotated[str, typer.Argument(help="Why, for the record.")]
) -> None:
    """Put a message aside for good: a person has looked at it."""
    with database("tw_ingest") as connection:
        dismiss(connection, number, note, now_ms())
    typer.echo(f"Message {number} is settled.")
