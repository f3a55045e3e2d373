"""`towerwatch status`: what runs, where, and since when."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from towerwatch.home import Home, current_home
from towerwatch.supervise.state import State, read_state


def command(
    *, as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False
) -> None:
    """Show what runs in this home and in the demonstration's; status 1 when nothing does."""
    home = current_home()
    found = [(name, one, read_state(one)) for name, one in (("up", home), ("demo", home.demo))]
    running = [(name, one, state) for name, one, state in found if state and state.is_alive]
    if as_json:
        typer.echo(json.dumps([_as_json(name, one, state) for name, one, state in running]))
    elif not running:
        typer.echo(f"Nothing runs in {home.root}. `towerwatch up` starts it.")
    else:
        for name, one, state in running:
            typer.echo(describe(name, one, state))
    raise typer.Exit(0 if running else 1)


def describe(name: str, home: Home, state: State) -> str:
    """Return one run as people read it."""
    since = datetime.fromisoformat(state.started_at)
    age = datetime.now(UTC) - since
    lines = [
        f"towerwatch {name}: {state.console_url}",
        f"  home {home.root}, process {state.pid}, for {int(age.total_seconds())} s",
    ]
    for child in state.children:
        word = "running" if child.is_alive else "ended"
        again = f", started again {child.restarts} times" if child.restarts else ""
        lines.append(f"  {child.name:<20} {word:<8} process {child.pid}{again}")
    ports = ", ".join(f"{key} {port}" for key, port in state.ports.items() if "." not in key)
    lines.append(f"  ports: {ports}")
    return "\n".join(lines)


def _as_json(name: str, home: Home, state: State) -> dict[str, object]:
    content = asdict(state)
    content["children"] = [
        {**asdict(child), "is_alive": child.is_alive} for child in state.children
    ]
    return {"run": name, "home": str(home.root), **content}
