"""`towerwatch restore`: a backup into an empty home, or into an empty database of a server."""

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from towerwatch.backup.base import read_base, restore_point
from towerwatch.backup.manifest import read_manifest
from towerwatch.backup.restore import restore_database
from towerwatch.backup.whole import restore_home
from towerwatch.home import Home, current_home, make_folder
from towerwatch.platform import existing_servers
from towerwatch.supervise.state import only_supervisor


def command(
    backup: Annotated[Path, typer.Argument(help="A backup: the folder that `backup` printed.")],
    *,
    archive: Annotated[
        Path | None,
        typer.Option(
            help="The log's archive, when the backup is one of the whole server (--base)."
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z"],
            help="The moment to come back to, with its zone; absent: as late as the archive goes.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Restore into an empty home and compare every table; status 1 when one differs.

    With TOWERWATCH_DATABASE_URL the database alone is restored there: the role must be a superuser
    and the roles of the platform must exist.
    """
    home = current_home()
    if archive is not None:
        _go_back(home, backup, archive, until)
        return
    manifest = read_manifest(backup)
    chosen = existing_servers(os.environ).database_url
    if chosen:
        done = restore_database(home, chosen, backup, manifest)
    else:
        make_folder(home.root)
        with only_supervisor(home):
            done = restore_home(home, backup, manifest)
    if as_json:
        typer.echo(json.dumps(asdict(done), indent=1))
    else:
        for line in done.differences:
            typer.echo(line)
        said = "as in the backup" if not done.differences else "NOT as in the backup"
        typer.echo(f"{done.tables} tables with {done.rows} rows are back, {said}.")
    raise typer.Exit(1 if done.differences else 0)


def _go_back(home: Home, backup: Path, archive: Path, until: datetime | None) -> None:
    make_folder(home.root)
    with only_supervisor(home):
        reached = restore_point(home, read_base(backup), archive, until)
    said = "nothing since the copy" if reached is None else f"the last commit is of {reached}"
    typer.echo(f"The server is back in {home.root}: {said}. `towerwatch up` starts it.")
