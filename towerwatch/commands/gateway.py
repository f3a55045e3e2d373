"""`towerwatch gateway`: admit, list and remove the gateways of the private broker."""

from pathlib import Path
from typing import Annotated

import typer

from towerwatch.errors import NotRunning
from towerwatch.gateways import Addresses, private_broker, write_bundle, write_gateway_keys
from towerwatch.home import Home, current_home
from towerwatch.supervise.state import State, read_state

app = typer.Typer(
    help="Admit, list and remove gateways.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

GatewayName = Annotated[str, typer.Argument(help="Id of the gateway: 3 to 40 of a-z, 0-9 and -.")]


@app.command()
def add(
    gateway: GatewayName,
    folder: Annotated[Path, typer.Argument(help="Folder for what its machine needs.")],
) -> None:
    """Let a gateway in and write its configuration, secrets and certificate into FOLDER."""
    home, state = _running()
    broker = private_broker(home)
    credentials = broker.add_gateway(gateway)
    write_gateway_keys(home, broker.gateways())
    broker.reload(_pid_of_broker(state))
    addresses = Addresses(
        broker_url=f"mqtt://127.0.0.1:{state.ports['gateways']}",
        intake_url=f"https://127.0.0.1:{state.ports['intake']}",
    )
    path = write_bundle(folder, credentials, addresses, home.secrets / "tls" / "ca.crt")
    typer.echo(f"{gateway} may log in. Its configuration: {path}")


@app.command("list")
def list_command() -> None:
    """Show the gateways that may log in."""
    for gateway in private_broker(current_home()).gateways():
        typer.echo(gateway)


@app.command()
def remove(gateway: GatewayName) -> None:
    """Refuse a gateway from now on; a live connection of it is cut."""
    home, state = _running()
    broker = private_broker(home)
    if gateway not in broker.gateways():
        typer.echo(f"There is no gateway {gateway}.", err=True)
        raise typer.Exit(1)
    broker.remove_gateway(gateway)
    write_gateway_keys(home, broker.gateways())
    broker.reload(_pid_of_broker(state))
    typer.echo(f"{gateway} may log in no more.")


def _running() -> tuple[Home, State]:
    home = current_home()
    state = read_state(home)
    if state is None or not state.is_alive:
        raise NotRunning(f"Nothing runs in {home.root}: start it with `towerwatch up`.")
    return home, state


def _pid_of_broker(state: State) -> int:
    for child in state.children:
        if child.name == "broker" and child.is_alive:
            return child.pid
    raise NotRunning(
        "The private broker does not run here; gateways are admitted by whoever runs the broker"
        " of TOWERWATCH_MQTT_URL."
    )
