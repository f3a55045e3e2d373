"""`towerwatch evidence`: an archive of an alarm or order that proves itself."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from analytics.alarms.alarm import AlarmId
from analytics.orders.evidence import check
from analytics.orders.evidence_store import Asked, find_order, make_pack
from dashboards.console import photo
from ingest.database import in_transaction
from towerwatch.errors import WrongSettings
from towerwatch.home import current_home
from towerwatch.named_file import read_bytes
from towerwatch.reach import database

app = typer.Typer(
    help="Pack the evidence of an alarm or order; verify a pack.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command("pack")
def pack_command(
    *,
    order: Annotated[str, typer.Option(help="Number of an order.")] = "",
    alarm: Annotated[int, typer.Option(help="Number of an alarm.")] = 0,
    out: Annotated[Path, typer.Option(help="File to write; it must not exist.")],
    photos: Annotated[
        Path | None, typer.Option(help="Folder of the photos of reports; else the home's own.")
    ] = None,
) -> None:
    """Write signals, messages with receipts, acts, clocks, photos and versions, all chained."""
    if bool(order) == bool(alarm):
        raise WrongSettings("Name an order or an alarm: --order NUMBER or --alarm NUMBER.")
    folder = photos or current_home().data / "photos"
    with database("tw_analytics") as connection:
        asked = find_order(connection, order) if order else Asked(alarm=AlarmId(alarm), order=None)
        archive = (
            None
            if asked is None
            else in_transaction(
                connection,
                lambda held: make_pack(
                    held, asked, datetime.now(UTC), lambda digest: photo.read(folder, digest)
                ),
            )
        )
    if archive is None:
        raise WrongSettings(
            f"There is no order {order}." if order else f"There is no alarm {alarm}."
        )
    try:
        with out.open("xb") as file:
            file.write(archive)
    except OSError as error:
        raise WrongSettings(f"{out} cannot be written: {error}") from error
    found = check(archive)
    typer.echo(f"{out}: {found.subject}, {len(archive)} bytes")
    typer.echo(f"seal {found.seal}")


@app.command()
def verify(
    file: Path,
    *,
    seal: Annotated[str, typer.Option(help="The seal that was noted when it was made.")] = "",
) -> None:
    """Compute every digest and link again; status 1 when something is not what it was."""
    found = check(read_bytes(file))
    faults = list(found.faults)
    if seal and seal != found.seal:
        faults.append("its seal is not the one that was noted")
    for fault in faults:
        typer.echo(f"{file}: {fault}")
    if found.unsealed:
        typer.echo(f"{found.unsealed} lines were not yet covered by the audit chain")
    typer.echo(f"intact, seal {found.seal}" if not faults else "NOT intact")
    raise typer.Exit(1 if faults else 0)
