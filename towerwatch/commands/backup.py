"""`towerwatch backup`: one consistent copy while everything runs."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from towerwatch.backup.base import base_backup, prune_bases
from towerwatch.backup.save import Wanted, save
from towerwatch.doctor.keeping import note_backup
from towerwatch.reach import admin_url, home_of_database


def command(  # noqa: PLR0913 - the options of a command
    folder: Annotated[Path, typer.Argument(help="Folder of backups; each gets a folder inside.")],
    *,
    telemetry: Annotated[
        bool, typer.Option(help="With telemetry; without it a backup is small.")
    ] = True,
    secrets: Annotated[
        bool, typer.Option(help="With secrets, gateways' log-ins and photos.")
    ] = True,
    keep: Annotated[
        int, typer.Option(min=0, help="How many finished backups stay, oldest go first; 0: all.")
    ] = 0,
    base: Annotated[
        bool,
        typer.Option("--base", help="Copy the whole server, for recovery to any moment since."),
    ] = False,
    archive: Annotated[
        Path | None,
        typer.Option(help="With --base and --keep: the log that no backup needs goes from here."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Save database, secrets and gateways' log-ins while everything runs; status 0 when whole."""
    if base:
        _copy_server(folder, archive, keep)
        return
    wanted = Wanted(has_telemetry=telemetry, has_secrets=secrets, keep=keep)
    home = home_of_database()
    saved = save(home, admin_url(), folder, wanted, datetime.now(UTC))
    note_backup(home, datetime.now(UTC), saved.folder)
    size = sum(path.stat().st_size for path in saved.folder.iterdir())
    if as_json:
        content = {
            "folder": str(saved.folder),
            "bytes": size,
            "tables": len(saved.manifest.tables),
            "rows": saved.manifest.rows,
            "left_out": saved.manifest.left_out,
            "removed": saved.removed,
        }
        typer.echo(json.dumps(content, indent=1))
        return
    typer.echo(
        f"{saved.folder}: {len(saved.manifest.tables)} tables, {saved.manifest.rows} rows,"
        f" {size / 1024**2:.1f} MiB"
    )
    for name in saved.removed:
        typer.echo(f"Removed the old {name}")


def _copy_server(folder: Path, archive: Path | None, keep: int) -> None:
    home = home_of_database()
    made = base_backup(home, admin_url(), folder, datetime.now(UTC))
    note_backup(home, datetime.now(UTC), made.folder)
    typer.echo(f"{made.folder}: the whole server; keep the log from {made.first_segment} on")
    for name in prune_bases(home, folder, archive, keep):
        typer.echo(f"Removed the old {name}")
