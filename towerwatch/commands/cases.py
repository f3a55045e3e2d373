"""`towerwatch cases`: platforms that send cases, and cases that come as a file."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final
from uuid import uuid4

import typer

from analytics.act import ActId, Person, submit
from analytics.act.case_kind import EXCHANGE_ROLE, TakeCase
from analytics.exchange import case_store
from analytics.exchange.case import (
    CaseMessage,
    CaseState,
    CaseSystem,
    Known,
    SystemCode,
    Verdict,
    judge,
)
from analytics.exchange.case_file import FileRow, read_cases
from analytics.exchange.key import Party, give_key
from ingest.database import Connection, in_transaction
from towerwatch.errors import WrongSettings
from towerwatch.named_file import read_bytes
from towerwatch.reach import database

app = typer.Typer(
    help="Register platforms that send cases, give them keys, and import files of cases.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

System = Annotated[str, typer.Argument(help="Code of the platform, such as hotline-12345.")]
By = Annotated[str, typer.Option("--by", help="User name of the person who decides.")]
_MINUTES_A_HOUR: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would become of a line of a file."""

    row: FileRow
    verdict: Verdict | None
    note: str = ""


@app.command()
def system(  # noqa: PLR0913 - what is registered of a platform
    code: System,
    *,
    name: Annotated[str, typer.Option(help="Its name in Chinese.")],
    place: Annotated[str, typer.Option(help="Code of the place whose cases it sends.")],
    name_en: Annotated[str, typer.Option(help="Its name in English.")] = "",
    callback_url: Annotated[
        str, typer.Option(help="Where it is told; empty: it asks by itself.")
    ] = "",
    undertake_h: Annotated[
        float, typer.Option(help="Office hours until a case must be taken on.")
    ] = 2.0,
    feedback_h: Annotated[
        float, typer.Option(help="Office hours until a case must be answered.")
    ] = 50.0,
) -> None:
    """Register a platform that sends cases, or change what is registered."""
    made = CaseSystem(
        code=SystemCode(code),
        name_zh=name,
        name_en=name_en,
        place_path="",
        callback_url=callback_url,
        undertake=timedelta(minutes=round(undertake_h * _MINUTES_A_HOUR)),
        feedback=timedelta(minutes=round(feedback_h * _MINUTES_A_HOUR)),
    )
    with database("tw_analytics") as connection:
        if not in_transaction(connection, lambda held: case_store.put_system(held, made, place)):
            raise WrongSettings(f"There is no place {place!r}.")
    typer.echo(f"{code} is registered.")


@app.command()
def systems() -> None:
    """Show the platforms that send cases."""
    with database("tw_analytics") as connection:
        found = case_store.fetch_systems(connection)
    for one in found:
        typer.echo(
            f"{one.code:20} {one.place_path:32} undertake {one.undertake} feedback"
            f" {one.feedback} {one.callback_url or 'asks by itself'} {one.name_zh}"
        )
    typer.echo(f"{len(found)} platforms")


@app.command()
def key(code: System, *, by: By) -> None:
    """Make a key for a platform and print it, this once; its former key opens nothing."""
    now = datetime.now(UTC)
    with database("tw_analytics") as connection, connection.transaction():
        _require_system(connection, code)
        made = give_key(connection, Party(system=SystemCode(code)), by, now)
    typer.echo(made.text)
    typer.echo("The key is shown this once: hand it over by a safe way.", err=True)


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="CSV file with the cases.")],
    *,
    system: Annotated[str, typer.Option(help="Code of the platform they are from.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of each line; write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Take in a file of cases, each once by its number; status 1 when a line could not be."""
    rows = _read(file)
    with database("tw_analytics") as connection:
        chosen = _require_system(connection, system)
        seen: dict[str, Known] = {}
        preview = [_preview(connection, chosen, row, seen) for row in _in_order(rows)]
    if not dry_run:
        with database("tw_console") as connection:
            preview = [_take(connection, chosen, one) for one in preview]
    _show(preview, as_json=as_json)
    wrong = (None, Verdict.CONFLICT, Verdict.OVER)
    raise typer.Exit(1 if any(one.verdict in wrong for one in preview) else 0)


def _read(file: Path) -> list[FileRow]:
    return read_cases(read_bytes(file))


def _in_order(rows: Sequence[FileRow]) -> list[FileRow]:
    """Revisions of one number in their order, whatever the file's order."""
    return sorted(rows, key=lambda row: 0 if row.message is None else row.message.revision)


def _require_system(connection: Connection, code: str) -> CaseSystem:
    found = case_store.fetch_system(connection, code)
    if found is None:
        raise WrongSettings(f"There is no platform {code!r}: register it with `cases system`.")
    return found


def _preview(
    connection: Connection, system: CaseSystem, row: FileRow, seen: dict[str, Known]
) -> Preview:
    """What would become of a line after those before it."""
    message = row.message
    if message is None:
        return Preview(row=row, verdict=None, note=row.fault)
    known = seen.get(message.number) or case_store.known_of(connection, system.code, message.number)
    verdict = judge(known, message)
    if verdict not in (Verdict.NEW, Verdict.CORRECTION):
        return Preview(row=row, verdict=verdict)
    found = case_store.find_work(connection, system, message)
    if found.is_known:
        seen[message.number] = Known(
            revision=message.revision, content=message.content, state=CaseState.RECEIVED
        )
    return Preview(row=row, verdict=verdict if found.is_known else None, note=found.words(message))


def _take(connection: Connection, system: CaseSystem, one: Preview) -> Preview:
    message = one.row.message
    if message is None or one.verdict is None:
        return one
    result = submit(connection, _act(system, message))
    if result.is_done:
        return one
    return Preview(row=one.row, verdict=None, note=result.message.zh)


def _act(system: CaseSystem, message: CaseMessage) -> TakeCase:
    return TakeCase(
        id=ActId(uuid4()),
        by=Person(name=system.code, role=EXCHANGE_ROLE, scope=(system.place_path,)),
        system=system.code,
        number=message.number,
        revision=message.revision,
        category=message.category,
        text=message.text,
        place=message.place,
        asset=message.asset,
        contact=message.contact,
        reported_at=message.reported_at,
    )


def _show(preview: Sequence[Preview], *, as_json: bool) -> None:
    counted = Counter(str(one.verdict or "wrong") for one in preview)
    if as_json:
        lines = [
            {
                "line": one.row.line,
                "number": None if one.row.message is None else one.row.message.number,
                "verdict": str(one.verdict or "wrong"),
                "note": one.note,
            }
            for one in preview
        ]
        answer = {"rows": lines, "counts": dict(sorted(counted.items()))}
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    for one in preview:
        number = "" if one.row.message is None else one.row.message.number
        typer.echo(f"{one.row.line:6} {one.verdict or 'wrong':10} {number:24} {one.note}")
    typer.echo(", ".join(f"{count} {name}" for name, count in sorted(counted.items())) or "empty")
