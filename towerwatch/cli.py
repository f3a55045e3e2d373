"""The command line: one root, one module for each command, imported when it is needed.

Every failure that a person can act on ends with one sentence and a status: 1 when something
failed, 2 when the settings or arguments are wrong.
"""

import importlib
import inspect
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("up", "Run the platform: broker, database and every process, until Ctrl-C."),
    "demo": ("demo", "Run the platform with a simulated compound, and show what happens."),
    "status": ("status", "Show what runs, where, and since when."),
    "doctor": ("doctor", "Say what is wrong on this machine and what to do about it."),
    "audit": ("audit", "Verify the history's chain of seals, and print its head."),
    "ledger": ("ledger", "Show what became of every message, per gateway and hour."),
    "quarantine": ("quarantine", "List, show, replay or dismiss what was kept aside."),
    "user": ("user", "Make, change and disable the people who may log in."),
    "grafana": ("grafana", "Build, check and push the Grafana dashboards."),
    "duties": ("duties", "Check, apply and ask the responsibility matrix."),
    "card": ("card", "Show the triage card 研判卡 of an alarm."),
    "contacts": ("contacts", "Check, apply and show whom organisations are told through."),
    "plans": ("plans", "Begin duties by the calendar, and show what is overdue."),
    "cases": ("cases", "Register platforms that send cases, and import files of cases."),
    "agreements": ("agreements", "Let other platforms read by agreement, and show what they read."),
    "evidence": ("evidence", "Pack the evidence of an alarm or order; verify a pack."),
    "technicians": ("technicians", "Register, list and check who may do which work."),
    "plates": ("plates", "Print the QR plates of assets and points of rounds 二维码牌."),
    "supervise": ("supervise", "Score companies, write reports, take measures of supervision."),
    "models": ("models", "Train, compare, activate and roll back models of early warning 预警."),
    "backtest": ("backtest", "Judge early warning beside trivial rules, on truth that is known."),
    "handover": ("handover", "Pass a compound to another organisation at a date."),
    "plan": ("plan", "Check, apply and show the life-safety plan: who is told, who rescues."),
    "drill": ("drill", "Propose, begin, end, list and report drills and tests."),
    "dutycheck": ("dutycheck", "Ask a desk whether anybody is there, and list the answers."),
    "gateway": (
        "gateway",
        "Set gateways up, check and watch them; admit, list, rotate and revoke them.",
    ),
    "backup": ("backup", "Save database, secrets and gateways' log-ins while everything runs."),
    "restore": ("restore", "Restore a backup into an empty home and compare every table."),
    "reconcile": ("reconcile", "Compare hourly aggregates and the ledger with what is stored."),
    "deploy": ("deploy", "Prepare a platform in containers, its schema and its gateways."),
    "runtime": ("runtime", "Install, show or remove the private broker and database."),
    "registry": ("registry", "Check, apply, merge, split and show places and assets."),
    "trips": ("trips", "Show the single trips of a lift, and which of them stand out."),
    "score": ("score", "Score any table of numbers as a stream with the default detectors."),
}
"""Command -> (module in towerwatch.commands, what the list of commands says).

A module holds either `command`, a function, or `app`, a list of commands of its own.
"""


def main() -> None:
    """Run the command line and end the process with its status."""
    sys.exit(run(sys.argv[1:]))


def build(wanted: str | None) -> typer.Typer:
    """Return the root with the wanted command; the others stand in the list by name alone."""
    root = typer.Typer(
        help="Towerwatch watches lifts and fire equipment in residential property.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    root.callback()(_root)
    for name, (module_name, text) in COMMANDS.items():
        if name != wanted:
            root.command(name, help=text, short_help=text)(_not_imported)
            continue
        module = importlib.import_module(f"towerwatch.commands.{module_name}")
        if hasattr(module, "app"):
            _show_whole(module.app)
            root.add_typer(module.app, name=name, help=text)
        else:
            teaching = getattr(module, "EPILOG", None)
            root.command(name, help=text, epilog=teaching)(module.command)
    return root


def _show_whole(app: typer.Typer) -> None:
    """Let the list of commands wrap what each does; the library cuts what it makes by itself."""
    for command in app.registered_commands:
        said = command.help or inspect.getdoc(command.callback) or ""
        command.short_help = " ".join(said.partition("\n\n")[0].split())


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its status; failures are told in one sentence."""
    wanted = next((word for word in arguments if not word.startswith("-")), None)
    try:
        build(wanted)(list(arguments), prog_name="towerwatch")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except KeyboardInterrupt:
        return _tell("Stopped.", 130)
    except Exception as error:  # the edge of the process
        status = _status_of(error)
        if status is None:
            raise
        return _tell(str(error), status)
    return 0


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"towerwatch {version('towerwatch')}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Show the version and end."
        ),
    ] = False,
) -> None:
    """Hold the commands together."""


def _not_imported() -> None:
    """Stand in the list of commands."""


def _status_of(error: Exception) -> int | None:
    """Return the status of a failure that says what to do; None for a fault of ours."""
    from analytics.errors import AnalyticsError
    from dashboards.bulletin.errors import BulletinError
    from dashboards.console.errors import ConsoleError
    from gateway.errors import BadSettings, GatewayError
    from ingest.errors import BadSettings as BadEnvironment
    from ingest.errors import IngestError
    from simulators.errors import SimulatorError
    from towerwatch.errors import TowerwatchError, WrongSettings

    if isinstance(error, WrongSettings | BadSettings | BadEnvironment):
        return 2
    known = (
        TowerwatchError,
        GatewayError,
        IngestError,
        AnalyticsError,
        ConsoleError,
        BulletinError,
        SimulatorError,
    )
    return 1 if isinstance(error, known) else None


def _tell(sentence: str, status: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return status
