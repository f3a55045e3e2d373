"""The gateway's command line: `run`, `check` and `settings`, each with a configuration file."""

import os
import signal
import sys
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
import yaml

from gateway.agent import Agent
from gateway.canary import CanaryDriver
from gateway.configuration import check_secrets, load_whole, warnings_of
from gateway.crew import NamedDriver
from gateway.descriptors import allow_many
from gateway.errors import BadSettings, GatewayError
from gateway.keeper import STUCK_STATUS, Keeper, Opening, Wish
from gateway.log import configure_log
from gateway.metrics import Metrics
from gateway.service_manager import ServiceManager
from gateway.settings import load
from gateway.stopping import STOP_WITHIN_S, end_within

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False
)
Config = Annotated[Path, typer.Argument(help="The gateway's YAML file.")]


@app.command()
def run(config: Config) -> None:
    """Read the devices and send what they say until told to stop; SIGHUP reads the file anew."""
    _run(config, load_whole)


@app.command()
def canary(config: Config) -> None:
    """Send the platform's test of itself every ten seconds until told to stop."""
    _run(config, lambda path: (load(path), [NamedDriver(name="canary", driver=CanaryDriver())]))


@app.command()
def check(config: Config) -> None:
    """Say whether the file and every driver's options are right; touch nothing."""
    loaded, drivers = load_whole(config)
    check_secrets(loaded)
    Agent(loaded, drivers, Metrics())  # Reads the secrets.
    count = len(loaded.settings.drivers)
    print(f"{config}: right, {count} driver{'s' if count != 1 else ''}")
    for one in warnings_of(loaded, os.environ.get("STATE_DIRECTORY", "")):
        print(f"{config}:{one}", file=sys.stderr)


@app.command()
def settings(config: Config) -> None:
    """Print what is in force, defaults included; secrets stay in their files."""
    loaded = load(config)
    shown = loaded.settings.model_dump(mode="json", by_alias=True)
    print(yaml.safe_dump(shown, allow_unicode=True, sort_keys=False), end="")


def _run(config: Path, open_file: Opening) -> None:
    allow_many()
    configure_log(load(config).settings.log_format)
    manager = ServiceManager(os.environ.get("NOTIFY_SOCKET", ""))
    keeper = Keeper(config, open_file, manager, os.environ.get("STATE_DIRECTORY", ""))
    for number, wish in (
        (signal.SIGTERM, Wish.STOP),
        (signal.SIGINT, Wish.STOP),
        (signal.SIGHUP, Wish.RELOAD),
    ):
        signal.signal(number, partial(_ask, keeper, wish))
    if not keeper.run():
        # Threads that are stuck would hold the exit up; the outboxes are closed.
        sys.stderr.flush()
        os._exit(STUCK_STATUS)


def _ask(keeper: Keeper, wish: Wish, _number: int, _frame: FrameType | None) -> None:
    if wish is Wish.STOP:
        end_within(STOP_WITHIN_S)
    keeper.ask(wish)


def main() -> None:
    """Run the command line; wrong settings are one sentence and status 2."""
    try:
        app()
    except BadSettings as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except GatewayError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
