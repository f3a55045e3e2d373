"""A backup into an empty home: secrets, then a private server of its own, then the database."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

import psycopg

from ingest.database import connect
from ingest.errors import StoreUnavailable
from towerwatch.backup.archive import read_archive
from towerwatch.backup.manifest import HOME, Manifest
from towerwatch.backup.restore import Restored, restore_database
from towerwatch.backup.tables import QUERIES
from towerwatch.errors import ServiceFailed, WrongSettings
from towerwatch.home import Home, make_folder, require_reachable, service_user
from towerwatch.platform import DATABASE
from towerwatch.process import free_port, last_lines, start, stop, wait_until
from towerwatch.progress import step
from towerwatch.runtime.install import require_runtime
from towerwatch.services.database import Server, answers, ensure_database, ensure_roles
from towerwatch.services.postgres import STOP_SIGNAL, PrivatePostgres
from towerwatch.services.secrets import Secrets

_READY_S = 120.0
_RECOVERED_S = 86_400.0
"""A year's log of a city takes hours."""
_STOP_S = 60.0


def restore_home(home: Home, folder: Path, manifest: Manifest) -> Restored:
    """Restore into a home that has neither database nor secrets; nothing runs afterwards.

    The home's lock is held by the caller.

    Raises:
        WrongSettings: the home has data already.
    """
    require_empty(home)
    cluster, user = home.data / "database", service_user()
    if (folder / HOME).is_file():
        read_archive(home, folder / HOME)
    postgres = PrivatePostgres(require_runtime(home), cluster, Secrets(home.secrets), user=user)
    with _running(home, postgres) as server:
        ensure_roles(server)
        ensure_database(server, DATABASE)
        url = f"{server.admin_url.rpartition('/')[0]}/{DATABASE}"
        return restore_database(home, url, folder, manifest)


def require_empty(home: Home) -> None:
    """Make the folders of a home that has neither database nor secrets.

    Raises:
        WrongSettings: it has.
    """
    if (home.data / "database").exists() or (home.secrets.is_dir() and any(home.secrets.iterdir())):
        raise WrongSettings(
            f"{home.root} has data or secrets already: move them away, or choose an empty folder"
            " with TOWERWATCH_HOME."
        )
    for part in (home.root, home.data, home.logs):
        make_folder(part)
    require_reachable(home.data, service_user())


def recover(home: Home) -> datetime | None:
    """Let a copied cluster go through its archive and become a server of its own, then stop it.

    Returns:
        When the last transaction of the log had committed; None: there was none since the copy.

    Raises:
        ServiceFailed: the archive ended before the moment that was asked for.
    """
    secrets = Secrets(home.secrets)
    folder = home.data / "database"
    postgres = PrivatePostgres(require_runtime(home), folder, secrets, user=service_user())
    with (
        step("going through the log"),
        _running(home, postgres, _has_recovered, within_s=_RECOVERED_S) as server,
        closing(connect(server.admin_url, application="towerwatch restore")) as connection,
    ):
        row = connection.execute(QUERIES["recovery"]).fetchone()
        return None if row is None else cast("datetime | None", row[1])


def _complaint(log: Path) -> str:
    """What the server said last that was fatal, else its last line."""
    lines = last_lines(log, 40).splitlines()
    fatal = [line for line in lines if "FATAL" in line or "PANIC" in line]
    return next(iter([*fatal[-1:], *lines[-1:]]), "it said nothing")


def _has_recovered(url: str) -> bool:
    try:
        with closing(connect(url, application="towerwatch restore")) as connection:
            row = connection.execute(QUERIES["recovery"]).fetchone()
    except (StoreUnavailable, psycopg.OperationalError):  # it starts, or is just ending
        return False
    return row is not None and not row[0]


@contextmanager
def _running(
    home: Home,
    postgres: PrivatePostgres,
    is_ready: Callable[[str], bool] = answers,
    within_s: float = _READY_S,
) -> Iterator[Server]:
    port = free_port()
    with step("preparing a database server"):
        postgres.prepare(port)
    server = postgres.server(port)
    log = home.logs / "restore.log"
    with log.open("ab") as output:
        process: subprocess.Popen[bytes] = start(postgres.launch(), output=output)
        try:
            url = server.admin_url
            is_known = wait_until(
                lambda: process.poll() is not None or is_ready(url), within_s=within_s
            )
            if process.poll() is not None:
                raise ServiceFailed("database", f"did not start: {_complaint(log)}", log)
            if not is_known:
                raise ServiceFailed("database", f"was not ready within {within_s:.0f} s", log)
            yield server
        finally:
            stop(process, sent=signal.Signals(STOP_SIGNAL), grace_s=_STOP_S)
