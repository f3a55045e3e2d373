"""`towerwatch restore`: a backup into an empty home, or into an empty database of a server."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from towerwatch.backup.manifest import read_manifest
from towerwatch.backup.restore import restore_database
from towerwatch.backup.whole import restore_home
from towerwatch.home import current_home, make_folder
from towerwatch.platform import existing_servers
from towerwatch.supervise.state import only_supervisor


def command(
    backup: Annotated[Path, typer.Argument(help="A backup: the folder that `backup` printed.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Restore into an empty home and compare every table; status 1 when one differs.

    With TOWERWATCH_DATABASE_URL the database alone is restored there: the role must be a superuser
    and the roles of the platform must exist.
    """
    manifest = read_manifest(backup)
    home = current_home()
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
