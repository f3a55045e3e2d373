"""`towerwatch doctor`: what is wrong and what to do about it."""

import json
import os
from dataclasses import asdict
from typing import Annotated

import typer

from towerwatch.doctor.finding import describe, status
from towerwatch.doctor.look import examine
from towerwatch.home import current_home
from towerwatch.supervise.state import read_state


def command(
    *, as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False
) -> None:
    """Look at machine, servers and processes; status 1 when something is bad."""
    home = current_home()
    demo = read_state(home.demo)
    if demo is not None and demo.is_alive:
        home = home.demo
    findings = examine(home, os.environ)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in findings], indent=1))
    else:
        typer.echo(describe(findings))
    raise typer.Exit(status(findings))
