"""The gateway's command line: `run`, `check` and `settings`, each with a configuration file."""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import structlog
import typer
import yaml

from gateway import clock
from gateway.agent import Agent, NamedDriver, open_drivers, software
from gateway.canary import CanaryDriver
from gateway.errors import BadSettings, GatewayError
from gateway.log import configure_log
from gateway.metrics import Metrics
from gateway.settings import Loaded, load

_LOG = structlog.get_logger(__name__)
app = typer.Typer(
    add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False
)
Config = Annotated[Path, typer.Argument(help="The gateway's YAML file.")]


@app.command()
def run(config: Config) -> None:
    """Read the devices and send what they say until told to stop."""
    loaded = load(config)
    _run(loaded, open_drivers(loaded.settings.driver_settings()))


@app.command()
def canary(config: Config) -> None:
    """Send the platform's test of itself every ten seconds until told to stop."""
    _run(load(config), [NamedDriver(name="canary", driver=CanaryDriver())])


@app.command()
def check(config: Config) -> None:
    """Say whether the file and every driver's options are right; touch nothing."""
    loaded = _checked(config)
    count = len(loaded.settings.drivers)
    print(f"{config}: right, {count} driver{'s' if count != 1 else ''}")


@app.command()
def settings(config: Config) -> None:
    """Print what is in force, defaults included; secrets stay in their files."""
    loaded = load(config)
    shown = loaded.settings.model_dump(mode="json", by_alias=True)
    print(yaml.safe_dump(shown, allow_unicode=True, sort_keys=False), end="")


def _run(loaded: Loaded, drivers: list[NamedDriver]) -> None:
    configure_log(loaded.settings.log_format)
    metrics = Metrics()
    agent = Agent(loaded, drivers, metrics)

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        agent.ask_to_stop()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    if loaded.settings.metrics_port:
        metrics.serve(loaded.settings.metrics_port)
    agent.start()
    _LOG.info(
        "gateway runs",
        gateway=loaded.settings.gateway,
        software=software(),
        configuration=loaded.fingerprint,
    )
    agent.wait()
    began_s = clock.steady_s()
    agent.stop()
    _LOG.info("gateway stopped", within_s=round(clock.steady_s() - began_s, 2))


def _checked(config: Path) -> Loaded:
    loaded = load(config)
    drivers = open_drivers(loaded.settings.driver_settings())
    Agent(loaded, drivers, Metrics())
    return loaded


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
