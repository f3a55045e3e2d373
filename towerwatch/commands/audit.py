"""`towerwatch audit`: whether the history is what was written, and which row is not."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from analytics.audit.store import fetch_head
from analytics.audit.verifier import Anchor, Verdict, sentence, verify
from towerwatch.errors import WrongSettings
from towerwatch.reach import database

app = typer.Typer(no_args_is_help=True)


@app.command("verify")
def verify_command(
    *,
    anchor: Annotated[
        str, typer.Option(help="A head that was noted elsewhere, as NUMBER:DIGEST.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Go over the whole audit chain; status 1 when a row or a seal is not what it was."""
    noted = _anchor(anchor)
    with database("tw_analytics") as connection:
        verdict = verify(connection, noted)
    if as_json:
        typer.echo(json.dumps(_content(verdict), indent=1))
    else:
        typer.echo(sentence(verdict, datetime.now(UTC)))
        for finding in verdict.findings:
            typer.echo(f"  {finding}")
    raise typer.Exit(0 if verdict.is_sound else 1)


@app.command("head")
def head_command() -> None:
    """Print the newest seal; kept elsewhere, it shows later whether the chain was rewritten."""
    with database("tw_analytics") as connection:
        head = fetch_head(connection)
    typer.echo("none" if head is None else f"{head.number}:{head.digest.hex()}")


def _anchor(text: str) -> Anchor | None:
    if not text:
        return None
    number, _, digest = text.partition(":")
    if not (number.isdecimal() and len(digest) == 64):
        raise WrongSettings("--anchor: NUMBER:DIGEST as `towerwatch audit head` prints it")
    return Anchor(number=int(number), digest=digest.lower())


def _content(verdict: Verdict) -> dict[str, object]:
    head = verdict.head
    return {
        "seals": verdict.seals,
        "rows": verdict.rows,
        "waiting": verdict.waiting,
        "head": None if head is None else {"number": head.number, "digest": head.digest.hex()},
        "findings": [
            {"wrong": item.wrong.value, "what": item.what, "seal": item.seal}
            for item in verdict.findings
        ],
    }
