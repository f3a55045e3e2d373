"""`towerwatch grafana`: build, check, compare and push the dashboards."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from dashboards.grafana.boards import DASHBOARDS
from dashboards.grafana.build import (
    DATABASE,
    MOUNTED,
    READER,
    SECRETS,
    Plan,
    build,
    source_of,
)
from dashboards.grafana.client import Grafana, Target
from dashboards.grafana.errors import DashboardError
from dashboards.grafana.model import Json
from dashboards.grafana.push import Change, Line, push
from towerwatch.commands import grafana_reader
from towerwatch.grafana.look import Asked, Failed, look_everywhere
from towerwatch.grafana.reader import role_of

app = typer.Typer(
    help="Build, check, compare and push the Grafana dashboards.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.add_typer(grafana_reader.app, name="reader")


def _address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{url!r} is no address of a Grafana: https://host[:port]")
    return url


Url = Annotated[
    str,
    typer.Option(
        "--url", help="Address of Grafana.", envvar="TOWERWATCH_GRAFANA_URL", callback=_address
    ),
]
Token = Annotated[
    str,
    typer.Option("--token", help="Token of a service account.", envvar="TOWERWATCH_GRAFANA_TOKEN"),
]
Console = Annotated[
    str,
    typer.Option(
        "--console-url",
        help="Where links into the console lead.",
        envvar="TOWERWATCH_CONSOLE_URL",
    ),
]
Source = Annotated[
    str,
    typer.Option(
        "--data-source",
        help="host:port/database as Grafana reaches it; the password of the role stands in"
        " TOWERWATCH_GRAFANA_PASSWORD. Without it the data source stays as it is.",
    ),
]
AsRole = Annotated[
    str, typer.Option("--reader", help="Role of the database that Grafana reads as.")
]
Password = Annotated[
    str,
    typer.Option(
        "--password", help="The role's password.", envvar="TOWERWATCH_GRAFANA_PASSWORD", hidden=True
    ),
]
Encrypted = Annotated[
    str, typer.Option("--sslmode", help="disable, require, verify-ca or verify-full.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_LOCAL: Final = "http://127.0.0.1:8080"
_MARKS: Final = {Change.MADE: "+", Change.CHANGED: "~", Change.SAME: "="}


@app.command("build")
def build_files(  # noqa: PLR0913 - options of a command
    folder: Annotated[Path, typer.Argument(help="Folder to write into.")],
    *,
    console_url: Console = _LOCAL,
    mounted: Annotated[
        str, typer.Option("--mounted", help="Where Grafana sees the folder `dashboards` of it.")
    ] = MOUNTED,
    database: Annotated[
        str, typer.Option("--database", help="host:port/name as Grafana reaches the database.")
    ] = DATABASE,
    sslmode: Encrypted = "disable",
    secrets: Annotated[
        str, typer.Option("--secrets", help="Where Grafana finds ROLE_database_password.")
    ] = SECRETS,
    organisation: Annotated[
        list[str] | None,
        typer.Option("--organisation", help="NUMBER=READER: one of Grafana's and who it reads as."),
    ] = None,
) -> None:
    """Write what a Grafana provisions: dashboards in both languages, data source, providers."""
    try:
        readers = {1: READER, **dict(_reader_of(pair) for pair in organisation or ())}
    except (ValueError, DashboardError) as error:
        raise typer.BadParameter(f"--organisation is NUMBER=READER: {error}") from error
    plan = Plan(
        console_url=console_url,
        mounted=mounted,
        database=database,
        sslmode=sslmode,
        secrets=secrets,
        readers=readers,
    )
    typer.echo(f"{len(build(folder, plan))} files in {folder}")


def _reader_of(pair: str) -> tuple[int, str]:
    number, _, name = pair.partition("=")
    return int(number), role_of(name)


@app.command("check")
def check_panels(
    *,
    as_json: AsJson = False,
    url: Annotated[
        str,
        typer.Option(
            "--database-url",
            help="URL of a reader; default: the platform's own.",
            envvar="TOWERWATCH_GRAFANA_DATABASE_URL",
        ),
    ] = "",
) -> None:
    """Ask the database every panel's question as its reader; status 1 when one fails.

    Without a database in force a server of its own is started, with a made-up city in it.
    """
    found = look_everywhere(datetime.now(UTC), url)
    failed = [one for one in found if isinstance(one, Failed)]
    panels = sum(len(dashboard.asking) for dashboard in DASHBOARDS)
    if as_json:
        answer = {
            "dashboards": len(DASHBOARDS),
            "panels": panels,
            "failed": [asdict(one) for one in failed],
        }
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        for one in failed:
            typer.echo(f"{one.dashboard} {one.panel}: {one.problem}", err=True)
        asked = sum(isinstance(one, Asked) for one in found)
        typer.echo(
            f"{len(DASHBOARDS)} dashboards, {panels} panels, {asked} answers, {len(failed)} failed"
        )
    if failed:
        raise typer.Exit(1)


@app.command("push")
def push_to_server(  # noqa: PLR0913 - options of a command
    url: Url,
    token: Token,
    *,
    console_url: Console = _LOCAL,
    data_source: Source = "",
    reader: AsRole = READER,
    password: Password = "",
    sslmode: Encrypted = "require",
    is_dry: Annotated[bool, typer.Option("--dry-run", help="Say what would be written.")] = False,
) -> None:
    """Bring a running Grafana to what the code says; what is the same is not written again."""
    source = _source(data_source, reader, password, sslmode)
    _say(_pushed(Target(url=url, token=token), source, console_url, is_dry=is_dry))


@app.command("diff")
def compare_with_server(url: Url, token: Token, *, console_url: Console = _LOCAL) -> None:
    """Say where a running Grafana differs from the code; status 1 when it does."""
    lines = _pushed(Target(url=url, token=token), {}, console_url, is_dry=True)
    _say(lines)
    if any(line.change is not Change.SAME for line in lines):
        raise typer.Exit(1)


def _pushed(target: Target, source: Json, console_url: str, *, is_dry: bool) -> list[Line]:
    try:
        return push(Grafana(target), source, console_url=console_url, is_dry=is_dry)
    except DashboardError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _source(address: str, reader: str, password: str, sslmode: str) -> Json:
    if not address:
        return {}
    host, _, database = address.partition("/")
    if not (host and database and password):
        raise typer.BadParameter("--data-source is host:port/database, with the role's password")
    return source_of(reader, host=host, database=database, password=password, sslmode=sslmode)


def _say(lines: Sequence[Line]) -> None:
    for line in lines:
        where = f": {', '.join(line.where[:5])}" if line.where else ""
        typer.echo(f"{_MARKS[line.change]} {line.kind} {line.uid}{where}")
    changed = sum(line.change is not Change.SAME for line in lines)
    typer.echo(f"{changed} of {len(lines)} differ")
