"""`towerwatch gateway`: admit, list, rotate and revoke gateways; set one up; try its devices."""

import json
import os
import signal
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated
from urllib.parse import urlsplit

import typer

from gateway.canary import CANARY_GATEWAY
from ingest.gateway_access import fetch_gateways, set_revoked
from towerwatch import outside
from towerwatch.commands import gateway_device, gateway_try
from towerwatch.errors import NotRunning, ServiceFailed, TowerwatchError
from towerwatch.gateways import (
    Addresses,
    GatewayKeys,
    outside_authority,
    private_broker,
    write_bundle,
)
from towerwatch.home import Home, current_home
from towerwatch.process import wait_until
from towerwatch.reach import database, home_of_database
from towerwatch.services.access import GatewayCredentials, check_gateway_id
from towerwatch.services.broker import PrivateBroker
from towerwatch.services.probe import Login
from towerwatch.supervise.state import State, read_state

app = typer.Typer(
    help="Set gateways up, check and watch them; admit, list, rotate and revoke them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("try")(gateway_try.command)
app.command("check")(gateway_device.check)
app.command("schema")(gateway_device.schema)
app.command("scan")(gateway_device.scan)
app.command("show")(gateway_device.show)

GatewayName = Annotated[str, typer.Argument(help="Id of the gateway: 3 to 40 of a-z, 0-9 and -.")]
Folder = Annotated[Path, typer.Argument(help="Folder for what its machine needs.")]
BrokerUrl = Annotated[
    str | None,
    typer.Option(
        "--broker", metavar="URL", help="Where it reaches the broker, behind a forwarded port."
    ),
]
IntakeUrl = Annotated[
    str | None,
    typer.Option(
        "--intake", metavar="URL", help="Where it reaches the intake, behind a forwarded port."
    ),
]
_RELOADED_WITHIN_S = 10.0
_ROLE = "tw_ingest"
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLine:
    """A gateway as the list shows it.

    Args:
        is_admitted: Whether the broker lets it in.
        is_rotating: Whether the second path still knows a former secret.
        place: Code of its place; empty: the registry has no such gateway.
    """

    gateway: str
    is_admitted: bool
    is_rotating: bool
    place: str
    heard_at: datetime | None
    revoked_at: datetime | None

    @property
    def sentence(self) -> str:
        """The line for people."""
        parts = ["may log in" if self.is_admitted else "may not log in"]
        if self.is_rotating:
            parts.append("former secret open on the second path")
        if self.revoked_at is not None:
            parts.append(f"revoked {self.revoked_at:%Y-%m-%d %H:%M} UTC")
        if self.heard_at is not None:
            parts.append(f"heard {self.heard_at:%Y-%m-%d %H:%M:%S} UTC")
        unknown = (
            "the platform's self-test" if self.gateway == CANARY_GATEWAY else "not in the registry"
        )
        return f"{self.gateway}  {self.place or unknown}  {', '.join(parts)}"


@app.command()
def add(
    gateway: GatewayName,
    folder: Folder,
    *,
    broker_url: BrokerUrl = None,
    intake_url: IntakeUrl = None,
) -> None:
    """Let a gateway in; its configuration, secrets and certificate are written into FOLDER once."""
    home, state = _running()
    addresses = _addresses(state, broker_url, intake_url)
    broker = private_broker(home)
    if check_gateway_id(gateway) in broker.gateways():
        raise TowerwatchError(
            f"{gateway} is admitted: `towerwatch gateway rotate` changes secrets."
        )
    credentials = broker.add_gateway(gateway)
    GatewayKeys(home).admit([credentials])
    _reload(broker, state)
    path = _write_bundle(home, state, folder, credentials, addresses)
    typer.echo(f"{gateway} may log in. Its configuration: {path}")
    _tell_addresses(addresses)
    typer.echo("Its secrets are kept nowhere else: carry the folder there and delete it here.")
    if not _record(gateway, None):
        typer.echo(
            f"The registry has no {gateway}: its alarms stand in a holding place until"
            " `towerwatch registry apply`."
        )


@app.command()
def rotate(
    gateway: GatewayName,
    folder: Folder,
    *,
    leaked: Annotated[
        bool, typer.Option("--leaked", help="Refuse the former secrets on the second path too.")
    ] = False,
    broker_url: BrokerUrl = None,
    intake_url: IntakeUrl = None,
) -> None:
    """Give a gateway new secrets, written into FOLDER once.

    Its MQTT sessions are cut; until the new secrets are installed its alarms come by the second
    path, which knows the former secret until `towerwatch gateway settle`.
    """
    home, state = _running()
    addresses = _addresses(state, broker_url, intake_url)
    broker = private_broker(home)
    _require_admitted(broker, gateway)
    credentials = broker.add_gateway(gateway)
    GatewayKeys(home).admit([credentials], keeps_former=not leaked)
    _reload(broker, state)
    path = _write_bundle(home, state, folder, credentials, addresses)
    typer.echo(f"{gateway} has new secrets beside {path}; install them and start it again.")
    if not leaked:
        typer.echo(f"Then: towerwatch gateway settle {gateway}")


@app.command()
def settle(gateway: GatewayName) -> None:
    """End a rotation: the second path forgets the former secret."""
    home = current_home()
    _require_admitted(private_broker(home), gateway)
    was_open = GatewayKeys(home).settle(gateway)
    typer.echo(
        f"The former secret of {gateway} is refused." if was_open else "There was no former secret."
    )


@app.command("list")
def list_command(
    *, as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False
) -> None:
    """Show who may log in, who is revoked, and when each was last heard."""
    home = home_of_database()
    admitted = frozenset(private_broker(home).gateways())
    rotating = {name for name, made in GatewayKeys(home).hashes().items() if len(made) > 1}
    with database(_ROLE) as connection:
        known = {one.gateway: one for one in fetch_gateways(connection)}
    lines = [
        GatewayLine(
            gateway=name,
            is_admitted=name in admitted,
            is_rotating=name in rotating,
            place=known[name].place if name in known else "",
            heard_at=known[name].heard_at if name in known else None,
            revoked_at=known[name].revoked_at if name in known else None,
        )
        for name in sorted(admitted | known.keys())
    ]
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in lines], default=str, indent=1))
        return
    for line in lines:
        typer.echo(line.sentence)


@app.command()
def revoke(gateway: GatewayName) -> None:
    """Refuse a gateway on both paths from now on, cut its live sessions, and record it."""
    home, state = _running()
    broker = private_broker(home)
    _require_admitted(broker, gateway)
    begun = monotonic()
    broker.remove_gateway(gateway)
    GatewayKeys(home).keep_only(broker.gateways())
    _reload(broker, state)
    typer.echo(f"{gateway} may log in no more; cut after {monotonic() - begun:.1f} s.")
    if not _record(gateway, datetime.now(UTC)):
        typer.echo(f"The registry has no {gateway}: nothing was recorded.")


def _write_bundle(
    home: Home, state: State, folder: Path, credentials: GatewayCredentials, addresses: Addresses
) -> Path:
    ours = home.secrets / "tls" / "ca.crt"
    authority = outside_authority(home) if state.outside else ours
    return write_bundle(folder, credentials, addresses, authority)


def _addresses(state: State, broker_url: str | None, intake_url: str | None) -> Addresses:
    """Where the gateway connects to: as said, else beyond this machine where we are offered there.

    Raises:
        TowerwatchError: What was said is no address.
    """
    for url, schemes in ((broker_url, {"mqtt", "mqtts"}), (intake_url, {"https"})):
        if url is not None and (urlsplit(url).scheme not in schemes or not urlsplit(url).hostname):
            wanted = "://host:port or ".join(sorted(schemes))
            raise TowerwatchError(f"{url!r} is not of the form {wanted}://host:port.")
    if state.outside:
        host = outside.in_url(state.outside)
        broker = f"mqtts://{host}:{state.ports[outside.BROKER]}"
        intake = f"https://{host}:{state.ports[outside.INTAKE]}"
    else:
        broker = f"mqtt://{_LOOPBACK}:{state.ports['gateways']}"
        intake = f"https://{_LOOPBACK}:{state.ports['intake']}"
    return Addresses(broker_url=broker_url or broker, intake_url=intake_url or intake)


def _tell_addresses(addresses: Addresses) -> None:
    typer.echo(f"It connects to {addresses.broker_url} and {addresses.intake_url}.")
    if _LOOPBACK in addresses.broker_url:
        typer.echo(
            "That is this machine alone. For a gateway elsewhere start the platform with `towerwatch"
            " up --listen ADDRESS --host NAME`, or name a forwarded port with --broker and --intake."
        )


def _record(gateway: str, revoked_at: datetime | None) -> bool:
    with database(_ROLE) as connection:
        return set_revoked(connection, gateway, revoked_at)


def _require_admitted(broker: PrivateBroker, gateway: str) -> None:
    if gateway not in broker.gateways():
        raise TowerwatchError(f"There is no gateway {gateway}: `towerwatch gateway list`.")


def _reload(broker: PrivateBroker, state: State) -> None:
    """Tell the broker, and believe it only when it lets in a user of the new files.

    A broker without an access list is stopped: the supervisor starts it with fresh files.
    """
    pid = _pid_of_broker(state)
    broker.reload(pid)
    port = state.ports["broker"]
    known = {Login.ACCEPTED, Login.OPEN}
    if not wait_until(lambda: broker.try_users(port) in known, within_s=_RELOADED_WITHIN_S):
        raise ServiceFailed("broker", "did not read its users again; `towerwatch doctor`")
    if broker.try_users(port) is Login.OPEN:
        os.kill(pid, signal.SIGTERM)
        raise ServiceFailed("broker", "could not read its access list and was stopped")


def _running() -> tuple[Home, State]:
    home = current_home()
    state = read_state(home)
    if state is None or not state.is_alive:
        raise NotRunning(f"Nothing runs in {home.root}: start it with `towerwatch up`.")
    _pid_of_broker(state)
    return home, state


def _pid_of_broker(state: State) -> int:
    for child in state.children:
        if child.name == "broker" and child.is_alive:
            return child.pid
    raise NotRunning(
        "The private broker does not run here; gateways are admitted by whoever runs the broker"
        " of TOWERWATCH_MQTT_URL."
    )
