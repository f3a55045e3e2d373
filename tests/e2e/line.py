"""The whole line as processes of a test: started, killed and started again, one by one."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import yaml

from dashboards.console.users import add_user
from ingest import registry
from ingest.database import connect
from tests.services import TestBroker
from towerwatch.process import Launch, free_port, is_listening, start, stop, wait_until
from towerwatch.services.access import hash_password
from towerwatch.services.certificate import TlsFiles, ensure_tls
from towerwatch.services.database import DatabaseUrls
from towerwatch.services.secrets import write_private

PASSWORD = "a-long-password-for-tests"
ORDER = (
    "ingest-alarm",
    "ingest-data",
    "ingest-intake",
    "analytics-alarms",
    "console",
    "gateway",
)
_READY_S = 30.0
_GRACE_S = 15.0


@dataclass(slots=True, kw_only=True)
class Line:
    """The processes of one platform with one gateway, on a database and a broker of a test.

    Attributes:
        driver: The gateway's driver section.
        bureau_url: Where the bureau's desk listens; empty: nowhere.
        inside: Module that runs each process of the platform, and what it finds in its environment.
    """

    folder: Path
    database: DatabaseUrls
    broker: TestBroker
    gateway: str
    driver: Mapping[str, object]
    bureau_url: str = ""
    inside: tuple[str, Mapping[str, str]] | None = None
    console_port: int = field(default_factory=free_port)
    intake_port: int = field(default_factory=free_port)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def prepare(self, registry_folder: Path) -> None:
        """Register the place, admit the gateway, make a user of each role that tests use."""
        report = registry.check(registry_folder)
        assert report.registry is not None, report.problems
        with connect(self.database.ingest_url, application="test") as connection:
            planned = registry.plan(connection, report.registry, datetime.now(UTC))
            registry.apply(connection, planned, "test")
            connection.commit()
        with connect(self.database.console_url, application="test") as connection:
            for role in ("operator", "technician", "bureau"):
                add_user(
                    connection,
                    name=role,
                    role=role,
                    display_name=role,
                    places=["*"],
                    password=PASSWORD,
                )
            connection.commit()
        self._write_gateway()

    def give_driver(self, driver: Mapping[str, object]) -> None:
        """Give the gateway another driver; it reads its configuration when it starts."""
        file = self.folder / "gateway.yaml"
        configuration = yaml.safe_load(file.read_text()) | {"drivers": [dict(driver)]}
        file.write_text(yaml.safe_dump(configuration))

    def start(self, name: str) -> None:
        """Start one process; its log is appended to a file of its name."""
        log = (self.folder / f"{name}.log").open("ab")
        command, settings = self._command(name)
        environment = {
            "PATH": os.environ["PATH"],
            "TOWERWATCH_LOG_FORMAT": "json",
            "TOWERWATCH_METRICS_PORT": "0",
            **settings,
        }
        if self.inside is not None:
            command = (self.inside[0], *command)
            environment |= self.inside[1]
        launch = Launch(command=(sys.executable, "-m", *command), environment=environment)
        self.processes[name] = start(launch, output=log)
        log.close()

    def start_all(self) -> None:
        """Start all processes and wait until the console answers."""
        for name in ORDER:
            self.start(name)
        answered = wait_until(lambda: is_listening(self.console_port), within_s=_READY_S)
        assert answered, self.logs()

    def kill(self, name: str) -> None:
        """End a process without warning."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=_GRACE_S)

    def restart_all(self, *, killed: bool) -> None:
        """End every process, by SIGKILL or cleanly, and start all again."""
        for name in reversed(ORDER):
            if killed:
                self.kill(name)
            else:
                assert stop(self.processes.pop(name), grace_s=_GRACE_S), f"{name} did not stop"
        self.start_all()

    def stop_all(self) -> None:
        """Stop what still runs."""
        for name in reversed(ORDER):
            process = self.processes.pop(name, None)
            if process is not None:
                stop(process, grace_s=_GRACE_S)

    def logs(self) -> str:
        """The last words of each process, for a failing test."""
        return "\n".join(
            f"--- {log.stem}\n{log.read_text(errors='replace')[-1500:]}"
            for log in sorted(self.folder.glob("*.log"))
        )

    @property
    def address(self) -> str:
        """The console's address."""
        return f"http://127.0.0.1:{self.console_port}"

    def _command(self, name: str) -> tuple[tuple[str, ...], dict[str, str]]:
        tls = self._tls()
        commands: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
            "ingest-alarm": (
                ("ingest", "alarm"),
                {
                    "TOWERWATCH_DATABASE_URL": self.database.ingest_url,
                    "TOWERWATCH_MQTT_URL": self.broker.user_url("tw-ingest-alarm"),
                },
            ),
            "ingest-data": (
                ("ingest", "data", "--worker", "1"),
                {
                    "TOWERWATCH_DATABASE_URL": self.database.ingest_url,
                    "TOWERWATCH_MQTT_URL": self.broker.user_url("tw-ingest-data-1"),
                },
            ),
            "ingest-intake": (
                ("ingest", "intake"),
                {
                    "TOWERWATCH_DATABASE_URL": self.database.ingest_url,
                    "TOWERWATCH_INTAKE_HOST": "127.0.0.1",
                    "TOWERWATCH_INTAKE_PORT": str(self.intake_port),
                    "TOWERWATCH_TLS_CERT": str(tls.certificate),
                    "TOWERWATCH_TLS_KEY": str(tls.key),
                    "TOWERWATCH_GATEWAY_KEYS": str(self.folder / "gateway-keys.json"),
                },
            ),
            "analytics-alarms": (
                ("analytics", "alarms"),
                {"TOWERWATCH_DATABASE_URL": self.database.analytics_url} | self._bureau_settings(),
            ),
            "console": (
                ("dashboards.console",),
                {
                    "TOWERWATCH_DATABASE_URL": self.database.console_url,
                    "TOWERWATCH_CONSOLE_HOST": "127.0.0.1",
                    "TOWERWATCH_CONSOLE_PORT": str(self.console_port),
                },
            ),
            "gateway": (("gateway", "run", str(self.folder / "gateway.yaml")), {}),
        }
        return commands[name]

    def _bureau_settings(self) -> dict[str, str]:
        if not self.bureau_url:
            return {}
        return {
            "TOWERWATCH_BUREAU_URL": self.bureau_url,
            "TOWERWATCH_BUREAU_SECRET_FILE": str(self.folder / "bureau-secret"),
        }

    def _tls(self) -> TlsFiles:
        return ensure_tls(self.folder / "tls", ["127.0.0.1", "localhost"], now=datetime.now(UTC))

    def _write_gateway(self) -> None:
        credentials = self.broker.add_gateway(self.gateway)
        secrets = {
            "alarm": credentials.alarm_password,
            "data": credentials.data_password,
            "intake": credentials.intake_secret,
        }
        for name, secret in secrets.items():
            write_private(self.folder / f"{name}.secret", secret)
        keys = f'{{"{self.gateway}": "{hash_password(credentials.intake_secret)}"}}'
        (self.folder / "gateway-keys.json").write_text(keys)
        configuration = {
            "gateway": self.gateway,
            "data_folder": str(self.folder / "outbox"),
            "broker": {
                "urls": [f"mqtt://{self.broker.gateway_host}:{self.broker.gateway_port}"],
                "alarm_secret_file": "alarm.secret",
                "data_secret_file": "data.secret",
            },
            "intake": {
                "url": f"https://127.0.0.1:{self.intake_port}",
                "secret_file": "intake.secret",
                "ca_file": str(self._tls().authority),
            },
            "drivers": [dict(self.driver)],
        }
        (self.folder / "gateway.yaml").write_text(yaml.safe_dump(configuration))
