"""`python -m ingest alarm | data --worker N | intake | settings`: one process of ingest."""

import argparse
import os
import sys
import threading

from gateway.descriptors import allow_many
from gateway.log import configure_log
from gateway.stopping import stop_on_signal
from ingest import settings
from ingest.errors import BadSettings, IngestError

EXIT_SETTINGS = 2
EXIT_FAILED = 3
DATA_NICENESS = 5
"""Where processors are scarce, alarms have three times the share of telemetry (Linux's weights)."""


def main(arguments: list[str] | None = None) -> int:
    """Run the process that the arguments name; its exit status."""
    told = _parser().parse_args(arguments)
    if told.process == "settings":
        for kind in (settings.AlarmSettings, settings.DataSettings, settings.IntakeSettings):
            print(*settings.describe(kind), sep="\n")
        return 0
    allow_many()
    try:
        _run(told, stop_on_signal())
    except BadSettings as error:
        print(error, file=sys.stderr)
        return EXIT_SETTINGS
    except IngestError as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    return 0


def _run(told: argparse.Namespace, stopping: threading.Event) -> None:
    match told.process:
        case "alarm":
            from ingest.alarm_process import run_alarm

            alarm = settings.read(settings.AlarmSettings)
            configure_log(alarm.log_format)
            run_alarm(alarm, stopping)
        case "data":
            from ingest.data_process import run_data

            data = settings.read(settings.DataSettings)
            configure_log(data.log_format)
            os.nice(DATA_NICENESS)
            run_data(data, told.worker, stopping)
        case "intake":
            from ingest.intake import run_intake

            intake = settings.read(settings.IntakeSettings)
            configure_log(intake.log_format)
            run_intake(intake, stopping)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    processes = parser.add_subparsers(dest="process", required=True)
    processes.add_parser("alarm", help="alarm lane, heartbeats, commands")
    data = processes.add_parser("data", help="a worker of the data lane")
    data.add_argument("--worker", type=int, required=True, help="number of the worker, from 0")
    processes.add_parser("intake", help="second path of the alarm lane (HTTPS)")
    processes.add_parser("settings", help="print what is in force")
    return parser


if __name__ == "__main__":
    sys.exit(main())
