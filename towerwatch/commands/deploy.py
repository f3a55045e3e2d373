"""`towerwatch deploy`: the folder of a platform in containers, its schema, its gateways."""

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.secret_file import UnsafeSecret, read_secret_file, secrets_folder
from towerwatch.deploy.folder import DATABASE, DeployFolder, Names
from towerwatch.deploy.schema import install_schema
from towerwatch.errors import WrongSettings
from towerwatch.services.database import ROLES

app = typer.Typer(
    help="Prepare a platform in containers, its schema and its gateways.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Folder = Annotated[Path, typer.Argument(help="Folder of the deployment, closed to others.")]
Host = Annotated[str, typer.Option(help="Name that gateways and browsers know the server by.")]
GatewayName = Annotated[str, typer.Argument(help="Id of the gateway: 3 to 40 of a-z, 0-9 and -.")]
_RELOAD = "docker compose -f deploy/compose.yaml kill -s HUP broker"


@app.command()
def prepare(folder: Folder, *, host: Host) -> None:
    """Make secrets, certificates and the broker's files; what is there stays."""
    made = DeployFolder(folder)
    made.prepare(Names(public=host))
    if os.geteuid() == 0:
        made.give_away()
    else:
        typer.echo("Run it as root: containers read these files as users of their own.")
    typer.echo(f"{folder} is ready; keep it closed, and in your backups.")


@app.command()
def schema() -> None:
    """Make roles and database, and bring the schema up to date.

    Reads admin_database_url and database.ROLE from TOWERWATCH_SECRETS_FOLDER.
    """
    folder = secrets_folder(os.environ)
    if folder is None:
        raise WrongSettings("TOWERWATCH_SECRETS_FOLDER names no folder.")
    try:
        admin_url = read_secret_file(folder / "admin_database_url")
        passwords = {role: read_secret_file(folder / f"database.{role}") for role in ROLES}
    except UnsafeSecret as error:
        raise WrongSettings(str(error)) from error
    applied = install_schema(admin_url, DATABASE, passwords)
    for one in applied:
        typer.echo(f"{one.set_name}/{one.file}")
    typer.echo(f"The schema is up to date: {len(applied)} files applied.")


@app.command()
def admit(  # noqa: PLR0913 - the options of a command
    folder: Folder,
    gateway: GatewayName,
    into: Annotated[Path, typer.Argument(help="Folder for what its machine needs.")],
    *,
    host: Host,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Give an admitted gateway new secrets.")
    ] = False,
    leaked: Annotated[
        bool, typer.Option("--leaked", help="Refuse the former secret on the second path too.")
    ] = False,
) -> None:
    """Let a gateway in; its configuration is written once.

    With --rotate an admitted gateway gets new secrets: its MQTT sessions are cut, and until the new
    ones are installed its alarms come by the second path, up to `towerwatch deploy settle`.
    """
    deployment = DeployFolder(folder)
    path = deployment.admit(gateway, into, Names(public=host), rotates=rotate, leaked=leaked)
    if os.geteuid() == 0:
        deployment.give_away()
    typer.echo(f"Its configuration: {path}. Its secrets are kept nowhere else.")
    typer.echo(f"Tell the broker: {_RELOAD}")
    if rotate and not leaked:
        typer.echo(f"When they are installed: towerwatch deploy settle {folder} {gateway}")


@app.command()
def settle(folder: Folder, gateway: GatewayName) -> None:
    """End a rotation: the second path forgets the former secret."""
    deployment = DeployFolder(folder)
    was_open = deployment.settle(gateway)
    if os.geteuid() == 0:
        deployment.give_away()
    typer.echo(
        f"The former secret of {gateway} is refused." if was_open else "There was no former secret."
    )


@app.command()
def revoke(folder: Folder, gateway: GatewayName) -> None:
    """Refuse a gateway on both paths; the broker cuts it when it reads its users again."""
    deployment = DeployFolder(folder)
    deployment.revoke(gateway)
    if os.geteuid() == 0:
        deployment.give_away()
    typer.echo(f"{gateway} is refused. Tell the broker: {_RELOAD}")
