"""`towerwatch backup`: one consistent copy while everything runs."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from towerwatch.backup.save import Wanted, save
from towerwatch.reach import admin_url, home_of_database


def command(
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
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Save database, secrets and gateways' log-ins while everything runs; status 0 when whole."""
    wanted = Wanted(has_telemetry=telemetry, has_secrets=secrets, keep=keep)
    saved = save(home_of_database(), admin_url(), folder, wanted, datetime.now(UTC))
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
