"""`towerwatch grafana`: build, check and push the dashboards."""

from pathlib import Path
from typing import Annotated

import typer

from dashboards.grafana.build import BUILT, build, check
from dashboards.grafana.errors import DashboardError
from dashboards.grafana.push import Target, push

app = typer.Typer(no_args_is_help=True)
Folder = Annotated[Path, typer.Option(help="Folder of the dashboard files.")]


@app.command("build")
def build_files(folder: Folder = BUILT) -> None:
    """Write the dashboards as files for Grafana's file provisioning."""
    for path in build(folder):
        typer.echo(path)


@app.command("check")
def check_files(folder: Folder = BUILT) -> None:
    """Hold the files to the code; status 1 when they differ."""
    try:
        check(folder)
    except DashboardError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo("The dashboards are as the code says.")


@app.command("push")
def push_to_server(
    url: Annotated[str, typer.Option(help="Address of Grafana.", envvar="TOWERWATCH_GRAFANA_URL")],
    token: Annotated[
        str, typer.Option(help="Token of a service account.", envvar="TOWERWATCH_GRAFANA_TOKEN")
    ],
) -> None:
    """Write the dashboards to a running Grafana; the same uid is replaced."""
    try:
        written = push(Target(url=url, token=token))
    except DashboardError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for uid in written:
        typer.echo(f"{url.rstrip('/')}/d/{uid}")
