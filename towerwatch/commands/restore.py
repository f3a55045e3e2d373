"""`towerwatch restore`: a backup into an empty home, or into an empty database of a server."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from towerwatch.backup.base import BASE, read_base, restore_point
from towerwatch.backup.manifest import read_manifest
from towerwatch.backup.restore import restore_database
from towerwatch.backup.whole import restore_home
from towerwatch.doctor.keeping import note_rehearsal
from towerwatch.errors import WrongSettings
from towerwatch.home import Home, current_home, make_folder
from towerwatch.options import existing_servers
from towerwatch.supervise.state import only_supervisor


def command(
    backup: Annotated[Path, typer.Argument(help="A backup: the folder that `backup` printed.")],
    *,
    archive: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            resolve_path=True,
            help="The log's archive, when the backup is one of the whole server (--base).",
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z"],
            help="The moment to come back to, with its zone; absent: as late as the archive goes.",
        ),
    ] = None,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Into a folder that is removed again: a drill.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Restore into an empty home and compare every table; status 1 when one differs.

    With TOWERWATCH_DATABASE_URL the database alone is restored there: the role must be a superuser
    and the roles of the platform must exist.
    """
    home = current_home()
    if archive is None and (backup / BASE).is_file():
        raise WrongSettings(f"{backup} is a copy of the whole server: name its log with --archive")
    with _drill_home(home) if rehearse else nullcontext(home) as into:
        if archive is not None:
            _go_back(into, backup, archive, until)
        else:
            _bring_back(into, backup, as_json=as_json, is_drill=rehearse)
    if rehearse:
        note_rehearsal(home, datetime.now(UTC), backup)
        typer.echo("Rehearsed; the copy is removed again.")


def _bring_back(home: Home, backup: Path, *, as_json: bool, is_drill: bool) -> None:
    manifest = read_manifest(backup)
    chosen = "" if is_drill else existing_servers(os.environ).database_url
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
    if done.differences:
        raise typer.Exit(1)


@contextmanager
def _drill_home(home: Home) -> Iterator[Home]:
    """A home beside the present one with its programs, removed afterwards."""
    make_folder(home.root)
    folder = Path(tempfile.mkdtemp(prefix="rehearsal-", dir=home.root))
    try:
        folder.chmod(0o755)
        yield Home(root=folder, programs=home.runtime)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _go_back(home: Home, backup: Path, archive: Path, until: datetime | None) -> None:
    make_folder(home.root)
    with only_supervisor(home):
        reached = restore_point(home, read_base(backup), archive, until)
    said = "nothing since the copy" if reached is None else f"the last commit is of {reached}"
    typer.echo(f"The server is back in {home.root}: {said}. `towerwatch up` starts it.")
