"""The real broker and the real database, started once for everybody's tests.

Both come from the embedded runtime and run on free ports of loopback, with data in a folder of
their own that is removed at the end. They die with the test process, however it ends.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO

from ingest.migrate import migrate
from towerwatch.errors import ServiceFailed
from towerwatch.home import ServiceUser, current_home, service_user
from towerwatch.process import Launch, free_port, is_listening, last_lines, start, stop, wait_until
from towerwatch.runtime.install import require_runtime
from towerwatch.runtime.layout import Runtime
from towerwatch.services.access import PLATFORM, GatewayCredentials
from towerwatch.services.broker import BrokerPorts, PrivateBroker
from towerwatch.services.database import (
    OWNER,
    DatabaseUrls,
    Server,
    answers,
    clone_database,
    drop_database,
    ensure_database,
    ensure_roles,
    urls_of,
)
from towerwatch.services.postgres import PrivatePostgres
from towerwatch.services.probe import Login, try_login
from towerwatch.services.secrets import Secrets

_READY_S = 60.0
_STOP_S = 10.0
_NUMBERS = count(1)
_PREFIX = "tw-test-"
_SHARED_MEMORY = Path("/dev/shm")
_MEMORY_BYTES = 6 * 1024**3
"""Room that is asked for before servers are kept in memory: four of them, 1.5 GiB each."""


@dataclass(slots=True, kw_only=True)
class Workshop:
    """What both servers of a test run share."""

    folder: Path
    runtime: Runtime
    user: ServiceUser | None
    secrets: Secrets = field(repr=False)


def memory_folder(folder: Path = _SHARED_MEMORY) -> Path | None:
    """Where files live in memory, if there is room for the servers of several test workers."""
    try:
        is_open = os.access(folder, os.W_OK | os.X_OK) and os.path.ismount(folder)
        free = shutil.disk_usage(folder).free if is_open else 0
    except OSError:
        return None
    return folder if min(free, _available_bytes()) >= _MEMORY_BYTES else None


def _available_bytes() -> int:
    words = Path("/proc/meminfo").read_text(encoding="ascii").split()
    return int(words[words.index("MemAvailable:") + 1]) * 1024


def sweep(base: Path) -> None:
    """Remove the folders of test runs that were killed: their process is gone."""
    for folder in base.glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def workshop(*, in_memory: bool = False) -> Iterator[Workshop]:
    """Make a folder for servers, installing the runtime when it is absent.

    Args:
        in_memory: Keep the folder in memory where that is possible: a copied database costs a
            twentieth of the time (its thousand files), and nothing of it outlives the run.
    """
    runtime = require_runtime(current_home())
    base = (memory_folder() if in_memory else None) or Path(tempfile.gettempdir())
    sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=base))
    folder.chmod(0o755)
    try:
        yield Workshop(
            folder=folder,
            runtime=runtime,
            user=service_user(),
            secrets=Secrets(folder / "secrets"),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True, kw_only=True)
class Running:
    """A server that runs, and the file it writes its log to."""

    process: "subprocess.Popen[bytes]"
    log: Path
    output: IO[bytes]


def run_server(launch: Launch, log: Path, is_ready: Callable[[], bool]) -> Running:
    """Start a server and wait until it answers."""
    output = log.open("ab")
    process = start(launch, output=output)
    running = Running(process=process, log=log, output=output)
    wait_until(lambda: process.poll() is not None or is_ready(), within_s=_READY_S)
    if process.poll() is not None or not is_ready():
        end_server(running, signal.SIGKILL)
        raise ServiceFailed(log.stem, f"did not start:\n{last_lines(log)}", log)
    return running


def end_server(running: Running, sent: signal.Signals) -> None:
    """Stop a server and close its log."""
    stop(running.process, sent=sent, grace_s=_STOP_S)
    running.output.close()


class TestDatabase:
    """The PostgreSQL of a test run, which hands out fresh databases."""

    __test__ = False

    def __init__(self, shop: Workshop, name: str = "database") -> None:
        self._folder = shop.folder / f"{name}-{next(_NUMBERS)}"
        self._postgres = PrivatePostgres(
            shop.runtime,
            self._folder,
            shop.secrets,
            user=shop.user,
            is_durable=False,
        )
        self.port = free_port()
        self.server: Server = self._postgres.server(self.port)
        self._log = self._folder.with_suffix(".log")
        self._names = count(1)
        self._running: Running | None = None

    def start(self) -> None:
        """Start the server; also after `kill`."""
        self._postgres.prepare(self.port)
        url = self.server.admin_url
        self._running = run_server(self._postgres.launch(), self._log, lambda: answers(url))
        ensure_roles(self.server)

    def stop(self, sent: signal.Signals = signal.SIGQUIT) -> None:
        """Stop the server; SIGQUIT (at once, with recovery later) unless said otherwise."""
        if self._running is not None:
            end_server(self._running, sent)
            self._running = None

    def make(self, template: str | None = None) -> DatabaseUrls:
        """Make a database: empty, or a copy of a template."""
        name = f"t{next(self._names)}"
        if template is None:
            ensure_database(self.server, name)
        else:
            clone_database(self.server, template, name)
        return urls_of(self.server, name)

    def drop(self, urls: DatabaseUrls) -> None:
        """Drop a database."""
        drop_database(self.server, urls.name)

    def make_template(self, name: str) -> None:
        """Make a database with all migrations, to be copied for each test."""
        ensure_database(self.server, name)
        migrate(self.server.url(OWNER, name))


class TestBroker:
    """The Mosquitto of a test run."""

    __test__ = False

    def __init__(self, shop: Workshop, name: str = "broker") -> None:
        folder = shop.folder / f"{name}-{next(_NUMBERS)}"
        self._broker = PrivateBroker(shop.runtime, folder, shop.secrets, user=shop.user)
        self.ports = BrokerPorts(platform=free_port(), gateway=free_port())
        self.log = folder.with_suffix(".log")
        self._running: Running | None = None
        self._credentials: dict[str, GatewayCredentials] = {}

    @property
    def platform_url(self) -> str:
        """The platform's listener for a user that may do everything under tw/."""
        return self._broker.url(PLATFORM, self.ports)

    @property
    def gateway_host(self) -> str:
        """Where gateways connect to."""
        return "127.0.0.1"

    @property
    def gateway_port(self) -> int:
        """The port that gateways connect to."""
        return self.ports.gateway

    def user_url(self, user: str) -> str:
        """The platform's listener for one of the platform's own users (`tw-ingest-alarm`, ..)."""
        return self._broker.url(user, self.ports)

    def start(self) -> None:
        """Start the broker; also after `stop`."""
        self._broker.prepare(self.ports)
        self._running = run_server(
            self._broker.launch(), self.log, lambda: is_listening(self.ports.gateway)
        )

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> None:
        """Stop the broker cleanly, or with SIGKILL as a fault would."""
        if self._running is not None:
            end_server(self._running, sent)
            self._running = None

    def add_gateway(self, gateway: str) -> GatewayCredentials:
        """Admit a gateway and return what it logs in with; the same when asked again."""
        if gateway in self._credentials:
            return self._credentials[gateway]
        credentials = self._credentials[gateway] = self._broker.add_gateway(gateway)
        self._reload(credentials, Login.ACCEPTED)
        return credentials

    def add_gateways(self, gateways: Sequence[str]) -> list[GatewayCredentials]:
        """Admit several gateways with one change of the users."""
        missing = [name for name in gateways if name not in self._credentials]
        if missing:
            made = self._broker.add_gateways(missing)
            self._credentials |= {one.gateway: one for one in made}
            self._reload(made[-1], Login.ACCEPTED)
        return [self._credentials[name] for name in gateways]

    def remove_gateway(self, credentials: GatewayCredentials) -> None:
        """Refuse a gateway from now on."""
        self._broker.remove_gateway(credentials.gateway)
        self._credentials.pop(credentials.gateway, None)
        self._reload(credentials, Login.REFUSED)

    def gateway_url(self, credentials: GatewayCredentials, lane: str) -> str:
        """The gateways' listener for one lane (`alarm` or `data`) of a gateway."""
        is_alarm = lane == "alarm"
        user = credentials.alarm_user if is_alarm else credentials.data_user
        password = credentials.alarm_password if is_alarm else credentials.data_password
        return f"mqtt://{user}:{password}@127.0.0.1:{self.ports.gateway}"

    def login(self, credentials: GatewayCredentials) -> Login:
        """Ask whether a gateway's data lane is let in; takes over a live session of it."""
        return try_login(
            "127.0.0.1", self.ports.gateway, credentials.data_user, credentials.data_password
        )

    def _reload(self, credentials: GatewayCredentials, expected: Login) -> None:
        if self._running is None:
            return
        self._broker.reload(self._running.process.pid)
        is_done = wait_until(lambda: self.login(credentials) is expected, within_s=_STOP_S)
        assert is_done, f"the broker did not reload its users: {last_lines(self.log)}"
