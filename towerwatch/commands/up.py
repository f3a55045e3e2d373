"""`towerwatch up`: run the platform until Ctrl-C."""

import os
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from typer.models import OptionInfo

from towerwatch.doors import door_specs
from towerwatch.home import current_home, make_folder
from towerwatch.options import Options, existing_servers
from towerwatch.outside import outside_of, require_own_address
from towerwatch.platform import Platform
from towerwatch.progress import say
from towerwatch.session import Hooks, run
from towerwatch.supervise.logs import show_on_stdout
from towerwatch.supervise.state import only_supervisor, stop_leftovers


def _file(text: str, *, envvar: str | None = None) -> OptionInfo:
    """A file that must be there; the processes get its whole path, for they run elsewhere."""
    found: OptionInfo = typer.Option(
        help=text, envvar=envvar, exists=True, dir_okay=False, resolve_path=True
    )
    return found


def command(  # noqa: PLR0913 - the options of a command
    *,
    gateway: Annotated[
        list[Path] | None,
        _file("Configuration of a gateway to run here; may be given several times."),
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes on the data lane, 1 to 8.")] = 1,
    alarm_workers: Annotated[
        int, typer.Option(help="Processes that decide alarms, each for its places.")
    ] = 1,
    archive: Annotated[
        Path | None,
        typer.Option(
            resolve_path=True,
            help="Folder on another disk that the database's log is copied to, for recovery to any"
            " moment.",
        ),
    ] = None,
    listen: Annotated[
        str,
        typer.Option(
            help="IP address of this machine, or 0.0.0.0, on which gateways and browsers elsewhere are"
            " let in, by TLS alone; empty: this machine alone."
        ),
    ] = "",
    host: Annotated[
        str, typer.Option(help="Name or address that they use; needed with --listen 0.0.0.0.")
    ] = "",
    tls_cert: Annotated[
        Path | None,
        typer.Option(help="Certificate to show instead of one that is made here (PEM)."),
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    tls_ca: Annotated[
        Path | None, typer.Option(help="Certificate of the authority that gateways shall trust.")
    ] = None,
    bureau_url: Annotated[str, typer.Option(help="Where the emergency bureau takes notices.")] = "",
    bureau_secret_file: Annotated[
        Path | None, _file("The secret that notices are signed with.")
    ] = None,
    addresses_file: Annotated[
        Path | None,
        _file("Secret file with the addresses of contacts.", envvar="TOWERWATCH_ADDRESSES_FILE"),
    ] = None,
    case_secrets_file: Annotated[
        Path | None,
        _file(
            "Secret file with the keys of platforms that send cases.",
            envvar="TOWERWATCH_CASE_SECRETS_FILE",
        ),
    ] = None,
    public_url: Annotated[
        str,
        typer.Option(
            envvar="TOWERWATCH_PUBLIC_URL",
            help="Where telephones reach the console, for the link in a message.",
        ),
    ] = "",
    deadman_url: Annotated[
        str,
        typer.Option(
            envvar="TOWERWATCH_DEADMAN_URL",
            help="Where an outsider is told every 30 s that alarms come through.",
        ),
    ] = "",
) -> None:
    """Run broker, database and every process of the platform, with one log, until Ctrl-C."""
    home = current_home()
    outside = outside_of(listen, host, tls_cert, tls_key, tls_ca)
    if outside is not None:
        require_own_address(outside.address)
    make_folder(home.root)
    with only_supervisor(home):
        tell_leftovers(stop_leftovers(home))
        servers = existing_servers(os.environ)
        options = Options(
            data_workers=workers,
            alarm_workers=alarm_workers,
            outside=outside,
            archive=archive,
            gateways=tuple(gateway or ()),
            bureau_url=bureau_url,
            bureau_secret_file=bureau_secret_file,
            addresses_file=addresses_file,
            case_secrets_file=case_secrets_file,
            public_url=public_url,
            deadman_url=deadman_url,
            database_url=servers.database_url,
            mqtt_url=servers.mqtt_url,
        )
        platform = Platform(home, options)
        ended = run(
            platform,
            show=show_on_stdout,
            stopping=Event(),
            extra=door_specs(platform),
            hooks=Hooks(when_up=lambda: _tell_up(platform)),
        )
    say("Stopped." if not ended.killed else f"Stopped; killed: {', '.join(ended.killed)}.")


def _tell_up(platform: Platform) -> None:
    say(f"\nTowerwatch is up: {platform.console_url}")
    if platform.outside_url:
        say(f"From other machines: {platform.outside_url}/")
    say("")


def tell_leftovers(names: tuple[str, ...]) -> None:
    """Say what a killed supervisor had left running."""
    if names:
        say(f"A former run had ended without stopping {', '.join(names)}: stopped now.")
