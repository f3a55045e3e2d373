"""The command line of the simulators."""

from pathlib import Path
from typing import Annotated

import typer

from simulators.demo import compound_named
from simulators.registry import write_registry

app = typer.Typer(
    help="Buildings that do not exist, and the truth about them.",
    no_args_is_help=True,
    add_completion=False,
)

Folder = Annotated[Path, typer.Argument(help="Folder that the files go into.")]
CompoundName = Annotated[str, typer.Option(help="Name of a declared compound.")]


@app.callback()
def simulators() -> None:
    """Play buildings that do not exist, and keep the truth about them."""


@app.command()
def registry(folder: Folder, compound: CompoundName = "demo") -> None:
    """Write the registry of a declared compound into FOLDER, as CSV files to import."""
    for path in write_registry(compound_named(compound), folder):
        typer.echo(path)


if __name__ == "__main__":
    app()
