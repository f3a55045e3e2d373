"""`towerwatch demo`: everything on one machine, without hardware."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from towerwatch.demo.compound import Play
from towerwatch.demo.show import Demo
from towerwatch.home import current_home


def command(
    *,
    seconds: Annotated[
        float | None, typer.Option("--for", min=1, help="Stop after so many seconds.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Play a recorded CSV file instead of the compound.")
    ] = None,
    mapping: Annotated[
        str, typer.Option(help="What the recording's columns mean: a name or a YAML file.")
    ] = "skab",
    keep: Annotated[bool, typer.Option("--keep", help="Go on with the former data.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="The same seed plays the same.")] = 1,
) -> None:
    """Run the platform with a simulated compound, show what happens, stop with Ctrl-C."""
    play = Play(seed=seed, recording=replay, mapping=mapping)
    demo = Demo(
        current_home().demo,
        play,
        seconds=seconds,
        keeps_data=keep,
        began_at=float(os.environ.get("TOWERWATCH_DEMO_BEGAN", "0") or "0"),
    )
    sys.exit(demo.run())
