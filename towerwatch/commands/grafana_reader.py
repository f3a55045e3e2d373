"""`towerwatch grafana reader`: who may see what on dashboards, held by the database itself."""

from contextlib import closing
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from dashboards.grafana.errors import DashboardError
from ingest.database import Connection, connect
from towerwatch.grafana.reader import MAIN, list_readers, make_role, remove, role_of, set_scope
from towerwatch.reach import admin_url, database, home_of_database
from towerwatch.services.secrets import Secrets

app = typer.Typer(
    help="Readers of dashboards: a database role for each of Grafana's organisations.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Name = Annotated[
    str, typer.Argument(help=f"Name of the reader, such as east; main is {MAIN}, Grafana's first.")
]
_MAIN: Final = "main"


@app.command("set")
def set_command(
    name: Name,
    *,
    place: Annotated[
        list[str] | None,
        typer.Option(help="Code of a place whose subtree is seen; * is everywhere; several."),
    ] = None,
    organisation: Annotated[
        list[str] | None,
        typer.Option(help="Code of an organisation whose compounds are seen; several."),
    ] = None,
) -> None:
    """Make a reader, or give the one of that name these places and no others."""
    try:
        role = role_of("" if name == _MAIN else name)
        with _admin() as admin, database() as owner:
            if role != MAIN:
                secrets = Secrets(home_of_database().secrets)
                make_role(admin, name, secrets.get(_secret(role)), _database_name())
                typer.echo(f"Password: {secrets.path(_secret(role))}")
            set_scope(owner, role, place or (), organisation or ())
    except DashboardError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{role}: {', '.join([*(place or ()), *(organisation or ())]) or 'sees nothing'}")


def _secret(role: str) -> str:
    return f"database.{role}"


@app.command("list")
def list_command() -> None:
    """List readers with their places and organisations."""
    with database() as owner:
        for reader in list_readers(owner):
            seen = ", ".join([*reader.places, *reader.organisations])
            typer.echo(f"{reader.role}: {seen or 'sees nothing'}")


@app.command("remove")
def remove_command(name: Name) -> None:
    """Take a reader's places and role away; its sessions end."""
    try:
        with _admin() as admin, database() as owner:
            remove(admin, owner, "" if name == _MAIN else name, _database_name())
    except DashboardError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{name} is gone.")


def _admin() -> closing[Connection]:
    return closing(connect(admin_url(), application="towerwatch command"))


def _database_name() -> str:
    return urlsplit(admin_url()).path.strip("/")
