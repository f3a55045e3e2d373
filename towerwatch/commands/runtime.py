"""`towerwatch runtime`: the private broker and database."""

import json
from typing import Annotated

import typer

from towerwatch.home import current_home
from towerwatch.runtime.install import find_runtime, install, remove

app = typer.Typer(
    help="Install, show or remove the private broker and database.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command("install")
def install_command(
    *,
    again: Annotated[bool, typer.Option("--again", help="Fetch it even when it is there.")] = False,
) -> None:
    """Put PostgreSQL, TimescaleDB and Mosquitto into a folder of their own, without root."""
    runtime = install(current_home(), again=again)
    typer.echo(f"{runtime.describe()}\n{runtime.folder}")


@app.command()
def status(
    *, as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False
) -> None:
    """Show what is installed; status 1 when nothing is."""
    home = current_home()
    runtime = find_runtime(home)
    if as_json:
        packages = dict(runtime.packages) if runtime else {}
        folder = str(runtime.folder) if runtime else None
        typer.echo(json.dumps({"folder": folder, "packages": packages}, indent=1))
    elif runtime is None:
        typer.echo(f"Nothing is installed in {home.runtime}: run `towerwatch runtime install`.")
    else:
        typer.echo(
            f"{runtime.describe()}\n{runtime.folder} ({runtime.architecture},"
            f" made {runtime.made_at:%Y-%m-%d %H:%M} UTC)"
        )
    raise typer.Exit(0 if runtime else 1)


@app.command("remove")
def remove_command() -> None:
    """Remove the programs; data and secrets stay."""
    home = current_home()
    was_there = remove(home)
    typer.echo("Removed." if was_there else f"Nothing was installed in {home.runtime}.")
